"""Geometry as files encode it: what a column of WKB holds, seen from its first five bytes."""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from layers.columns import integers
from layers.records import GeometryType
from layers.report import Report

CURVED = frozenset(range(8, 15))
_ISO = 1000
# The first word that a type's name holds decides, so CurvePolygon comes before Curve.
_KINDS: tuple[tuple[str, GeometryType], ...] = (
    ("point", "point"),
    ("polygon", "polygon"),
    ("surface", "polygon"),
    ("line", "line"),
    ("curve", "line"),
)
Move = Callable[[np.ndarray], np.ndarray]
# A polygon of one ring: byte order, type, number of rings; then the number of its vertices.
_ONE_RING = np.frombuffer(struct.pack("<BII", 1, 3, 1), dtype=np.uint8)
_HEAD, _VERTEX = 13, 16
_HIGH_FLAGS = 0xE0000000  # EWKB: Z, M, SRID
_Z_OR_M = 0xC0000000


def type_codes(column: pa.ChunkedArray) -> set[int]:
    """Return the distinct raw type codes of a WKB column (OGC 06-103r4, and EWKB)."""
    codes = set()
    for head in pc.unique(pc.binary_slice(column, 0, 5)).to_pylist():
        if head is not None and len(head) == 5:
            codes.add(struct.unpack("<I" if head[0] == 1 else ">I", head[1:])[0])
    return codes


def is_curved(codes: set[int]) -> bool:
    """Tell whether any geometry is an arc or a surface, which GEOS does not handle."""
    return any((code & ~_HIGH_FLAGS) % _ISO in CURVED for code in codes)


def note_dimensions(codes: set[int], report: Report) -> None:
    """Tell the user that heights or measures are dropped, where there are some."""
    if any(code & _Z_OR_M or (code & ~_HIGH_FLAGS) >= _ISO for code in codes):
        report.note("heights (Z) or measures (M) of the geometry were dropped")


def kind_of(geometry_type: str | None) -> GeometryType:
    """Return ``point``, ``line``, ``polygon`` or ``any`` for the name of an OGC type."""
    name = (geometry_type or "").lower()
    for word, kind in _KINDS:
        if word in name:
            return kind
    return "any"


def moved(column: pa.ChunkedArray, move: Move) -> np.ndarray:
    """Return the geometries of a column of WKB, their coordinates moved; None where there is none.

    The vertices of polygons of one ring, as most buildings are, are moved before there is a
    geometry of any: a quarter of the time less.

    Args:
        column: little-endian WKB of two dimensions, as ``publish`` writes it.
        move: vectorised function of (n, 2) coordinates.
    """
    return _joined([_moved(chunk, move) for chunk in column.chunks], object)


def areas(column: pa.ChunkedArray, move: Move) -> np.ndarray:
    """Return the surfaces of the geometries that ``moved`` returns, mostly without making them."""
    return _joined([_areas(chunk, move) for chunk in column.chunks], float)


def _joined(parts: list[np.ndarray], dtype: type) -> np.ndarray:
    return np.concatenate(parts) if parts else np.empty(0, dtype=dtype)


def _moved(values: pa.Array, move: Move) -> np.ndarray:
    found, ring = np.empty(len(values), dtype=object), _of_one_ring(values)
    found[~ring] = _others(values, ring, move)
    if ring.any():
        vertices, ends = _rings(values, ring)
        kind, each = shapely.GeometryType.POLYGON, np.arange(len(ends))
        found[ring] = shapely.from_ragged_array(kind, move(vertices), (ends, each))
    return found


def _areas(values: pa.Array, move: Move) -> np.ndarray:
    found, ring = np.empty(len(values)), _of_one_ring(values)
    found[~ring] = shapely.area(_others(values, ring, move))
    if ring.any():
        vertices, ends = _rings(values, ring)
        x, y = (move(vertices) - move(vertices[:1])).T
        # The last vertex of a ring is its first: what leads from it to the next ring is no side.
        sides = np.append(x[:-1] * y[1:] - x[1:] * y[:-1], 0)
        sides[ends[1:] - 1] = 0
        found[ring] = np.abs(np.add.reduceat(sides, ends[:-1])) / 2
    return found


def _others(values: pa.Array, ring: np.ndarray, move: Move) -> np.ndarray:
    """Return, moved, what is no polygon of one ring."""
    rest = values.take(integers(np.flatnonzero(~ring))).to_pylist()
    return np.asarray(shapely.transform(shapely.from_wkb(rest), move), dtype=object)


def _of_one_ring(values: pa.Array) -> np.ndarray:
    starts, data = _bytes(values)
    sizes = np.diff(starts)
    found = sizes > _HEAD
    heads = data[starts[:-1][found, None] + np.arange(_HEAD)]
    vertices = heads[:, 9:].copy().view("<u4").ravel().astype(np.int64)
    found[found] = (heads[:, :9] == _ONE_RING).all(axis=1) & (
        sizes[found] == _HEAD + _VERTEX * vertices
    )
    return np.asarray(found)


def _rings(values: pa.Array, ring: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (v, 2) vertices of polygons of one ring, and where each begins and the last ends."""
    chosen = values if ring.all() else values.take(integers(np.flatnonzero(ring)))
    starts, data = _bytes(chosen)
    kept = np.ones(len(data), dtype=bool)
    kept[(starts[:-1, None] + np.arange(_HEAD)).ravel()] = False
    ends = np.append(0, np.cumsum((np.diff(starts) - _HEAD) // _VERTEX))
    return data[kept].view("<f8").reshape(-1, 2), ends


def _bytes(values: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Return where each value starts, and the last one ends, in the bytes of all."""
    _, offsets, data = values.buffers()
    size = np.int64 if pa.types.is_large_binary(values.type) else np.int32
    at = np.frombuffer(offsets, size)[values.offset : values.offset + len(values) + 1]
    bytes_ = np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)
    return at.astype(np.int64) - at[0], bytes_[at[0] : at[-1]]
