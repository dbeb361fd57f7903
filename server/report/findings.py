"""What is found of a town before anything is said of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from layers.catalogue import Catalogue, Layer
from layers.errors import UserError
from layers.snapshot import snapshot
from server.indicators import perimeters
from server.indicators.evaluation import licence, outcomes
from server.indicators.measures import Measure, Outcome, Withheld
from server.indicators.peers import Peers, peers
from server.indicators.perimeters import Perimeter, Town
from server.indicators.positions import positions
from server.indicators.resources import Resource, resources
from server.indicators.typology import described, typology


@dataclass(frozen=True)
class Class:
    """The class of the typology that a town is in."""

    name: dict[str, str]
    count: int


@dataclass(frozen=True)
class Findings:
    """A town on a perimeter, at one state of the layers.

    Attributes:
        centre: the perimeter, or of a commune the first that it shares, else its default centre.
        found: measures, each with its outcome unless withheld.
        peers: comparable towns, or why there are none.
        places: where each measure stands among the peers (see ``positions``), by id.
    """

    catalogue: Catalogue
    town: Town
    area: Perimeter
    commune: Perimeter
    centre: Perimeter
    found: tuple[tuple[Measure, Outcome | None], ...]
    peers: Peers | Withheld
    places: dict[str, dict[str, Any]]

    @cached_property
    def measures(self) -> dict[str, Measure]:
        """Measures by id, in the order of their codes."""
        return {measure.id: measure for measure, _ in self.found}

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """Layers whose rows were counted, each once, by id."""
        counted = [x for _, outcome in self.found if outcome for x, _ in outcome.counted]
        compared = self.peers.portraits.layers if isinstance(self.peers, Peers) else ()
        named = {layer.id: layer for layer in (*counted, *compared)}
        return tuple(named[name] for name in sorted(named))

    def licence_with(self, drawn: Iterable[Layer]) -> str | None:
        """Return the licence of the whole, layers that maps draw included."""
        return licence([*self.layers, *drawn])

    @cached_property
    def resources(self) -> list[Resource]:
        """What the town has more of than its peers."""
        return resources(self.catalogue, self.peers) if isinstance(self.peers, Peers) else []

    @cached_property
    def class_(self) -> Class | None:
        """The class of the town; None where it is not classed."""
        if not isinstance(self.peers, Peers):
            return None
        try:
            made = typology(self.catalogue)
        except UserError:
            return None
        rows = made.rows.tolist()
        if self.peers.town not in rows:
            return None
        own = int(made.classes[rows.index(self.peers.town)])
        name = described(made.medians[own], made.portraits.variables)["name"]
        return Class(name, int((made.classes == own).sum()))


def find(catalogue: Catalogue, insee: str, perimeter: str) -> Findings:
    """Return what is found of a town on one of its perimeters.

    Raises:
        NotFoundError: unknown town or perimeter, or a town without a boundary.
    """
    now = snapshot(catalogue)
    town = perimeters.town(now, insee)
    area = perimeters.perimeter(now, town, perimeter)
    found = tuple(outcomes(now, area))
    compared = peers(now, town.insee)
    measures = [measure for measure, _ in found]
    places = positions(now, area, measures, compared) if isinstance(compared, Peers) else {}
    shared = perimeters.shared(now, town) if area.kind == "commune" else [area]
    centre = shared[0] if shared else perimeters.centre(now, town)
    return Findings(now, town, area, perimeters.commune(now, town), centre, found, compared,
                    places)  # fmt: skip
