"""What an indicator's function may ask: the rows of a theme in its perimeter."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from layers import crs
from layers.catalogue import Catalogue, Layer
from layers.errors import NotFoundError
from server.indicators import perimeters
from server.indicators.measures import (
    WithheldError,
    missing_column,
    missing_layer,
    no_boundary,
    no_data,
)
from server.indicators.overlays import area_inside
from server.indicators.perimeters import Perimeter, Town

NEAR_M = 2_000
EDGE_M = 500  # ground beyond the last rows of a layer of which it still tells that nothing is there


@dataclass(frozen=True)
class Rows:
    """Rows of one layer.

    Attributes:
        layer: where they come from.
        positions: their rows in its index.
        projection: URI of the town's legal projection.
    """

    layer: Layer
    positions: np.ndarray
    projection: str

    @cached_property
    def shapes(self) -> np.ndarray:
        """The geometries in metres, in the town's legal projection, read when first asked for."""
        move = crs.mover(crs.CRS84, self.projection)
        placed = self.layer.index.moved(self.positions, move)
        placed.flags.writeable = False
        return placed

    def ground(self, perimeter: Perimeter) -> np.ndarray:
        """Return the square metres of each row inside a perimeter: what is at its edge is cut."""
        index, move = self.layer.index, crs.mover(crs.CRS84, self.projection)
        inside = index.deep_inside(self.positions, perimeter.area)
        found = np.empty(len(self.positions))
        found[inside] = index.areas(self.positions[inside], move)
        edge = index.moved(self.positions[~inside], move)
        found[~inside] = area_inside(edge, perimeter.projected)
        return found

    def where(self, chosen: np.ndarray) -> Rows:
        """Return some of the rows, by a mask."""
        found = Rows(self.layer, self.positions[chosen], self.projection)
        if "shapes" in self.__dict__:
            found.__dict__["shapes"] = self.shapes[chosen]
        return found

    def column(self, name: str) -> np.ndarray:
        """Return a column; missing numbers are NaN, missing texts None.

        Raises:
            WithheldError: the layer, one that a town shares, has no such column.
        """
        require_column(self.layer, name)
        column = self.layer.index.rows(self.positions, [name]).column(0)
        return np.asarray(column.to_numpy())


@dataclass(frozen=True)
class Context:
    """A perimeter and the layers that speak of its town.

    What one indicator asks of a perimeter is kept for those evaluated after it, so that a request
    finds the rows of a layer once. Shapes that are kept are read-only.
    """

    catalogue: Catalogue
    perimeter: Perimeter
    _kept: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)
    _asked: set[str] = field(default_factory=set, compare=False, repr=False)

    @property
    def themes(self) -> set[str]:
        """Return the themes that were asked for so far, of this perimeter and those around it."""
        return set(self._asked)

    def commune(self) -> Context:
        """Return the context of the whole commune that the perimeter lies in.

        Raises:
            WithheldError: its boundary is not published.
        """
        found: Context = self.once("commune", self._commune)
        return found

    def _commune(self) -> Context:
        here = self.perimeter
        if here.kind == "commune":
            return self
        self._asked.add("communes")
        try:
            town = Town(here.insee, here.name, {}, here.fictitious, None)
            whole = perimeters.commune(self.catalogue, town)
        except NotFoundError:
            raise WithheldError(no_boundary(here.name)) from None
        return replace(self, perimeter=whole, _kept={})

    def layers(self, theme: str) -> list[Layer]:
        """Return the layers of a theme, those that towns share before the national ones.

        Invented layers speak only of the invented town. WithheldError when there is none.
        """
        self._asked.add(theme)
        found: list[Layer] = self.once(("layers", theme), lambda: self._layers(theme))
        if not found:
            raise missing_layer(theme)
        return list(found)

    def _layers(self, theme: str) -> list[Layer]:
        wanted = self.perimeter.fictitious
        found = [x for x in self.catalogue.themed(theme) if x.record.fictitious == wanted]
        return sorted(found, key=lambda layer: layer.record.reader is not None)

    def within(self, theme: str, metres: float = 0) -> Rows:
        """Return the rows that meet the perimeter, widened by a distance.

        Raises:
            WithheldError: no layer, or one without a row in the whole commune.
        """
        rows: Rows | None = self.once(
            ("within", theme, metres), lambda: self._within(self.layers(theme), metres)
        )
        if rows is None:
            raise no_data(theme)
        return rows

    def _within(self, layers: list[Layer], metres: float) -> Rows | None:
        area = self.perimeter.around(metres) if metres else self.perimeter.area
        for layer in layers:
            positions = layer.index.intersecting(area)
            if len(positions) or self._speaks_of_town(layer):
                return self.rows(layer, positions)
        return None

    def matching(self, theme: str, name: str, values: Sequence[str]) -> Rows:
        """Return the rows, of the first layer that has any, with one of some attribute values.

        Raises:
            WithheldError: no layer, or none with such a row.
        """
        for layer in self.layers(theme):
            rows = self.among(layer, name, values)
            if len(rows.positions):
                return rows
        raise no_data(theme)

    def among(self, layer: Layer, name: str, values: Sequence[str]) -> Rows:
        """Return the rows of a layer whose attribute has one of some values."""
        require_column(layer, name)
        column = layer.index.rows(range(layer.index.count), [name]).column(0)
        found = pc.indices_nonzero(pc.is_in(column, pa.array(values, column.type)))
        return self.rows(layer, np.asarray(found.to_numpy()).astype(np.int64))

    def rows(self, layer: Layer, positions: np.ndarray) -> Rows:
        """Return some rows of a layer."""
        return Rows(layer, positions, self.perimeter.projection)

    def _speaks_of_town(self, layer: Layer) -> bool:
        """Tell whether a layer has rows near the perimeter, so that none inside means none."""
        near = self.once(("around", NEAR_M), lambda: self.perimeter.around(NEAR_M))
        return bool(len(layer.index.intersecting(near)))

    def coverage(self, layer: Layer) -> float:
        """Return the share (0-100) of the perimeter that the box of a layer's rows covers at most.

        An extract of a town's middle says nothing of the rest of its commune.
        """
        near = self.once(("around", NEAR_M), lambda: self.perimeter.around(NEAR_M))
        if layer.bounds is None:
            return 0.0
        mapped = shapely.intersection(shapely.box(*layer.bounds), shapely.envelope(near))
        mapped = shapely.transform(mapped, crs.mover(crs.CRS84, self.perimeter.projection))
        here = self.perimeter.projected
        inside = shapely.intersection(shapely.buffer(mapped, EDGE_M), here)
        return min(share(inside.area, here.area), 100.0)

    def once(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return what was made under a key, made now if it was not."""
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]


def require_column(layer: Layer, name: str) -> None:
    """Refuse a column that a layer does not have."""
    if name not in (*layer.index.attribute_names, layer.index.id_field):
        raise missing_column(layer.id, name)


def share(part: float | np.number[Any], whole: float | np.number[Any]) -> float:
    """Return a percentage on 0-100; NaN of nothing."""
    return float("nan") if whole == 0 else 100.0 * float(part) / float(whole)


def known(values: np.ndarray) -> Any:
    """Return which numbers are there."""
    return ~np.isnan(np.asarray(values, dtype=np.float64))
