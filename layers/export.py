"""A layer as one file, in the format that its name asks for."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

from layers.catalogue import Layer
from layers.errors import UserError
from layers.query import Query, select


def export_layer(layer: Layer, file: Path) -> int:
    """Write a layer to ``.parquet``, ``.gpkg``, ``.geojson`` or ``.csv``, a raster to ``.tif``.

    Returns the number of its rows. The file appears whole or not at all; coordinates are
    longitude and latitude (CRS84), those of a raster are its own.

    Raises:
        UserError: the extension is of no known format.
    """
    writers: dict[str, Callable[[Layer, Path], None]] = {
        ".parquet": _copy, ".gpkg": _write_geopackage, ".geojson": _write_text, ".csv": _write_text,
    }  # fmt: skip
    if layer.is_raster:
        writers = {".tif": _copy}
    write = writers.get(file.suffix.lower())
    if write is None:
        raise UserError(f"{file.name}: give a name that ends with {', '.join(writers)}.")
    temporary = file.with_name(f".{secrets.token_hex(4)}{file.suffix}")
    try:
        write(layer, temporary)
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)
    return int(layer.version.facts["shape"][0]) if layer.is_raster else layer.index.count


def _copy(layer: Layer, file: Path) -> None:
    shutil.copyfile(layer.file, file)


def _write_geopackage(layer: Layer, file: Path) -> None:
    import geopandas as gpd
    import pandas as pd

    if layer.index.geometry_name:
        frame = gpd.read_parquet(layer.file)
        gpd.GeoDataFrame(frame.drop(columns="bbox", errors="ignore")).to_file(file, layer=layer.id)
        return
    table = gpd.GeoDataFrame(pd.read_parquet(layer.file))
    table.to_file(file, layer=layer.id, engine="pyogrio")


def _write_text(layer: Layer, file: Path) -> None:
    from layers.writers import formats

    query = Query(limit=layer.index.count)
    writer = formats()["csv" if file.suffix.lower() == ".csv" else "json"]
    with file.open("wb") as sink:
        for piece in writer.write(layer, query, select(layer, query), []):
            sink.write(piece)
