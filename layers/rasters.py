"""Rasters: any GDAL raster stored as a version of a layer, a cloud-optimised GeoTIFF."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from layers.crs import file_crs
from layers.errors import PublishError, ReadError
from layers.lake import RASTER_FILE, Lake, Version
from layers.placement import advice
from layers.publish import Progress
from layers.raster_facts import holds_classes, open_raster, raster_facts, reason
from layers.records import LayerRecord

if TYPE_CHECKING:
    from rasterio.io import DatasetReader

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
        _store(path, folder / RASTER_FILE, record, crs)
        facts = raster_facts(folder / RASTER_FILE)
        if progress:
            progress(facts["shape"][0])
        return {"rows": None, "report": {}, "facts": facts}

    return lake.commit(record.id, fill, source=source, vintage=vintage)


def _store(path: Path, target: Path, record: LayerRecord, crs: str | None) -> None:
    """Copy a raster as a COG; GDAL works by blocks, whatever the size."""
    # What GDAL says while it copies from a virtual raster comes under its own class.
    from rasterio._err import CPLE_BaseError
    from rasterio.errors import RasterioError
    from rasterio.shutil import copy

    with open_raster(path) as image:
        require_place(image, path, crs)
        try:
            codes = record.classes or record.legend or holds_classes(image)
            resampling = "nearest" if codes and not record.stretch else "average"
            with _placed(image, crs, record.nodata) as placed:
                copy(placed, target, driver="COG", overview_resampling=resampling, **OPTIONS)
        except (RasterioError, CPLE_BaseError) as error:
            raise ReadError(
                f"{path} cannot be copied whole: {reason(error, path)} It is probably truncated "
                "(download it again), or the disk is full."
            ) from error


def require_place(image: DatasetReader, path: Path, crs: str | None) -> None:
    """Refuse a raster whose pixels have no place on Earth, or no grid that runs north up."""
    if image.transform.is_identity:
        raise PublishError(
            f"{path} does not say where on Earth its pixels lie. Georeference it first, or put "
            "its world file (.tfw) beside it."
        )
    step = image.transform
    if step.b or step.d or step.a <= 0 or step.e >= 0:
        raise PublishError(
            f"{path} is turned or upside down: its rows do not run from west to east, from north "
            "to south. Straighten it first, as with gdalwarp."
        )
    if image.crs is None and crs is None:
        raise PublishError(f"{path} does not say its CRS. {advice(image.bounds)}")


def _placed(
    image: DatasetReader, crs: str | None, nodata: float | None
) -> AbstractContextManager[DatasetReader]:
    """Return the raster in the CRS that the user says, on its very own grid.

    Where the file declares no pixel for no data, that of the record is one.
    """
    from rasterio.vrt import WarpedVRT

    missing = nodata is not None and image.nodata is None
    if crs is None and not missing:
        return nullcontext(image)
    declared = nodata if missing else image.nodata
    system = file_crs(crs).to_wkt() if crs else image.crs
    grid = {"transform": image.transform, "width": image.width, "height": image.height}
    vrt: AbstractContextManager[DatasetReader] = WarpedVRT(
        image, src_crs=system, crs=system, src_nodata=declared, nodata=declared, **grid
    )
    return vrt
