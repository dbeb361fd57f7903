"""Instants and intervals: literals, comparisons, and the fifteen relations between them.

Dates are instants of a day, date-times of a microsecond. Where both meet, the day decides: a
date-time is compared as the day (UTC) that it falls on.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import Any

from layers.cql2.terms import TEMPORAL, Kind, Term, fill, require
from layers.errors import BadRequestError

# Relations of the W3C Time Ontology between the closed intervals (s, e) and (t, f); an instant is
# an interval that ends as it starts.
RELATIONS = {
    "t_after": "{s} > {f}",
    "t_before": "{e} < {t}",
    "t_contains": "{s} < {t} AND {e} > {f}",
    "t_disjoint": "{e} < {t} OR {s} > {f}",
    "t_during": "{s} > {t} AND {e} < {f}",
    "t_equals": "{s} = {t} AND {e} = {f}",
    "t_finishedby": "{s} < {t} AND {e} = {f}",
    "t_finishes": "{s} > {t} AND {e} = {f}",
    "t_intersects": "{s} <= {f} AND {e} >= {t}",
    "t_meets": "{e} = {t}",
    "t_metby": "{s} = {f}",
    "t_overlappedby": "{s} > {t} AND {s} < {f} AND {e} > {f}",
    "t_overlaps": "{s} < {t} AND {e} > {t} AND {e} < {f}",
    "t_startedby": "{s} = {t} AND {e} > {f}",
    "t_starts": "{s} = {t} AND {e} < {f}",
}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIMESTAMP = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?",
    re.ASCII | re.IGNORECASE,
)
_DAY_START = "CAST({d} AS TIMESTAMP)"
_DAY_END = f"{_DAY_START} + INTERVAL 1 DAY - INTERVAL 1 MICROSECOND"


def date_literal(text: Any) -> Term:
    """Return a ``DATE('2024-05-01')``."""
    try:
        if not isinstance(text, str) or not _DATE.fullmatch(text):
            raise ValueError
        value = date.fromisoformat(text)
    except ValueError:
        raise BadRequestError(f"filter: {_shown(text)} is not a date such as 2024-05-01.") from None
    return Term("CAST(? AS DATE)", "date", (value,), f"{text!r}", literal=True)


def timestamp_literal(text: Any) -> Term:
    """Return a ``TIMESTAMP('2024-05-01T12:00:00Z')``; without a zone it is UTC."""
    try:
        if not isinstance(text, str) or not _TIMESTAMP.fullmatch(text):
            raise ValueError
        value = datetime.fromisoformat(text.upper())
        if value.tzinfo:
            value = value.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise BadRequestError(
            f"filter: {_shown(text)} is not a date-time such as 2024-05-01T12:00:00Z."
        ) from None
    return Term("CAST(? AS TIMESTAMP)", "datetime", (value,), f"{text!r}", literal=True)


def instant_literal(text: str) -> Term:
    """Return a date or a date-time, whichever the text is."""
    return date_literal(text) if len(text) <= 10 else timestamp_literal(text)


def beside(term: Term, other: Term) -> Term:
    """Return a text literal beside a date as the instant that it spells, other terms unchanged."""
    plain = term.kind == "string" and term.sql == "?"
    if not plain or other.kind not in (*TEMPORAL, "interval"):
        return term
    try:
        return instant_literal(term.parameters[0])
    except BadRequestError as error:
        reason = str(error).removeprefix("filter: ")
        raise BadRequestError(f"filter: {other.label} is a {other.kind}: {reason}") from None


def same_grain(*terms: Term) -> list[Term]:
    """Return instants that can be compared: all as days where one of them is a date."""
    if {term.kind for term in terms} != {"date", "datetime"}:
        return list(terms)
    return [_cast(term, "date", "CAST({d} AS DATE)") for term in terms]


def open_end(sign: str) -> Term:
    """Return the end that ``..`` stands for: ``-`` before all times, empty after them."""
    return Term(f"CAST('{sign}infinity' AS DATE)", "date", label="'..'", literal=True)


def interval(start: Term, end: Term) -> Term:
    """Return the closed interval between two instants.

    A date beside a date-time starts at its midnight and ends with its last microsecond.

    Raises:
        BadRequestError: an end is not an instant, or the literal end lies before the start.
    """
    for term in (start, end):
        require(term, *TEMPORAL, where="INTERVAL")
    if _is_reversed(start, end):
        raise BadRequestError(
            f"filter: INTERVAL({start.label}, {end.label}) ends before it starts."
        )
    if start.kind != end.kind:
        start = _cast(start, "datetime", _DAY_START)
        end = _cast(end, "datetime", _DAY_END)
    return Term("", "interval", label="the interval", ends=(start, end))


def relation(name: str, left: Term, right: Term) -> Term:
    """Return the condition that a relation holds.

    The standard leaves all but five relations to intervals; here an instant serves as one.
    """
    for term in (left, right):
        require(term, *TEMPORAL, "interval", where=name.upper())
    ends = [*(left.ends or (left, left)), *(right.ends or (right, right))]
    s, e, t, f = same_grain(*ends)
    return fill(RELATIONS[name], "boolean", s=s, e=e, t=t, f=f)


def _cast(term: Term, kind: Kind, template: str) -> Term:
    if term.kind == kind:
        return term
    if term.literal and not term.parameters:
        template = _DAY_START if kind == "datetime" else "{d}"
    return fill(template, kind, d=term)


def _is_reversed(start: Term, end: Term) -> bool:
    if not start.parameters or not end.parameters:
        return False
    first, last = start.parameters[0], end.parameters[0]
    return bool(_moment(first, time.min) > _moment(last, time.max))


def _moment(value: date, at: time) -> datetime:
    return value if isinstance(value, datetime) else datetime.combine(value, at)


def _shown(value: Any) -> str:
    return repr(value)[:60]
