"""GeoPackage 1.4, one layer; also without geometry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from layers.catalogue import Layer
from layers.query import Query, Selection
from layers.writers import Format
from layers.writers import batches as arrow
from layers.writers.ogr import write_file


def write_geopackage(
    layer: Layer, query: Query, selection: Selection, links: list[dict[str, Any]]
) -> Iterator[bytes | memoryview]:
    """Yield a database, in pieces once it is written."""
    taken = {name.casefold() for name in arrow.schema(layer, query).names}
    key = next(name for name in ("fid", "ogc_fid", "gpkg_fid") if name not in taken)
    return write_file(layer, query, selection, "GPKG", {"FID": key})


FORMAT = Format(
    "gpkg", "application/geopackage+sqlite3", write_geopackage, "GeoPackage", attachment="gpkg"
)
