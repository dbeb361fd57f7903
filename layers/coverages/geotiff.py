"""Cells as a GeoTIFF, with the raster's own names, units, palette and mark of missing values."""

from __future__ import annotations

from typing import Any

import numpy as np
import rasterio
from rasterio.enums import ColorInterp
from rasterio.io import MemoryFile

from layers.catalogue import Layer
from layers.coverages.reading import Cells
from layers.coverages.request import band_names
from layers.raster_facts import open_raster

MEDIA_TYPE = "image/tiff; application=geotiff"
BLOCK = 256


def write_geotiff(layer: Layer, cells: Cells) -> bytes:
    """Return cells as a compressed GeoTIFF, tiled unless it is smaller than a tile.

    Missing values are the raster's own nodata; where it has none, NaN in quantities with
    decimals, a mask in others.
    """
    names = band_names(layer)
    grid, values = cells.grid, cells.values
    with open_raster(layer.file) as image, MemoryFile() as memory:
        nodata = _nodata(image.nodata, values)
        profile: dict[str, Any] = {
            "driver": "GTiff", "width": grid.width, "height": grid.height, "dtype": values.dtype,
            "count": len(cells.bands), "crs": grid.system.name, "transform": grid.transform,
            "nodata": nodata, "compress": "deflate",
        }  # fmt: skip
        if min(grid.width, grid.height) >= BLOCK:
            profile |= {"tiled": True, "blockxsize": BLOCK, "blockysize": BLOCK}
        with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), memory.open(**profile) as target:
            target.write(values.filled(0 if nodata is None else nodata))
            if nodata is None and np.ma.is_masked(values):
                target.write_mask(~np.ma.getmaskarray(values).all(axis=0))
            target.descriptions = [names[band - 1] for band in cells.bands]
            target.units = [image.units[band - 1] or "" for band in cells.bands]
            if image.colorinterp[0] == ColorInterp.palette and cells.bands == (1,):
                target.write_colormap(1, image.colormap(1))
        return bytes(memory.getbuffer())


def _nodata(declared: float | None, values: np.ma.MaskedArray) -> float | None:
    if declared is None and np.ma.is_masked(values) and values.dtype.kind == "f":
        return float("nan")
    return declared
