"""Pages of other origins may read open data: what a GIS client in a browser needs (CORS)."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHODS = ("GET", "HEAD", "POST", "OPTIONS")
ASKED = ("Accept", "Accept-Language", "Content-Type", "If-None-Match", "If-Range", "Range",
         "X-Request-Id")  # fmt: skip
SHOWN = ("Content-Bbox", "Content-Crs", "Content-Disposition", "Content-Range", "Accept-Ranges",
         "ETag", "Link", "Location", "X-Request-Id")  # fmt: skip
PREFLIGHT_SECONDS = 3600


class CrossOrigin:
    """Say to every request which origins may read the answer.

    Also to a request without an origin: a cache may keep its answer for one that has some.
    No credentials are ever allowed, so that ``*`` gives away nothing that is not public.
    """

    def __init__(self, app: ASGIApp, origins: tuple[str, ...]) -> None:
        self._inner = app
        self._any = "*" in origins
        self._headers = [
            (b"access-control-allow-origin", b"*"),
            (b"access-control-expose-headers", ", ".join(SHOWN).encode()),
        ]
        self._cors = CORSMiddleware(
            self._varying, origins, METHODS, ASKED, expose_headers=SHOWN, max_age=PREFLIGHT_SECONDS
        )
        self._allowed = bool(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a preflight, or let the request through and mark its answer."""
        if scope["type"] != "http" or not self._allowed:
            await self._inner(scope, receive, send)
        elif self._any and scope["method"] != "OPTIONS":
            await self._inner(scope, receive, self._opened(send))
        else:
            await self._cors(scope, receive, send)

    def _opened(self, send: Send) -> Send:
        async def opened(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._headers]
            await send(message)

        return opened

    async def _varying(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request whose origin decides the headers."""

        async def varying(message: Message) -> None:
            if message["type"] == "http.response.start" and not self._any:
                headers = MutableHeaders(raw=list(message["headers"]))
                headers.add_vary_header("Origin")
                message["headers"] = headers.raw
            await send(message)

        await self._inner(scope, receive, varying)
