"""The largest body that a request may bring; a larger one is refused before it is read."""

from __future__ import annotations

from fastapi import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server import problems

BRINGING = ("POST", "PUT", "PATCH")


class Bodies:
    """Refuse a body that is larger than declared acceptable, or that grows so."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app, self._most = app, most
        self._detail = f"The body is larger than the {most:,} bytes that this service takes."

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a small body through."""
        if scope.get("method") not in BRINGING:
            await self._app(scope, receive, send)
        elif _declared(scope) > self._most:
            await problems.problem(413, self._detail)(scope, receive, send)
        else:
            await self._app(scope, self._counted(receive), send)

    def _counted(self, receive: Receive) -> Receive:
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._most:
                # FastAPI lets only its own exception pass while it reads a body.
                raise HTTPException(413, self._detail)
            return message

        return counted


def _declared(scope: Scope) -> int:
    """Return the declared length; the server has refused one that is no number."""
    return next((int(value) for name, value in scope["headers"] if name == b"content-length"), 0)
