"""Reading the polygon that a user sends, and saying what is wrong with it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import shapely

from layers.errors import BadRequestError

MAX_VERTICES = 20_000
MAX_KM2 = 5_000.0


def read_polygon(geometry: Any) -> Any:
    """Return a GeoJSON polygon of CRS84, or that of a feature, without heights.

    Raises:
        BadRequestError: not a polygon, empty, not closed, not in degrees, too large, or crossing
            itself; the text says which and where.
    """
    if isinstance(geometry, dict) and geometry.get("type") == "Feature":
        geometry = geometry.get("geometry")
    kind = geometry.get("type") if isinstance(geometry, dict) else type(geometry).__name__
    if kind not in ("Polygon", "MultiPolygon"):
        raise BadRequestError(
            f"The perimeter must be a GeoJSON Polygon or MultiPolygon, not {kind}."
        )
    area = _parse(geometry)
    _check_coordinates(area)
    if not shapely.is_valid(area):
        raise BadRequestError(f"The perimeter is not valid: {shapely.is_valid_reason(area)}.")
    km2 = _square_km(area)
    if km2 > MAX_KM2:
        raise BadRequestError(
            f"The perimeter covers {km2:,.0f} km²; at most {MAX_KM2:,.0f} are read."
        )
    return shapely.force_2d(area)


def _parse(geometry: Any) -> Any:
    try:
        area = shapely.from_geojson(json.dumps(geometry, allow_nan=False))
    except (shapely.GEOSException, ValueError, TypeError) as error:
        if "closed" in str(error):
            raise BadRequestError(
                "The perimeter cannot be read: a ring is not closed. "
                "Repeat its first point at its end."
            ) from None
        raise BadRequestError(
            "The perimeter cannot be read: its coordinates must be rings of four or more points, "
            f"each [longitude, latitude] ({error})."
        ) from None
    if shapely.is_empty(area):
        raise BadRequestError("The perimeter is empty.")
    return area


def _check_coordinates(area: Any) -> None:
    coordinates = shapely.get_coordinates(area)
    if len(coordinates) > MAX_VERTICES:
        raise BadRequestError(
            f"The perimeter has {len(coordinates)} vertices; at most {MAX_VERTICES} are read. "
            "Simplify it."
        )
    if not (np.isfinite(coordinates).all() and (np.abs(coordinates) <= (180, 90)).all()):
        raise BadRequestError("The perimeter must be in degrees: longitude, then latitude (CRS84).")


def _square_km(area: Any) -> float:
    from pyproj import Geod

    square_metres, _ = Geod(ellps="GRS80").geometry_area_perimeter(area)
    return abs(float(square_metres)) / 1e6
