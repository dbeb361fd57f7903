"""What is worked out once of a layer version and serves every perimeter."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from cachetools import LRUCache

from layers.catalogue import Layer

KEPT = 16
_kept: LRUCache[tuple[str, str], Any] = LRUCache(KEPT)
_lock = threading.Lock()


def derived(layer: Layer, name: str, make: Callable[[Layer], Any]) -> Any:
    """Return what ``make`` finds in a layer, kept as long as its version is in use.

    Two threads that ask at once may both make it; the answer is the same.
    """
    key = (str(layer.index_folder), name)
    with _lock:
        if key in _kept:
            return _kept[key]
    made = make(layer)
    with _lock:
        _kept[key] = made
    return made
