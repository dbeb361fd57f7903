"""Rows that a former file, or a former row, holds too."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from layers.report import Report

MERGE_EVERY = 64


class Repeats:
    """Leaves out rows whose identifier came before, in 8 bytes a row.

    Identifiers are compared by a 64-bit hash: among 50 million the chance that two differ and
    still collide is below 1 in 10,000.

    Args:
        name: column of the identifier.
        report: counts the rows left out.
        reason: what the report calls them.
    """

    def __init__(self, name: str, report: Report, reason: str) -> None:
        self._name, self._report, self._reason = name, report, reason
        self._seen: list[np.ndarray] = []

    def without(self, rows: pa.Table) -> pa.Table:
        """Return the rows whose identifier is new; rows without one stay."""
        column = rows.column(self._name)
        given = column.is_valid().to_numpy()
        hashes = pd.util.hash_pandas_object(column.to_pandas(), index=False).to_numpy()
        _, first = np.unique(hashes, return_index=True)
        new = np.zeros(len(hashes), dtype=bool)
        new[first] = True
        for former in self._seen:
            at = np.minimum(np.searchsorted(former, hashes), len(former) - 1)
            new &= former[at] != hashes
        keep = new | ~given
        self._remember(np.sort(hashes[keep & given]))
        self._report.refuse(self._reason, np.count_nonzero(~keep))
        return rows if keep.all() else rows.filter(pa.array(keep))

    def _remember(self, hashes: np.ndarray) -> None:
        if len(hashes):
            self._seen.append(hashes)
        if len(self._seen) > MERGE_EVERY:
            self._seen = [np.sort(np.concatenate(self._seen))]


class FormerFiles:
    """Leaves out rows that a former file of the same import holds too, in 8 bytes a row.

    Rows alike within one file all stay: they may be different things, such as twin flats.

    Args:
        names: columns that tell whether a row is another file's, compared by a 64-bit hash.
        report: counts the rows left out.
        reason: what the report calls them.
    """

    def __init__(self, names: list[str], report: Report, reason: str) -> None:
        self._names, self._report, self._reason = names, report, reason
        self._former = np.empty(0, dtype=np.uint64)
        self._here: list[np.ndarray] = []

    def next_file(self) -> None:
        """Say that the rows to come are those of another file."""
        self._former = np.unique(np.concatenate([self._former, *self._here]))
        self._here = []

    def without(self, rows: pa.Table) -> pa.Table:
        """Return the rows that no former file holds."""
        told = rows.select(self._names).to_pandas()
        hashes = pd.util.hash_pandas_object(told, index=False).to_numpy()
        self._here.append(np.unique(hashes))
        known = np.isin(hashes, self._former)
        self._report.refuse(self._reason, np.count_nonzero(known))
        return rows.filter(pa.array(~known)) if known.any() else rows
