"""Where the inhabitants of a perimeter live: in its buildings with dwellings, else in its cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from layers.catalogue import Layer
from server.indicators import population
from server.indicators.context import Context, known, share
from server.indicators.homes import Homes
from server.indicators.homes import homes as homes_in
from server.indicators.measures import Evidence, no_data
from server.indicators.overlays import clipped, contains
from server.indicators.population import CELLS, Cells, inhabitants, worth


@dataclass(frozen=True)
class Residents:
    """Inhabitants of a perimeter at their places; arrays of one length.

    Attributes:
        places: (n, 2) in metres, in the town's legal projection.
        persons: how many live at each.
        households: households of the perimeter.
        imputed_share: share (0-100) of the persons that Insee imputed; None where not told.
        counted: rows used, by layer.
    """

    places: np.ndarray
    persons: np.ndarray
    households: int
    imputed_share: float | None
    counted: tuple[tuple[Layer, Any], ...]

    @property
    def total(self) -> float:
        """All persons."""
        return float(self.persons.sum())

    @property
    def worth(self) -> Evidence:
        """What a figure of them is worth."""
        return worth(self.imputed_share)

    def share(self, chosen: np.ndarray) -> float:
        """Return the percentage (0-100) of the persons at some of the places."""
        return share(self.persons[chosen].sum(), self.persons.sum())


def residents(context: Context) -> Residents:
    """Return the inhabitants of a perimeter.

    Raises:
        WithheldError: no layer of cells speaks of the town, or no cell has its persons.
    """
    found: Residents = context.once("residents", lambda: _residents(context))
    return found


def _residents(context: Context) -> Residents:
    cells = population.cells(context)
    told = inhabitants(cells, "ind")
    lived = cells.weights * np.nan_to_num(cells.rows.column("ind"))
    homes = homes_in(context, context.perimeter.area)
    places, shares, cell = _places(context, cells, homes)
    if not len(places):
        raise no_data(CELLS)
    counted = told.counted
    if homes.layer is not None:
        counted = (counted[0], (homes.layer, homes.positions))
    return Residents(places, shares * lived[cell], told.n, told.imputed_share, counted)


def _places(
    context: Context, cells: Cells, homes: Homes
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return places, the share (0 to 1) of its cell's inhabitants at each, and the cell's rank."""
    both = known(cells.rows.column("ind")) & known(cells.rows.column("men"))
    lived = np.flatnonzero((cells.weights > 0) & both)
    area = context.perimeter.projected
    inner = contains(area, homes.points)
    points, dwellings = homes.points[inner], homes.dwellings[inner]
    tree = shapely.STRtree(cells.rows.shapes[lived])
    home, cell = tree.query(shapely.points(points), predicate="intersects")
    # A building on the border of two cells belongs to the first.
    home, first = np.unique(home, return_index=True)
    cell = cell[first]
    total = np.bincount(cell, dwellings[home], len(lived))
    bare = np.flatnonzero(total == 0)
    middles = shapely.point_on_surface(clipped(cells.rows.shapes[lived[bare]], area))
    return (
        np.vstack([points[home], shapely.get_coordinates(middles)]),
        np.concatenate([dwellings[home] / total[cell], np.ones(len(bare))]),
        lived[np.concatenate([cell, bare])],
    )
