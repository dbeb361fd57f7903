"""Errors that a user can act on: what is wrong, where, and what to do.

Every door translates these once: the command line to one line and exit code 1, HTTP to
``application/problem+json``. Anything else that escapes is a defect of ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class UserError(Exception):
    """Something the user gave cannot be used; the text says what, where and what to do."""


class BadRequestError(UserError):
    """A query cannot be honoured as asked (HTTP 400)."""


class TooLargeError(UserError):
    """An answer would be larger than is given at once; the text says how to ask for less (413)."""


class OverloadError(UserError):
    """A query takes more than the installation allows; the text says how to ask for less (503)."""


class NotFoundError(UserError):
    """A name designates nothing (HTTP 404)."""


class RecordError(UserError):
    """A record of ``config`` is invalid; the text starts with ``file:line``."""


class ReadError(UserError):
    """A source file cannot be read."""


class PublishError(UserError):
    """A layer version cannot be published; the former one still serves."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name closest to a mistyped one, or None."""
    candidates = {candidate.casefold(): candidate for candidate in known}
    found = get_close_matches(name.casefold(), list(candidates), n=1, cutoff=0.6)
    return candidates[found[0]] if found else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?``, or an empty string when nothing is close."""
    found = nearest(name, known)
    return f" Did you mean {found!r}?" if found else ""
