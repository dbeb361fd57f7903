"""Facilities of a perimeter, those of unknown place left out of what depends on places."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

from server.indicators.context import Context, Rows, share
from server.indicators.measures import no_data

THEME = "facilities"
RANDOM_PLACE = "33"  # a place drawn at random in the commune


@dataclass(frozen=True)
class Facilities:
    """Facilities, one row each."""

    rows: Rows

    @cached_property
    def types(self) -> np.ndarray:
        """Their BPE codes."""
        return np.asarray(self.rows.column("typequ"))

    @cached_property
    def located(self) -> np.ndarray:
        """Which have a place that was not drawn at random."""
        drawn = self.rows.column("qualite_geoloc") == RANDOM_PLACE
        return np.asarray(~drawn & ~shapely.is_missing(self.rows.shapes))

    @property
    def coverage(self) -> float:
        """The share (0-100) that have a place."""
        return share(self.located.sum(), len(self.located))

    def chosen(self, mask: np.ndarray) -> Facilities:
        """Return some of them."""
        return Facilities(self.rows.where(mask))

    def of(self, types: Iterable[str]) -> np.ndarray:
        """Return which are of some types, given by code or by the start of it."""
        codes = np.array([code or "" for code in self.types], dtype=str)
        wanted = tuple(types)
        return np.array([code.startswith(wanted) for code in codes], dtype=bool)


def of_commune(context: Context) -> Facilities:
    """Return the facilities of the commune, wherever in it they are.

    Raises:
        WithheldError: no layer, or none that speaks of the commune.
    """
    return Facilities(context.matching(THEME, "depcom", [context.perimeter.insee]))


def inside(context: Context) -> tuple[Facilities, float]:
    """Return the facilities of a perimeter, and the share (0-100) of the commune's with a place.

    Of a whole commune, those whose place is not known count too.

    Raises:
        WithheldError: no layer, or none that speaks of the commune.
    """
    whole = of_commune(context)
    if context.perimeter.kind == "commune":
        return whole, 100.0
    found = around(context, 0)
    return found, whole.coverage


def around(context: Context, metres: float) -> Facilities:
    """Return the facilities with a place, in the perimeter widened by a distance."""
    rows = context.within(THEME, metres)
    found = Facilities(rows)
    return found.chosen(found.located)


def ranges(context: Context, *names: str) -> dict[str, tuple[str, ...]]:
    """Return the facility types of each group of some ranges (``proximity``, …).

    Raises:
        WithheldError: no such range is published.
    """
    for layer in context.layers("facility-ranges"):
        columns = ["typequ_group", "typequ", "range"]
        groups: dict[str, tuple[str, ...]] = {}
        for row in layer.index.rows(range(layer.index.count), columns).to_pylist():
            if row["range"] in names:
                group = row["typequ_group"]
                groups[group] = (*groups.get(group, ()), row["typequ"])
        if groups:
            return groups
    raise no_data("facility-ranges")


def present(facilities: Facilities, groups: dict[str, tuple[str, ...]]) -> list[str]:
    """Return the groups of which there is a facility."""
    types = set(facilities.types.tolist())
    return [group for group, members in groups.items() if types.intersection(members)]
