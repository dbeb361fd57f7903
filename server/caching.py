"""Validators: an answer's ETag, and whether the client already holds it (RFC 9110, 13.1.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

_SIZE = 12
# What of its headers a 304 repeats: all but those about the body that it does not carry.
_OF_BODY = ("content-length", "content-type", "content-encoding", "content-disposition")


def etag(*parts: object) -> str:
    """Return a strong ETag of whatever decides an answer's bytes: version, query, form, language.

    The program is one of these parts, so that an upgrade is not hidden by what clients hold.
    """
    text = "\0".join([_program(), *map(str, parts)])
    return f'"{blake2b(text.encode(), digest_size=_SIZE).hexdigest()}"'


def weak(tag: str) -> str:
    """Return the ETag of an answer that means the same but may differ by a few bytes."""
    return f"W/{tag}"


def content_etag(body: bytes | memoryview) -> str:
    """Return a strong ETag of bytes at hand."""
    return f'"{blake2b(body, digest_size=_SIZE).hexdigest()}"'


def holds(known: str, tag: str) -> bool:
    """Tell whether an ``If-None-Match`` header names an ETag, compared weakly as it must be."""
    if known.strip() == "*":
        return True
    wanted = tag.removeprefix("W/")
    return any(found.removeprefix("W/") == wanted for found in re.findall(r'(?:W/)?"[^"]*"', known))


def known_to(scope: Scope) -> str | None:
    """Return the ``If-None-Match`` header of a request."""
    for name, value in scope["headers"]:
        if name == b"if-none-match":
            return str(value.decode("latin-1"))
    return None


def unchanged(request: Request, headers: Mapping[str, str]) -> Response | None:
    """Return a 304 where the client holds what an ``ETag`` among these headers names, else None.

    Who names the tag was given it with an answer to this very request, so no parsing is needed to
    know that it is a good one. ``*`` proves nothing: it waits for the answer (``server.front``).
    """
    known = known_to(request.scope)
    if known is None or known.strip() == "*" or "ETag" not in headers:
        return None
    if not holds(known, headers["ETag"]):
        return None
    kept = {name: value for name, value in headers.items() if name.lower() not in _OF_BODY}
    return Response(status_code=304, headers=kept)


@cache
def _program() -> str:
    """Return what changes with the program's own files."""
    root = Path(__file__).parent.parent
    files = (p for package in ("server", "layers") for p in (root / package).rglob("*.py"))
    newest = max(path.stat().st_mtime_ns for path in files)
    return f"{version('coeurville')}.{newest}"
