"""Rows found for recent queries, so that the next page of one costs a slice."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable
from hashlib import blake2b
from typing import Any

import numpy as np
from cachetools import LRUCache

BYTES = 32 * 1024 * 1024
# What an entry takes besides its rows: most searches find few, or none.
ENTRY_BYTES = 1_000


class Matches:
    """The rows of the queries asked last, of all layers together, within a number of bytes.

    A query counts by its digest: one by a polygon of many vertices takes no more than another.
    """

    def __init__(self, size: int = BYTES) -> None:
        self._kept: LRUCache[bytes, np.ndarray] = LRUCache(size, self._size)
        self._lock = threading.Lock()

    def found(self, query: Any, find: Callable[[], np.ndarray]) -> np.ndarray:
        """Return the rows of a query, found first where they are not kept."""
        key = blake2b(pickle.dumps(query), digest_size=16).digest()
        with self._lock:
            kept = self._kept.get(key)
        if kept is None:
            kept = find()
            with self._lock:
                self._kept[key] = kept
        return kept

    def __len__(self) -> int:
        """Return the number of queries whose rows are kept."""
        return len(self._kept)

    def _size(self, rows: np.ndarray) -> int:
        """Return what rows count for: one search that finds more than fits is kept alone."""
        return int(min(rows.nbytes + ENTRY_BYTES, self._kept.maxsize))
