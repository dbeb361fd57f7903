"""Reading an index: pages as slices of bytes, rows in a box, rows by position."""

from __future__ import annotations

import json
from collections.abc import Set
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from layers.geometry import prepared
from layers.index.border import Border
from layers.index.build import BLOCK_ROWS
from layers.index.columns import Terms, numbered, select_list, sources, terms
from layers.index.mapping import mapped_array, mapped_bytes
from layers.index.paths import PathReader
from layers.index.stored import StoredRows
from layers.index.tags import TagReader
from layers.records import Attribute
from layers.wkb import Move, areas, moved

Positions = np.ndarray | range
# From so many boxes on, drawing a border on a grid costs less than a geometry of each.
MANY = 500
# Degrees; three quarters of a cell of the border of such an area are more than its sides bend.
WIDEST = 1.0


class Index:
    """The open arrays of one layer version. Opening maps files and reads none.

    Attributes:
        count: number of rows.
        attributes: columns with their types, geometry left out.
        geometry_name: name of the geometry column, None without geometry.
        id_field: column that holds the ids.
        database: the DuckDB file for filters and sorting.
        boxes: (4, n) xmin, ymin, xmax, ymax of each row.
        numbers: (n) uint64 ids, None where they are texts or negative.
        paths: the geometry as flat arrays.
        tags: the attributes ready for tiles.
    """

    def __init__(self, folder: Path) -> None:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        self.count: int = meta["count"]
        self.attributes = tuple(Attribute.model_validate(a) for a in meta["attributes"])
        self.geometry_name: str | None = meta["geometry_name"]
        self.id_field: str = meta["id_field"]
        self.id_generated: bool = meta["id_generated"]
        self.database = folder / "columns.duckdb"
        self._offsets = mapped_array(folder / "offsets.npy")
        self._parts = mapped_array(folder / "parts.npy")
        self._runs = mapped_array(folder / "boxes.npy")
        self.boxes = self._runs.reshape(4, -1)[:, : self.count]
        self._blocks = mapped_array(folder / "blocks.npy")
        self._ids = mapped_array(folder / "ids.npy")
        self._id_rows = mapped_array(folder / "id_rows.npy")
        numbers = folder / "numbers.npy"
        self.numbers = mapped_array(numbers) if numbers.exists() else None
        self._fragments = mapped_bytes(folder / "fragments.bin")
        self._last_met: tuple[tuple[float, ...], np.ndarray] | None = None
        # Mapped now: the folder of a superseded version may be gone when rows are first wanted.
        self._rows = StoredRows(folder / "rows.arrow")
        self.paths = PathReader(folder)
        self.tags = TagReader(folder, len(self.attributes))

    @property
    def attribute_names(self) -> list[str]:
        """Return the names of the attributes, in order."""
        return [attribute.name for attribute in self.attributes]

    @property
    def bytes(self) -> int:
        """Return the size of all features as they are sent."""
        return len(self._fragments)

    def page(self, start: int, stop: int) -> memoryview:
        """Return consecutive features as they are sent, joined by commas."""
        if stop <= start:
            return self._fragments[:0]
        return self._fragments[int(self._offsets[start]) : int(self._offsets[stop]) - 1]

    def pages(self, starts: np.ndarray, stops: np.ndarray) -> list[memoryview]:
        """Return several pages, none of them empty."""
        ends = (self._offsets[stops] - 1).tolist()
        return [
            self._fragments[start:end]
            for start, end in zip(self._offsets[starts].tolist(), ends, strict=True)
        ]

    def fragment(self, row: int) -> memoryview:
        """Return one feature as it is sent."""
        return self.page(row, row + 1)

    def parts(self, positions: Positions) -> list[tuple[memoryview, memoryview, memoryview]]:
        """Return the three parts of features: up to the geometry, the geometry, the rest."""
        rows = np.asarray(positions, dtype=np.int64)
        start, stop = self._offsets[rows], self._offsets[rows + 1] - 1
        shape, rest = (start + cut for cut in self._parts[rows].T)
        whole = self._fragments
        cuts = np.column_stack([start, shape, rest, stop]).tolist()
        return [(whole[a:b], whole[b:c], whole[c:d]) for a, b, c, d in cuts]

    def row_of(self, feature_id: str) -> int | None:
        """Return the row of an id, None when there is none."""
        wanted = np.array(feature_id.encode())
        if wanted.dtype.itemsize > self._ids.dtype.itemsize or feature_id.endswith("\0"):
            return None
        at = int(np.searchsorted(self._ids, wanted))
        found = at < self.count and self._ids[at] == wanted
        return int(self._id_rows[at]) if found else None

    def rows(self, positions: Positions, columns: list[str] | None = None) -> pa.Table:
        """Return rows as an Arrow table, by default with all columns, geometry as WKB."""
        if isinstance(positions, range):
            return self._rows.between(positions.start, positions.stop, columns)
        return self._rows.at(np.asarray(positions, dtype=np.int64), columns)

    def searched(self, positions: np.ndarray, names: Set[str]) -> tuple[pa.Table, str]:
        """Return rows for a search, and as SQL how they make some columns of ``database``."""
        made = {name: term for name, term in self._terms.items() if name in names}
        columns = sources(made)
        return numbered(self.rows(positions, columns), positions), select_list(made)

    @cached_property
    def _terms(self) -> Terms:
        return terms(self.attributes, self.geometry_name, self.id_field)

    def moved(self, positions: Positions, move: Move) -> np.ndarray:
        """Return the geometries of rows, their coordinates moved from CRS84 by a function."""
        if self.geometry_name is None:
            return np.full(len(positions), None, dtype=object)
        return moved(self.rows(positions, [self.geometry_name]).column(0), move)

    def areas(self, positions: Positions, move: Move) -> np.ndarray:
        """Return the surfaces of the geometries that ``moved`` returns."""
        if self.geometry_name is None:
            return np.zeros(len(positions))
        return areas(self.rows(positions, [self.geometry_name]).column(0), move)

    def geometries(self, positions: Positions) -> np.ndarray:
        """Return the geometries of rows in CRS84 (shapely, None where there is none)."""
        if self.geometry_name is None:
            return np.full(len(positions), None, dtype=object)
        wkb = self.rows(positions, [self.geometry_name]).column(0)
        return np.asarray(shapely.from_wkb(wkb.to_pylist()))  # to_numpy would load pandas

    def intersecting(self, area: Any) -> np.ndarray:
        """Return the rows, ascending, whose geometry intersects a polygon or box of CRS84."""
        if self.paths.all_points and _is_box(area):
            return self.in_box(area.bounds)
        area = prepared(area)
        runs = self._runs_met(area.bounds)
        whole = self._inside(runs, area)
        if not whole.any():
            rows = self.in_box(area.bounds)
            return np.asarray(rows[self._intersect(rows, area)])
        rows = self._in_runs(runs[~whole], area.bounds)
        found = self._in_runs(runs[whole], area.bounds), rows[self._intersect(rows, area)]
        return np.sort(np.concatenate(found), kind="stable")

    def _inside(self, runs: np.ndarray, area: Any) -> np.ndarray:
        """Tell which runs lie in a polygon with all their rows."""
        west, south, east, north = area.bounds
        xmin, ymin, xmax, ymax = self._blocks[:, runs]
        # A box without ground is no valid polygon.
        inside = (west < xmin) & (xmin < xmax) & (xmax < east)
        inside &= (south < ymin) & (ymin < ymax) & (ymax < north)
        at = np.flatnonzero(inside)
        inside[at] = shapely.contains(area, shapely.box(xmin[at], ymin[at], xmax[at], ymax[at]))
        return np.asarray(inside)

    def _intersect(self, rows: np.ndarray, area: Any) -> np.ndarray:
        """Tell which rows meet a polygon: points and boxes tell of most, geometries of the rest."""
        xmin, ymin, xmax, ymax = self.boxes[:, rows]
        points = (xmin == xmax) & (ymin == ymax)
        hit = np.zeros(len(rows), dtype=bool)
        hit[points] = shapely.intersects_xy(area, xmin[points], ymin[points])
        others = np.flatnonzero(~points)
        if not len(others):
            return hit
        boxes = self.boxes[:, rows[others]]
        if len(others) < MANY or not area.length:
            inside = decided = shapely.contains(area, shapely.box(*boxes))
        else:
            decided = Border(area).clear(*boxes)
            inside = decided & shapely.contains_xy(area, boxes[0], boxes[1])
        hit[others[inside]] = True
        edge = others[~decided]
        hit[edge] = shapely.intersects(area, self.geometries(rows[edge]))
        return hit

    def deep_inside(self, positions: np.ndarray, area: Any) -> np.ndarray:
        """Tell which rows lie in a polygon of CRS84 well away from its border.

        They do so too where both are drawn in another CRS, in which straight sides bend: by less
        than two thousandths of their length squared, in degrees, in any legal projection.
        """
        west, south, east, north = area.bounds
        if max(east - west, north - south) > WIDEST:
            return np.zeros(len(positions), dtype=bool)
        boxes = self.boxes[:, positions]
        clear = Border(area).clear(*boxes)
        return np.asarray(clear & shapely.contains_xy(prepared(area), boxes[0], boxes[1]))

    def reach(self, box: Any) -> int:
        """Return the most rows whose boxes ``minx, miny, maxx, maxy`` may meet, by whole runs."""
        return len(self._runs_met(tuple(box))) * BLOCK_ROWS

    def _runs_met(self, box: tuple[float, ...]) -> np.ndarray:
        # Who asks for the reach of a box asks for its rows next.
        met = self._last_met
        if met is None or met[0] != box:
            met = self._last_met = box, np.flatnonzero(_meets(self._blocks, box))
        return met[1]

    def in_box(self, box: Any) -> np.ndarray:
        """Return the rows, ascending, whose box meets ``minx, miny, maxx, maxy``."""
        return self._in_runs(self._runs_met(tuple(box)), box)

    def _in_runs(self, runs: np.ndarray, box: Any) -> np.ndarray:
        found = np.flatnonzero(_meets(self._runs[:, runs], box))
        return np.asarray(runs[found // BLOCK_ROWS] * BLOCK_ROWS + found % BLOCK_ROWS)


def _is_box(area: Any) -> bool:
    """Tell whether a polygon is its own bounding box: one ring of four sides along the axes."""
    corners = shapely.get_coordinates(area)
    return len(corners) == 5 and bool((corners[1:] == corners[:-1]).any(axis=1).all())


def _meets(boxes: np.ndarray, box: Any) -> np.ndarray:
    minx, miny, maxx, maxy = box
    met = (boxes[0] <= maxx) & (boxes[2] >= minx) & (boxes[1] <= maxy) & (boxes[3] >= miny)
    return np.asarray(met)
