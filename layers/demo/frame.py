"""The frame of the sample town: its names, its place, its random numbers.

The town is drawn in metres around its town hall (x east, y north) and lies in the sea off Vendée,
so that nobody takes it for a real place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zlib import crc32

import numpy as np
import shapely

# Changes of the drawing are noticed by themselves (see ``fingerprint``); this one changes the town.
SEED = 2018

INSEE = "00001"
NAME = "Exempleville (ville fictive)"
EPCI = "000000000"
EPCI_NAME = "Agglomération d'Exemple (fictive)"

# The town hall in Lambert-93 (EPSG:2154), about longitude -3.0, latitude 46.5.
ORIGIN = (240_304.0, 6_617_474.0)
PROJECTION = "EPSG:2154"

Geometry = Any  # a shapely geometry
Array = np.ndarray[Any, Any]


def random(topic: str) -> np.random.Generator:
    """Return the random numbers of one topic; adding a topic leaves the others as they are."""
    return np.random.default_rng([SEED, crc32(topic.encode())])


def placed(geometries: Sequence[Geometry] | Array) -> Array:
    """Return drawn geometries in Lambert-93, to the centimetre."""
    moved = shapely.transform(np.asarray(geometries, dtype=object), lambda xy: xy + ORIGIN)
    return np.asarray(shapely.set_precision(moved, 0.01))


def polar(radii: Array, angles: Array) -> Array:
    """Return (n, 2) coordinates of distances (m) and angles (radians, from east)."""
    return np.column_stack([radii * np.cos(angles), radii * np.sin(angles)])


def radius_angle(points: Array) -> tuple[Array, Array]:
    """Return distances from the town hall (m) and angles (radians, 0 to 2π) of points."""
    x, y = shapely.get_x(points), shapely.get_y(points)
    return np.hypot(x, y), np.arctan2(y, x) % (2 * np.pi)
