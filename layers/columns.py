"""Columns as libraries hand them over, made plain: no Arrow extension, no text but UTF-8."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from layers.report import Report


def plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column without an Arrow extension type (JSON, UUID…), its values as stored."""
    if not isinstance(column.type, pa.BaseExtensionType):
        return column
    chunks = [chunk.storage for chunk in column.chunks]
    return pa.chunked_array(chunks, type=column.type.storage_type)


def integers(values: np.ndarray) -> pa.Array:
    """Return (n) int64 as an Arrow array without a copy; ``pa.array`` would load pandas."""
    whole = np.ascontiguousarray(values, dtype=np.int64)
    return pa.Array.from_buffers(pa.int64(), len(whole), [None, pa.py_buffer(whole)])


def valid_text(column: pa.ChunkedArray, report: Report) -> pa.ChunkedArray:
    """Return a text column in UTF-8; values in another encoding are taken as Windows-1252."""
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return column
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        texts = [None if v is None else _decoded(v, report) for v in _bytes(column)]
        return pa.chunked_array([pa.array(texts, column.type)])
    return column


def _bytes(column: pa.ChunkedArray) -> list[bytes | None]:
    binary = pa.large_binary() if pa.types.is_large_string(column.type) else pa.binary()
    return [value for chunk in column.chunks for value in chunk.view(binary).to_pylist()]


def _decoded(value: bytes, report: Report) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        report.repair("text that is not UTF-8 read as Windows-1252")
        return value.decode("cp1252", "replace")
