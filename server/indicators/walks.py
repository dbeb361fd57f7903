"""The walks of the inhabitants of a perimeter on the street network around it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from layers.catalogue import Layer
from server.indicators.choices import accessibility
from server.indicators.context import Context
from server.indicators.measures import Outcome, Withheld, WithheldError
from server.indicators.network import WALK, Mode, Network, network
from server.indicators.residents import Residents, residents

METRES_A_MINUTE = WALK.kmh * 1_000 / 60
MARGIN_M = 500
LEAST_ON_NETWORK = 50.0
NO_NETWORK = Withheld(
    "network-incomplete",
    "Moins de la moitié des habitants vivent à 100 m au plus d'une rue publiée : le réseau ne "
    "couvre pas ce périmètre.",
    "Fewer than half of the inhabitants live within 100 m of a published street: the network does "
    "not cover this perimeter.",
)


@dataclass(frozen=True)
class Walks:
    """Inhabitants, and the streets that they walk on.

    Attributes:
        layer: the streets.
        rows: its rows that meet the perimeter.
    """

    people: Residents
    streets: Network
    layer: Layer
    rows: np.ndarray

    @cached_property
    def _starts(self) -> tuple[np.ndarray, np.ndarray]:
        return self.streets.snap(self.people.places)

    @property
    def coverage(self) -> float:
        """The share (0-100) of the inhabitants who live near enough to a street."""
        return self.people.share(np.isfinite(self._starts[1][:, 0]))

    def minutes(self, places: np.ndarray, limit: float) -> np.ndarray:
        """Return the minutes from each home to the nearest of (m, 2) places; ∞ beyond a limit."""
        node, start = self._starts
        found = (self.streets.field(places, limit)[node] + start).min(axis=1)
        return np.where(found <= limit, found, np.inf)

    def outcome(self, value: float, *, also: tuple[tuple[Layer, Any], ...] = (), **facts: Any
                ) -> Outcome:  # fmt: skip
        """Return a value with what it rests on."""
        return Outcome(
            value=value,
            n=self.people.households,
            coverage=self.coverage,
            imputed_share=self.people.imputed_share,
            counted=(*self.people.counted, (self.layer, self.rows), *also),
            evidence=self.people.worth,
            **facts,
        )

    def share(self, near: np.ndarray, **facts: Any) -> Outcome:
        """Return the share (0-100) of the inhabitants at some of the homes."""
        people = self.people
        part = float(people.persons[near].sum())
        return self.outcome(people.share(near), numerator=part, denominator=people.total, **facts)


def walks(context: Context, mode: Mode = WALK) -> Walks:
    """Return the walks, or rides, of the inhabitants of a perimeter.

    Raises:
        WithheldError: no streets or no inhabitants are published, or the streets of too few.
    """
    found: Walks = context.once(("walks", mode), lambda: _walks(context, mode))
    if found.coverage < LEAST_ON_NETWORK:
        raise WithheldError(NO_NETWORK)
    return found


def _walks(context: Context, mode: Mode) -> Walks:
    layer = context.within("streets", MARGIN_M).layer
    people = residents(context)
    reach = accessibility().cap_minutes * METRES_A_MINUTE
    streets = network(layer, context.perimeter.around(reach), context.perimeter.projection, mode)
    return Walks(people, streets, layer, layer.index.intersecting(context.perimeter.area))
