"""Tile matrix sets: where the tiles of each zoom lie, and how the index's grid maps onto them."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np
from morecantile import TileMatrixSet
from morecantile import tms as registered

from layers import crs
from layers.errors import NotFoundError, did_you_mean
from layers.index.paths import MAX_LATITUDE, WORLD, WORLD_BITS

# Units of a tile's side, and around it: 4 pixels of the 256 that a tile traditionally has.
EXTENT = 4096
EXTENT_BITS = 12
BUFFER = 64
TILE_PIXELS = 256
MERCATOR = "http://www.opengis.net/def/crs/EPSG/0/3857"
LAMBERT = "http://www.opengis.net/def/crs/EPSG/0/2154"
# Half the equator of Web Mercator's sphere, in metres.
HALF_EQUATOR = 20037508.342789244
# The square of Lambert93Quad: it holds the area of use of EPSG:2154 and halves to a cell of 1 m at
# zoom 13.
LAMBERT_ORIGIN = (-500_000.0, 7_400_000.0)
LAMBERT_SIDE = 8192.0 * TILE_PIXELS
Box = tuple[float, float, float, float]


class Place(NamedTuple):
    """A tile of a grid: zoom, row from the north, column from the west."""

    z: int
    row: int
    column: int


@dataclass(frozen=True)
class Grid:
    """A quadtree of square tiles.

    Attributes:
        id: name in addresses.
        crs: URI of the CRS, x to the east and y to the north.
        origin: top left corner, in the CRS.
        side: side of the only tile of zoom 0, in the CRS.
        max_zoom: the deepest zoom that is served.
    """

    id: str
    title: str
    crs: str
    origin: tuple[float, float]
    side: float
    max_zoom: int

    @cached_property
    def definition(self) -> dict[str, Any]:
        """Return the tile matrix set as OGC's two-dimensional TMS JSON."""
        return _definition(self)

    def box(self, place: Place, margin: int = 0) -> Box:
        """Return minx, miny, maxx, maxy of a tile in the CRS, grown by a margin of tile units."""
        size = self.side / 2**place.z
        edge = size * margin / EXTENT
        x = self.origin[0] + place.column * size
        y = self.origin[1] - place.row * size
        return x - edge, y - size - edge, x + size + edge, y + edge

    def require(self, place: Place) -> Place:
        """Return a tile of the grid.

        Raises:
            NotFoundError: the zoom is not served, or has no such row or column.
        """
        if not 0 <= place.z <= self.max_zoom:
            raise NotFoundError(
                f"{self.id} is served from zoom 0 to {self.max_zoom}, not at {place.z}."
            )
        last = 2**place.z - 1
        if not (0 <= place.row <= last and 0 <= place.column <= last):
            raise NotFoundError(
                f"Zoom {place.z} of {self.id} has rows and columns 0 to {last}; "
                f"row {place.row}, column {place.column} is outside."
            )
        return place

    def lonlat(self, place: Place, margin: int = BUFFER) -> Box:
        """Return the box of CRS84 that holds a tile with its buffer."""
        return _to_lonlat(self, self.box(place, margin))

    def limits(self, bounds: Box, z: int) -> tuple[int, int, int, int]:
        """Return the first and last row, the first and last column that a box of CRS84 meets."""
        minx, miny, maxx, maxy = self.project(bounds)
        size = self.side / 2**z
        last = 2**z - 1
        at = (
            self.origin[1] - maxy, self.origin[1] - miny, minx - self.origin[0],
            maxx - self.origin[0],
        )  # fmt: skip
        first_row, last_row, first_column, last_column = (
            min(max(math.floor(distance / size), 0), last) for distance in at
        )
        return first_row, last_row, first_column, last_column

    def units(self, vertices: np.ndarray, place: Place) -> np.ndarray:
        """Return vertices of the index in the units of a tile, float64, y to the south."""
        if self.crs == MERCATOR:
            scale = 2.0 ** (EXTENT_BITS + place.z - WORLD_BITS)
            return vertices * scale - (place.column * EXTENT, place.row * EXTENT)
        metres = np.empty((len(vertices), 2))
        metres[:, 0] = vertices[:, 0] * (2 * HALF_EQUATOR / WORLD) - HALF_EQUATOR
        metres[:, 1] = HALF_EQUATOR - vertices[:, 1] * (2 * HALF_EQUATOR / WORLD)
        moved = crs.mover(MERCATOR, self.crs)(metres)
        minx, _, _, maxy = self.box(place)
        scale = EXTENT * 2**place.z / self.side
        return np.column_stack([(moved[:, 0] - minx) * scale, (maxy - moved[:, 1]) * scale])

    def unit_of_world(self, z: int) -> float:
        """Return the side of a tile unit in units of the world, exact in Web Mercator.

        In a conformal projection of the size of France it is right within a hundredth, as the
        scale of Mercator at latitude 46.5.
        """
        if self.crs == MERCATOR:
            return float(2.0 ** (WORLD_BITS - EXTENT_BITS - z))
        metres = self.side / 2**z / EXTENT
        return float(metres / np.cos(np.radians(46.5)) * WORLD / (2 * HALF_EQUATOR))

    def project(self, bounds: Box) -> Box:
        """Return the box of the CRS that holds a box of CRS84."""
        return _projected(self.crs, bounds)


def grid(name: str) -> Grid:
    """Return a grid by its id; an unknown one raises NotFoundError with the nearest."""
    if name not in GRIDS:
        hint = did_you_mean(name, GRIDS)
        raise NotFoundError(f"No tile matrix set {name!r}.{hint} Served: {', '.join(GRIDS)}.")
    return GRIDS[name]


# The same few boxes of layers bound every tile.
@lru_cache(1024)
def _projected(uri: str, bounds: Box) -> Box:
    minx, miny, maxx, maxy = bounds
    edge = _edge((minx, max(miny, -MAX_LATITUDE), maxx, min(maxy, MAX_LATITUDE)))
    moved = crs.mover(crs.CRS84, uri)(edge)
    moved = moved[np.isfinite(moved).all(axis=1)]
    low, high = moved.min(axis=0), moved.max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


@lru_cache(4096)
def _to_lonlat(grid: Grid, box: Box) -> Box:
    if grid.crs == MERCATOR:
        x = np.array([box[0], box[2]]) / HALF_EQUATOR * 180
        y = np.degrees(np.arctan(np.sinh(np.array([box[1], box[3]]) / HALF_EQUATOR * np.pi)))
        # A point north of the map is drawn on its edge.
        low = -90.0 if box[1] <= -HALF_EQUATOR else float(y[0])
        high = 90.0 if box[3] >= HALF_EQUATOR else float(y[1])
        return float(x[0]), low, float(x[1]), high
    moved = crs.mover(grid.crs, crs.CRS84)(_edge(box))
    first, last = moved.min(axis=0), moved.max(axis=0)
    # The chords of a densified edge may cut a corner of a thousandth of its length.
    slack = (last - first).max() * 1e-3
    west, south, east, north = np.concatenate([first - slack, last + slack]).tolist()
    return west, south, east, north


def _edge(box: Box) -> np.ndarray:
    """Return points along the edge of a box."""
    minx, miny, maxx, maxy = box
    t = np.linspace(0, 1, crs.EDGE_PIECES + 1)
    x, y = minx + t * (maxx - minx), miny + t * (maxy - miny)
    sides = [(x, np.full_like(x, miny)), (x, np.full_like(x, maxy)),
             (np.full_like(y, minx), y), (np.full_like(y, maxx), y)]  # fmt: skip
    return np.concatenate([np.column_stack(side) for side in sides])


def _definition(grid: Grid) -> dict[str, Any]:
    if grid.id in registered.list():
        known = registered.get(grid.id).model_dump_json(exclude_none=True, by_alias=True)
        found: dict[str, Any] = json.loads(known)
        return found
    cell = grid.side / TILE_PIXELS
    matrices = [
        {
            "id": str(z),
            # OGC's standardised pixel is 0.28 mm wide.
            "scaleDenominator": cell / 2**z / 0.00028,
            "cellSize": cell / 2**z,
            "cornerOfOrigin": "topLeft",
            "pointOfOrigin": list(grid.origin),
            "tileWidth": TILE_PIXELS,
            "tileHeight": TILE_PIXELS,
            "matrixWidth": 2**z,
            "matrixHeight": 2**z,
        }
        for z in range(grid.max_zoom + 1)
    ]
    raw = {"id": grid.id, "title": grid.title, "crs": grid.crs, "orderedAxes": ["X", "Y"]}
    TileMatrixSet.model_validate(raw | {"tileMatrices": matrices})
    return raw | {"tileMatrices": matrices}


# Deeper than these, the index's centimetres would show.
GRIDS = {
    found.id: found
    for found in (
        Grid("WebMercatorQuad", "Google Maps Compatible for the World", MERCATOR,
             (-HALF_EQUATOR, HALF_EQUATOR), 2 * HALF_EQUATOR, 20),
        Grid("Lambert93Quad", "Quadtree of Lambert-93 for metropolitan France", LAMBERT,
             LAMBERT_ORIGIN, LAMBERT_SIDE, 17),
    )
}  # fmt: skip
