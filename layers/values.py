"""Columns of text as values; what cannot be read is counted and left empty, never invented."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from layers.report import Report

UNREADABLE = "unreadable {kind} left empty"
# Absent only where a number is due: NA is a section of the cadastre, s may be a word.
_NO_NUMBER = r"^(s|ns|nd|n\.d\.|n/d|NA|N/A|NaN|nan|-)$"
_DAYS = (
    (r"^(\d\d)[-/](\d\d)[-/](\d{4})( .*)?$", r"\3-\2-\1"),
    (r"^(\d{4})(\d\d)(\d\d)$", r"\1-\2-\3"),
    (r"^(\d{4}-\d\d-\d\d)[T ].*$", r"\1"),
)
Convert = Callable[[pa.ChunkedArray], pa.ChunkedArray]


def text_of(rows: pa.Table, *names: str) -> pa.ChunkedArray:
    """Return the first of some columns that a table has, as text; nulls when it has none."""
    found = next((name for name in names if name in rows.column_names), None)
    if found is None:
        return pa.chunked_array([pa.nulls(rows.num_rows, pa.string())])
    return rows.column(found).cast(pa.string())


def identified(rows: pa.Table, name: str, report: Report) -> pa.Table:
    """Return the rows that have a value in a column; the others are counted as refused."""
    given = pc.is_valid(rows.column(name))
    report.refuse(f"row without {name}", rows.num_rows - (pc.sum(given).as_py() or 0))
    return rows.filter(given)


def number(column: pa.ChunkedArray, report: Report | None = None) -> pa.ChunkedArray:
    """Return texts as float64: decimal comma and spaces between thousands are understood.

    Secret and absent values (``s``, ``NA``) become null.

    Args:
        column: texts.
        report: counts the texts that are no number, which become null.

    Raises:
        pyarrow.ArrowInvalid: a text is no number, and there is no report.
    """
    return _number(column) if report is None else numbers(column, report)


def numbers(column: pa.ChunkedArray, report: Report, name: str = "") -> pa.ChunkedArray:
    """Return texts as float64 where they are numbers; ``name`` names the column in the report."""
    return _lenient(column, _number, report, "number", name)


def integers(column: pa.ChunkedArray, report: Report, name: str = "") -> pa.ChunkedArray:
    """Return texts as int64; ``3.0`` is a whole number, ``2.5`` is counted and left empty."""

    def whole(texts: pa.ChunkedArray) -> pa.ChunkedArray:
        return _number(texts).cast(pa.int64())

    return _lenient(column, whole, report, "whole number", name)


def dates(column: pa.ChunkedArray, report: Report, name: str = "") -> pa.ChunkedArray:
    """Return ``2024-05-31``, ``31/05/2024``, ``31-05-2024`` or ``20240531`` as date32."""

    def parse(texts: pa.ChunkedArray) -> pa.ChunkedArray:
        for pattern, order in _DAYS:
            texts = pc.replace_substring_regex(texts, pattern, order)
        return texts.cast(pa.date32())

    return _lenient(pc.utf8_trim_whitespace(column), parse, report, "date", name)


def _number(column: pa.ChunkedArray) -> pa.ChunkedArray:
    try:
        return column.cast(pa.float64())
    except pa.ArrowInvalid:
        plain = pc.replace_substring_regex(column, "[\\s\u00a0\u202f]", "")
        plain = pc.if_else(pc.match_substring_regex(plain, r",\d*$"), _continental(plain), plain)
        absent = pc.or_(pc.match_substring_regex(plain, _NO_NUMBER), pc.equal(plain, ""))
        return pc.if_else(absent, pa.scalar(None, pa.string()), plain).cast(pa.float64())


def _continental(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return ``1.234,5`` as ``1234.5``."""
    return pc.replace_substring(pc.replace_substring(texts, ".", ""), ",", ".")


def _lenient(
    column: pa.ChunkedArray, convert: Convert, report: Report, kind: str, name: str
) -> pa.ChunkedArray:
    """Convert a column whole where it can be, else each of its distinct texts."""
    try:
        return convert(column)
    except pa.ArrowInvalid:
        pass
    readable, values = [], []
    for text in pc.unique(column).to_pylist():
        try:
            values.append(convert(_column([text], pa.string()))[0].as_py())
            readable.append(text)
        except pa.ArrowInvalid:
            continue
    at = pc.index_in(column, value_set=pa.array(readable, pa.string()))
    lost = pc.sum(pc.and_(pc.is_null(at), pc.is_valid(column))).as_py() or 0
    reason = UNREADABLE.format(kind=kind)
    report.repair(f"{reason}: {name}" if name else reason, lost)
    return _column(values, convert(_column([], pa.string())).type).take(at)


def _column(values: list[object], kind: pa.DataType) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, kind)])
