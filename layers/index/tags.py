"""Attributes ready for tiles: each distinct value encoded once, and its number in every row.

::

    tags.bin        (n, c) uint32, the number of each row's value in each attribute
    values.bin      the values as fields of a tile's layer, one after another
    value_ends.bin  (m + 1) int64, where each value starts and the last ends

Values of a column that has few are numbered once for the whole layer, others once for each batch
of rows, so that memory does not grow with the rows.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from layers.index.mapping import mapped_values
from layers.index.paths import ranges
from layers.mvt.values import encode, plain

MISSING = np.uint32(0xFFFFFFFF)
# A column with more distinct values in one batch than this repeats few of them in the next.
FEW = 4_096


class TagWriter:
    """Appends the attributes of batches of rows to the files of an index."""

    def __init__(self, folder: Path, columns: int) -> None:
        self._stack = ExitStack()
        self._codes, self._values, self._ends = (
            self._stack.enter_context((folder / f"{name}.bin").open("wb"))
            for name in ("tags", "values", "value_ends")
        )
        self._seen: list[dict[bytes, int]] = [{} for _ in range(columns)]
        self._count = self._bytes = 0

    def __enter__(self) -> Self:
        self._ends.write(np.zeros(1, dtype="<i8").tobytes())
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def write(self, batch: pa.Table) -> None:
        """Append the attributes of a batch, in the order of the layer's."""
        codes = np.empty((batch.num_rows, batch.num_columns), dtype="<u4")
        for at, column in enumerate(batch.columns):
            codes[:, at] = self._column(at, column)
        self._codes.write(codes.tobytes())

    def _column(self, at: int, column: pa.ChunkedArray) -> np.ndarray:
        coded = plain(column.combine_chunks()).dictionary_encode()
        data, sizes = encode(coded.dictionary)
        numbers = np.append(self._numbers(at, data, sizes), MISSING).astype(np.uint32)
        local = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False)
        return np.asarray(numbers[local])

    def _numbers(self, at: int, data: bytes, sizes: np.ndarray) -> np.ndarray:
        """Return the number of each value, those not seen yet appended to the files."""
        ends = np.cumsum(sizes)
        if len(sizes) > FEW:
            return self._append(data, sizes)
        seen, cuts = self._seen[at], zip(ends - sizes, ends, strict=True)
        fields = [data[start:end] for start, end in cuts]
        new = [field for field in fields if field not in seen]
        numbers = self._append(b"".join(new), np.array([len(f) for f in new], dtype=np.int64))
        if len(seen) < FEW:
            seen.update(zip(new, numbers.tolist(), strict=True))
            return np.array([seen[field] for field in fields], dtype=np.int64)
        fresh = dict(zip(new, numbers.tolist(), strict=True))
        return np.array([seen.get(f, fresh.get(f)) for f in fields], dtype=np.int64)

    def _append(self, data: bytes, sizes: np.ndarray) -> np.ndarray:
        start = self._count
        self._values.write(data)
        self._ends.write((self._bytes + np.cumsum(sizes)).astype("<i8").tobytes())
        self._count += len(sizes)
        self._bytes += len(data)
        return np.arange(start, self._count)


class TagReader:
    """The attributes of the rows of an index, memory-mapped."""

    def __init__(self, folder: Path, columns: int) -> None:
        self._codes = mapped_values(folder / "tags.bin", "<u4").reshape(-1, max(columns, 1))
        self._values = mapped_values(folder / "values.bin", "u1")
        self._ends = mapped_values(folder / "value_ends.bin", "<i8")

    def of(self, rows: np.ndarray, columns: list[int]) -> np.ndarray:
        """Return (n, c) numbers of values, MISSING where there is none."""
        found = self._codes[rows]
        return np.asarray(found if columns == list(range(found.shape[1])) else found[:, columns])

    def values(self, numbers: np.ndarray) -> bytes:
        """Return values by number, as fields of a layer."""
        starts = self._ends[numbers]
        return self._values.take(ranges(starts, self._ends[numbers + 1] - starts)).tobytes()
