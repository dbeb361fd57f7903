"""Rasters: any GDAL raster stored as a version of a layer, a cloud-optimised GeoTIFF."""

from __future__ import annotations

import math
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from layers.crs import file_crs
from layers.errors import PublishError, ReadError
from layers.lake import Lake, Version
from layers.placement import advice
from layers.publish import Progress
from layers.records import LayerRecord

if TYPE_CHECKING:
    from rasterio.io import DatasetReader

FILE = "data.tif"
# More distinct values than any nomenclature has classes.
MOST_CLASSES = 256
SAMPLE_SIDE = 1024
EDGE_POINTS = 64
OPTIONS = {"compress": "deflate", "predictor": "yes", "bigtiff": "if_safer"}


def publish_raster(
    lake: Lake,
    record: LayerRecord,
    path: Path,
    *,
    source: str,
    vintage: str | None = None,
    crs: str | None = None,
    progress: Progress | None = None,
) -> Version:
    """Make a raster the current version of a layer.

    Pixels, CRS, bands, palette and nodata stay those of the file; overviews of class codes take
    the nearest pixel, those of quantities the average.

    Args:
        lake: where the version goes.
        record: the layer's record, of geometry ``raster``.
        path: any raster that GDAL reads.
        source: file name or address, kept with the version.
        vintage: date or year that the raster describes.
        crs: CRS that prevails over what the file says.
        progress: called once with the number of pixel rows stored.

    Raises:
        ReadError: the file is missing, corrupt, truncated or no raster.
        PublishError: it says no CRS or no position, or the disk is full.
    """
    if record.geometry != "raster":
        raise PublishError(
            f"Layer {record.id!r} has geometry {record.geometry!r} in its record: a raster needs "
            "geometry: raster."
        )

    def fill(folder: Path) -> dict[str, Any]:
        _store(path, folder / FILE, crs)
        facts = raster_facts(folder / FILE)
        if progress:
            progress(facts["shape"][0])
        return {"rows": None, "report": {}, "facts": facts}

    return lake.commit(record.id, fill, source=source, vintage=vintage)


def raster_facts(path: Path) -> dict[str, Any]:
    """Return what the manifest keeps of a raster.

    ``bounds`` are in CRS84, ``shape`` is rows and columns, ``resolution`` is in units of
    ``crs``; ``nodata`` is a number, ``"nan"`` or None.
    """
    with _opened(path) as image:
        nodata = image.nodata
        return {
            "bounds": _bounds(image, path),
            "crs": _crs_name(image),
            "shape": [image.height, image.width],
            "resolution": [abs(value) for value in image.res],
            "bands": [
                {"name": text or f"band {at}", "dtype": kind, "unit": unit}
                for at, (text, kind, unit) in enumerate(
                    zip(image.descriptions, image.dtypes, image.units, strict=True), start=1
                )
            ],
            "dtype": image.dtypes[0],
            "nodata": "nan" if nodata is not None and math.isnan(nodata) else nodata,
            "classes": holds_classes(image),
            "attributes": [],
            "geometry_name": None,
            "geometry_types": [],
            "interval": None,
        }


def holds_classes(image: DatasetReader) -> bool:
    """Tell codes from quantities: a palette, or few distinct whole numbers in a sample.

    CORINE Land Cover comes as 32-bit floats at times, so the type says little.
    """
    from rasterio.enums import ColorInterp, Resampling

    if image.colorinterp[0] == ColorInterp.palette:
        return True
    shape = (min(image.height, SAMPLE_SIDE), min(image.width, SAMPLE_SIDE))
    sample = image.read(1, out_shape=shape, masked=True, resampling=Resampling.nearest)
    values = np.unique(np.asarray(sample.compressed()))
    values = values[np.isfinite(values)]
    return bool(len(values) <= MOST_CLASSES and (values == np.round(values)).all())


def _opened(path: Path) -> DatasetReader:
    import rasterio
    from rasterio.errors import RasterioIOError

    if not path.is_file():
        raise ReadError(f"No file {path}.")
    try:
        image = rasterio.open(path)
    except RasterioIOError as error:
        raise ReadError(
            f"{path} is not a raster that GDAL reads, or is damaged: {_reason(error, path)}"
        ) from error
    if image.count == 0:
        parts = ", ".join(image.subdatasets[:5])
        image.close()
        raise ReadError(f"{path} holds several rasters: extract one first, of {parts}.")
    return image


def _store(path: Path, target: Path, crs: str | None) -> None:
    """Copy a raster as a COG; GDAL works by blocks, whatever the size."""
    from rasterio.errors import RasterioError
    from rasterio.shutil import copy

    with _opened(path) as image:
        _require_place(image, path, crs)
        try:
            resampling = "nearest" if holds_classes(image) else "average"
            with _placed(image, crs) as placed:
                copy(placed, target, driver="COG", overview_resampling=resampling, **OPTIONS)
        except RasterioError as error:
            raise ReadError(
                f"{path} cannot be copied whole: {_reason(error, path)} It is probably truncated "
                "(download it again), or the disk is full."
            ) from error


def _require_place(image: DatasetReader, path: Path, crs: str | None) -> None:
    if image.transform.is_identity:
        raise PublishError(
            f"{path} does not say where on Earth its pixels lie. Georeference it first, or put "
            "its world file (.tfw) beside it."
        )
    if image.crs is None and crs is None:
        raise PublishError(f"{path} does not say its CRS. {advice(image.bounds)}")


def _placed(image: DatasetReader, crs: str | None) -> AbstractContextManager[DatasetReader]:
    """Return the raster in the CRS that the user says, on its very own grid."""
    from rasterio.vrt import WarpedVRT

    if crs is None:
        return nullcontext(image)
    system = file_crs(crs).to_wkt()
    grid = {"transform": image.transform, "width": image.width, "height": image.height}
    vrt: AbstractContextManager[DatasetReader] = WarpedVRT(
        image, src_crs=system, crs=system, nodata=image.nodata, **grid
    )
    return vrt


def _bounds(image: DatasetReader, path: Path) -> list[float]:
    from rasterio.errors import RasterioError
    from rasterio.warp import transform_bounds

    try:
        box = transform_bounds(image.crs, "OGC:CRS84", *image.bounds, densify_pts=EDGE_POINTS)
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


def _reason(error: Exception, path: Path) -> str:
    return str(error).replace(str(path), path.name).split("\n")[0][:200].rstrip(".") + "."
