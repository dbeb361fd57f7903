"""GeoParquet 1.1: WKB in the CRS of the query; plain Parquet without geometry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyproj import CRS

from layers.catalogue import Layer
from layers.query import Query, Selection
from layers.writers import Format
from layers.writers import batches as arrow


def write_geoparquet(
    layer: Layer, query: Query, selection: Selection, links: list[dict[str, Any]]
) -> Iterator[bytes | memoryview]:
    """Yield a file as its row groups are written; its index comes last."""
    sink = arrow.Sink()
    schema = arrow.schema(layer, query).with_metadata(_metadata(layer, query))
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        for batch in arrow.batches(layer, query, selection):
            writer.write_table(pa.Table.from_batches([batch]).cast(schema))
            yield sink.take()
    yield sink.take()


def _metadata(layer: Layer, query: Query) -> dict[str, str] | None:
    name = layer.index.geometry_name
    if not name or query.skip_geometry:
        return None
    column = {"encoding": "WKB", "geometry_types": layer.version.facts["geometry_types"]}
    if query.crs.epsg is not None:
        column["crs"] = CRS.from_epsg(query.crs.epsg).to_json_dict()
    return {
        "geo": json.dumps({"version": "1.1.0", "primary_column": name, "columns": {name: column}})
    }


FORMAT = Format(
    "parquet", "application/vnd.apache.parquet", write_geoparquet, "GeoParquet",
    attachment="parquet",
)  # fmt: skip
