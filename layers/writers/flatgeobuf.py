"""FlatGeobuf: with its spatial index, unless an order was asked for, which the index would undo."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from layers.catalogue import Layer
from layers.errors import BadRequestError
from layers.query import Query, Selection
from layers.writers import Format
from layers.writers import batches as arrow
from layers.writers.ogr import write_file


def write_flatgeobuf(
    layer: Layer, query: Query, selection: Selection, links: list[dict[str, Any]]
) -> Iterator[bytes | memoryview]:
    """Yield a file, in pieces once it is written.

    Raises:
        BadRequestError: there is no geometry to write.
    """
    if not arrow.has_geometry(layer, query):
        raise BadRequestError(
            "FlatGeobuf needs geometry: ask for f=csv, f=gpkg or f=parquet instead."
        )
    # The index has no place for a row without geometry.
    placed = not np.isnan(layer.index.boxes[0][_rows(selection)]).any()
    indexed = "YES" if placed and len(selection.positions) and not query.sort else "NO"
    return write_file(layer, query, selection, "FlatGeobuf", {"SPATIAL_INDEX": indexed})


def _rows(selection: Selection) -> Any:
    rows = selection.positions
    return slice(rows.start, rows.stop) if isinstance(rows, range) else rows


FORMAT = Format(
    "fgb", "application/vnd.flatgeobuf", write_flatgeobuf, "FlatGeobuf", attachment="fgb"
)
