"""Attributes of rows as the keys, values and tags of a vector tile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from layers.index import Index
from layers.index.tags import MISSING
from layers.mvt import wire


@dataclass(frozen=True)
class Tags:
    """The attributes of a tile's features.

    Attributes:
        tokens: alternately the number of a key and of a value, feature after feature.
        counts: (n) number of tokens of each feature; a missing value has none.
        keys: the encoded keys.
        values: the encoded values.
    """

    tokens: np.ndarray
    counts: np.ndarray
    keys: bytes
    values: bytes


def tags_of(index: Index, rows: np.ndarray, names: list[str]) -> Tags:
    """Return some attributes of rows, one feature a row.

    Texts stay texts, numbers are doubles, whole numbers unsigned or signed, dates and instants
    the texts that GeoJSON has. Missing values and those that are no number are left out.
    """
    known = index.attribute_names
    ids = index.tags.of(rows, [known.index(name) for name in names])
    there = ids != MISSING
    used, numbers = _numbered(ids[there])
    tokens = np.empty((*ids.shape, 2), dtype=np.uint64)
    tokens[..., 0] = np.arange(len(names), dtype=np.uint64)
    tokens[there, 1] = numbers
    keys = b"".join(wire.block(wire.LAYER_KEY, name.encode()) for name in names)
    counts = 2 * there.sum(axis=1, dtype=np.int64)
    return Tags(tokens[there].ravel(), counts, keys, index.tags.values(used))


def _numbered(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct ids, ascending, and the place of each id among them.

    A table that is written and read at these ids only costs less than the search of each.
    """
    if not len(ids):
        return ids, ids
    ordered = np.sort(ids)
    used = ordered[np.append(True, ordered[1:] != ordered[:-1])]
    low = used[0]
    places = np.empty(int(used[-1] - low) + 1, dtype=np.uint32)
    places[used - low] = np.arange(len(used), dtype=np.uint32)
    return used, places[ids - low]
