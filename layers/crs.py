"""Coordinate reference systems that the service reads and answers in.

Storage is CRS84 (longitude, latitude). Answers follow the axis order of the authority, as OGC API
Features Part 2 demands: EPSG:4326 is latitude first, EPSG:3035 northing first.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from layers.errors import BadRequestError, UserError

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"

# Legal projection by the first characters of an INSEE commune code (decree 2000-1276 as amended).
LEGAL_OVERSEAS = {"971": 5490, "972": 5490, "973": 2972, "974": 2975, "976": 4471}
LEGAL_METROPOLITAN = 2154

SUPPORTED = (CRS84, *(f"{EPSG}{code}" for code in (4326, 3857, 2154, 3035, 5490, 2972, 2975, 4471)))

# Pieces of the edge of a box whose bounds are wanted in another CRS.
EDGE_PIECES = 64

Box = tuple[float, float, float, float]
WORLD: Box = (-180.0, -90.0, 180.0, 90.0)

_local = threading.local()


@dataclass(frozen=True)
class Reference:
    """A supported CRS: its URI, its EPSG code (None for CRS84) and its decimals in answers."""

    uri: str
    epsg: int | None
    decimals: int

    @property
    def is_y_first(self) -> bool:
        """Tell whether the authority gives latitude or northing before longitude or easting."""
        return self.epsg in (4326, 3035)

    @property
    def is_geographic(self) -> bool:
        """Tell whether coordinates are degrees."""
        return self.epsg in (None, 4326)

    @property
    def is_storage(self) -> bool:
        """Tell whether coordinates are stored in this CRS, in this axis order."""
        return self.uri == CRS84


def offered(bounds: Box | None) -> tuple[str, ...]:
    """Return the CRS in which data within these bounds (CRS84) can be given.

    A projection is offered where its area of use meets the data: elsewhere its coordinates have
    no meaning, and far enough away no value. Data without bounds are of any CRS.
    """
    if bounds is None:
        return SUPPORTED
    return tuple(uri for uri in SUPPORTED if _meets(area_of_use(uri), bounds))


def reference(name: str, served: Sequence[str] = SUPPORTED) -> Reference:
    """Return the CRS of a URI, a URN, ``EPSG:2154``, ``[EPSG:2154]`` or ``CRS84``.

    Args:
        name: as a request gives it.
        served: URIs to choose from.

    Raises:
        BadRequestError: the CRS is not served; the text lists those that are.
    """
    code = epsg_code(name)
    uri = CRS84 if code is None else f"{EPSG}{code}"
    if uri not in served:
        raise BadRequestError(f"The CRS {name!r} is not served here. Served: {', '.join(served)}.")
    return Reference(uri, code, 7 if code in (None, 4326) else 3)


def legal_projection(insee: str) -> int:
    """Return the EPSG code of the legal projection of a commune."""
    return LEGAL_OVERSEAS.get(insee[:3], LEGAL_METROPOLITAN)


def mover(source: str, target: str) -> Callable[[np.ndarray], np.ndarray]:
    """Return a vectorised function from (n, 2) coordinates of one CRS to those of another.

    Names are URIs of SUPPORTED or anything that pyproj understands; axis order is that of the
    authority.
    """
    transformer = _transformer(_pyproj_name(source), _pyproj_name(target))

    def move(coordinates: np.ndarray) -> np.ndarray:
        return np.column_stack(transformer.transform(coordinates[:, 0], coordinates[:, 1]))

    return move


@cache
def area_of_use(uri: str) -> Box:
    """Return west, south, east and north (degrees) of where a CRS is meant to be used."""
    area = CRS.from_user_input(_pyproj_name(uri)).area_of_use
    return (area.west, area.south, area.east, area.north) if area else WORLD


def outward(bounds: Box) -> Box:
    """Return bounds of CRS84 rounded outward to the 7 decimals of coordinates in answers."""
    west, south, east, north = (value * 1e7 for value in bounds)
    return (
        math.floor(west) / 1e7, math.floor(south) / 1e7,
        math.ceil(east) / 1e7, math.ceil(north) / 1e7,
    )  # fmt: skip


def file_mover(source: CRS) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from file coordinates (always x, y) to CRS84."""
    transformer = Transformer.from_crs(source, "OGC:CRS84", always_xy=True)

    def move(coordinates: np.ndarray) -> np.ndarray:
        return np.column_stack(transformer.transform(coordinates[:, 0], coordinates[:, 1]))

    return move


def file_crs(name: str) -> CRS:
    """Return the CRS that a file or a user names.

    Raises:
        UserError: pyproj does not know it.
    """
    try:
        return CRS.from_user_input(name)
    except CRSError as error:
        raise UserError(f"Unknown CRS {name!r}: give an EPSG code such as EPSG:2154.") from error


def epsg_code(name: str) -> int | None:
    """Return the EPSG code of a URI, a URN or a short name, None for CRS84."""
    text = name.strip().strip("[]<>")
    if re.search(r"CRS:?84$", text, re.IGNORECASE):
        return None
    found = re.search(r"EPSG[:/](?:[\d.]*[:/])?(\d{4,6})$", text, re.IGNORECASE)
    if not found:
        raise BadRequestError(f"{name!r} is not a CRS. Give a URI such as {EPSG}2154.")
    return int(found.group(1))


def _meets(one: Box, other: Box) -> bool:
    return all(one[i] <= other[i + 2] and other[i] <= one[i + 2] for i in (0, 1))


def _pyproj_name(name: str) -> str:
    if name == CRS84:
        return "OGC:CRS84"
    return name.replace(EPSG, "EPSG:")


def _transformer(source: str, target: str) -> Transformer:
    """Return the transformer kept for this thread: one costs 4 ms to build and is not shared."""
    kept = _local.__dict__.setdefault("transformers", {})
    if (source, target) not in kept:
        kept[source, target] = Transformer.from_crs(source, target)
    found: Transformer = kept[source, target]
    return found
