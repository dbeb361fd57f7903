"""Errors over HTTP: ``application/problem+json`` (RFC 9457), from one table."""

from __future__ import annotations

from http import HTTPStatus

import orjson
from starlette.requests import Request
from starlette.responses import Response

from layers.errors import BadRequestError, NotFoundError, UserError

MEDIA_TYPE = "application/problem+json"
STATUS: dict[type[UserError], int] = {NotFoundError: 404, BadRequestError: 400, UserError: 400}


def problem(status: int, detail: str) -> Response:
    """Return a problem document with the status's own title."""
    title = HTTPStatus(status).phrase
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return Response(orjson.dumps(body), status, media_type=MEDIA_TYPE)


def from_error(error: UserError) -> Response:
    """Return the problem that tells a user error."""
    status = next(code for kind, code in STATUS.items() if isinstance(error, kind))
    return problem(status, str(error))


async def handle_user_error(request: Request, error: Exception) -> Response:
    """Answer a request that raised a user error."""
    assert isinstance(error, UserError)
    return from_error(error)
