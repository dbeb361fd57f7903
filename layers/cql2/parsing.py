"""From the text of a filter to the tree of CQL2 JSON, within limits."""

from __future__ import annotations

import json
from typing import Any

from layers.cql2.grammar import parse_text
from layers.errors import BadRequestError

# A commune's outline at full precision has some 1 500 corners, about 60 000 characters.
MAX_TEXT = 100_000
# Evaluation recurses, in Python and in the database: depth is bounded here for both.
MAX_DEPTH = 64


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
    tree = _parse_json(text) if lang == "cql2-json" else parse_text(text)
    if _depth(tree) > 2 * MAX_DEPTH:
        raise _too_deep()
    return tree


def _parse_json(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except ValueError as error:
        raise BadRequestError(f"filter is not JSON: {error}.") from None
    except RecursionError:
        raise _too_deep() from None


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def _too_deep() -> BadRequestError:
    return BadRequestError(f"filter is nested deeper than {MAX_DEPTH} levels.")


def _depth(tree: Any) -> int:
    """Return how deep lists and objects nest; level by level, since recursion is what it guards."""
    depth, level = 0, [tree] if isinstance(tree, dict | list) else []
    while level:
        depth += 1
        nested = (n.values() if isinstance(n, dict) else n for n in level)
        level = [child for c in nested for child in c if isinstance(child, dict | list)]
    return depth
