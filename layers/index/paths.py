"""Geometry as flat arrays: the vertices of all paths on a grid of the world, row after row.

::

    vertices.bin   (v, 2) uint32, x to the east and y to the south on the Web Mercator square,
                   which has 2**32 units a side (9 mm at the equator)
    paths.bin      (p + 1) int64, where each path starts in the vertices
    kinds.bin      (p) uint8, POINT, LINE, SHELL or HOLE; the holes follow their shell
    shapes.bin     (n + 1) int64, where the paths of each row start
    clearance.bin  (n) float32, how far a vertex of a polygon may move before the polygon can be
                   invalid, in units; infinite for points and lines

The paths of a row go by dimension: points, lines, polygons. Rings start and end at one vertex;
shells turn clockwise on the map.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

import numpy as np
import shapely

from layers.index.mapping import mapped_values

POINT, LINE, SHELL, HOLE = 1, 2, 3, 4
WORLD_BITS = 32
WORLD = 2**WORLD_BITS
# The latitude at which the Mercator map of the world is a square.
MAX_LATITUDE = 85.05112877980659
FILES = {
    "vertices": "<u4",
    "paths": "<i8",
    "kinds": "u1",
    "shapes": "<i8",
    "clearance": "<f4",
}
_POLYGON = shapely.GeometryType.POLYGON
_LATITUDE_UNITS = WORLD / 360


@dataclass(frozen=True)
class Paths:
    """The paths of some rows.

    Attributes:
        xy: (v, 2) vertices.
        lengths: (p) number of vertices of each path.
        kinds: (p) POINT, LINE, SHELL or HOLE.
        rows: (p) the row of each path, ascending.
    """

    xy: np.ndarray
    lengths: np.ndarray
    kinds: np.ndarray
    rows: np.ndarray


def paths_of(geometries: np.ndarray) -> Paths:
    """Return the paths of geometries (None has none), coordinates untouched."""
    parts, rows = _simple_parts(geometries)
    areal = shapely.get_type_id(parts) == _POLYGON
    rings, owner = shapely.get_rings(parts[areal], return_index=True)
    flat = np.flatnonzero(~areal)
    at = np.concatenate([flat, np.flatnonzero(areal)[owner]])
    dimension = shapely.get_dimensions(parts[flat])
    first = np.ones(len(owner), dtype=bool)
    first[1:] = owner[1:] != owner[:-1]
    kinds = np.concatenate([np.where(dimension == 0, POINT, LINE), np.where(first, SHELL, HOLE)])
    order = np.lexsort((at, np.minimum(kinds, SHELL), rows[at]))
    paths = np.concatenate([parts[flat], rings])[order]
    return Paths(
        shapely.get_coordinates(paths),
        shapely.get_num_coordinates(paths),
        kinds[order].astype(np.uint8),
        rows[at[order]],
    )


def _simple_parts(geometries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the points, lines and polygons that geometries are made of, with their rows."""
    parts, rows = shapely.get_parts(geometries, return_index=True)
    while (shapely.get_type_id(parts) >= shapely.GeometryType.MULTIPOINT).any():
        parts, inner = shapely.get_parts(parts, return_index=True)
        rows = rows[inner]
    there = ~shapely.is_empty(parts)
    return parts[there], rows[there]


def to_world(lonlat: np.ndarray) -> np.ndarray:
    """Return (n, 2) degrees of CRS84 as units of the world, uint32."""
    lat = np.radians(np.clip(lonlat[:, 1], -MAX_LATITUDE, MAX_LATITUDE))
    turns = np.column_stack([lonlat[:, 0] / 360, -np.arctanh(np.sin(lat)) / (2 * np.pi)])
    return np.asarray(np.clip(np.rint((turns + 0.5) * WORLD), 0, WORLD - 1).astype(np.uint32))


def clearance_of(geometries: np.ndarray) -> np.ndarray:
    """Return how far vertices of polygons may move, in units, infinite for other geometries."""
    found = np.full(len(geometries), np.inf, dtype=np.float32)
    areal = shapely.get_dimensions(geometries) == 2
    # In degrees, of which Mercator shortens none.
    found[areal] = shapely.minimum_clearance(geometries[areal]) * _LATITUDE_UNITS
    return found


class PathWriter:
    """Appends the paths of batches of geometries to the files of an index."""

    def __init__(self, folder: Path) -> None:
        self._stack = ExitStack()
        self._files: dict[str, BinaryIO] = {
            name: self._stack.enter_context((folder / f"{name}.bin").open("wb")) for name in FILES
        }
        self._vertices = self._paths = 0

    def __enter__(self) -> Self:
        self._write("paths", np.zeros(1))
        self._write("shapes", np.zeros(1))
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def write(self, geometries: np.ndarray) -> None:
        """Append geometries of CRS84."""
        # Clockwise on the map, as the y axis of tiles goes down and their shells are positive.
        turned = shapely.orient_polygons(geometries, exterior_cw=True)
        paths = paths_of(turned)
        self._write("vertices", to_world(paths.xy))
        self._write("kinds", paths.kinds)
        self._write("paths", self._vertices + np.cumsum(paths.lengths))
        counts = np.bincount(paths.rows, minlength=len(geometries))
        self._write("shapes", self._paths + np.cumsum(counts))
        self._write("clearance", clearance_of(geometries))
        self._vertices += len(paths.xy)
        self._paths += len(paths.kinds)

    def _write(self, name: str, values: np.ndarray) -> None:
        self._files[name].write(np.ascontiguousarray(values, dtype=FILES[name]).tobytes())


class PathReader:
    """The mapped files."""

    def __init__(self, folder: Path) -> None:
        mapped = {
            name: mapped_values(folder / f"{name}.bin", dtype) for name, dtype in FILES.items()
        }
        self._vertices = mapped["vertices"].reshape(-1, 2)
        self._paths, self._kinds, self._shapes = mapped["paths"], mapped["kinds"], mapped["shapes"]
        self.clearance = mapped["clearance"]
        # A layer of points has one vertex a row, and needs no search for it.
        rows = len(self._shapes) - 1
        self.all_points = rows == len(self._vertices) == len(self._kinds) and self._one_each()

    def _one_each(self) -> bool:
        return bool((self._kinds == POINT).all() and (np.diff(self._shapes) == 1).all())

    def read(self, rows: np.ndarray) -> Paths:
        """Return the paths of rows; ``Paths.rows`` counts within them."""
        if self.all_points:
            ones = np.ones(len(rows), dtype=np.int64)
            return Paths(self._vertices[rows], ones, ones.astype(np.uint8), np.arange(len(rows)))
        counts = self._shapes[rows + 1] - self._shapes[rows]
        paths = ranges(self._shapes[rows], counts)
        lengths = self._paths[paths + 1] - self._paths[paths]
        at = ranges(self._paths[paths], lengths)
        owners = np.repeat(np.arange(len(rows)), counts)
        return Paths(self._vertices[at], lengths, self._kinds[paths], owners)


def ranges(starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return the numbers of many ranges, one after another."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.asarray(np.repeat(starts - (ends - lengths), lengths) + np.arange(total))
