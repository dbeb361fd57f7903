"""Geometry literals and the relations between geometries."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import shapely

from layers.cql2.terms import Box, Term, fill, require
from layers.errors import BadRequestError

RELATIONS = {
    "s_contains": "ST_Contains",
    "s_crosses": "ST_Crosses",
    "s_disjoint": "ST_Disjoint",
    "s_equals": "ST_Equals",
    "s_intersects": "ST_Intersects",
    "s_overlaps": "ST_Overlaps",
    "s_touches": "ST_Touches",
    "s_within": "ST_Within",
}
GEOMETRIES = (
    "Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon",
    "GeometryCollection",
)  # fmt: skip
Move = Callable[[Any], Any]


def geometry_literal(node: dict[str, Any], to_storage: Move) -> Term:
    """Return a GeoJSON geometry, brought from the filter's CRS to CRS84."""
    try:
        shape = shapely.from_geojson(json.dumps(node))
    except (shapely.GEOSException, ValueError, TypeError) as error:
        raise BadRequestError(f"filter: the geometry cannot be read: {error}.") from None
    return _bound(shape, to_storage, str(node.get("type")))


def box_literal(numbers: Any, to_storage: Move) -> Term:
    """Return a ``BBOX`` of 4 or 6 numbers, in the axis order of the filter's CRS.

    In degrees it may span the antimeridian: its western edge is then the larger.
    """
    if not isinstance(numbers, list) or len(numbers) not in (4, 6) or not _finite(numbers):
        raise BadRequestError("filter: BBOX needs 4 or 6 numbers.")
    half = len(numbers) // 2
    low, high = numbers[:2], numbers[half : half + 2]
    if low[0] <= high[0] and low[1] <= high[1]:
        return _bound(_rectangle(*low, *high), to_storage, "BBOX")
    return _bound(_across_antimeridian(low, high, to_storage), lambda shape: shape, "BBOX")


def relation(name: str, left: Term, right: Term) -> Term:
    """Return the condition that a spatial relation holds."""
    for term in (left, right):
        require(term, "geometry", where=name.upper())
    # Between two literals the relation says nothing of where a row lies.
    known = name != "s_disjoint" and left.literal != right.literal
    box = (left.box or right.box) if known else None
    return fill(f"{RELATIONS[name]}({{a}}, {{b}})", "boolean", box, a=left, b=right)


def meet(boxes: list[Box | None]) -> Box | None:
    """Return what is known of rows that meet all conditions: the smallest of their boxes."""
    known = [box for box in boxes if box]
    return min(known, key=lambda box: (box[2] - box[0]) * (box[3] - box[1]), default=None)


def unite(boxes: list[Box | None]) -> Box | None:
    """Return what is known of rows that meet one of the conditions: the box around all boxes."""
    known = [box for box in boxes if box]
    if len(known) < len(boxes) or not known:
        return None
    low, high = np.min(known, axis=0), np.max(known, axis=0)
    return float(low[0]), float(low[1]), float(high[2]), float(high[3])


def _rectangle(minx: float, miny: float, maxx: float, maxy: float) -> Any:
    """Return a box, or the point or line that it shrinks to."""
    corners = [(minx, miny), (maxx, miny), (maxx, maxy), (minx, maxy)]
    if minx == maxx and miny == maxy:
        return shapely.Point(minx, miny)
    if minx == maxx or miny == maxy:
        return shapely.LineString([corners[0], corners[2]])
    return shapely.Polygon(corners)


def _across_antimeridian(low: list[float], high: list[float], to_storage: Move) -> Any:
    """Return the two boxes of CRS84 on either side of the antimeridian."""
    (west, south), (east, north) = (
        shapely.get_coordinates(to_storage(shapely.Point(corner)))[0] for corner in (low, high)
    )
    in_degrees = np.allclose(sorted(low), sorted((west, south)), rtol=0, atol=1e-9)
    if not in_degrees or south > north or west <= east or max(abs(west), abs(east)) > 180:
        raise BadRequestError("filter: BBOX is upside down: the lower corner comes first.")
    pieces = (west, south, 180, north), (-180, south, east, north)
    return shapely.union_all([_rectangle(*piece) for piece in pieces])


def _bound(shape: Any, to_storage: Move, label: str) -> Term:
    if shape is None or shapely.is_empty(shape):
        raise BadRequestError("filter: the geometry is empty.")
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        raise BadRequestError("filter: the geometry has coordinates that are not numbers.")
    moved = shapely.force_2d(to_storage(shape))
    if not shapely.is_valid(moved):
        reason = shapely.is_valid_reason(moved)
        raise BadRequestError(f"filter: the geometry {label} is not valid: {reason}.")
    minx, miny, maxx, maxy = shapely.bounds(moved).tolist()
    wkb = shapely.to_wkb(moved)
    box = (minx, miny, maxx, maxy)
    return Term("ST_GeomFromWKB(?)", "geometry", (wkb,), label, box, literal=True)


def _finite(numbers: list[Any]) -> bool:
    plain = all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers)
    return plain and all(abs(n) < 1e12 for n in numbers)
