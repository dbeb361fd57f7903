"""Comparable towns: the nearest by robust scores, and where a town stands among them.

A place among peers is a percentile, never a rank: towns are not in competition.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from layers.catalogue import Catalogue
from layers.errors import BadRequestError, did_you_mean
from server.indicators.measures import Withheld
from server.indicators.portraits import Portraits, choices, portraits

FICTITIOUS = Withheld(
    "fictitious-town",
    "Une ville fictive ne se compare à aucune ville réelle.",
    "A fictitious town is compared with no real one.",
)
TOO_LITTLE_KNOWN = Withheld(
    "too-little-known",
    "Trop peu de variables sont connues de cette ville pour la comparer.",
    "Too few variables are known of this town to compare it.",
)

FEW_TOWNS = Withheld(
    "too-few-towns",
    "Trop peu de villes sont publiées pour en comparer.",
    "Too few towns are published to compare any.",
)


@dataclass(frozen=True)
class Peers:
    """The towns that a town is compared with, the nearest first; arrays of one length.

    Attributes:
        rows: their rows in the portraits.
        distances: to the town, in robust scores; NaN for a town that the user chose and of which
            too little is known.
        chosen: they are a list of the user's own.
    """

    portraits: Portraits
    town: int
    rows: np.ndarray
    distances: np.ndarray
    chosen: bool

    @cached_property
    def stability(self) -> np.ndarray | None:
        """Share (0-100) of draws of the variables, with replacement, that keep each peer.

        None for a list of the user's own.
        """
        return None if self.chosen else _stability(self.portraits, self.town, self.rows)

    @property
    def insee(self) -> list[str]:
        """Codes of the peers."""
        return [self.portraits.insee[row] for row in self.rows]


def distances(scores: np.ndarray, weights: np.ndarray, row: int) -> np.ndarray:
    """Return the distances between a row and all: the same both ways, 0 to itself.

    Each is a weighted quadratic mean over the variables known of both; NaN where these carry less
    than the least share of the weights.

    Args:
        scores: (n, v) with NaN where missing.
        weights: (v,), or (d, v) for several sets of weights: (n, d) distances.
        row: which one.
    """
    there = np.isfinite(scores)
    filled = np.where(there, scores, 0.0)
    both = there[row] & there
    known = both @ weights.T
    squares = np.where(both, (filled[row] - filled) ** 2, 0.0) @ weights.T
    least = np.maximum(choices().least_known * weights.sum(axis=-1), 1e-9)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(known >= least, np.sqrt(squares / known), np.nan)


def peers(
    catalogue: Catalogue,
    insee: str,
    k: int | None = None,
    variables: Sequence[str] | None = None,
    chosen: Sequence[str] | None = None,
) -> Peers | Withheld:
    """Return the peers of a town, or why it has none.

    Args:
        catalogue: where towns and what is known of them are looked for.
        insee: code of the town, which is in the programme.
        k: how many, by default that of ``config/peers.yml``.
        variables: ids of the variables that count, by default all.
        chosen: codes of the towns to compare with, instead of the nearest.

    Raises:
        BadRequestError: unknown variable or town, or a ``k`` that cannot be.
    """
    found = portraits(catalogue).chosen(list(variables) if variables else None)
    if insee not in found.insee:
        return FICTITIOUS
    town = found.insee.index(insee)
    weights = np.array([one.weight for one in found.variables])
    away = distances(found.scores, weights, town)
    if chosen is not None:
        rows = _rows(found, chosen, town)
        rows = rows[np.argsort(away[rows], kind="stable")]
        return Peers(found, town, rows, away[rows], chosen=True)
    if k is None and len(found.insee) <= choices().k:
        return FEW_TOWNS
    wanted = choices().k if k is None else k
    if not 1 <= wanted < len(found.insee):
        raise BadRequestError(f"k={wanted} is not between 1 and {len(found.insee) - 1}.")
    if not np.isfinite(away[town]):
        return TOO_LITTLE_KNOWN
    rows = nearest(away, town, wanted)
    return Peers(found, town, rows, away[rows], chosen=False)


def nearest(away: np.ndarray, town: int, k: int) -> np.ndarray:
    """Return the k nearest rows, the town itself left out."""
    order = np.argsort(np.where(np.isfinite(away), away, np.inf), kind="stable")
    order = order[(order != town) & np.isfinite(away[order])]
    return np.asarray(order[:k])


def _stability(found: Portraits, town: int, rows: np.ndarray) -> np.ndarray:
    weights = np.array([one.weight for one in found.variables])
    count = len(weights)
    draws = np.random.default_rng(0).multinomial(
        count, np.full(count, 1 / count), choices().bootstrap
    )
    away = distances(found.scores, draws * weights, town)
    kept = np.zeros(len(found.insee))
    for draw in away.T:
        kept[nearest(draw, town, len(rows))] += 1
    return np.asarray(100 * kept[rows] / len(draws))


def _rows(found: Portraits, chosen: Sequence[str], town: int) -> np.ndarray:
    ranks = {code: row for row, code in enumerate(found.insee)}
    for code in chosen:
        if code not in ranks:
            raise BadRequestError(
                f"No town {code!r} to compare with; give INSEE codes.{did_you_mean(code, ranks)}"
            )
    rows = [row for row in dict.fromkeys(ranks[code] for code in chosen) if row != town]
    if not rows:
        raise BadRequestError("The list of towns to compare with holds no other town.")
    return np.array(rows)


def position(value: float | None, others: Sequence[float | None]) -> dict[str, float | int | None]:
    """Return where a value stands among those of peers.

    ``percentile`` (0-100) is the share of peers below it, those that equal it counted half; None
    without a value or without peers that have one.
    """
    known = np.array([other for other in others if other is not None], dtype=float)
    if not len(known):
        return {"n": 0, "percentile": None, "minimum": None, "first_quartile": None,
                "median": None, "third_quartile": None, "maximum": None}  # fmt: skip
    low, first, middle, third, high = np.percentile(known, (0, 25, 50, 75, 100)).tolist()
    below = None
    if value is not None:
        below = 100 * float(((known < value) + 0.5 * (known == value)).mean())
    return {"n": len(known), "percentile": below, "minimum": low, "first_quartile": first,
            "median": middle, "third_quartile": third, "maximum": high}  # fmt: skip
