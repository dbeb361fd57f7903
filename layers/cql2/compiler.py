"""From the tree of a filter to one SQL condition."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from layers.cql2 import numbers, spatial, temporal, texts
from layers.cql2.parsing import parse
from layers.cql2.terms import KINDS, TEMPORAL, Box, Queryable, Term, fill, joined, require
from layers.errors import BadRequestError, did_you_mean

COMPARISONS = ("=", "<>", "<", ">", "<=", ">=")
# Some half a second for the database to plan.
MAX_SQL = 200_000


@dataclass(frozen=True)
class Compiled:
    """A SQL condition with its bound parameters, and a box of CRS84 that every match meets."""

    sql: str
    parameters: tuple[Any, ...]
    bbox: Box | None


def compile_filter(
    text: str, lang: str, queryables: Mapping[str, Queryable], to_storage: Callable[[Any], Any]
) -> Compiled:
    """Return a filter as SQL.

    Args:
        text: the filter.
        lang: ``cql2-text`` or ``cql2-json``.
        queryables: what it may name.
        to_storage: brings a shapely geometry from the filter's CRS to CRS84.

    Raises:
        BadRequestError: not CQL2, an unknown name (with the nearest valid one), operands of
            types that do not go together, or a function that is not offered.
    """
    term = _Compiler(queryables, to_storage).term(parse(text, lang))
    require(term, "boolean", where="a filter")
    if len(term.sql) > MAX_SQL:
        raise BadRequestError("filter is too long to evaluate: use fewer conditions.")
    return Compiled(term.sql, term.parameters, term.box)


class _Compiler:
    def __init__(self, queryables: Mapping[str, Queryable], to_storage: spatial.Move) -> None:
        self._queryables = queryables
        self._to_storage = to_storage
        self._operators: dict[str, Callable[[str, list[Any]], Term]] = {
            "and": self._logical, "or": self._logical, "not": self._not,
            "like": self._like, "between": self._between, "in": self._in, "isnull": self._is_null,
        }  # fmt: skip
        groups = (
            (COMPARISONS, self._comparison), (numbers.ARITHMETIC, self._arithmetic),
            (texts.FOLDS, self._fold), (spatial.RELATIONS, self._spatial),
            (temporal.RELATIONS, self._temporal),
        )  # fmt: skip
        self._operators |= {name: method for names, method in groups for name in names}

    def term(self, node: Any) -> Term:
        if isinstance(node, dict):
            return self._object(node)
        if isinstance(node, bool):
            return Term("?", "boolean", (node,), str(node).lower(), literal=True)
        if isinstance(node, int | float):
            return numbers.number_literal(node)
        if isinstance(node, str):
            return texts.text_literal(node)
        if node is None:
            raise BadRequestError("filter: NULL compares with nothing; use IS NULL.")
        raise BadRequestError("filter: arrays are not supported here.")

    def _object(self, node: dict[str, Any]) -> Term:
        if "op" in node:
            return self._operation(node)
        if "property" in node:
            return self._property(node["property"])
        if "date" in node:
            return temporal.date_literal(node["date"])
        if "timestamp" in node:
            return temporal.timestamp_literal(node["timestamp"])
        if "interval" in node:
            return self._interval(node["interval"])
        if "bbox" in node:
            return spatial.box_literal(node["bbox"], self._to_storage)
        if node.get("type") in spatial.GEOMETRIES:
            return spatial.geometry_literal(node, self._to_storage)
        raise BadRequestError(f"filter: {sorted(node)} is no expression of CQL2.")

    def _operation(self, node: dict[str, Any]) -> Term:
        name, arguments = node["op"], node.get("args")
        if not isinstance(name, str) or not isinstance(arguments, list):
            raise BadRequestError("filter: an operation needs 'op', a text, and 'args', a list.")
        compile_operator = self._operators.get(name.lower())
        if compile_operator is None:
            raise _not_offered(name)
        return compile_operator(name.lower(), arguments)

    def _property(self, name: Any) -> Term:
        queryable = self._queryables.get(name) if isinstance(name, str) else None
        if queryable is None:
            hint = did_you_mean(str(name), self._queryables)
            raise BadRequestError(f"filter: no property {name!r}.{hint}")
        kind: Any = KINDS.get(queryable.type, queryable.type)
        return Term(queryable.sql, kind, label=f"property {queryable.name!r}")

    def _interval(self, ends: Any) -> Term:
        if not isinstance(ends, list) or len(ends) != 2:
            raise BadRequestError("filter: INTERVAL needs a start and an end.")
        start, end = (self._end(value, sign) for value, sign in zip(ends, ("-", ""), strict=True))
        return temporal.interval(start, end)

    def _end(self, value: Any, sign: str) -> Term:
        if value in ("..", "") and isinstance(value, str):
            return temporal.open_end(sign)
        return temporal.instant_literal(value) if isinstance(value, str) else self.term(value)

    def _pair(self, name: str, arguments: list[Any]) -> tuple[Term, Term]:
        _count(name, arguments, 2)
        left, right = (self.term(argument) for argument in arguments)
        return temporal.beside(left, right), temporal.beside(right, left)

    def _logical(self, name: str, arguments: list[Any]) -> Term:
        if len(arguments) < 2:
            raise BadRequestError(f"filter: {name} needs at least 2 arguments.")
        terms = [require(self.term(a), "boolean", where=name.upper()) for a in arguments]
        boxes = [term.box for term in terms]
        box = spatial.meet(boxes) if name == "and" else spatial.unite(boxes)
        return joined(f" {name.upper()} ", "boolean", terms, box)

    def _not(self, name: str, arguments: list[Any]) -> Term:
        _count(name, arguments, 1)
        term = require(self.term(arguments[0]), "boolean", where="NOT")
        return fill("NOT ({a})", "boolean", a=term)

    def _comparison(self, name: str, arguments: list[Any]) -> Term:
        return _compared(name, *self._pair(name, arguments))

    def _arithmetic(self, name: str, arguments: list[Any]) -> Term:
        return numbers.arithmetic(name, *self._pair(name, arguments))

    def _fold(self, name: str, arguments: list[Any]) -> Term:
        _count(name, arguments, 1)
        return texts.fold(name, self.term(arguments[0]))

    def _like(self, name: str, arguments: list[Any]) -> Term:
        return texts.like(*self._pair(name, arguments))

    def _between(self, name: str, arguments: list[Any]) -> Term:
        _count(name, arguments, 3)
        value, *bounds = (self.term(argument) for argument in arguments)
        low, high = (temporal.beside(bound, value) for bound in bounds)
        value = require(temporal.beside(value, low), "number", "string", *TEMPORAL, where="BETWEEN")
        for bound in (low, high):
            _comparable("between", value, bound)
        if value.kind == low.kind == high.kind:
            return fill("({a}) BETWEEN ({b}) AND ({c})", "boolean", a=value, b=low, c=high)
        pair = [_compared(">=", value, low), _compared("<=", value, high)]
        return joined(" AND ", "boolean", pair)

    def _in(self, name: str, arguments: list[Any]) -> Term:
        _count(name, arguments, 2)
        if not isinstance(arguments[1], list) or not arguments[1]:
            raise BadRequestError("filter: IN needs a list of values.")
        value = self.term(arguments[0])
        members = [temporal.beside(self.term(item), value) for item in arguments[1]]
        for member in members:
            _comparable("in", value, member)
        if any(member.kind != value.kind for member in members):
            return joined(" OR ", "boolean", [_compared("=", value, m) for m in members])
        return fill("({a}) IN ({b})", "boolean", a=value, b=joined(", ", value.kind, members))

    def _is_null(self, name: str, arguments: list[Any]) -> Term:
        _count("IS NULL", arguments, 1)
        term = self.term(arguments[0])
        if term.kind == "interval":
            raise BadRequestError("filter: an interval is never NULL; test its ends.")
        return fill("({a}) IS NULL", "boolean", a=term)

    def _spatial(self, name: str, arguments: list[Any]) -> Term:
        return spatial.relation(name, *self._pair(name, arguments))

    def _temporal(self, name: str, arguments: list[Any]) -> Term:
        return temporal.relation(name, *self._pair(name, arguments))


def _not_offered(name: str) -> BadRequestError:
    known = sorted((*texts.FOLDS, *spatial.RELATIONS, *temporal.RELATIONS))
    hint = did_you_mean(name.lower(), known) if not name.lower().startswith("a_") else ""
    offered = ", ".join(known).upper()
    return BadRequestError(f"filter: {name!r} is not offered.{hint} Functions: {offered}.")


def _count(name: str, arguments: list[Any], wanted: int) -> None:
    if len(arguments) != wanted:
        raise BadRequestError(f"filter: {name} needs {wanted} arguments, not {len(arguments)}.")


def _compared(name: str, left: Term, right: Term) -> Term:
    _comparable(name, left, right)
    left, right = temporal.same_grain(left, right)
    return fill(f"({{a}}) {name} ({{b}})", "boolean", a=left, b=right)


def _comparable(name: str, left: Term, right: Term) -> None:
    temporal_pair = left.kind in TEMPORAL and right.kind in TEMPORAL
    plain = left.kind == right.kind and left.kind in ("string", "number", "boolean")
    if not (temporal_pair or plain):
        raise BadRequestError(
            f"filter: {name} cannot compare {left.label} ({left.kind}) "
            f"with {right.label} ({right.kind})."
        )
