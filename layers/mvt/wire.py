"""Protocol Buffers of Mapbox Vector Tiles 2.1, whole arrays at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

# Keys of fields: number << 3 | wire type (0 varint, 1 eight bytes, 2 bytes of a given length).
TILE_LAYER = 0x1A
LAYER_VERSION, LAYER_NAME, LAYER_FEATURE = 0x78, 0x0A, 0x12
LAYER_KEY, LAYER_VALUE, LAYER_EXTENT = 0x1A, 0x22, 0x28
FEATURE_ID, FEATURE_TAGS, FEATURE_TYPE, FEATURE_GEOMETRY = 0x08, 0x12, 0x18, 0x22
VALUE_STRING, VALUE_DOUBLE, VALUE_UINT, VALUE_SINT, VALUE_BOOL = 0x0A, 0x19, 0x28, 0x30, 0x38


def zigzag(values: np.ndarray) -> np.ndarray:
    """Return signed integers as unsigned ones, small ones small."""
    return np.asarray((values << 1) ^ (values >> 63)).astype(np.uint64)


def varint_sizes(values: np.ndarray) -> np.ndarray:
    """Return how many bytes each unsigned integer takes, as uint8."""
    sizes = np.ones(len(values), dtype=np.uint8)
    greatest = int(values.max()) if len(values) else 0
    for bits in range(7, 64, 7):
        if greatest >> bits == 0:
            break
        sizes += values >= values.dtype.type(1 << bits)
    return sizes


def varints(values: np.ndarray, sizes: np.ndarray | None = None) -> np.ndarray:
    """Return unsigned integers as one array of bytes."""
    sizes = varint_sizes(values) if sizes is None else sizes
    longest = int(sizes.max()) if len(sizes) else 0
    if longest <= 1:
        return values.astype(np.uint8)
    if longest <= 8:
        spread, kept = _spread(values, sizes, longest)
    else:
        low = _spread(values & np.uint64((1 << 56) - 1), np.minimum(sizes, 8), 8)
        low[0][:, 7] |= (sizes > 8).view(np.uint8) << 7
        high = _spread(values >> np.uint64(56), np.maximum(sizes, 8) - 8, longest - 8)
        spread, kept = (np.hstack(pair) for pair in zip(low, high, strict=True))
    # Taking by number costs half of choosing by a mask.
    return spread.ravel().take(np.flatnonzero(kept))


def _spread(values: np.ndarray, sizes: np.ndarray, longest: int) -> tuple[np.ndarray, np.ndarray]:
    """Return integers of at most eight bytes in as wide a room each, and which bytes are theirs."""
    width = 1 << (longest - 1).bit_length()
    word = np.dtype(f"<u{width}").type
    left: Any = values.astype(np.uint64 if width == 8 else np.uint32, copy=False)
    spread = (left & 0x7F).astype(word)
    for at in range(1, longest):
        spread |= ((left >> (7 * at)) & 0x7F).astype(word) << word(8 * at)
    # Tables by size: a bit in each byte of an integer; its top bit says that more bytes follow.
    whole = np.array([sum(1 << 8 * at for at in range(n)) for n in range(width + 1)], dtype=word)
    more = np.append(whole[:1], whole[:-1]) << word(7)
    spread |= more[sizes]
    return spread[:, None].view(np.uint8), whole[sizes][:, None].view(np.bool_)


def varint(value: int) -> bytes:
    """Return one unsigned integer."""
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def block(key: int, content: bytes) -> bytes:
    """Return a field of bytes with its length."""
    return bytes([key]) + varint(len(content)) + content


def sums(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the sum of each run of values; an empty run is 0."""
    total = np.zeros(len(values) + 1, dtype=np.int64)
    np.cumsum(values, out=total[1:])
    ends = np.cumsum(counts)
    return np.asarray(total[ends] - total[ends - counts])
