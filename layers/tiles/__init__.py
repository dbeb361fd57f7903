"""Vector tiles of layers, encoded from the index's arrays as Mapbox Vector Tiles 2.1."""

from layers.tiles.grids import GRIDS, Grid, Place, grid
from layers.tiles.tile import DEFAULT_BUDGET, Tile, make_tile

__all__ = ["DEFAULT_BUDGET", "GRIDS", "Grid", "Place", "Tile", "grid", "make_tile"]
