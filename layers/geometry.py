"""Geometry on its way into the lake: readable, valid, two-dimensional, in CRS84."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely

from layers.errors import PublishError
from layers.report import Report

Geometries = np.ndarray[Any, Any]  # of shapely geometries or None


def clean(
    wkb: list[bytes | None], move: Callable[[np.ndarray], np.ndarray], report: Report
) -> Geometries:
    """Return geometries of CRS84 from the WKB of a file.

    Every change is counted in the report; a row whose geometry cannot be saved is kept without
    one, so that its attributes are not lost.

    Raises:
        PublishError: coordinates fall outside the world, so the CRS must be wrong.
    """
    raw = np.array(wkb, dtype=object)
    geometries = shapely.from_wkb(raw, on_invalid="ignore")
    given = np.array([value is not None for value in wkb], dtype=bool)
    report.repair(
        "unreadable geometry removed", np.count_nonzero(given & shapely.is_missing(geometries))
    )
    geometries = _without_empty(shapely.force_2d(geometries), report)
    geometries = _valid(geometries, report)
    return _moved(geometries, move, report)


def prepared(area: Any) -> Any:
    """Return a copy of a geometry, made ready to be compared with many.

    A copy, as threads share areas: GEOS makes what a prepared geometry needs when it is first asked
    for, and two threads that ask at once crash the process.
    """
    copy = shapely.force_2d(area)
    shapely.prepare(copy)
    return copy


def bounds(geometries: Geometries) -> np.ndarray:
    """Return an (n, 4) array minx, miny, maxx, maxy; NaN where there is no geometry."""
    return np.asarray(shapely.bounds(geometries), dtype=np.float64).reshape(-1, 4)


def _without_empty(geometries: Geometries, report: Report) -> Geometries:
    empty = shapely.is_empty(geometries)
    report.repair("empty geometry removed", np.count_nonzero(empty))
    geometries[empty] = None
    return geometries


def _valid(geometries: Geometries, report: Report) -> Geometries:
    invalid = ~shapely.is_valid(geometries) & ~shapely.is_missing(geometries)
    if invalid.any():
        finite = np.isfinite(shapely.bounds(geometries)).all(axis=1)
        report.repair(
            "geometry with infinite coordinates removed", np.count_nonzero(invalid & ~finite)
        )
        geometries[invalid & ~finite] = None
        mend = invalid & finite
        report.repair("invalid geometry repaired", np.count_nonzero(mend))
        geometries[mend] = shapely.make_valid(
            geometries[mend], method="structure", keep_collapsed=False
        )
        geometries = _without_empty(geometries, report)
    return geometries


def _moved(
    geometries: Geometries, move: Callable[[np.ndarray], np.ndarray], report: Report
) -> Geometries:
    moved = shapely.transform(geometries, move)
    box = bounds(moved)
    lost = np.isinf(box).any(axis=1)
    report.repair("geometry outside its CRS removed", np.count_nonzero(lost))
    moved[lost] = None
    outside = ~lost & (np.abs(box) > (180.0001, 90.0001, 180.0001, 90.0001)).any(axis=1)
    if outside.any():
        x, y = box[outside][0, :2]
        raise PublishError(
            f"{np.count_nonzero(outside)} rows lie outside the world (first: {x:g}, {y:g} as "
            "degrees). The CRS is probably wrong: give the right one with --crs, "
            "such as --crs EPSG:2154."
        )
    return np.asarray(moved)
