"""Journeys to work of a commune, and which of their ends lie in a metropole."""

from __future__ import annotations

import csv
import io
import threading
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from cachetools import LRUCache

from layers.catalogue import Layer
from server.indicators.context import Context, Rows
from server.indicators.measures import Withheld, WithheldError, no_data

COMMUNE_ONLY = Withheld(
    "commune-only",
    "Les trajets domicile-travail ne sont publiés que pour des communes entières.",
    "Journeys to work are published for whole communes only.",
)
LEAST_KNOWN = 80.0  # % of the workers whose destination must be known to lie in a body
# Paris, Lyon and Marseille are told by arrondissement.
ARRONDISSEMENTS = {
    **{f"75{number}": "75056" for number in range(101, 121)},
    **{f"6938{number}": "69123" for number in range(1, 10)},
    **{f"13{number}": "13055" for number in range(201, 217)},
}


@dataclass(frozen=True)
class Metropole:
    """One of the metropoles: its name, and where its central commune is (CRS84).

    Attributes:
        sirens: its SIREN, then the one that it had before, which older boundaries tell.
        fictitious: it is the one that the fictitious town has near.
    """

    sirens: tuple[str, ...]
    name: str
    longitude: float
    latitude: float
    fictitious: bool


@cache
def metropoles() -> tuple[Metropole, ...]:
    """Return those of ``config/metropoles.csv``.

    The SIREN were checked one by one against tables of public repositories: openfisca-france's
    housing solidarity funds (all but Paris; Lille as it was before 2020), the low-emission zones
    of transport.data.gouv.fr (Lille since), lists of inter-communal bodies (Paris).
    """
    text = files("config").joinpath("metropoles.csv").read_text(encoding="utf-8")
    return tuple(
        Metropole(
            tuple(filter(None, (row["siren"], row["former"]))),
            row["name"],
            float(row["longitude"]),
            float(row["latitude"]),
            row["centre"].startswith("00"),
        )
        for row in csv.DictReader(io.StringIO(text))
    )


@dataclass(frozen=True)
class Flows:
    """Journeys between a commune and others, of one year; arrays of one length.

    Attributes:
        rows: where they come from.
        places: code of the commune at the other end, arrondissements as their city.
        workers: employed persons.
    """

    rows: Rows
    places: np.ndarray
    workers: np.ndarray

    @property
    def total(self) -> float:
        """All of them."""
        return float(self.workers.sum())

    def where(self, chosen: np.ndarray) -> Flows:
        """Return some of them, by a mask."""
        return Flows(self.rows.where(chosen), self.places[chosen], self.workers[chosen])


def flows(context: Context, here: str, there: str, theme: str = "commuting-flows") -> Flows:
    """Return the journeys of the latest year whose end ``here`` is the commune.

    Args:
        context: a perimeter, which must be a whole commune.
        here: ``home`` or ``work``.
        there: the other one.
        theme: ``commuting-flows`` or ``commuting-modes``.

    Raises:
        WithheldError: a part of a commune, no layer, or nothing about the commune.
    """
    if context.perimeter.kind != "commune":
        raise WithheldError(COMMUNE_ONLY)
    rows = context.matching(theme, here, [context.perimeter.insee])
    workers, year = rows.column("workers").astype(float), rows.column("year").astype(float)
    chosen = np.isfinite(workers)
    if not chosen.any():
        raise no_data(theme)
    if np.isfinite(year).any():
        chosen &= year == np.nanmax(year)
    places = [ARRONDISSEMENTS.get(code, code) for code in rows.column(there)[chosen]]
    kept = rows.where(chosen)
    return Flows(kept, np.array(places, dtype=object), workers[chosen])


def groupings(context: Context, places: np.ndarray) -> tuple[np.ndarray, tuple[Layer, ...]]:
    """Return the SIREN of the inter-communal body of each commune, None where not published.

    Boundaries tell it first, then the facilities of the commune.
    """
    return _belonging(context, places, "epci", (("communes", "insee"), ("facilities", "depcom")))


def areas(context: Context, places: np.ndarray) -> tuple[np.ndarray, tuple[Layer, ...]]:
    """Return the attraction area of each commune, None where it has none or none is published."""
    return _belonging(context, places, "aav", (("attraction-areas", "insee"),))


def _belonging(
    context: Context, places: np.ndarray, wanted: str, sources: tuple[tuple[str, str], ...]
) -> tuple[np.ndarray, tuple[Layer, ...]]:
    """Return an attribute of communes, and the layers that tell it; the first source prevails."""
    known: dict[str, str] = {}
    used: list[Layer] = []
    for theme, code in sources:
        for layer in _layers(context, theme):
            bodies = told(layer, code, wanted)
            found = {at: bodies[at] for at in (set(places) - known.keys()) & bodies.keys()}
            used += [layer] if found else []
            known |= found
    return np.array([known.get(place) for place in places], dtype=object), tuple(used)


def told(layer: Layer, code: str, wanted: str) -> dict[str, str]:
    """Return the attribute of each commune that a version of a layer tells it of."""
    with _lock:
        key = (layer.index_folder, wanted)
        if key not in _kept:
            table = layer.index.rows(range(layer.index.count), [code, wanted])
            rows = table.group_by(code).aggregate([(wanted, "max")])
            pairs = zip(rows[code].to_pylist(), rows[f"{wanted}_max"].to_pylist(), strict=True)
            _kept[key] = {place: body for place, body in pairs if body}
        return _kept[key]


def _layers(context: Context, theme: str) -> list[Layer]:
    try:
        return context.layers(theme)
    except WithheldError:
        return []


_kept: LRUCache[tuple[Path, str], dict[str, str]] = LRUCache(8)
_lock = threading.Lock()
