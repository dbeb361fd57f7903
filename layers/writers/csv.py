"""CSV: points as two coordinate columns, other geometries as WKT, in the CRS of the query."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import shapely

from layers import crs
from layers.catalogue import Layer
from layers.query import Query, Selection
from layers.writers import Format


def write_csv(
    layer: Layer, query: Query, selection: Selection, links: list[dict[str, Any]]
) -> Iterator[bytes | memoryview]:
    """Yield a header and one line per row, UTF-8, comma and decimal point."""
    index = layer.index
    names = index.attribute_names if query.properties is None else list(query.properties)
    table = index.rows(
        selection.positions, [index.id_field, *(n for n in names if n != index.id_field)]
    )
    if index.geometry_name and not query.skip_geometry:
        table = _with_geometry(table, layer, query, selection)
    sink = pa.BufferOutputStream()
    pa.csv.write_csv(table, sink)
    yield memoryview(sink.getvalue())


def _with_geometry(table: pa.Table, layer: Layer, query: Query, selection: Selection) -> pa.Table:
    geometries = layer.index.geometries(selection.positions)
    if not query.crs.is_storage:
        geometries = shapely.transform(geometries, crs.mover(crs.CRS84, query.crs.uri))
    if set(layer.version.facts["geometry_types"]) == {"Point"}:
        return _with_points(table, geometries, query)
    texts = shapely.to_wkt(geometries, rounding_precision=query.crs.decimals)
    return table.append_column(_free("wkt", table), pa.array(texts, type=pa.string()))


def _with_points(table: pa.Table, geometries: np.ndarray, query: Query) -> pa.Table:
    """Append the coordinates as x and y, or lon and lat in degrees, whatever the axis order."""
    xy = np.column_stack([shapely.get_x(geometries), shapely.get_y(geometries)])
    names = ("lon", "lat") if query.crs.epsg in (None, 4326) else ("x", "y")
    if query.crs.is_y_first:
        xy = xy[:, ::-1]
    for name, values in zip(names, np.round(xy, query.crs.decimals).T, strict=True):
        table = table.append_column(_free(name, table), pa.array(values, from_pandas=True))
    return table


def _free(name: str, table: pa.Table) -> str:
    while name in table.column_names:
        name = f"_{name}"
    return name


FORMAT = Format("csv", "text/csv; charset=utf-8", write_csv, attachment="csv")
