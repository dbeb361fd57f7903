"""The text encoding of CQL2 (OGC 21-065r2, annex B), read into the tree of its JSON encoding.

An LALR parser takes time in proportion to the text and no machine stack however deep it nests, so
that no text of a request can hold or end the process.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import shapely
from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedToken, v_args

from layers.errors import BadRequestError

# Between the precedences of annex B, types are left to the compiler, which can name the property.
GRAMMAR = r"""
?start: either
?either: both | both (_OR both)+ -> any_of
?both: denial | denial (_AND denial)+ -> all_of
?denial: predicate | NOT denial -> denied
?predicate: sum
    | sum COMPARISON sum -> operation
    | sum [NOT] _LIKE sum -> like
    | sum [NOT] _BETWEEN sum _AND sum -> between
    | sum [NOT] _IN "(" items ")" -> is_in
    | sum _IS [NOT] _NULL -> is_null
?sum: product | sum SIGN product -> operation
?product: power | product FACTOR power -> operation
?power: signed | power POWER signed -> operation
?signed: atom | SIGN signed -> signed
?atom: "(" either ")"
    | "(" ")" -> array
    | "(" either ("," either)+ ")" -> array
    | NUMBER -> number
    | STRING -> string
    | TRUE -> true
    | FALSE -> false
    | _NULL -> null
    | NAME -> property
    | QUOTED -> quoted
    | NAME "(" [items] ")" -> call
    | wkt -> geometry
items: either ("," either)*
wkt: WKT_TYPE [WKT_Z] wkt_body
wkt_body: "(" WKT_POSITIONS ")" | "(" _wkt_part ("," _wkt_part)* ")"
_wkt_part: wkt | wkt_body

_AND.2: /and(?![\w:.])/i
_OR.2: /or(?![\w:.])/i
NOT.2: /not(?![\w:.])/i
_LIKE.2: /like(?![\w:.])/i
_BETWEEN.2: /between(?![\w:.])/i
_IN.2: /in(?![\w:.])/i
_IS.2: /is(?![\w:.])/i
_NULL.2: /null(?![\w:.])/i
TRUE.2: /true(?![\w:.])/i
FALSE.2: /false(?![\w:.])/i
FACTOR.2: /[*\/%]|div(?![\w:.])/i
COMPARISON: /<>|<=|>=|!=|[<>=]/
SIGN: /[+-]/
POWER: "^"
NUMBER: /(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?/i
STRING: /'(?:[^'\\]|''|\\.)*'/s
NAME: /(?:[^\W\d]|:)[\w:.\u0300-\u036f]*/
QUOTED: /"(?:[^"]|"")+"/
WKT_TYPE.2: /(?:multi)?(?:point|linestring|polygon)(?=(?:\s*z)?\s*\()|geometrycollection(?=(?:\s*z)?\s*\()/i
WKT_POSITIONS: /[-+.0-9][-+.0-9e,\s]*/i
WKT_Z: /z(?=\s*\()/i
%ignore /\s+/
"""  # noqa: E501

ESCAPES = {"a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "'": "'"}
# Longer whole numbers are beyond the 128 bits of the largest integer type, so read as decimals.
MAX_DIGITS = 38


def parse_text(text: str) -> Any:
    """Return a filter in CQL2 text as CQL2 JSON.

    Raises:
        BadRequestError: not CQL2; the text says where.
    """
    try:
        return _parser().parse(text)
    except UnexpectedToken as error:
        at = len(text) if error.token.type == "$END" else error.token.start_pos
        raise _misplaced(text, at or 0) from None
    except UnexpectedCharacters as error:
        raise _misplaced(text, error.pos_in_stream or 0) from None


def _misplaced(text: str, at: int) -> BadRequestError:
    found = f"{text[at : at + 20]!r} at character {at + 1} has no place" if text[at:] else ""
    return BadRequestError(f"filter is not CQL2 text: {found or 'it ends too early'}.")


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", transformer=_Tree(), maybe_placeholders=True)


@v_args(inline=True)
class _Tree(Transformer[Token, Any]):
    """Builds nodes bottom-up, as the parser recognises them."""

    def any_of(self, *args: Any) -> Any:
        return _operation("or", *args)

    def all_of(self, *args: Any) -> Any:
        return _operation("and", *args)

    def denied(self, _not: Token, condition: Any) -> Any:
        return _operation("not", condition)

    def operation(self, left: Any, operator: Token, right: Any) -> Any:
        name = operator.lower()
        return _operation("<>" if name == "!=" else name, left, right)

    def like(self, value: Any, negation: Token | None, pattern: Any) -> Any:
        return _negated(negation, _operation("like", value, pattern))

    def between(self, value: Any, negation: Token | None, low: Any, high: Any) -> Any:
        return _negated(negation, _operation("between", value, low, high))

    def is_in(self, value: Any, negation: Token | None, items: list[Any]) -> Any:
        return _negated(negation, _operation("in", value, items))

    def is_null(self, value: Any, negation: Token | None) -> Any:
        return _negated(negation, _operation("isNull", value))

    def signed(self, sign: Token, value: Any) -> Any:
        if sign == "+":
            return value
        return -value if _is_number(value) else _operation("*", -1, value)

    def number(self, token: Token) -> int | float:
        whole = token.isdecimal() and len(token) <= MAX_DIGITS
        return int(token) if whole else float(token)

    def string(self, token: Token) -> str:
        return re.sub(r"''|\\(.)", _unescaped, token[1:-1], flags=re.DOTALL)

    def true(self, _token: Token) -> bool:
        return True

    def false(self, _token: Token) -> bool:
        return False

    def null(self) -> None:
        return None

    def property(self, name: Token) -> Any:
        return {"property": str(name)}

    def quoted(self, token: Token) -> Any:
        return {"property": token[1:-1].replace('""', '"')}

    def items(self, *values: Any) -> list[Any]:
        return list(values)

    array = items

    def call(self, name: Token, arguments: list[Any] | None) -> Any:
        return _CONSTRUCTORS.get(name.lower(), _function)(str(name), arguments or [])

    def wkt(self, kind: Token, z: Token | None, body: str) -> str:
        return f"{kind} {z or ''}{body}"

    def wkt_body(self, *parts: str) -> str:
        return f"({','.join(parts)})"

    def geometry(self, wkt: str) -> Any:
        try:
            return json.loads(shapely.to_geojson(shapely.from_wkt(wkt)))
        except shapely.GEOSException as error:
            reason = str(error).splitlines()[0]
            raise BadRequestError(f"filter: {wkt[:60]!r} is not a geometry: {reason}.") from None


def _function(name: str, arguments: list[Any]) -> Any:
    return _operation(name, *arguments)


def _instant(name: str, arguments: list[Any]) -> Any:
    if len(arguments) != 1:
        raise BadRequestError(f"filter: {name.upper()} needs one text, not {len(arguments)}.")
    return {name.lower(): arguments[0]}


def _listed(name: str, arguments: list[Any]) -> Any:
    return {name.lower(): arguments}


_CONSTRUCTORS = {"date": _instant, "timestamp": _instant, "interval": _listed, "bbox": _listed}


def _operation(name: str, *args: Any) -> Any:
    return {"op": name, "args": list(args)}


def _negated(negation: Token | None, condition: Any) -> Any:
    return _operation("not", condition) if negation is not None else condition


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _unescaped(found: re.Match[str]) -> str:
    r"""Return what an escape stands for; ``\%``, ``\_`` and the like are left to LIKE."""
    return ESCAPES.get(found[1], found[0]) if found[1] else "'"
