"""Rows by position from the memory-mapped columns, at the cost of the rows wanted.

Arrow's own ``take`` joins the pieces of a column first, so that a few rows of a large layer cost
a copy of all of it; here each piece gives its own.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from layers.columns import integers
from layers.index.mapping import mapped_batches


class StoredRows:
    """The columns of an index. Opening maps the file and reads none of it."""

    def __init__(self, path: Path) -> None:
        reader = mapped_batches(path)
        self.schema: pa.Schema = reader.schema
        self._pieces = [reader.get_batch(i) for i in range(reader.num_record_batches)]
        self._table = pa.Table.from_batches(self._pieces, self.schema)
        sizes = [piece.num_rows for piece in self._pieces]
        self._starts = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])

    def between(self, start: int, stop: int, columns: list[str] | None) -> pa.Table:
        """Return consecutive rows without a copy."""
        return self._chosen(columns).slice(start, stop - start)

    def at(self, positions: np.ndarray, columns: list[str] | None) -> pa.Table:
        """Return rows by position, in the order asked."""
        if not len(positions):
            return self._chosen(columns).slice(0, 0)
        piece = np.searchsorted(self._starts, positions, side="right") - 1
        if piece[0] == piece[-1] and (piece == piece[0]).all():
            found = self._taken(int(piece[0]), positions, columns)
            return pa.Table.from_batches([found])
        order = np.argsort(piece, kind="stable")
        cuts = np.flatnonzero(np.diff(piece[order])) + 1
        parts = [self._taken(int(piece[g[0]]), positions[g], columns)
                 for g in np.split(order, cuts)]  # fmt: skip
        found = pa.Table.from_batches(parts)
        if (np.diff(order) > 0).all():
            return found
        return found.combine_chunks().take(integers(np.argsort(order)))

    def _chosen(self, columns: list[str] | None) -> pa.Table:
        return self._table if columns is None else self._table.select(columns)

    def _taken(
        self, piece: int, positions: np.ndarray, columns: list[str] | None
    ) -> pa.RecordBatch:
        batch = self._pieces[piece]
        chosen = batch if columns is None else batch.select(columns)
        return chosen.take(integers(positions - self._starts[piece]))
