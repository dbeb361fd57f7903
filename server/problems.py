"""Errors over HTTP: ``application/problem+json`` (RFC 9457), from one table."""

from __future__ import annotations

from http import HTTPStatus

import orjson
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from layers.errors import (
    BadRequestError,
    NotFoundError,
    OverloadError,
    TooLargeError,
    UserError,
)

MEDIA_TYPE = "application/problem+json"
STATUS: dict[type[UserError], int] = {
    NotFoundError: 404, OverloadError: 503, TooLargeError: 413, BadRequestError: 400,
    UserError: 400,
}  # fmt: skip


def problem(status: int, detail: str, kind: str = "about:blank") -> Response:
    """Return a problem document with the status's own title; ``kind`` is the URI of its type."""
    title = HTTPStatus(status).phrase
    body = {"type": kind, "title": title, "status": status, "detail": detail}
    return Response(orjson.dumps(body), status, media_type=MEDIA_TYPE)


def from_error(error: UserError) -> Response:
    """Return the problem that tells a user error."""
    status = next(code for kind, code in STATUS.items() if isinstance(error, kind))
    return problem(status, str(error))


async def handle_user_error(request: Request, error: Exception) -> Response:
    """Answer a request that raised a user error."""
    assert isinstance(error, UserError)
    return from_error(error)


async def handle_invalid_request(request: Request, error: Exception) -> Response:
    """Answer a request whose parameters or body have another form than declared."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return problem(400, f"{where}: {first['msg']}.")


async def handle_http_error(request: Request, error: Exception) -> Response:
    """Answer an address or a method that no route has."""
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return problem(404, f"Nothing at {request.url.path}. Start at / or /ogc.")
    detail = f"{request.method} {request.url.path}: {error.detail.removesuffix('.')}."
    answer = problem(error.status_code, detail)
    answer.headers.update(error.headers or {})
    return answer


async def handle_defect(request: Request, error: Exception) -> Response:
    """Answer a request that met a defect of ours; its trace is in the log."""
    name = request.scope.get("request_id", "unknown")
    return problem(500, f"A defect of the service. Give its operator the request id {name}.")
