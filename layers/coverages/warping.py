"""Cells of a raster on another grid, in one resampling, from the overview that suffices."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import rasterio
from pyproj import Transformer
from rasterio.enums import ColorInterp, Resampling
from rasterio.transform import from_bounds
from rasterio.vrt import WarpedVRT

from layers.coverages.systems import Box, System, moved_box
from layers.errors import BadRequestError
from layers.raster_facts import open_raster

if TYPE_CHECKING:
    from rasterio.io import DatasetReader

Method = Literal["nearest", "average", "bilinear"]
# Types of which GDAL takes an alpha band for a mask.
MASKED_BY_ALPHA = ("uint8", "uint16")


def warped(
    path: Path, native: System, target: System, bounds: Box, size: tuple[int, int],
    bands: Sequence[int], method: Method,
) -> np.ma.MaskedArray:  # fmt: skip
    """Return cells that fill a box of another CRS, masked where the raster has none.

    Args:
        path: the raster.
        native: its CRS.
        target: CRS of the box.
        bounds: west, south, east, north.
        size: number of columns and rows.
        bands: numbers of the bands.
        method: how values of new cells are made.
    """
    with _overview(path, native, target, bounds, size) as image:
        options: dict[str, Any] = {
            "crs": target.name, "transform": from_bounds(*bounds, *size), "width": size[0],
            "height": size[1], "resampling": Resampling[method],
        }  # fmt: skip
        bare = image.nodata is None and ColorInterp.alpha not in image.colorinterp
        kind = image.dtypes[0]
        if bare and kind in MASKED_BY_ALPHA:
            options["add_alpha"] = True
        elif bare and kind.startswith("float"):
            options["nodata"] = np.nan
        with WarpedVRT(image, **options) as grid:
            values: np.ma.MaskedArray = grid.read(list(bands), masked=True)
        if bare and kind not in MASKED_BY_ALPHA and not kind.startswith("float"):
            outside = _outside(image, native, target, bounds, size)
            values = np.ma.array(values, mask=np.ma.getmaskarray(values) | outside)
    return values


def _overview(
    path: Path, native: System, target: System, bounds: Box, size: tuple[int, int]
) -> DatasetReader:
    """Open the coarsest overview whose cells are no larger than those wanted."""
    image = open_raster(path)
    try:
        west, _, east, _ = moved_box(bounds, target, native)
    except BadRequestError:
        # The box reaches where the raster's CRS has no meaning: the cells may well be the largest.
        return image
    wanted = (east - west) / image.res[0] / size[0]
    fit = [at for at, factor in enumerate(image.overviews(1)) if factor <= wanted]
    if not fit:
        return image
    image.close()
    return rasterio.open(path, overview_level=fit[-1])


def _outside(
    image: DatasetReader, native: System, target: System, bounds: Box, size: tuple[int, int]
) -> np.ndarray:
    """Return which cells have their centre outside the raster, rows from the north."""
    place = from_bounds(*bounds, *size)
    columns, rows = np.meshgrid(np.arange(size[0]) + 0.5, np.arange(size[1]) + 0.5)
    x, y = place.c + columns * place.a, place.f + rows * place.e
    move = Transformer.from_crs(target.name, native.name, always_xy=True)
    e, n = move.transform(x, y)
    west, south, east, north = image.bounds
    inside: np.ndarray = (e >= west) & (e <= east) & (n >= south) & (n <= north)
    return ~inside
