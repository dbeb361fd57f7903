"""Texts: literals, comparison without case or accents, and patterns."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from functools import cache

from layers.cql2.terms import Term, fill, require
from layers.errors import BadRequestError

FOLDS = ("casei", "accenti")
# No script has cases beyond this code point.
LAST_CASED = 0x20000


def text_literal(value: str) -> Term:
    """Return a text as a bound parameter.

    Raises:
        BadRequestError: half of a surrogate pair, which is no text, or the character NUL, at which
            functions of the database would stop reading.
    """
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise BadRequestError(f"filter: {value[:40]!r} has a character that no text may hold.")
    return Term("?", "string", (value,), f"{value[:40]!r}", literal=True)


def fold(name: str, term: Term) -> Term:
    """Return ``CASEI`` (full Unicode case folding) or ``ACCENTI`` of a text."""
    require(term, "string", where=name.upper())
    if name == "casei" and term.sql == "?":
        return replace(term, parameters=(term.parameters[0].casefold(),))
    template = _casefold_template() if name == "casei" else "strip_accents({a})"
    return replace(fill(template, "string", a=term), label=term.label, literal=term.literal)


def like(value: Term, pattern: Term) -> Term:
    r"""Return ``LIKE`` with the wildcards ``%`` and ``_`` and the escape ``\``.

    Raises:
        BadRequestError: an operand is not a text, or the pattern is not a literal or ends within
            an escape.
    """
    for term in (value, pattern):
        require(term, "string", where="LIKE")
    if not pattern.literal:
        raise BadRequestError(f"filter: LIKE needs a literal pattern, not {pattern.label}.")
    if _ends_in_escape(pattern.parameters[0]):
        raise BadRequestError(f"filter: the pattern {pattern.label} ends with an escape character.")
    return fill("({a}) LIKE ({b}) ESCAPE '\\'", "boolean", a=value, b=pattern)


def _ends_in_escape(pattern: str) -> bool:
    """Tell whether an odd number of backslashes ends a pattern, once its accents are stripped."""
    letters = unicodedata.normalize("NFD", pattern)
    bare = "".join(c for c in letters if not unicodedata.category(c).startswith("M"))
    tail = re.search(r"\\*$", bare)
    return tail is not None and len(tail[0]) % 2 == 1


@cache
def _casefold_template() -> str:
    """Return SQL that folds as ``str.casefold`` does, which ``lower`` does for nearly all letters.

    The others (ß, the final sigma, ligatures …) are replaced one after the other, so only in the
    texts that hold one. The lambda names the text without repeating its expression.
    """
    alphabet = [chr(c) for c in range(0x80, LAST_CASED) if not 0xD800 <= c < 0xE000]
    letters = {c: c.casefold() for c in alphabet if c.lower() == c != c.casefold()}
    one = {c: folded for c, folded in letters.items() if len(folded) == 1}
    full = f"translate(lower(replace(t, 'İ', 'i̇')), '{''.join(one)}', '{''.join(one.values())}')"
    for letter in sorted(letters.keys() - one.keys()):
        full = f"replace({full}, '{letter}', '{letters[letter]}')"
    special = "İ" + "".join(c for c in alphabet if c.lower() != c.casefold())
    plain = f"strlen(t) = length(t) OR NOT regexp_matches(t, '[{special}]')"
    return f"list_transform([{{a}}], lambda t: CASE WHEN {plain} THEN lower(t) ELSE {full} END)[1]"
