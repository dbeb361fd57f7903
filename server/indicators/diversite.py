"""Indicators of how a town compares with the others of the programme."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
from cachetools import LRUCache

from layers.catalogue import Catalogue, Layer
from server.indicators import peers as comparison
from server.indicators.context import Context
from server.indicators.measures import Outcome, Withheld, WithheldError, missing_layer, no_data
from server.indicators.perimeters import towns
from server.indicators.portraits import state
from server.indicators.registry import indicator
from server.indicators.variables import Sources, growth, of_cells

PARTS = ("population", "jobs", "poverty")
COMMUNE_ONLY = Withheld(
    "commune-only",
    "Une ville se compare aux autres pour la commune entière seulement.",
    "Towns are compared as whole communes only.",
)
NOW_ONLY = Withheld(
    "now-only",
    "Les villes se comparent sur les dernières données publiées, non à un millésime passé.",
    "Towns are compared on the latest published data, not at a past vintage.",
)
ONE_VINTAGE = Withheld(
    "one-vintage",
    "Il faut deux millésimes de la population et des trajets domicile-travail pour une évolution.",
    "Two vintages of population and of journeys to work are needed for a change.",
)


@indicator("peer-distance")
def peer_distance(context: Context) -> Outcome:
    """Mean distance to the peers."""
    _require_real_commune(context)
    found = comparison.peers(context.catalogue, context.perimeter.insee)
    if isinstance(found, Withheld):
        raise WithheldError(found)
    table = found.portraits
    known = np.isfinite(table.scores[found.town])
    none = np.empty(0, dtype=np.int64)
    return Outcome(
        value=float(np.mean(found.distances)),
        n=len(found.rows),
        coverage=100.0 * float(known.mean()),
        counted=tuple((layer, none) for layer in table.layers),
        details={
            "peers": found.insee,
            "variables": [one.id for one in table.variables],
            "absent": list(table.absent),
        },
    )


@indicator("fragility-score")
def fragility_score(context: Context) -> Outcome:
    """Sum of three decile ranks (0 to 9): population change, job change, poverty."""
    _require_real_commune(context)
    fragile = _fragile(context.catalogue)
    row = fragile.insee.index(context.perimeter.insee)
    known = np.isfinite(fragile.values).all(axis=1)
    if not known[row]:
        raise no_data("income-cells")
    parts = {
        name: decile(column[row], column[known])
        for name, column in zip(PARTS, fragile.values.T, strict=True)
    }
    none = np.empty(0, dtype=np.int64)
    return Outcome(
        value=float(sum(parts.values())),
        n=int(known.sum()),
        coverage=100.0 * float(known.mean()),
        counted=tuple((layer, none) for layer in fragile.layers),
        details={"ranks": parts, "towns": int(known.sum())},
    )


@dataclass(frozen=True)
class Fragile:
    """What makes towns fragile: (n, 3) values of PARTS, the higher the more so."""

    insee: tuple[str, ...]
    values: np.ndarray
    layers: tuple[Layer, ...]


def _fragile(catalogue: Catalogue) -> Fragile:
    """Return it for all towns, kept as long as no layer changes."""
    key = state(catalogue)
    with _lock:
        if key not in _kept:
            _kept[key] = _fragile_now(catalogue)
        return _kept[key]


def _fragile_now(catalogue: Catalogue) -> Fragile:
    sources = Sources(catalogue, [one for one in towns(catalogue) if not one.fictitious])
    population = _growth(sources, "iris-population", "insee", "population")
    jobs = _growth(sources, "commuting-flows", "work", "workers")
    if sources.layer("income-cells") is None:
        raise missing_layer("income-cells")
    poverty = of_cells(sources, "men_pauv", "men", 100)
    values = np.column_stack([-population, -jobs, poverty])
    return Fragile(tuple(sources.insee), values, tuple(sources.used))


def decile(value: float, all_: np.ndarray) -> int:
    """Return the rank (0 to 9) of a value's decile among all values."""
    return min(int(10 * float((all_ < value).mean())), 9)


def _growth(sources: Sources, theme: str, code: str, column: str) -> np.ndarray:
    """Return ``growth``, refused where it cannot be told."""
    if sources.layer(theme) is None:
        raise missing_layer(theme)
    found = growth(sources, theme, code, column)
    if found is None:
        raise WithheldError(ONE_VINTAGE)
    return found


def _require_real_commune(context: Context) -> None:
    if getattr(context, "vintage", ""):
        raise WithheldError(NOW_ONLY)
    if context.perimeter.fictitious:
        raise WithheldError(comparison.FICTITIOUS)
    if context.perimeter.kind != "commune":
        raise WithheldError(COMMUNE_ONLY)


_kept: LRUCache[Any, Fragile] = LRUCache(4)
_lock = threading.Lock()
