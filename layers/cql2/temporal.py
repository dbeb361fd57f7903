"""Instants and intervals: literals, and the fifteen relations between them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

from layers.cql2.terms import TEMPORAL, Term, fill, require
from layers.errors import BadRequestError

# Allen's relations between (s, e) and (t, f); an instant is an interval that ends as it starts.
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


def date_literal(text: Any) -> Term:
    """Return a ``DATE('2024-05-01')``."""
    if isinstance(text, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        try:
            value = date.fromisoformat(text)
            return Term("CAST(? AS DATE)", "date", (value,), f"{text!r}", literal=True)
        except ValueError:
            pass
    raise BadRequestError(f"filter: {text!r} is not a date such as 2024-05-01.")


def timestamp_literal(text: Any) -> Term:
    """Return a ``TIMESTAMP('2024-05-01T12:00:00Z')``; without a zone it is UTC."""
    try:
        value = datetime.fromisoformat(text)
    except (ValueError, TypeError):
        raise BadRequestError(
            f"filter: {text!r} is not a date-time such as 2024-05-01T12:00:00Z."
        ) from None
    if value.tzinfo:
        value = value.astimezone(UTC).replace(tzinfo=None)
    return Term("CAST(? AS TIMESTAMP)", "datetime", (value,), f"{text!r}", literal=True)


def instant_literal(text: str) -> Term:
    """Return a date or a date-time, whichever the text is."""
    return date_literal(text) if len(text) == 10 else timestamp_literal(text)


def interval(start: Term, end: Term) -> Term:
    """Return the interval between two instants."""
    for term in (start, end):
        require(term, *TEMPORAL, where="INTERVAL")
    kind: Any = "interval"
    return Term("", kind, label="the interval", ends=(start, end))


def open_end(sign: str) -> Term:
    """Return the end that ``..`` stands for: ``-`` before all times, empty after them."""
    return Term(f"CAST('{sign}infinity' AS DATE)", "date", label="'..'", literal=True)


def relation(name: str, left: Term, right: Term) -> Term:
    """Return the condition that a relation holds.

    Between dates alone a date is an instant; beside a date-time it lasts from midnight to midnight.
    """
    for term in (left, right):
        require(term, *TEMPORAL, "interval", where=name.upper())
    ends = [*(left.ends or (left, left)), *(right.ends or (right, right))]
    exact = any(term.kind == "datetime" for term in ends)
    s, e, t, f = (_moment(term, exact and at % 2 == 1) for at, term in enumerate(ends))
    return fill(RELATIONS[name], "boolean", s=s, e=e, t=t, f=f)


def _moment(term: Term, last: bool) -> Term:
    if term.kind == "date" and last:
        midnight = "CAST({d} AS TIMESTAMP)"
        evening = f"{midnight} + INTERVAL 1 DAY - INTERVAL 1 MICROSECOND"
        template = f"(CASE WHEN isfinite({{d}}) THEN {evening} ELSE {midnight} END)"
        return fill(template, "datetime", d=term)
    return fill("CAST({d} AS TIMESTAMP)", "datetime", d=term)
