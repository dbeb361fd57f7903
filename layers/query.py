"""The one query: what a request asks of a layer, and the rows that answer it.

Every door and every format starts from a ``Query``; what it cannot honour never becomes one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from duckdb import DuckDBPyConnection

from layers.catalogue import Layer
from layers.crs import CRS84, Reference
from layers.index.reader import Index, Positions

# Up to so many rows, taking them out costs less than DuckDB's search for them in its file.
FEW = 4_096
# What a condition or an order may name; all values in them are bound parameters.
_COLUMN = re.compile(r"\b(?:c\d+|id|geom)\b")
STORAGE = Reference(CRS84, None, 7)


@dataclass(frozen=True)
class Condition:
    """A SQL condition over the index's columns with its bound parameters.

    ``bbox`` is a box of CRS84 that every match meets, where one is known.
    """

    sql: str
    parameters: tuple[Any, ...] = ()
    bbox: tuple[float, float, float, float] | None = None


@dataclass(frozen=True)
class SortKey:
    """One key of an order; missing values come last either way."""

    name: str
    descending: bool = False


@dataclass(frozen=True)
class Query:
    """A page of the rows of a layer.

    Attributes:
        limit: most rows of the page.
        offset: rows before it.
        area: polygon or box of CRS84 that geometries must intersect.
        conditions: all must hold.
        sort: keys; without any, the stable order of storage.
        properties: attributes to return; None for all.
        skip_geometry: answer without geometry.
        crs: CRS of the answer.
        profile: of JSON-FG: ``jsonfg``, or ``jsonfg-plus`` with the geometry in CRS84 too.
    """

    limit: int = 10
    offset: int = 0
    area: Any = None
    conditions: tuple[Condition, ...] = ()
    sort: tuple[SortKey, ...] = ()
    properties: tuple[str, ...] | None = None
    skip_geometry: bool = False
    crs: Reference = STORAGE
    profile: str = "jsonfg"

    @property
    def needs_sql(self) -> bool:
        """Tell whether DuckDB must evaluate something, which belongs in a thread."""
        return bool(self.conditions or self.sort)

    def selects(self) -> tuple[Any, ...]:
        """Return what decides which rows match and in which order, whatever the page."""
        return (
            shapely.to_wkb(self.area) if self.area is not None else None,
            self.conditions,
            self.sort,
        )


@dataclass(frozen=True)
class Selection:
    """The rows of a page, in order, and how many match in all."""

    positions: Positions
    matched: int


def select(layer: Layer, query: Query) -> Selection:
    """Return the rows that a query asks for.

    The order is total and stable within a version, so pages neither overlap nor leave gaps.
    """
    index = layer.index
    if query.area is None and not query.needs_sql:
        stop = min(query.offset + query.limit, index.count)
        return Selection(range(min(query.offset, index.count), stop), index.count)
    rows = _matching(layer, index, query)
    return Selection(rows[query.offset : query.offset + query.limit], len(rows))


def _matching(layer: Layer, index: Index, query: Query) -> np.ndarray:
    asked = str(layer.index_folder), query.selects()
    return layer.engine.matches.found(asked, lambda: _find(layer, index, query))


def _find(layer: Layer, index: Index, query: Query) -> np.ndarray:
    candidates = _candidates(index, query)
    if not query.needs_sql or (candidates is not None and not len(candidates)):
        return candidates if candidates is not None else np.arange(index.count)
    where = " AND ".join(f"({condition.sql})" for condition in query.conditions) or "true"
    parameters = [value for condition in query.conditions for value in condition.parameters]
    with layer.engine.search() as cursor:
        order = _order(index, query)
        names = set(_COLUMN.findall(f"{where} {order}"))
        source = _source(layer, index, candidates, names, cursor)
        sql = f"SELECT pos FROM {source} WHERE {where} ORDER BY {order}"
        return np.asarray(cursor.execute(sql, parameters).fetchnumpy()["pos"])


def _source(
    layer: Layer, index: Index, candidates: np.ndarray | None, names: set[str],
    cursor: DuckDBPyConnection,
) -> str:  # fmt: skip
    """Return the table that a search reads, in SQL; few candidates are brought to it."""
    if candidates is not None and len(candidates) <= FEW:
        rows, columns = index.searched(candidates, names)
        cursor.register("few", rows)
        return f"(SELECT {columns} FROM few)"
    table = f"{layer.engine.attach(index.database)}.rows"
    if candidates is None:
        return table
    cursor.register("candidates", pa.table({"pos": candidates}))
    return f"(FROM {table} SEMI JOIN candidates USING (pos))"


def _candidates(index: Index, query: Query) -> np.ndarray | None:
    """Return the rows that the area and the conditions' boxes leave, None for all."""
    found = index.intersecting(query.area) if query.area is not None else None
    for box in (condition.bbox for condition in query.conditions if condition.bbox):
        met = index.in_box(box)
        found = met if found is None else found[np.isin(found, met, assume_unique=True)]
    return found


def _order(index: Index, query: Query) -> str:
    keys = [
        f"{term} {'DESC' if key.descending else 'ASC'} NULLS LAST"
        for key in query.sort
        for term in _terms(index, key)
    ]
    return ", ".join([*keys, "pos"])


def _terms(index: Index, key: SortKey) -> list[str]:
    """Return the SQL terms of a key; texts as a French reader expects, é beside e."""
    if key.name == index.id_field and index.id_generated:
        return ["id::BIGINT"]
    at = index.attribute_names.index(key.name)
    if index.attributes[at].type == "string":
        return [f"lower(strip_accents(c{at}))", f"c{at}"]
    return [f"c{at}"]
