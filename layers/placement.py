"""Which CRS coordinates are probably in, for files that do not say: proposed, never assumed."""

from __future__ import annotations

from collections.abc import Sequence

from pyproj import CRS
from pyproj.exceptions import CRSError

LAMBERT_93 = "EPSG:2154"
WGS_84 = "EPSG:4326"

# France and its overseas regions in degrees, a margin around: minx, miny, maxx, maxy.
FRANCE = (
    (-5.8, 41.0, 10.2, 51.6),  # metropolitan
    (-63.3, 14.2, -60.6, 18.3),  # Guadeloupe, Martinique, Saint-Martin
    (-54.8, 2.0, -51.4, 6.0),  # Guyane
    (55.0, -21.6, 56.0, -20.7),  # La Réunion
    (44.9, -13.2, 45.5, -12.5),  # Mayotte
)
_LAMBERT_93_BOX = (0.0, 6_000_000.0, 1_350_000.0, 7_200_000.0)
_LAMBERT_2_BOX = (0.0, 1_550_000.0, 1_250_000.0, 2_750_000.0)
_CONIC_EASTINGS = (1_200_000.0, 2_300_000.0)
_CONIC_ZONES = range(42, 51)


def likely_crs(bounds: Sequence[float] | None) -> str | None:
    """Return the CRS in which these bounds lie in France, None when none is plausible.

    Degrees, Lambert-93, Lambert II étendu and the nine conic zones (CC42 to CC50) are tried.
    """
    if bounds is None:
        return None
    if any(inside(bounds, box) for box in FRANCE):
        return WGS_84
    if inside(bounds, _LAMBERT_93_BOX):
        return LAMBERT_93
    if inside(bounds, _LAMBERT_2_BOX):
        return "EPSG:27572"
    zone = 41 + int(bounds[1] // 1_000_000)
    low, high = _CONIC_EASTINGS
    if zone in _CONIC_ZONES and low <= bounds[0] and bounds[2] <= high:
        return f"EPSG:{3900 + zone}"
    return None


def inside(bounds: Sequence[float], box: Sequence[float]) -> bool:
    """Tell whether bounds (minx, miny, maxx, maxy) lie in a box."""
    return (
        box[0] <= bounds[0] and box[1] <= bounds[1] and bounds[2] <= box[2] and bounds[3] <= box[3]
    )


def advice(bounds: Sequence[float] | None) -> str:
    """Return what to do about a missing CRS, with a proposal where there is one."""
    crs = likely_crs(bounds)
    if crs:
        return f"Its coordinates look like {CRS(crs).name}: if so, add --crs {crs}."
    return "Give it with --crs, such as --crs EPSG:2154 for Lambert-93."


def placed_crs(crs: str | None) -> str | None:
    """Return a CRS that places coordinates on Earth, None for one that names no place.

    GDAL writes ``Undefined Cartesian SRS`` for a GeoPackage without a CRS.
    """
    if crs is None:
        return None
    try:
        found = CRS.from_user_input(crs)
    except CRSError:
        return None
    if found.name.lower().startswith(("undefined", "unknown", "unnamed engineering")):
        return None
    return crs if found.is_geographic or found.is_projected else None
