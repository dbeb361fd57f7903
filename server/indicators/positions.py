"""Where a town's measures stand among those of its peers."""

from __future__ import annotations

import threading
from typing import Any

from cachetools import LRUCache

from layers.catalogue import Catalogue
from layers.errors import NotFoundError
from server.indicators import perimeters
from server.indicators.evaluation import evaluate
from server.indicators.measures import Measure
from server.indicators.peers import Peers, position
from server.indicators.portraits import state

KEPT = 8_192


def positions(
    catalogue: Catalogue, area: perimeters.Perimeter, measures: list[Measure], found: Peers
) -> dict[str, dict[str, Any]]:
    """Return by indicator the percentile among peers, the spread of their values, and the values.

    A commune is compared with communes; any other perimeter with the centres of the peers, the
    delineated ones, so that all are drawn by one rule.
    """
    kind = "commune" if area.kind == "commune" else "centre"
    version = state(catalogue)
    others = [_values(catalogue, version, insee, kind) for insee in found.insee]
    return {
        one.id: {**position(one.value, [values.get(one.id) for values in others]),
                 "values": {insee: values.get(one.id)
                            for insee, values in zip(found.insee, others, strict=True)},
                 "perimeter": kind}
        for one in measures
    }  # fmt: skip


def _values(catalogue: Catalogue, version: Any, insee: str, kind: str) -> dict[str, float | None]:
    """Return the values of a town's commune or centre, kept as long as no layer changes."""
    key = (version, insee, kind)
    with _lock:
        if key in _kept:
            return _kept[key]
    town = perimeters.town(catalogue, insee)
    try:
        area = perimeters.perimeter(catalogue, town, kind)
    except NotFoundError:
        values: dict[str, float | None] = {}
    else:
        values = {one.id: one.value for one in evaluate(catalogue, area)}
    with _lock:
        _kept[key] = values
    return values


_kept: LRUCache[Any, dict[str, float | None]] = LRUCache(KEPT)
_lock = threading.Lock()
