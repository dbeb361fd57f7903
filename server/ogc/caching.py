"""Conditional requests: a strong ETag of what an answer depends on, and 304 where it is known."""

from __future__ import annotations

import hashlib

import orjson
from starlette.requests import Request
from starlette.responses import Response

# Answers may be kept, and are asked after before each use: a new layer version shows at once.
REVALIDATE = "public, no-cache"


def etag(*parts: object) -> str:
    """Return a strong ETag of values that JSON can write: layer versions, parameters, addresses."""
    content = orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)
    return f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'


def is_known(request: Request, tag: str) -> bool:
    """Tell whether the client holds the answer that a tag stands for."""
    known = request.headers.get("if-none-match", "")
    return known.strip() == "*" or tag in (
        part.strip().removeprefix("W/") for part in known.split(",")
    )


def not_modified(headers: dict[str, str]) -> Response:
    """Return the answer to a client that holds it."""
    return Response(status_code=304, headers=headers)
