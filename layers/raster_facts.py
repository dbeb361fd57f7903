"""What is known of a raster from its file alone: grid, bands, distribution, classes."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from layers.errors import PublishError, ReadError

if TYPE_CHECKING:
    from rasterio.io import DatasetReader

# More distinct values than any nomenclature has classes.
MOST_CLASSES = 256
SAMPLE_SIDE = 1024
EDGE_POINTS = 64
# What serving needs of the facts below.
FACTS = (
    "bounds", "crs", "shape", "resolution", "native_bounds", "bands", "dtype", "nodata", "classes",
    "values", "geometry_name", "geometry_types",
)  # fmt: skip
# Formats told by their name, as their first bytes say little; a TIFF says what it is.
SUFFIXES = {".tif", ".tiff", ".asc", ".vrt", ".img", ".jp2", ".bil", ".dem", ".grd"}
# Colours stretch between these percentiles, so that a few extremes do not leave the rest grey.
STRETCH_PERCENTILES = (2, 98)


def is_raster(path: Path) -> bool:
    """Tell whether a file is to be read as a raster."""
    if path.suffix.lower() in SUFFIXES or not path.is_file():
        return path.suffix.lower() in SUFFIXES
    with path.open("rb") as file:
        return file.read(4) in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def raster_facts(path: Path, crs: str | None = None) -> dict[str, Any]:
    """Return what the manifest keeps of a raster.

    ``bounds`` are in CRS84, ``shape`` is rows and columns, ``native_bounds`` and ``resolution``
    are in units of ``crs``, easting or longitude first; ``nodata`` is a number, ``"nan"`` or
    None. ``values`` are all codes of a raster of classes; ``stretch`` holds the percentiles 2 and
    98 of a band and ``low`` its least value, of a sample of at most 1024 x 1024 pixels.

    Args:
        path: the file.
        crs: CRS that prevails over what the file says.

    Raises:
        ReadError: it is damaged.
        PublishError: it lies outside the world.
    """
    from rasterio.errors import RasterioIOError

    with open_raster(path) as image:
        try:
            return _facts(image, path, crs)
        except RasterioIOError as error:
            raise ReadError(f"{path} cannot be read whole: {reason(error, path)}") from error


def _facts(image: DatasetReader, path: Path, crs: str | None) -> dict[str, Any]:
    nodata = image.nodata
    samples = [_sample(image, at) for at in image.indexes]
    values = _codes(image) if _are_classes(image, samples[0]) else None
    return {
        "bounds": placed_bounds(image, path, crs),
        "crs": crs or _crs_name(image),
        "shape": [image.height, image.width],
        "resolution": [abs(value) for value in image.res],
        "native_bounds": list(image.bounds),
        "bands": [
            {
                "name": image.descriptions[at] or f"band {at + 1}",
                "dtype": image.dtypes[at],
                "unit": image.units[at],
                "stretch": _stretch(sample),
                "low": float(sample.min()) if len(sample) else None,
            }
            for at, sample in enumerate(samples)
        ],
        "dtype": image.dtypes[0],
        "nodata": "nan" if nodata is not None and math.isnan(nodata) else nodata,
        "classes": values is not None,
        "values": values or [],
        "attributes": [],
        "geometry_name": None,
        "geometry_types": [],
        "interval": None,
    }


def holds_classes(image: DatasetReader) -> bool:
    """Tell codes from quantities: a palette, or few distinct whole numbers in a sample.

    CORINE Land Cover comes as 32-bit floats at times, so the type says little.
    """
    return _are_classes(image, _sample(image, 1))


def _are_classes(image: DatasetReader, sample: np.ndarray) -> bool:
    from rasterio.enums import ColorInterp

    if image.colorinterp[0] == ColorInterp.palette:
        return True
    values = np.unique(sample)
    return bool(len(values) <= MOST_CLASSES and (values == np.round(values)).all())


def _codes(image: DatasetReader) -> list[int] | None:
    """Return the distinct values of the first band, None where they are too many for codes."""
    found: set[int] = set()
    for _, window in image.block_windows(1):
        pixels = np.asarray(image.read(1, window=window, masked=True).compressed())
        found.update(int(value) for value in np.unique(pixels[np.isfinite(pixels)]))
        if len(found) > MOST_CLASSES:
            return None
    return sorted(found)


def _sample(image: DatasetReader, band: int) -> np.ndarray:
    """Return the valid values of some pixels of a band, evenly spread."""
    from rasterio.enums import Resampling

    shape = (min(image.height, SAMPLE_SIDE), min(image.width, SAMPLE_SIDE))
    sample = image.read(band, out_shape=shape, masked=True, resampling=Resampling.nearest)
    values = np.asarray(sample.compressed())
    return values[np.isfinite(values)]


def _stretch(sample: np.ndarray) -> list[float] | None:
    if not len(sample):
        return None
    return [float(value) for value in np.percentile(sample, STRETCH_PERCENTILES)]


def open_raster(path: Path) -> DatasetReader:
    """Open a raster; ReadError says why it cannot be."""
    import rasterio
    from rasterio.errors import RasterioIOError

    if not path.is_file():
        raise ReadError(f"No file {path}.")
    try:
        image = rasterio.open(path)
    except RasterioIOError as error:
        raise ReadError(
            f"{path} is not a raster that GDAL reads, or is damaged: {reason(error, path)}"
        ) from error
    if image.count == 0:
        parts = ", ".join(image.subdatasets[:5])
        image.close()
        raise ReadError(f"{path} holds several rasters: extract one first, of {parts}.")
    return image


def placed_bounds(image: DatasetReader, path: Path, crs: str | None = None) -> list[float]:
    """Return the bounds of a raster in CRS84; PublishError where they are not on Earth."""
    from rasterio.errors import RasterioError
    from rasterio.warp import transform_bounds

    try:
        box = transform_bounds(
            crs or image.crs, "OGC:CRS84", *image.bounds, densify_pts=EDGE_POINTS
        )
    except RasterioError as error:
        raise PublishError(f"{path}: its CRS cannot be placed on Earth: {error}.") from error
    west, south, east, north = box
    if not np.isfinite(box).all() or abs(west) > 180.001 or max(-south, north) > 90.001:
        raise PublishError(
            f"{path} lies outside the world ({west:g}, {south:g} as degrees): its CRS is "
            "probably wrong. Give the right one with --crs, such as --crs EPSG:2154."
        )
    return [west, south, east, north]


def _crs_name(image: DatasetReader) -> str:
    authority = image.crs.to_authority()
    return ":".join(authority) if authority else str(image.crs.to_wkt())


def reason(error: Exception, path: Path) -> str:
    """Return what GDAL says of a file, in one sentence."""
    text = str(error.__cause__ or error).replace(str(path), path.name)
    return text.split("\n")[0][:200].rstrip(".") + "."
