"""Protocol Buffers of Mapbox Vector Tiles 2.1, whole arrays at a time."""

from __future__ import annotations

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
    """Return how many bytes each unsigned integer takes."""
    sizes = np.ones(len(values), dtype=np.int64)
    greatest = int(values.max()) if len(values) else 0
    for bits in range(7, 64, 7):
        if greatest >> bits == 0:
            break
        sizes += values >= np.uint64(1 << bits)
    return sizes


def varints(values: np.ndarray, sizes: np.ndarray | None = None) -> np.ndarray:
    """Return unsigned integers as one array of bytes."""
    sizes = varint_sizes(values) if sizes is None else sizes
    longest = int(sizes.max()) if len(sizes) else 0
    if longest <= 1:
        return values.astype(np.uint8)
    ends = np.cumsum(sizes)
    out = np.empty(int(ends[-1]), dtype=np.uint8)
    at, left, size = ends - sizes, values, sizes
    for _ in range(longest):
        more = size > 1
        out[at] = (left & np.uint64(0x7F)).astype(np.uint8) | (more.astype(np.uint8) << 7)
        if not more.any():
            break
        at, left, size = at[more] + 1, left[more] >> np.uint64(7), size[more] - 1
    return out


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
    total = np.concatenate([[0], np.cumsum(values)])
    ends = np.cumsum(counts)
    return np.asarray(total[ends] - total[ends - counts])
