"""CSV: points as two coordinate columns, other geometries as WKT, in the CRS of the query.

Also as French spreadsheets read it: semicolons, decimal commas, and the mark of UTF-8.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import shapely

from layers.catalogue import Layer
from layers.query import Query, Selection
from layers.writers import Format
from layers.writers import batches as arrow

MEDIA_TYPE = "text/csv; charset=utf-8"
MARK = "\ufeff".encode()


def write_csv(
    layer: Layer,
    query: Query,
    selection: Selection,
    links: list[dict[str, Any]],
    *,
    french: bool = False,
) -> Iterator[bytes | memoryview]:
    """Yield a header and one line per row, UTF-8."""
    options = pa.csv.WriteOptions(delimiter=";" if french else ",")
    sink = arrow.Sink()
    # The header of an empty selection is that of no rows.
    for rows in (range(0), *arrow.positions(selection)):
        table = _table(layer, query, rows)
        table = _with_commas(table) if french else table
        options.include_header = not len(rows)
        pa.csv.write_csv(table, sink, options)
        yield MARK + sink.take() if french and not len(rows) else sink.take()


def _table(layer: Layer, query: Query, rows: Any) -> pa.Table:
    table = arrow.attributes(layer, query, rows)
    if not arrow.has_geometry(layer, query):
        return table
    shapes = arrow.geometries(layer, query, rows)
    if set(layer.version.facts["geometry_types"]) == {"Point"}:
        return _with_points(table, shapes, query)
    texts = shapely.to_wkt(shapes, rounding_precision=query.crs.decimals)
    return table.append_column(_free("wkt", table), pa.array(texts, type=pa.string()))


def _with_points(table: pa.Table, shapes: np.ndarray, query: Query) -> pa.Table:
    """Append the coordinates as x and y, or lon and lat in degrees, whatever the axis order."""
    xy = np.column_stack([shapely.get_x(shapes), shapely.get_y(shapes)])
    names = ("lon", "lat") if query.crs.epsg in (None, 4326) else ("x", "y")
    for name, values in zip(names, np.round(xy, query.crs.decimals).T, strict=True):
        column = pa.array(values, pa.float64(), from_pandas=True)
        table = table.append_column(_free(name, table), column)
    return table


def _with_commas(table: pa.Table) -> pa.Table:
    """Return numbers as texts with a decimal comma."""
    for at, field in enumerate(table.schema):
        if pa.types.is_floating(field.type):
            text = pc.replace_substring(table.column(at).cast(pa.string()), ".", ",")
            table = table.set_column(at, field.name, text)
    return table


def _free(name: str, table: pa.Table) -> str:
    while name in table.column_names:
        name = f"_{name}"
    return name


FORMATS = (
    Format("csv", MEDIA_TYPE, write_csv, "CSV", attachment="csv"),
    Format(
        "csv-fr", MEDIA_TYPE, partial(write_csv, french=True), "CSV (; et virgule décimale)",
        attachment="csv",
    ),
)  # fmt: skip
