"""Inputs of a process that are given by reference: the address of a feature of this service.

Only its own features are read, within the service: an address elsewhere would make the server ask
other machines in the name of whoever sent it.
"""

from __future__ import annotations

import re
from typing import Any

import httpx
import orjson
from starlette.requests import Request
from starlette.types import ASGIApp

from layers.errors import BadRequestError

MAX_BYTES = 5_000_000


async def with_values(request: Request, base: str, body: bytes) -> bytes:
    """Return the body of an execution with the values that its inputs refer to.

    Args:
        request: whose application is asked for them.
        base: address of the door.
        body: as it was sent; what is no JSON object is given back as it is.

    Raises:
        BadRequestError: which input refers to what is no feature of this service.
    """
    if b'"href"' not in body:
        return body
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body
    inputs = asked.get("inputs") if isinstance(asked, dict) else None
    if not isinstance(inputs, dict):
        return body
    found = {name: await _each(request.app, base, name, given) for name, given in inputs.items()}
    return orjson.dumps(asked | {"inputs": found})


async def _each(app: ASGIApp, base: str, name: str, given: Any) -> Any:
    if isinstance(given, list):
        return [await _each(app, base, name, one) for one in given]
    if isinstance(given, dict) and "href" in given:
        return await _value(app, base, name, given["href"])
    return given


async def _value(app: ASGIApp, base: str, name: str, href: Any) -> Any:
    feature = rf"{re.escape(base)}/collections/[^/?#]+/items/[^?#]+"
    if not isinstance(href, str) or not re.fullmatch(rf"({feature})(\?.*)?", href):
        raise BadRequestError(
            f"Input {name!r} must be given by value, or by the address of a feature of this "
            f"service such as {base}/collections/communes/items/24322: {href!r} is none."
        )
    accepted = {"Accept": "application/geo+json"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        answer = await client.get(href, headers=accepted)
    if answer.status_code != 200 or "json" not in answer.headers["content-type"]:
        raise BadRequestError(f"Input {name!r}: {href} answers {answer.status_code}, no feature.")
    if len(answer.content) > MAX_BYTES:
        raise BadRequestError(f"Input {name!r}: {href} is larger than {MAX_BYTES} bytes.")
    return orjson.loads(answer.content)
