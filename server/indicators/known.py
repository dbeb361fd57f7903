"""Measures on known perimeters, kept as long as no layer changes."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

from cachetools import LRUCache

from layers.catalogue import Catalogue
from layers.snapshot import snapshot
from server.indicators.areas import Perimeter
from server.indicators.evaluation import evaluate
from server.indicators.measures import Measure
from server.indicators.portraits import state
from server.indicators.registry import find, indicators

KEPT = 512  # perimeters; all measures of one take about 50 kB


def known(
    catalogue: Catalogue, perimeter: Perimeter, names: Iterable[str] | None = None
) -> list[Measure]:
    """Return what ``evaluate`` returns, each measure made once for a state of the layers.

    For perimeters that many ask for; those that users draw would drive these out.
    """
    now = snapshot(catalogue)
    key = (perimeter, state(now, fictitious=perimeter.fictitious))
    wanted = [find(name).text.id for name in names] if names is not None else list(indicators())
    with _lock:
        made = _kept.get(key, {})
    if lacking := [name for name in wanted if name not in made]:
        made = made | {one.id: one for one in evaluate(now, perimeter, lacking)}
        with _lock:
            _kept[key] = _kept.get(key, {}) | made
    return [made[name] for name in wanted]


_kept: LRUCache[Any, dict[str, Measure]] = LRUCache(KEPT)
_lock = threading.Lock()
