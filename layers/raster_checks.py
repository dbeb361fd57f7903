"""What is wrong with a raster before it is added."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from layers.errors import UserError
from layers.findings import Finding
from layers.placement import FRANCE
from layers.raster_facts import open_raster, placed_bounds, raster_facts, reason
from layers.raster_legends import infer_classes
from layers.rasters import require_place

# What programs write where they know nothing, often without declaring it.
TELLTALE = (-9999.0, -32768.0, -99999.0, -3.4028234663852886e38, -1.7976931348623157e308)


def raster_findings(path: Path, crs: str | None = None) -> Iterator[Finding]:
    """Yield what is wrong with a raster file, every block of it read.

    Args:
        path: the file.
        crs: CRS that prevails over what the file says.
    """
    try:
        with closing(open_raster(path)) as image:
            require_place(image, path, crs)
            box = placed_bounds(image, path, crs)
        facts = raster_facts(path, crs)
        damage = _damage(path)
    except UserError as error:
        yield Finding("error", path.name, str(error), "As said; nothing was added.")
        return
    if damage:
        yield Finding("error", path.name, damage, "Download or export the file again.")
        return
    if not any(_meets(box, area) for area in FRANCE):
        mend = "Check the CRS; give the right one with --crs."
        yield Finding("warning", path.name, "lies outside France", mend)
    yield from _values(path, facts)


def _values(path: Path, facts: dict[str, Any]) -> Iterator[Finding]:
    for band in facts["bands"]:
        if band["stretch"] is None:
            yield Finding(
                "warning", f"{path.name}, {band['name']}", "holds no value at all",
                "Check that the right file or band was exported.",
            )  # fmt: skip
        elif band["low"] in TELLTALE and facts["nodata"] is None:
            yield Finding(
                "warning", f"{path.name}, {band['name']}",
                f"holds {band['low']:g}, which looks like a mark for missing values, undeclared",
                f"Declare it, as with gdal_edit.py -a_nodata {band['low']:g}.",
            )  # fmt: skip
    if not facts["classes"]:
        return
    named = {n for c in infer_classes(path, facts) for n in (c.value, c.code)}
    unnamed = [value for value in facts["values"] if value not in named]
    if unnamed:
        yield Finding(
            "info", path.name, "classes without a name", "Name them under classes in the record.",
            len(unnamed),
        )  # fmt: skip


def _damage(path: Path) -> str | None:
    """Return why some block cannot be read, None where all can."""
    from rasterio.errors import RasterioError

    try:
        with closing(open_raster(path)) as image:
            for at in image.indexes:
                for _, window in image.block_windows(at):
                    image.read(at, window=window)
    except RasterioError as error:
        return f"cannot be read whole: {reason(error, path)}"
    return None


def _meets(box: list[float], area: tuple[float, float, float, float]) -> bool:
    return (
        box[0] <= area[2] and area[0] <= box[2] and box[1] <= area[3] and area[1] <= box[3]
    )  # fmt: skip
