"""Types of columns that come as text: the narrowest that every value of the file fits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import pyarrow as pa
import pyarrow.compute as pc

from layers.codes import code_width, restore_codes
from layers.delimited import day, number
from layers.records import AttributeType
from layers.report import Report

# A zero before other digits belongs to a code or a telephone number; beyond 15 digits a number
# would lose some.
_INTEGER = r"^[+-]?(0|[1-9]\d{0,14})$"
_NUMBER = (
    "^[+-]?(0|[1-9][0-9]{0,14}|[1-9][0-9]{0,2}([ \u00a0\u202f][0-9]{3}){1,4})?"
    r"([.,]\d+)?([eE][+-]?\d{1,3})?$"
)
_BOOLEAN = r"^(?i)(true|false|vrai|faux)$"
_DATE = r"^(\d{4}-\d\d-\d\d|\d\d[-/]\d\d[-/]\d{4})$"
_DATETIME = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d"
_CODE_NAME = re.compile(
    r"(^|[^a-z])(codes?|cp|siren|siret|iris|insee|naf|ape|tel|telephone)($|[^a-z])"
)


def text_types(batches: Iterable[pa.Table]) -> dict[str, AttributeType]:
    """Return the type of each column of text over a whole file.

    Columns named as codes, and those without any value, stay text.
    """
    left: dict[str, list[AttributeType]] = {}
    used: set[str] = set()
    for batch in batches:
        for name in batch.column_names:
            column = batch.column(name)
            known = left.setdefault(name, [] if _is_code(name) else list(_FITS))
            if column.null_count < len(column):
                used.add(name)
                left[name] = [kind for kind in known if _FITS[kind](column.drop_null())]
    return {name: kinds[0] if kinds and name in used else "string" for name, kinds in left.items()}


def typed(
    column: pa.ChunkedArray, name: str, kind: AttributeType, report: Report
) -> pa.ChunkedArray:
    """Return a column of text in a type that ``text_types`` found; codes with their zeros."""
    if width := code_width(name):
        return restore_codes(column, width, report)
    return _CONVERT[kind](column)


def _is_code(name: str) -> bool:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    return code_width(name) is not None or bool(_CODE_NAME.search(words))


def _matches(column: pa.ChunkedArray, pattern: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(column, pattern)).as_py())


def _are_days(column: pa.ChunkedArray) -> bool:
    return _matches(column, _DATE) and day(column, Report()).null_count == 0


def _are_times(column: pa.ChunkedArray) -> bool:
    if not _matches(column, _DATETIME):
        return False
    try:
        _times(column)
    except pa.ArrowInvalid:
        return False
    return True


def _times(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return times in UTC; those without a zone are taken as they are written."""
    zoned = r"(Z|[+-]\d\d:?\d\d)$"
    plain = pc.if_else(
        pc.match_substring_regex(column, zoned),
        column,
        pc.binary_join_element_wise(column, "Z", ""),
    )
    return plain.cast(pa.timestamp("us", "UTC"))


def _booleans(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.match_substring_regex(column, r"^(?i)(true|vrai)$")


_FITS: dict[AttributeType, Callable[[pa.ChunkedArray], bool]] = {
    "boolean": lambda column: _matches(column, _BOOLEAN),
    "integer": lambda column: _matches(column, _INTEGER),
    "number": lambda column: _matches(column, _NUMBER),
    "date": _are_days,
    "datetime": _are_times,
}
_CONVERT: dict[AttributeType, Callable[[pa.ChunkedArray], pa.ChunkedArray]] = {
    "boolean": _booleans,
    "integer": lambda column: column.cast(pa.int64()),
    "number": number,
    "date": lambda column: day(column, Report()),
    "datetime": _times,
    "string": lambda column: column,
}
