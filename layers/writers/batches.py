"""The rows of a selection as Arrow batches: what the file formats are written from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from layers import crs, interruption
from layers.catalogue import Layer
from layers.query import Query, Selection
from layers.schema import ARROW_TYPES

ROWS = 16_384
ARROW = {**ARROW_TYPES, "datetime": pa.timestamp("us", "UTC")}


class Sink:
    """A file to write to whose content is taken away piece by piece."""

    closed = False

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: Any) -> int:
        """Keep some bytes; the writer may reuse their memory."""
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Do nothing: all is at hand."""

    def close(self) -> None:
        """Do nothing: what was written must still be taken."""

    def take(self) -> bytes:
        """Return what was written since the last call."""
        taken, self._pieces = b"".join(self._pieces), []
        return taken


def has_geometry(layer: Layer, query: Query) -> bool:
    """Tell whether the rows come with geometry."""
    return layer.index.geometry_name is not None and not query.skip_geometry


def columns(layer: Layer, query: Query) -> list[str]:
    """Return the id and the attributes wanted, in order."""
    index = layer.index
    names = index.attribute_names if query.properties is None else list(query.properties)
    return list(dict.fromkeys([index.id_field, *names]))


def schema(layer: Layer, query: Query) -> pa.Schema:
    """Return the columns of the batches; the geometry comes last, as WKB."""
    index = layer.index
    types = {attribute.name: ARROW[attribute.type] for attribute in index.attributes}
    fields = [(name, types.get(name, pa.int64())) for name in columns(layer, query)]
    if has_geometry(layer, query):
        assert index.geometry_name
        fields.append((index.geometry_name, pa.binary()))
    return pa.schema(fields)


def positions(selection: Selection) -> Iterator[Any]:
    """Yield the rows of a selection in runs that fit in memory; stop where nobody waits."""
    for start in range(0, len(selection.positions), ROWS):
        interruption.check()
        yield selection.positions[start : start + ROWS]


def attributes(layer: Layer, query: Query, rows: Any) -> pa.Table:
    """Return the attributes of some rows."""
    names = columns(layer, query)
    table = layer.index.rows(rows, names)
    wanted = schema(layer, query)
    return table.cast(pa.schema([wanted.field(name) for name in names]))


def geometries(layer: Layer, query: Query, rows: Any) -> np.ndarray:
    """Return the geometries of some rows in the CRS of the query, always x before y."""
    found = layer.index.geometries(rows)
    if query.crs.is_storage:
        return found
    move = crs.mover(crs.CRS84, query.crs.uri)
    if query.crs.is_y_first:
        return np.asarray(shapely.transform(found, lambda xy: move(xy)[:, ::-1]))
    return np.asarray(shapely.transform(found, move))


def batches(
    layer: Layer, query: Query, selection: Selection, *, promote: bool = False
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a selection.

    Args:
        layer: whose rows.
        query: says which columns, and in which CRS.
        selection: which rows, in order.
        promote: make each geometry multiple, for formats with one type per layer.
    """
    wanted = schema(layer, query)
    for rows in positions(selection):
        table = attributes(layer, query, rows)
        if has_geometry(layer, query):
            shapes = geometries(layer, query, rows)
            wkb = shapely.to_wkb(_multiple(shapes) if promote else shapes)
            table = table.append_column(wanted.names[-1], pa.array(wkb, pa.binary()))
        yield from table.cast(wanted).combine_chunks().to_batches()


def _multiple(shapes: np.ndarray) -> np.ndarray:
    """Return points, lines and polygons as collections of one."""
    makers = {0: shapely.multipoints, 1: shapely.multilinestrings, 3: shapely.multipolygons}
    kinds = shapely.get_type_id(shapes)
    found = shapes.copy()
    for kind, make in makers.items():
        single = np.flatnonzero(kinds == kind)
        if len(single):
            found[single] = make(shapes[single], indices=np.arange(len(single)))
    return found
