"""What one pass over a table learns about its rows, and what a finding is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from layers.codes import COMMUNE, code_width
from layers.tables import Table

Severity = Literal["error", "warning", "info"]
Array = np.ndarray[Any, Any]

# Two digits or 2A, 2B and three digits; 97 and 98 are the overseas ones.
COMMUNE_CODE = r"^(0[1-9]|[1-8]\d|9[0-578]|2[AB])\d{3}$"
IDENTIFIERS = frozenset(
    ("id", "fid", "gid", "objectid", "identifiant", "cleabs", "osmid", "uuid", "idlocal")
)
# UTF-8 that was read as Latin-1 and saved again: é has become Ã©.
GARBLED = "Ã[\u0080-\u00bf\u0152-\u0192]|â€|\ufffd"


@dataclass(frozen=True)
class Finding:
    """One thing to know about a file or a layer.

    Attributes:
        severity: ``error`` prevents use, ``warning`` falsifies results, ``info`` is good to know.
        where: file or layer, and column where it is about one.
        what: what was found.
        mend: what to do.
        count: rows concerned, where rows are.
    """

    severity: Severity
    where: str
    what: str
    mend: str
    count: int | None = None


class Examination:
    """Everything learnt about a table in one pass; about 40 bytes a row are kept.

    Args:
        table: what is examined; its batches are consumed.
        where: name of the file or layer in the findings.
        id_field: attribute that must identify each row, where one is known.
        towns: codes of the communes that are known; None leaves that unchecked.
    """

    def __init__(
        self,
        table: Table,
        where: str,
        *,
        id_field: str | None = None,
        towns: Collection[str] | None = None,
    ) -> None:
        self.table = table
        self.where = where
        self.id_field = id_field
        self.towns = towns
        self.rows = 0
        self.shapes: Counter[str] = Counter()
        self.reason = ""
        self.columns: Counter[tuple[str, str]] = Counter()
        self.communes: dict[str, set[str]] = {}
        self._boxes: list[Array] = []
        self._hashes: list[Array] = []
        self._ids: dict[str, list[Array]] = {}

    def read(self) -> None:
        """Read the whole table."""
        for batch in self.table.batches:
            self._look(batch)

    @property
    def boxes(self) -> Array:
        """Return (n, 4) minx, miny, maxx, maxy in the file's CRS, rows with geometry only."""
        return np.concatenate(self._boxes) if self._boxes else np.empty((0, 4))

    def repeated(self) -> int:
        """Return how many rows equal a former one, geometry and attributes."""
        return _repeated(self._hashes)

    def repeated_ids(self) -> dict[str, int]:
        """Return how many rows repeat the value of each column that names an identifier."""
        return {name: _repeated(hashes) for name, hashes in self._ids.items()}

    def finding(
        self, severity: Severity, what: str, mend: str, count: int | None = None, column: str = ""
    ) -> Finding:
        """Return a finding about this table, or about one column of it."""
        where = f"{self.where}, column {column!r}" if column else self.where
        return Finding(severity, where, what, mend, count)

    def _look(self, batch: pa.Table) -> None:
        self.rows += batch.num_rows
        if name := self.table.geometry_name:
            self._look_at_shapes(batch.column(name))
        columns = [_hashes(batch.column(n)) for n in batch.column_names]
        if columns:
            mixed = np.zeros(batch.num_rows, dtype=np.uint64)
            for hashes in columns:
                mixed = mixed * np.uint64(0x9E3779B97F4A7C15) + hashes
            self._hashes.append(mixed)
        for at, name in enumerate(batch.column_names):
            if name != self.table.geometry_name:
                self._look_at_column(name, batch.column(name), columns[at])

    def _look_at_shapes(self, column: pa.ChunkedArray) -> None:
        given = column.to_numpy(zero_copy_only=False)
        missing = np.array([value is None for value in given], dtype=bool)
        shapes = shapely.from_wkb(given, on_invalid="ignore")
        box = shapely.bounds(shapes).reshape(-1, 4)
        empty = shapely.is_empty(shapes)
        infinite = ~missing & ~empty & np.isinf(box).any(axis=1)
        invalid = ~missing & ~infinite & ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
        self.shapes["missing"] += int(missing.sum())
        self.shapes["unreadable"] += int((shapely.is_missing(shapes) & ~missing).sum())
        self.shapes["empty"] += int(empty.sum())
        self.shapes["infinite"] += int(infinite.sum())
        self.shapes["invalid"] += int(invalid.sum())
        if invalid.any() and not self.reason:
            self.reason = shapely.is_valid_reason(shapes[invalid][0])
        self._boxes.append(box[np.isfinite(box).all(axis=1)])

    def _look_at_column(self, name: str, column: pa.ChunkedArray, hashes: Array) -> None:
        if column.null_count == len(column):
            self.columns[name, "nothing"] += len(column)
        key = name.casefold().replace("_", "")
        if name == self.id_field or (self.id_field is None and key in IDENTIFIERS):
            self._ids.setdefault(name, []).append(hashes[column.is_valid().to_numpy()])
        width = code_width(name)
        if width and not pa.types.is_nested(column.type):
            texts = column.cast(pa.string())
            length = pc.utf8_length(texts)
            digits = pc.match_substring_regex(texts, r"^\d+$")
            lost = pc.and_(digits, pc.less(length, width))
            self.columns[name, "short"] += pc.sum(lost).as_py() or 0
            if width == COMMUNE:
                wrong = pc.invert(pc.match_substring_regex(texts, COMMUNE_CODE))
                self.columns[name, "wrong"] += pc.sum(pc.and_not(wrong, lost)).as_py() or 0
                self.communes.setdefault(name, set()).update(
                    pc.unique(texts).drop_null().to_pylist()
                )
        elif pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            garbled = pc.match_substring_regex(column, GARBLED)
            self.columns[name, "garbled"] += pc.sum(garbled).as_py() or 0


def _hashes(column: pa.ChunkedArray) -> Array:
    """Return 64 bits for each value, equal values having equal ones."""
    import pandas as pd

    if pa.types.is_nested(column.type):
        values = pd.Series([repr(value) for value in column.to_pylist()])
    else:
        values = column.to_pandas()
    return np.asarray(pd.util.hash_pandas_object(values, index=False).to_numpy(), dtype=np.uint64)


def _repeated(hashes: list[Array]) -> int:
    if not hashes:
        return 0
    every = np.concatenate(hashes)
    return len(every) - len(np.unique(every))
