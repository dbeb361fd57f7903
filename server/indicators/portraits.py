"""What is known of every town of the programme: one column for each variable that compares them."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
from cachetools import LRUCache
from pydantic import Field

from layers.catalogue import Catalogue, Layer
from layers.errors import BadRequestError, did_you_mean
from layers.records import Frozen, Kebab, Text
from server.indicators import perimeters
from server.indicators.choices import read
from server.indicators.variables import VARIABLES, Sources


class Variable(Frozen):
    """A variable that compares towns.

    Attributes:
        weight: how much it counts.
        log: whether ratios are compared, rather than differences.
        high, low: words for towns that have more or less of it.
    """

    id: Kebab
    weight: float = Field(gt=0)
    log: bool = False
    unit: str
    name: Text
    high: Text
    low: Text


class TypologyChoices(Frozen):
    """How the typology is made."""

    classes: tuple[int, ...]
    smallest: int
    bootstrap: int
    seed: int


class ResourceChoices(Frozen):
    """When a town has more of something than its peers."""

    centile: float
    facilities: int


class PeerChoices(Frozen):
    """``config/peers.yml``."""

    k: int = Field(ge=1)
    least_known: float = Field(gt=0, le=1)
    bootstrap: int = Field(ge=1)
    variables: tuple[Variable, ...]
    typology: TypologyChoices
    resources: ResourceChoices


@cache
def choices() -> PeerChoices:
    """Return ``config/peers.yml``; a mistake in it raises RecordError."""
    return read("peers.yml", PeerChoices)


@dataclass(frozen=True)
class Portraits:
    """The towns of the programme, without the fictitious one; rows and columns of ``values``.

    Attributes:
        insee, names: (n,) codes and names of the towns.
        values: (n, v) values; NaN where missing.
        variables: those that some towns have.
        absent: ids of those that no layer tells.
        layers: where they come from.
    """

    insee: tuple[str, ...]
    names: tuple[str, ...]
    values: np.ndarray
    variables: tuple[Variable, ...]
    absent: tuple[str, ...]
    layers: tuple[Layer, ...]

    @cached_property
    def scores(self) -> np.ndarray:
        """Robust scores: distance to the median over the median absolute deviation, within ±6."""
        logs = np.array([one.log for one in self.variables], dtype=bool)
        values = np.where(logs, np.log1p(self.values), self.values)
        return robust(values)

    def chosen(self, names: list[str] | None) -> Portraits:
        """Return some of the variables; an unknown or absent one raises BadRequestError."""
        if names is None:
            return self
        known = {one.id: i for i, one in enumerate(self.variables)}
        for name in names:
            if name not in known:
                why = " No layer that tells it is published." if name in self.absent else ""
                raise BadRequestError(
                    f"No variable {name!r}.{why or did_you_mean(name, known)} "
                    f"Known: {', '.join(known)}."
                )
        ranks = [known[name] for name in dict.fromkeys(names)]
        kept = tuple(self.variables[i] for i in ranks)
        return Portraits(
            self.insee, self.names, self.values[:, ranks], kept, self.absent, self.layers
        )


def robust(values: np.ndarray) -> np.ndarray:
    """Return columns as distances to their median over their scaled median absolute deviation."""
    middle = np.nanmedian(values, axis=0)
    spread = 1.4826 * np.nanmedian(np.abs(values - middle), axis=0)
    spread = np.where(spread > 0, spread, np.nanstd(values, axis=0))
    return np.asarray(np.clip((values - middle) / np.where(spread > 0, spread, 1), -6, 6))


def state(catalogue: Catalogue, *, fictitious: bool = False) -> tuple[Any, ...]:
    """Return what identifies the real layers that serve, and so whatever is made of them alone.

    Args:
        catalogue: where they are looked for.
        fictitious: count the invented ones too.
    """
    layers = catalogue.layers().values()
    kept = (one for one in layers if fictitious or not one.record.fictitious)
    return (catalogue.data, *((one.id, one.tag) for one in kept))


def portraits(catalogue: Catalogue) -> Portraits:
    """Return the portraits of the towns, kept as long as no layer changes."""
    key = state(catalogue)
    with _lock:
        if key not in _kept:
            _kept[key] = _portraits(catalogue)
        return _kept[key]


def _portraits(catalogue: Catalogue) -> Portraits:
    towns = [town for town in perimeters.towns(catalogue) if not town.fictitious]
    sources = Sources(catalogue, towns)
    columns: dict[str, np.ndarray] = {}
    for one in choices().variables:
        column = VARIABLES[one.id](sources)
        if np.isfinite(column).any():
            columns[one.id] = column
    kept = tuple(one for one in choices().variables if one.id in columns)
    values = np.column_stack([columns[one.id] for one in kept]) if kept else np.empty((0, 0))
    absent = tuple(one.id for one in choices().variables if one.id not in columns)
    return Portraits(tuple(sources.insee), tuple(town.name for town in towns), values, kept,
                     absent, tuple(sources.used))  # fmt: skip


_kept: LRUCache[Any, Portraits] = LRUCache(4)
_lock = threading.Lock()
