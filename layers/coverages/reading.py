"""Cells of a raster: the ones that a request means, read without the others."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import rasterio
from affine import Affine
from rasterio.enums import Resampling
from rasterio.transform import from_bounds
from rasterio.warp import calculate_default_transform, transform_bounds
from rasterio.windows import Window

from layers.catalogue import Layer
from layers.coverages.request import CoverageRequest
from layers.coverages.systems import Box, System, moved_box, native_system
from layers.coverages.warping import Method, warped
from layers.crs import EDGE_PIECES
from layers.errors import NotFoundError, TooLargeError
from layers.raster_facts import open_raster
from layers.raster_legends import holds_classes

if TYPE_CHECKING:
    from rasterio.io import DatasetReader

MAX_CELLS = 2**24
# An edge given in decimals may miss a cell's edge by this part of a cell and still be it.
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Grid:
    """Cells in rows from the north: their CRS, the place of the north-west corner, their number."""

    system: System
    transform: Affine
    width: int
    height: int

    @property
    def bounds(self) -> Box:
        """Return the outer edges, easting or longitude first."""
        west, north = self.transform.c, self.transform.f
        east, south = self.transform @ (self.width, self.height)
        return west, south, east, north


@dataclass(frozen=True)
class Cells:
    """Values of a coverage: masked array of shape (bands, rows, columns), and where they lie."""

    values: np.ma.MaskedArray
    grid: Grid
    bands: tuple[int, ...]


def read_cells(layer: Layer, request: CoverageRequest, most: int = MAX_CELLS) -> Cells:
    """Return the cells that a request asks of a raster.

    In the raster's own CRS they are its own cells, all those that the area touches; in another
    CRS new ones of a like size, codes by the nearest and quantities by linear interpolation.
    Fewer cells take the nearest code, or the average of quantities.

    Raises:
        NotFoundError: the area lies outside the raster.
        TooLargeError: there would be more than ``most`` cells.
    """
    native = native_system(layer)
    codes = holds_classes(layer)
    with open_raster(layer.file) as image:
        window = _window(image, request, native)
        own = request.target == native
        whole = _windowed(image, window, native) if own else _projected(image, window, request)
        grid = _scaled(whole, request)
        is_spread = request.area is not None and any(request.counts)
        if is_spread:
            grid = _spread(grid, request)
        _require_few(grid, whole, len(request.bands), most)
        method = _method(whole, grid, codes)
        values = (
            _read(image, window, grid, request.bands, method)
            if own and not any(request.cell) and not is_spread
            else _warp(layer, grid, request.bands, method)
        )
    return Cells(values, grid, request.bands)


def _window(image: DatasetReader, request: CoverageRequest, native: System) -> Window:
    """Return the raster's own cells that the area touches."""
    if request.area is None:
        return Window(0, 0, image.width, image.height)
    west, south, east, north = moved_box(request.area, request.area_system, native)
    to_cell = ~image.transform
    (left, top), (right, bottom) = to_cell @ (west, north), to_cell @ (east, south)
    columns = _span(left, right, image.width)
    rows = _span(top, bottom, image.height)
    if columns is None or rows is None:
        inside = moved_box(tuple(image.bounds), native, request.area_system)
        edges = ", ".join(f"{v:.10g}" for v in request.area_system.swapped(inside))
        raise NotFoundError(
            f"The area lies outside the raster, whose bounds in {request.area_system.uri} are "
            f"{edges}."
        )
    return Window(columns[0], rows[0], columns[1] - columns[0], rows[1] - rows[0])


def _span(low: float, high: float, count: int) -> tuple[int, int] | None:
    """Return the first cell and the one after the last, None where no cell is met."""
    first = math.floor(low + TOLERANCE)
    after = max(math.ceil(high - TOLERANCE), first + 1)
    first, after = max(first, 0), min(after, count)
    return (first, after) if first < after else None


def _windowed(image: DatasetReader, window: Window, native: System) -> Grid:
    transform = image.window_transform(window)
    return Grid(native, transform, int(window.width), int(window.height))


def _projected(image: DatasetReader, window: Window, request: CoverageRequest) -> Grid:
    """Return cells of the target CRS over the window, of about the size of the raster's own."""
    step, columns, rows = calculate_default_transform(
        image.crs, request.target.name, int(window.width), int(window.height),
        *rasterio.windows.bounds(window, image.transform),
    )  # fmt: skip
    if request.area is None or request.area_system != request.target:
        return Grid(request.target, step, columns, rows)
    whole = transform_bounds(image.crs, request.target.name, *image.bounds, densify_pts=EDGE_PIECES)
    west, south, east, north = (
        max(request.area[0], whole[0]), max(request.area[1], whole[1]),
        min(request.area[2], whole[2]), min(request.area[3], whole[3]),
    )  # fmt: skip
    columns = max(1, round((east - west) / step.a))
    rows = max(1, round((north - south) / -step.e))
    return Grid(request.target, from_bounds(west, south, east, north, columns, rows), columns, rows)


def _scaled(grid: Grid, request: CoverageRequest) -> Grid:
    """Return the cells of another number or size over the same ground."""
    if any(request.cell):
        return _sized(grid, request.cell[0], request.cell[1])
    width = _count(grid.width, request.divisors[0], request.counts[0])
    height = _count(grid.height, request.divisors[1], request.counts[1])
    scale = Affine.scale(grid.width / width, grid.height / height)
    return Grid(grid.system, grid.transform @ scale, width, height)


def _spread(grid: Grid, request: CoverageRequest) -> Grid:
    """Return so many cells over just the area asked for, beyond the raster too."""
    assert request.area is not None
    bounds = moved_box(request.area, request.area_system, request.target)
    step = grid.transform
    width = request.counts[0] or max(1, round((bounds[2] - bounds[0]) / step.a))
    height = request.counts[1] or max(1, round((bounds[3] - bounds[1]) / -step.e))
    size = int(width), int(height)
    return Grid(request.target, from_bounds(*bounds, *size), *size)


def _sized(grid: Grid, across: float | None, down: float | None) -> Grid:
    """Return cells of exactly this size, the last ones reaching beyond the ground if need be."""
    west, south, east, north = grid.bounds
    across, down = across or grid.transform.a, down or -grid.transform.e
    width = max(1, math.ceil((east - west) / across - TOLERANCE))
    height = max(1, math.ceil((north - south) / down - TOLERANCE))
    return Grid(grid.system, Affine(across, 0, west, 0, -down, north), width, height)


def _count(cells: int, divisor: float | None, count: float | None) -> int:
    if divisor:
        return max(1, round(cells / divisor))
    return int(count) if count else cells


def _require_few(grid: Grid, whole: Grid, bands: int, most: int) -> None:
    total = grid.width * grid.height * bands
    if total <= most:
        return
    factor = math.sqrt(whole.width * whole.height * bands / most)
    hint = f", as with scale-factor={math.ceil(factor * 10) / 10:g}" if factor > 1 else ""
    raise TooLargeError(
        f"The answer would hold {grid.width:,} x {grid.height:,} cells in {bands} band(s), more "
        f"than {most:,} values. Ask for a smaller bbox or subset, fewer properties, or larger "
        f"cells{hint}."
    )


def _method(whole: Grid, grid: Grid, codes: bool) -> Method:
    """Return how values of new cells are made."""
    if codes:
        return "nearest"
    return "average" if grid.width < whole.width or grid.height < whole.height else "bilinear"


def _read(
    image: DatasetReader, window: Window, grid: Grid, bands: tuple[int, ...], method: Method
) -> np.ma.MaskedArray:
    found: np.ma.MaskedArray = image.read(
        bands, window=window, out_shape=(len(bands), grid.height, grid.width), masked=True,
        resampling=Resampling[method],
    )  # fmt: skip
    return found


def _warp(layer: Layer, grid: Grid, bands: tuple[int, ...], method: Method) -> np.ma.MaskedArray:
    size = (grid.width, grid.height)
    native = native_system(layer)
    return warped(layer.file, native, grid.system, grid.bounds, size, bands, method)
