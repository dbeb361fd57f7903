"""The border of a polygon on a grid: which boxes it may cross, told without a geometry of each."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

CELLS = 128


class Border:
    """The cells of a grid over a polygon that its border passes through, and those beside them.

    A box over none of them lies on one side of the border, at least three quarters of a cell away,
    with all that it holds.
    """

    def __init__(self, area: Any) -> None:
        """Draw the border of a polygon that has a surface, of any CRS."""
        west, south, east, north = area.bounds
        self._corner, self._cell = (west, south), max(east - west, north - south) / CELLS
        pieces = shapely.segmentize(area.boundary, self._cell / 2)
        columns, rows = self._cells(*shapely.get_coordinates(pieces).T)
        marks = np.zeros((CELLS + 2, CELLS + 2), dtype=np.int32)  # one more cell on each side
        for up in range(3):
            for right in range(3):
                marks[rows + up, columns + right] = 1
        # How many cells are marked before each line and column.
        self._before = np.zeros((CELLS + 3, CELLS + 3), dtype=np.int32)
        np.cumsum(np.cumsum(marks, axis=0), axis=1, out=self._before[1:, 1:])

    def clear(self, xmin: Any, ymin: Any, xmax: Any, ymax: Any) -> np.ndarray:
        """Tell which boxes lie on one side of the border."""
        left, low = (cell + 1 for cell in self._cells(xmin, ymin))
        right, high = (cell + 2 for cell in self._cells(xmax, ymax))
        before = self._before
        below = before[low, right] - before[low, left]
        return np.asarray(before[high, right] - before[high, left] == below)

    def _cells(self, x: Any, y: Any) -> tuple[np.ndarray, ...]:
        """Return column and row of places, the nearest of those that lie outside the grid."""
        places = (
            (at - corner) / self._cell for at, corner in zip((x, y), self._corner, strict=True)
        )
        return tuple(np.clip(place, 0, CELLS - 1).astype(np.intp) for place in places)
