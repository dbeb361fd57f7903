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
    whole = bool(there.all())
    used, numbers = _numbered(ids.ravel() if whole else ids[there])
    tokens = np.empty((*ids.shape, 2), dtype=np.uint32)
    tokens[..., 0] = np.arange(len(names), dtype=np.uint32)
    if whole:
        tokens[..., 1] = numbers.reshape(ids.shape)
    else:
        tokens[there, 1] = numbers
        tokens = tokens[there]
    keys = b"".join(wire.block(wire.LAYER_KEY, name.encode()) for name in names)
    counts = 2 * there.sum(axis=1, dtype=np.int64)
    return Tags(tokens.ravel(), counts, keys, index.tags.values(used))


def _numbered(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct ids, and the place of each id among them.

    A table that is written and read at these ids only costs a third of sorting them.
    """
    if not len(ids):
        return ids, ids
    places, shifted = np.arange(len(ids), dtype=np.uint32), ids - ids.min()
    table = np.empty(int(shifted.max()) + 1, dtype=np.uint32)
    table[shifted] = places
    # Of the places with the same id, the one that was written last stands for all.
    chosen = table[shifted]
    stands = chosen == places
    return ids[stands], (np.cumsum(stands, dtype=np.uint32) - np.uint32(1))[chosen]
