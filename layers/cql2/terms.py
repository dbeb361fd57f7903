"""Terms: pieces of SQL with their parameters, their type, and where their matches must lie."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from layers.errors import BadRequestError

Box = tuple[float, float, float, float]
Kind = Literal["string", "number", "boolean", "date", "datetime", "geometry", "interval"]
KINDS: dict[str, Kind] = {"integer": "number"}
TEMPORAL: tuple[Kind, ...] = ("date", "datetime")


@dataclass(frozen=True)
class Queryable:
    """A name that a filter may use.

    Attributes:
        name: as users write it.
        type: string, integer, number, boolean, date, datetime (naive UTC) or geometry (CRS84).
        sql: the column's expression.
    """

    name: str
    type: str
    sql: str


@dataclass(frozen=True)
class Term:
    """A compiled expression.

    Attributes:
        sql: its text, with one ``?`` for each of ``parameters`` in order.
        kind: its type.
        label: how an error message names it.
        box: for a condition, a box of CRS84 that every match meets, where one is known; for a
            geometry literal, its bounds.
        ends: start and end, for an interval.
    """

    sql: str
    kind: Kind
    parameters: tuple[Any, ...] = ()
    label: str = "the expression"
    box: Box | None = None
    ends: tuple[Term, Term] | None = None
    literal: bool = False


def fill(template: str, kind: Kind, box: Box | None = None, **terms: Term) -> Term:
    """Return a template with its ``{names}`` replaced by terms, parameters in textual order."""
    names = re.findall(r"{(\w+)}", template)
    parameters = tuple(value for name in names for value in terms[name].parameters)
    sql = template.format(**{name: term.sql for name, term in terms.items()})
    return Term(sql, kind, parameters, box=box)


def joined(separator: str, kind: Kind, terms: list[Term], box: Box | None = None) -> Term:
    """Return terms in parentheses, joined by an operator."""
    sql = separator.join(f"({term.sql})" for term in terms)
    return Term(sql, kind, tuple(v for term in terms for v in term.parameters), box=box)


def require(term: Term, *kinds: Kind, where: str) -> Term:
    """Return a term of one of some types.

    Raises:
        BadRequestError: it is of another, with what was expected.
    """
    if term.kind not in kinds:
        expected = " or ".join(kinds)
        raise BadRequestError(f"filter: {where} needs {expected}; {term.label} is {term.kind}.")
    return term
