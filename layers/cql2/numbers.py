"""Numbers: literals and arithmetic, in double precision."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable

from layers.cql2.terms import Term, fill, require
from layers.errors import BadRequestError

# How the database computes, and how constants are computed before it sees them.
ARITHMETIC: dict[str, tuple[str, Callable[[float, float], float]]] = {
    "+": ("({a})::DOUBLE + ({b})::DOUBLE", operator.add),
    "-": ("({a})::DOUBLE - ({b})::DOUBLE", operator.sub),
    "*": ("({a})::DOUBLE * ({b})::DOUBLE", operator.mul),
    "/": ("({a})::DOUBLE / ({b})::DOUBLE", operator.truediv),
    "div": ("trunc(({a})::DOUBLE / ({b})::DOUBLE)", lambda a, b: math.trunc(a / b)),
    "%": ("({a})::DOUBLE % ({b})::DOUBLE", math.fmod),
    "^": ("pow(({a})::DOUBLE, ({b})::DOUBLE)", math.pow),
}
# A quotient by zero, a root of -1 or an overflow is unknown. NULLIF and CASE would say so as well,
# but repeat their operand, which nested expressions would multiply beyond all bounds.
FINITE = "list_filter([{operation}], lambda n: isfinite(n))[1]"
# What the largest integer type holds; longer whole numbers are compared as decimals.
LARGEST = 2**127 - 1
UNKNOWN = Term("NULL::DOUBLE", "number")


def number_literal(value: float) -> Term:
    """Return a number as a bound parameter; whole numbers stay exact up to 38 digits.

    Raises:
        BadRequestError: beyond what double precision holds.
    """
    try:
        exact = value if abs(value) <= LARGEST else float(value)
    except OverflowError:
        exact = math.inf
    if not math.isfinite(exact):
        raise BadRequestError("filter: a number is too large.")
    return Term("?", "number", (exact,), f"{exact}", literal=True)


def arithmetic(name: str, left: Term, right: Term) -> Term:
    """Return an operation of ``+ - * / div % ^``; unknown where it has no finite result."""
    for term in (left, right):
        require(term, "number", where=f"{name!r}")
    sql, compute = ARITHMETIC[name]
    if left.literal and right.literal:
        return _constant(compute, left.parameters[0], right.parameters[0])
    return fill(FINITE.format(operation=sql), "number", a=left, b=right)


def _constant(compute: Callable[[float, float], float], left: float, right: float) -> Term:
    try:
        result = float(compute(float(left), float(right)))
    except (ArithmeticError, ValueError):
        return UNKNOWN
    return number_literal(result) if math.isfinite(result) else UNKNOWN
