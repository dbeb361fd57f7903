"""One tile: which rows it shows, and their encoding within a budget of bytes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from layers.catalogue import Layer
from layers.index.paths import WORLD, Paths
from layers.index.reader import Index
from layers.query import Query, select
from layers.tiles.encoder import encode
from layers.tiles.grids import Grid, Place
from layers.tiles.shapes import Shapes, place
from layers.tiles.values import Tags, tags_of

DEFAULT_BUDGET = 500_000
# Lines and polygons smaller than this many units (a quarter of a pixel on a map drawn at 512
# pixels a tile) do not show.
LEAST_UNITS = 2
# What a feature takes at least, in bytes; bounds how many are tried.
LEAST_BYTES = 10
SAMPLE = 1_000
# A guess this far above the budget is believed; below it, all features are encoded to see.
DOUBT = 1.3


@dataclass(frozen=True)
class Tile:
    """An encoded tile.

    Attributes:
        data: Mapbox Vector Tile, empty where there is nothing.
        shown: number of features in it.
        met: number of features that meet the tile with its buffer; more than ``shown`` where it
            was thinned.
    """

    data: bytes
    shown: int
    met: int


def make_tile(
    layers: Iterable[tuple[Layer, Query]], grid: Grid, at: Place, budget: int = DEFAULT_BUDGET
) -> Tile:
    """Return a tile of some layers, which share the budget evenly as far as each needs it.

    Args:
        layers: each with what is asked of it: conditions, properties.
        grid: the tile matrix set.
        at: the tile.
        budget: most bytes of the tile, uncompressed.
    """
    found = [(layer, query, tile_rows(layer, query, grid, at)) for layer, query in layers]
    parts: dict[int, Tile] = {}
    # Layers of few rows first, so that what they leave of their share goes to the others.
    for done, i in enumerate(sorted(range(len(found)), key=lambda i: len(found[i][2]))):
        left = budget - sum(len(part.data) for part in parts.values())
        parts[i] = _layer_tile(*found[i], grid, at, left // (len(found) - done))
    ordered = [parts[i] for i in range(len(found))]
    return Tile(
        b"".join(part.data for part in ordered),
        sum(part.shown for part in ordered),
        sum(part.met for part in ordered),
    )


def tile_rows(layer: Layer, query: Query, grid: Grid, at: Place) -> np.ndarray:
    """Return the rows, ascending, whose box meets a tile with its buffer and that match."""
    index = layer.index
    rows = index.in_box(grid.lonlat(at))
    if not query.conditions or not len(rows):
        return rows
    # The conditions are evaluated once for the whole layer; the next tiles find them answered.
    matching = select(layer, replace(query, limit=index.count, offset=0)).positions
    return np.asarray(rows[np.isin(rows, np.asarray(matching), assume_unique=True)])


def _layer_tile(
    layer: Layer, query: Query, rows: np.ndarray, grid: Grid, at: Place, budget: int
) -> Tile:
    met = len(rows)
    if not met:
        return Tile(b"", 0, 0)
    index = layer.index
    sizes = _sizes(index, rows) / grid.unit_of_world(at.z)
    large = (sizes == 0) | (sizes >= LEAST_UNITS)
    drawn = _Drawing(layer, query, rows[large], sizes[large], grid, at)
    return drawn.within(budget, met - int(np.count_nonzero(large)))


class _Drawing:
    """The rows of a layer that a tile may show."""

    def __init__(
        self, layer: Layer, query: Query, rows: np.ndarray, sizes: np.ndarray, grid: Grid, at: Place
    ) -> None:
        self._layer, self._query, self._grid, self._at = layer, query, grid, at
        self._rows, self._sizes = rows, sizes

    def within(self, budget: int, left_out: int) -> Tile:
        """Return the tile with as many features as the budget holds."""
        count = self._first_count(budget)
        tile = self._encoded(self._chosen(count))
        while len(tile.data) > budget and count > 1:
            count = min(count - 1, int(count * budget / len(tile.data) * 0.97))
            tile = self._encoded(self._chosen(max(count, 1)))
        if count >= len(self._rows):
            return replace(tile, met=tile.met + left_out)
        if len(tile.data) > budget:
            tile = Tile(b"", 0, 0)
        return replace(tile, met=len(self._rows) + left_out)

    def _first_count(self, budget: int) -> int:
        """Return how many features to try, guessed from an even sample where there are many."""
        count = len(self._rows)
        if count <= 2 * SAMPLE:
            return count
        every = self._rows[:: count // SAMPLE]
        each = max(LEAST_BYTES, len(self._encoded(every).data) / len(every))
        return count if count * each < DOUBT * budget else max(1, int(budget / each))

    def _chosen(self, count: int) -> np.ndarray:
        """Return the first rows by size, then evenly along the Hilbert curve."""
        if count >= len(self._rows):
            return self._rows
        order = reversed_bits(self._rows)
        if self._sizes.any():
            first = np.lexsort((order, -self._sizes))[:count]
        else:
            first = np.argpartition(order, count)[:count]
        return np.sort(self._rows[first])

    def _encoded(self, rows: np.ndarray) -> Tile:
        index = self._layer.index
        paths = index.paths.read(rows)
        if not len(paths.rows):
            return Tile(b"", 0, 0)
        units = self._grid.units(paths.xy, self._at)
        clearance = index.paths.clearance[rows] / self._grid.unit_of_world(self._at.z)
        shapes = place(Paths(units, paths.lengths, paths.kinds, paths.rows), clearance)
        if not len(shapes.rows):
            return Tile(b"", 0, 0)
        first = np.append(True, shapes.rows[1:] != shapes.rows[:-1])
        used = rows[shapes.rows[first]]
        shapes = Shapes(shapes.xy, shapes.lengths, shapes.kinds, np.cumsum(first) - 1)
        ids = None if index.numbers is None else index.numbers[used]
        data = encode(self._layer.id, shapes, ids, self._tags(used))
        return Tile(data, len(used), len(used))

    def _tags(self, rows: np.ndarray) -> Tags:
        index, query = self._layer.index, self._query
        names = index.attribute_names if query.properties is None else list(query.properties)
        return tags_of(index, rows, names)


def _sizes(index: Index, rows: np.ndarray) -> np.ndarray:
    """Return the longer side of the box of each row in units of the world, 0 for a point."""
    if index.paths.all_points:
        return np.zeros(len(rows))
    xmin, ymin, xmax, ymax = index.boxes[:, rows]
    middle = np.radians(np.clip((ymin + ymax) / 2, -85, 85))
    return np.asarray(np.maximum(xmax - xmin, (ymax - ymin) / np.cos(middle)) * (WORLD / 360))


def reversed_bits(rows: np.ndarray) -> np.ndarray:
    """Return row numbers with their 32 bits reversed.

    Taken in this order, the rows of a Hilbert curve cover it evenly from the first on, and the
    first ones are the same in every tile and at every zoom.
    """
    bits = rows.astype(np.uint32)
    for shift, mask in ((1, 0x55555555), (2, 0x33333333), (4, 0x0F0F0F0F), (8, 0x00FF00FF)):
        low = np.uint32(mask)
        bits = ((bits >> np.uint32(shift)) & low) | ((bits & low) << np.uint32(shift))
    return np.asarray((bits >> np.uint32(16)) | (bits << np.uint32(16)))
