"""Tiles made, decoded and placed, each by other means than the encoder's."""

from __future__ import annotations

from collections.abc import Callable

import mapbox_vector_tile
import numpy as np
import shapely
from shapely.geometry import shape

from layers.catalogue import Layer
from layers.query import Query
from layers.tiles import GRIDS, Place, Tile, make_tile

HALF = 20037508.342789244
BUFFERED = shapely.box(-64, -64, 4160, 4160)
REACHED = shapely.box(-512, -512, 4608, 4608)


def decoded(data: bytes, layer: str = "things") -> dict[int, object]:
    """Return the shapes of a tile by id, y to the south."""
    if not data:
        return {}
    options = {"y_coord_down": True}
    features = mapbox_vector_tile.decode(data, default_options=options)[layer]["features"]
    return {feature["id"]: shape(feature["geometry"]) for feature in features}


def features(data: bytes, layer: str = "things") -> list[dict]:
    return mapbox_vector_tile.decode(data)[layer]["features"] if data else []


def tile_of(layer: Layer, place: Place, grid: str = "WebMercatorQuad", **options) -> Tile:
    query = options.pop("query", Query())
    return make_tile([(layer, query)], GRIDS[grid], place, **options)


def mercator_units(place: Place) -> Callable[[np.ndarray], np.ndarray]:
    """Return the move from EPSG:3857 to the units of a tile, written anew."""
    side = 2 * HALF / 2**place.z

    def move(xy: np.ndarray) -> np.ndarray:
        x = (xy[:, 0] + HALF - place.column * side) / side * 4096
        y = (HALF - place.row * side - xy[:, 1]) / side * 4096
        return np.column_stack([x, y])

    return move


def place_of(lon: float, lat: float, z: int) -> Place:
    """Return the tile of a position, by the formula of slippy maps."""
    turn = np.log(np.tan(np.pi / 4 + np.radians(lat) / 2)) / np.pi
    return Place(z, int((1 - turn) / 2 * 2**z), int((lon + 180) / 360 * 2**z))


def as_cut(moved: shapely.Geometry) -> shapely.Geometry:
    """Return a geometry as its tile has it: whole where it reaches little past the edge."""
    return moved if REACHED.contains(moved) else shapely.intersection(moved, BUFFERED)
