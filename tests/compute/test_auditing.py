"""What combinations of sums over cells tell, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from server.compute.auditing import judged

FEW = 11


def judge(former: list[str], new: str, households: list[float]) -> str:
    """Sets are written as texts: ``110`` holds the first two of three cells."""
    rows = np.array([[cell == "1" for cell in one] for one in former], dtype=bool)
    cells = np.array([cell == "1" for cell in new])
    return judged(rows.reshape(len(former), len(cells)), cells, np.array(households), FEW)


@pytest.mark.parametrize(
    ("former", "new", "households", "expected"),
    [
        ([], "11", [40, 5], "safe"),
        ([], "01", [40, 5], "revealing"),
        (["11"], "11", [40, 5], "known"),
        (["10"], "11", [40, 5], "revealing"),  # a difference of two
        (["10"], "11", [40, 11], "safe"),
        (["110", "011"], "101", [40, 40, 5], "revealing"),  # a + b, b + c, a + c tell each
        (["1100", "0011"], "1111", [40, 5, 40, 5], "known"),
        # The union is the sum of its parts and of the small cell.
        (["11000", "00110"], "11111", [20, 20, 20, 20, 3], "revealing"),
        (["1011"], "1111", [40, 6, 40, 40], "revealing"),
        # Two small cells that no set tells apart: together 12 households, then 8.
        (["100"], "111", [40, 6, 6], "safe"),
        (["100"], "111", [40, 4, 4], "revealing"),
        # Their difference alone: 4 and 4 households.
        (["110"], "101", [40, 4, 4], "revealing"),
        # Told before: refusing would hide nothing.
        (["11", "10"], "01", [40, 5], "known"),
        (["110", "100"], "001", [40, 5, 40], "safe"),
    ],
)
def test_what_one_more_sum_tells(former, new, households, expected) -> None:
    assert judge(former, new, households) == expected


def test_random_sums_are_judged_as_solving_the_equations_does() -> None:
    """A cell is told when fixing all sums fixes its value: the null space leaves it alone."""
    rng = np.random.default_rng(4)
    judgements = set()
    for _ in range(300):
        rows = rng.integers(0, 2, (int(rng.integers(1, 6)), 6)).astype(bool)
        rows[-1, 0] = True
        households = np.where(np.arange(6) == int(rng.integers(6)), 5.0, 40.0)
        small = int(np.flatnonzero(households < FEW)[0])
        before, after = (_freedom(part)[small] < 1e-9 for part in (rows[:-1], rows))
        found = judged(rows[:-1], rows[-1], households, FEW)
        judgements.add(found)
        assert (found == "revealing") == (after and not before)
    assert judgements == {"known", "safe", "revealing"}


def _freedom(rows: np.ndarray) -> np.ndarray:
    """Return how far each cell can move while all sums stay: the length of its null row."""
    _, values, right = np.linalg.svd(np.vstack([rows, np.zeros((6, 6))]).astype(float))
    return np.linalg.norm(right[values < 1e-9], axis=0)
