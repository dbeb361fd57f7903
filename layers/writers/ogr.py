"""Files that GDAL writes: rows flow into a temporary file, which is sent and removed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from layers import interruption
from layers.catalogue import Layer
from layers.query import Query, Selection
from layers.writers import batches as arrow

PIECE = 1 << 20
SUFFIXES = {"GPKG": ".gpkg", "FlatGeobuf": ".fgb"}  # FlatGeobuf makes a folder without


def write_file(
    layer: Layer, query: Query, selection: Selection, driver: str, options: Mapping[str, str]
) -> Iterator[bytes]:
    """Yield a file of one layer; coordinates are x before y, as these formats demand.

    Args:
        layer: whose rows.
        query: which columns, in which CRS.
        selection: which rows, in order.
        driver: GDAL's short name.
        options: GDAL's layer creation options.
    """
    with TemporaryDirectory(prefix="coeurville-") as folder:
        path = Path(folder) / f"{layer.id}{SUFFIXES[driver]}"
        _write(path, layer, query, selection, driver, options)
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece


def _write(
    path: Path, layer: Layer, query: Query, selection: Selection, driver: str,
    options: Mapping[str, str],
) -> None:  # fmt: skip
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    shapes: dict[str, Any] = {}
    kind = geometry_type(layer)
    if arrow.has_geometry(layer, query):
        # Both formats are x before y, so EPSG:4326 says what readers understand best.
        crs = f"EPSG:{query.crs.epsg or 4326}"
        shapes = {"geometry_name": layer.index.geometry_name, "geometry_type": kind, "crs": crs}
    rows = arrow.batches(layer, query, selection, promote=kind.startswith("Multi"))
    reader = pa.RecordBatchReader.from_batches(arrow.schema(layer, query), rows)
    try:
        pyogrio.write_arrow(
            reader, path, layer=layer.id, driver=driver, layer_options=dict(options), **shapes
        )
    except (DataLayerError, DataSourceError, RuntimeError):
        # An interruption of the rows comes out as an error of the stream that GDAL reads.
        interruption.check()
        raise


def geometry_type(layer: Layer) -> str:
    """Return the one type that holds all geometries: Point, MultiPolygon, …, or Unknown."""
    types = set(layer.version.facts["geometry_types"])
    if len(types) == 1:
        return str(types.pop())
    single = {name.removeprefix("Multi") for name in types}
    return f"Multi{single.pop()}" if len(single) == 1 else "Unknown"
