"""Geometry as files encode it: what a column of WKB holds, seen from its first five bytes."""

from __future__ import annotations

import struct

import pyarrow as pa
import pyarrow.compute as pc

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
