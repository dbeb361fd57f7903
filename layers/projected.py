"""Geometries that requests give in any served CRS, brought to where features are stored.

An edge that is straight in a projection is a curve in degrees. It gets as many vertices as it
takes to follow that curve, so that a box of a projection selects what a box drawn there holds, far
from the projection's area of use too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from shapely import affinity

from layers.crs import CRS84, EPSG, Reference, mover
from layers.errors import BadRequestError

# How far, in degrees of a great circle, a chord may leave its curve: a millimetre.
BEND = 1e-8
# A geometry is cut into no more pieces than about this: a box of 10,000 km stays within 2 cm.
MOST_VERTICES = 65_536
# Pieces of the longest edge on which the bend is measured: the second where the first are too few.
SAMPLES = (8, 64)
# Coordinates brought to CRS84 and back may differ by so many of their units.
ROUND_TRIP = 0.01
# Web Mercator ends here, less what PROJ needs to tell the eastern edge from the western.
MERCATOR_EDGE = 20_037_508.34
WEB_MERCATOR = f"{EPSG}3857"
LATITUDE_FIRST = f"{EPSG}4326"
Move = Callable[[np.ndarray], np.ndarray]


def to_storage(geometry: Any, source: Reference) -> Any:
    """Return a geometry in CRS84 whose edges lie where those of the given one do.

    Args:
        geometry: in ``source``, axes in the order of the authority.
        source: its CRS. What lies beyond the square of Web Mercator is cut off.

    Returns:
        The geometry, with more vertices where its edges are curves. A polygon around a pole or
        across the antimeridian, which no ring of degrees can follow, comes in pieces.

    Raises:
        BadRequestError: a part lies where the CRS places nothing; the text says so.
    """
    if source.is_storage:
        return geometry
    there, back = mover(source.uri, CRS84), mover(CRS84, source.uri)
    if source.uri == LATITUDE_FIRST:
        return shapely.transform(geometry, there)
    geometry = _within_mercator(geometry, source)
    _refuse_misplaced(geometry, source, there, back)
    dense = _followed(geometry, there)
    moved = shapely.transform(dense, there)
    if source.uri != WEB_MERCATOR and _leaps(moved):
        return _unfolded(dense, moved, source)
    return moved


def _within_mercator(geometry: Any, source: Reference) -> Any:
    edge = MERCATOR_EDGE
    if source.uri != WEB_MERCATOR or np.abs(shapely.get_coordinates(geometry)).max() <= edge:
        return geometry
    if not shapely.is_valid(geometry):
        raise _misplaced(geometry, source)  # GEOS cuts no invalid geometry
    inside = shapely.intersection(geometry, shapely.box(-edge, -edge, edge, edge))
    if shapely.is_empty(inside):
        raise _misplaced(geometry, source)
    return inside


def _refuse_misplaced(geometry: Any, source: Reference, there: Move, back: Move) -> None:
    """Refuse what does not come back to where it was: the CRS repeats there, or ends before."""
    length = max(_extent(geometry) / SAMPLES[0], shapely.length(geometry) / MOST_VERTICES)
    given = shapely.get_coordinates(_segmented(geometry, length))
    again = back(there(given))
    if not (np.isfinite(again).all() and np.abs(again - given).max() <= ROUND_TRIP):
        raise _misplaced(geometry, source)


def _misplaced(geometry: Any, source: Reference) -> BadRequestError:
    corners = ",".join(f"{value:g}" for value in shapely.bounds(geometry))
    return BadRequestError(
        f"Coordinates {corners} cannot be placed on Earth in {source.uri}: all or some lie where "
        "this CRS has no meaning. Check their order and their CRS, or ask for a smaller area."
    )


def _followed(geometry: Any, there: Move) -> Any:
    """Return a geometry cut finely enough for its moved chords to follow its moved edges."""
    longest = _extent(geometry)
    finest = float(shapely.length(geometry)) / MOST_VERTICES
    for samples in SAMPLES:
        length = max(longest / samples, finest)
        # The bend of a curve falls with the square of the length.
        cuts = (_bend(_segmented(geometry, length), there) / BEND) ** 0.5
        if cuts <= 1:
            break
    if cuts * longest <= length:
        return geometry
    return _segmented(geometry, max(length / cuts, finest))


def _segmented(geometry: Any, length: float) -> Any:
    """Return a geometry without edges longer than a length; GEOS alone would mend polygons."""
    if hasattr(geometry, "geoms"):
        return type(geometry)([_segmented(part, length) for part in geometry.geoms])
    if geometry.geom_type == "Polygon":
        shell, *holes = (_segmented(ring, length) for ring in shapely.get_rings(geometry))
        return shapely.Polygon(shell, holes)
    return shapely.segmentize(geometry, length) if geometry.length else geometry


def _extent(geometry: Any) -> float:
    minx, miny, maxx, maxy = shapely.bounds(geometry)
    return float(max(maxx - minx, maxy - miny)) or 1.0


def _bend(geometry: Any, there: Move) -> float:
    """Return how far the moved edges leave their moved chords, at most, in degrees."""
    starts, ends = _edges(geometry)
    if not len(starts):
        return 0.0
    a, b, middle = (there(xy) for xy in (starts, ends, (starts + ends) / 2))
    chord, arm = _apart(b, a), _apart(middle, a)
    across = np.abs(chord[:, 0] * arm[:, 1] - chord[:, 1] * arm[:, 0])
    return float((across / np.maximum(np.hypot(*chord.T), BEND)).max())


def _apart(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return (n, 2) differences in degrees of a great circle, the short way around."""
    east, north = (one - other).T
    east = (east + 180) % 360 - 180
    return np.column_stack([east * np.cos(np.radians(other[:, 1])), north])


def _edges(geometry: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the (n, 2) starts and ends of all edges."""
    xy, path = shapely.get_coordinates(_paths(geometry), return_index=True)
    joined = path[1:] == path[:-1]
    return xy[:-1][joined], xy[1:][joined]


def _paths(geometry: Any) -> list[Any]:
    if hasattr(geometry, "geoms"):
        return [path for part in geometry.geoms for path in _paths(part)]
    return list(shapely.get_rings(geometry)) or [geometry]


def _leaps(moved: Any) -> bool:
    """Tell whether an edge goes around the world: it crosses the antimeridian."""
    starts, ends = _edges(moved)
    return bool((np.abs(ends[:, 0] - starts[:, 0]) > 180).any())


def _unfolded(given: Any, moved: Any, source: Reference) -> Any:
    """Return a polygon around a pole or across the antimeridian as polygons of CRS84."""
    if moved.geom_type != "Polygon" or moved.interiors:
        raise BadRequestError(
            f"A geometry in {source.uri} crosses the antimeridian: cut it there, or give one "
            "polygon without holes."
        )
    ring = shapely.get_coordinates(moved)
    # Its inside is at the left of a ring that goes counter-clockwise on the ground.
    if shapely.is_ccw(given.exterior) == source.is_y_first:
        ring = ring[::-1]
    unfolded = shapely.Polygon(_continuous(ring))
    # Clockwise where both poles are inside; GEOS cuts no invalid geometry.
    if not shapely.is_ccw(unfolded.exterior) or not shapely.is_valid(unfolded):
        raise _misplaced(given, source)
    return _wrapped(unfolded)


def _continuous(ring: np.ndarray) -> np.ndarray:
    """Return a ring whose longitudes do not leap, drawn out to the pole where one is inside."""
    lon = np.unwrap(ring[:, 0], period=360)
    turns = round((lon[-1] - lon[0]) / 360)
    if not turns:
        return np.column_stack([lon, ring[:, 1]])
    # The way to the pole from the vertex nearest to it meets the ring nowhere else.
    first = int(np.argmax(ring[:-1, 1] * turns))
    turned = np.roll(ring[:-1], -first, axis=0)
    lon = np.unwrap([*turned[:, 0], turned[0, 0]], period=360)
    lat = np.append(turned[:, 1], turned[0, 1])
    pole = 90.0 * turns
    return np.column_stack([[*lon, lon[-1], lon[0]], [*lat, pole, pole]])


def _wrapped(shape: Any) -> Any:
    """Return a polygon of continuous longitudes within -180 and 180."""
    west, _, east, _ = shapely.bounds(shape)
    turns = [360.0 * turn for turn in range(round(west / 360), round(east / 360) + 1)]
    pieces = [
        affinity.translate(shape & shapely.box(turn - 180, -90, turn + 180, 90), -turn)
        for turn in turns
    ]
    return shapely.union_all(pieces)
