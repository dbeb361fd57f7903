"""From the text of a filter to the tree of CQL2 JSON."""

from __future__ import annotations

import json
import re
from typing import Any

import cql2

from layers.errors import BadRequestError

# The parser recurses on the machine's stack, which nothing can catch: depth is checked before.
MAX_TEXT = 20_000
MAX_DEPTH = 100
TOO_DEEP = f"filter is nested deeper than {MAX_DEPTH} levels."
_QUOTED = re.compile(r"'(?:[^'\\]|''|\\.)*'|\"[^\"]*\"")
_PREFIXES = re.compile(rf"(?:(?:\bnot\b|-|\()\s*){{{MAX_DEPTH},}}", re.IGNORECASE)


def parse(text: str, lang: str) -> Any:
    """Return a filter as CQL2 JSON.

    Args:
        text: the filter.
        lang: ``cql2-text`` (also ``cql-text``, as GDAL calls it) or ``cql2-json``.

    Raises:
        BadRequestError: not CQL2, too long or too deep.
    """
    if len(text) > MAX_TEXT:
        raise BadRequestError(f"filter has {len(text)} characters; at most {MAX_TEXT} are read.")
    tree = _parse_json(text) if lang == "cql2-json" else _parse_text(text)
    if _tree_depth(tree) > 2 * MAX_DEPTH:
        raise BadRequestError(TOO_DEEP)
    return tree


def _parse_text(text: str) -> Any:
    if _depth(_QUOTED.sub("''", text), "(", ")") > MAX_DEPTH or _PREFIXES.search(text):
        raise BadRequestError(TOO_DEEP)
    try:
        return cql2.parse_text(text).to_json()
    except (cql2.ParseError, cql2.ValidationError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:300]
        raise BadRequestError(f"filter is not CQL2 text: {reason}") from None


def _parse_json(text: str) -> Any:
    if max(_depth(text, "[", "]"), _depth(text, "{", "}")) > MAX_DEPTH:
        raise BadRequestError(TOO_DEEP)
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise BadRequestError(f"filter is not JSON: {error}.") from None


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def _depth(text: str, opening: str, closing: str) -> int:
    depth = deepest = 0
    for character in text:
        depth += (character == opening) - (character == closing)
        deepest = max(deepest, depth)
    return deepest


def _tree_depth(tree: Any) -> int:
    """Return how deep lists and objects nest; level by level, since recursion is what it guards."""
    depth, level = 0, [tree] if isinstance(tree, dict | list) else []
    while level:
        depth += 1
        nested = (n.values() if isinstance(n, dict) else n for n in level)
        level = [child for c in nested for child in c if isinstance(child, dict | list)]
    return depth
