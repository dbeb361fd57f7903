"""What sums over sets of cells tell of the few households of one cell, or of two.

A sum over a set is a row of zeros and ones. Whoever knows several sums knows every combination of
their rows, and no more: a cell's own value is told when the row that holds it alone is one of them
(Chin and Özsoyoğlu, Auditing and inference control in statistical databases, 1982).
"""

from __future__ import annotations

from typing import Literal

import numpy as np

Judgement = Literal["known", "safe", "revealing"]
NOTHING = 1e-6  # what is left of a row that the others make up, of 1


def differ_by_few(
    former: np.ndarray, new: np.ndarray, households: np.ndarray, minimum: float
) -> bool:
    """Tell whether a set and one of the former ones differ by some households, but too few.

    Arguments as for ``judged``.
    """
    apart = (former ^ new) @ households
    return bool(((apart > 0) & (apart < minimum)).any())


def judged(
    former: np.ndarray, new: np.ndarray, households: np.ndarray, minimum: float
) -> Judgement:
    """Tell what one more sum adds: nothing, nothing of few households, or too much.

    Single cells, cells that no set tells apart, and the sum and difference of two such are looked
    at; sums of three and more small ones are not.

    Args:
        former: (k, n) which of n cells each former sum holds.
        new: (n,) which the new one holds.
        households: (n,) of each cell.
        minimum: fewer than this are too few.
    """
    rows = np.vstack([former, new]).astype(float)
    # Cells that are in the same sets are one: no combination tells them apart.
    rows, group = np.unique(rows, axis=1, return_inverse=True)
    if _left(rows[:-1], rows[-1:].T).item() < NOTHING * rows[-1].sum():
        return "known"
    count = np.bincount(group.ravel(), households, rows.shape[1])
    small = np.flatnonzero((count > 0) & (count < minimum))
    few = count[small][:, None] + count[small] < minimum
    np.fill_diagonal(few, True)
    alone = np.eye(rows.shape[1])[:, small]
    told = _told(rows, alone) & ~_told(rows[:-1], alone)
    return "revealing" if (told & few).any() else "safe"


def _told(rows: np.ndarray, units: np.ndarray) -> np.ndarray:
    """Return of which pairs of columns the rows tell the sum or difference, or either alone.

    On the diagonal stand single columns: a unit vector is a combination of the rows where nothing
    is left of it.
    """
    left = _left(rows, units)
    alone = np.diag(left)
    both = alone[:, None] + alone - 2 * np.abs(left)
    np.fill_diagonal(both, alone)
    return np.asarray(both < NOTHING)


def _left(rows: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Return the inner products of what is left of (n, v) vectors beside their part in the rows."""
    own = rows @ vectors
    return np.asarray(
        vectors.T @ vectors - own.T @ np.linalg.pinv(rows @ rows.T, hermitian=True) @ own
    )
