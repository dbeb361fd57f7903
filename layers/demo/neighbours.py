"""The communes around the sample town, of which only journeys to work are told."""

from __future__ import annotations

from dataclasses import dataclass

from layers.demo.frame import EPCI, INSEE

METROPOLE = "000000018"  # Métropole d'Exemple (fictive), also in config/metropoles.csv
ELSEWHERE = "000000026"


@dataclass(frozen=True)
class Commune:
    """A neighbour.

    Attributes:
        metres: how far it is.
        outward: share of the town's employed residents who work there.
        inward: workers who come from there, for each of those who go.
    """

    insee: str
    epci: str
    metres: float
    outward: float
    inward: float


HOME = Commune(INSEE, EPCI, 0.0, 0.47, 0.0)
NEIGHBOURS = (
    Commune("00002", EPCI, 6_000, 0.12, 2.1),
    Commune("00003", EPCI, 7_500, 0.08, 3.0),
    Commune("00004", EPCI, 9_000, 0.05, 2.6),
    Commune("00005", ELSEWHERE, 15_000, 0.07, 1.2),
    Commune("00006", ELSEWHERE, 21_000, 0.05, 0.9),
    Commune("00010", METROPOLE, 48_000, 0.16, 0.12),
)
