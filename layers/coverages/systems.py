"""The CRS of a coverage request: those that the service knows, and the raster's own.

Inside, coordinates are always easting or longitude first; only what users give and get follows
the axis order of the authority.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pyproj import CRS
from rasterio.errors import RasterioError
from rasterio.warp import transform_bounds

from layers.catalogue import Layer
from layers.crs import CRS84, EDGE_PIECES, EPSG, epsg_code, reference
from layers.errors import BadRequestError

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class System:
    """A CRS: its URI (WKT where it has none) and the name under which GDAL knows it."""

    uri: str
    name: str
    is_geographic: bool
    is_y_first: bool

    @property
    def axes(self) -> tuple[str, str]:
        """Return the names of the axes, easting or longitude first."""
        return ("Lon", "Lat") if self.is_geographic else ("E", "N")

    @property
    def unit(self) -> str:
        """Return the unit of the axes, as UCUM writes it."""
        return "deg" if self.is_geographic else "m"

    def swapped(self, box: Sequence[float]) -> Box:
        """Return a box between the axis order of the authority and ours, either way."""
        a, b, c, d = box
        return (b, a, d, c) if self.is_y_first else (a, b, c, d)


GEOGRAPHIC = System(CRS84, "OGC:CRS84", is_geographic=True, is_y_first=False)


def native_system(layer: Layer) -> System:
    """Return the CRS in which a raster is stored."""
    return _described(str(layer.version.facts["crs"]))


def system(name: str, native: System) -> System:
    """Return the CRS that a request names: a served one, or the raster's own.

    Raises:
        BadRequestError: neither; the text lists those served.
    """
    code = epsg_code(name)
    if code is not None and native.uri == f"{EPSG}{code}":
        return native
    found = reference(name)
    return GEOGRAPHIC if found.epsg is None else _described(f"EPSG:{found.epsg}")


def moved_box(box: Box, source: System, target: System) -> Box:
    """Return the bounds of a box in another CRS, its edges followed and not only its corners.

    Raises:
        BadRequestError: the box cannot be placed there.
    """
    if source == target:
        return box
    try:
        west, south, east, north = transform_bounds(
            source.name, target.name, *box, densify_pts=EDGE_PIECES
        )
    except RasterioError:
        west = float("inf")
    if not all(abs(value) < 1e12 for value in (west, south, east, north)):
        raise BadRequestError(
            f"The box {', '.join(f'{v:g}' for v in box)} of {source.uri} cannot be placed in "
            f"{target.uri}. Check the order of its numbers and its CRS."
        )
    return west, south, east, north


@lru_cache(64)
def _described(name: str) -> System:
    crs = CRS.from_user_input(name)
    authority = crs.to_authority() if name.upper().startswith("EPSG:") else None
    uri = f"{EPSG}{authority[1]}" if authority else name
    first = crs.axis_info[0].direction.lower() if crs.axis_info else "east"
    return System(uri, name, crs.is_geographic, is_y_first=first == "north")
