"""Columns of any Arrow type as the few types of layers, text or numbers in the file alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from layers.codes import plain_text
from layers.delimited import MISSING
from layers.report import Report
from layers.values import dates, integers, numbers

Kind = Literal["text", "number", "integer", "date", "boolean"]
_TRUE = ("true", "t", "1", "oui", "o", "vrai", "yes")
_FALSE = ("false", "f", "0", "non", "n", "faux", "no")


def text(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return values as trimmed text, null for what stands for nothing."""
    texts = pc.utf8_trim_whitespace(plain_text(values))
    nothing = pc.is_in(texts, value_set=pa.array(MISSING, pa.string()))
    return pc.if_else(nothing, pa.scalar(None, pa.string()), texts)


def _texts(values: pa.ChunkedArray, _report: Report, _name: str) -> pa.ChunkedArray:
    return text(values)


def _numbers(values: pa.ChunkedArray, report: Report, name: str) -> pa.ChunkedArray:
    if _is_number(values.type):
        plain = values.cast(pa.float64())
        return pc.if_else(pc.is_finite(plain), plain, pa.scalar(None, pa.float64()))
    return numbers(text(values), report, name)


def _integers(values: pa.ChunkedArray, report: Report, name: str) -> pa.ChunkedArray:
    if pa.types.is_integer(values.type):
        return values.cast(pa.int64())
    return integers(text(values), report, name)


def _dates(values: pa.ChunkedArray, report: Report, name: str) -> pa.ChunkedArray:
    if pa.types.is_date(values.type) or pa.types.is_timestamp(values.type):
        return values.cast(pa.date32(), safe=False)
    return dates(text(values), report, name)


def _booleans(values: pa.ChunkedArray, report: Report, name: str) -> pa.ChunkedArray:
    if pa.types.is_boolean(values.type):
        return values
    texts = pc.utf8_lower(text(values))
    true = pc.is_in(texts, value_set=pa.array(_TRUE))
    known = pc.or_(true, pc.is_in(texts, value_set=pa.array(_FALSE)))
    lost = pc.sum(pc.and_(pc.invert(known), pc.is_valid(texts))).as_py() or 0
    report.repair(f"unreadable yes or no left empty: {name}", lost)
    return pc.if_else(known, true, pa.scalar(None, pa.bool_()))


def _is_number(kind: pa.DataType) -> bool:
    types = pa.types
    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind))


TYPES: dict[Kind, pa.DataType] = {
    "text": pa.string(),
    "number": pa.float64(),
    "integer": pa.int64(),
    "date": pa.date32(),
    "boolean": pa.bool_(),
}
# By kind: a column, the report that counts unreadable values, and the column's name.
CONVERT: dict[Kind, Callable[[pa.ChunkedArray, Report, str], pa.ChunkedArray]] = {
    "text": _texts,
    "number": _numbers,
    "integer": _integers,
    "date": _dates,
    "boolean": _booleans,
}
