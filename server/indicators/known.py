"""Measures on known perimeters, kept as long as no layer changes."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
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
    made = _made(key)
    if any(name not in made for name in wanted):
        with _turn(key):
            made = _made(key)
            lacking = [name for name in wanted if name not in made]
            made = made | {one.id: one for one in evaluate(now, perimeter, lacking)}
            with _changed:
                _kept[key] = made
    return [made[name] for name in wanted]


def _made(key: Any) -> dict[str, Measure]:
    with _changed:
        return _kept.get(key, {})


@contextmanager
def _turn(key: Any) -> Iterator[None]:
    """Wait until no other thread makes measures of the same: it makes most of those wanted here."""
    with _changed:
        _changed.wait_for(lambda: key not in _busy)
        _busy.add(key)
    try:
        yield
    finally:
        with _changed:
            _busy.discard(key)
            _changed.notify_all()


_kept: LRUCache[Any, dict[str, Measure]] = LRUCache(KEPT)
_busy: set[Any] = set()
_changed = threading.Condition()
