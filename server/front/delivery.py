"""The last steps of an answer: validator, 304, compression, and what caches may do with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from anyio.to_thread import run_sync
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.caching import content_etag, holds
from server.front import encodings
from server.front.encodings import INLINE, LEAST

Headers = dict[bytes, bytes]
# A body is another representation in each encoding, so its strong ETag is another too.
_SUFFIX = re.compile(rb'-(?:gzip|zstd)"')
GOOD = (200, 206, 304)
_OF_BODY = (b"content-length", b"content-type", b"content-disposition")


class Delivery:
    """Give each answer a validator and the encoding that its client wants.

    A body in one piece without an ETag gets one of its bytes. A body in pieces stays in pieces.
    """

    def __init__(self, app: ASGIApp, cache_seconds: int) -> None:
        self._app = app
        fresh = f"public, max-age={cache_seconds}" if cache_seconds > 0 else "no-cache"
        self._policy = fresh.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with validator and encoding."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(scope, send, self._policy)
        await self._app(scope, receive, answer)


class _Answer:
    """One answer on its way: its head waits for the first piece of its body."""

    def __init__(self, scope: Scope, send: Send, policy: bytes) -> None:
        self._send, self._policy = send, policy
        self._reads = scope["method"] in ("GET", "HEAD")
        self._head = scope["method"] == "HEAD"
        self._encoding: str | None = None
        self._known: bytes | None = None
        self._coder: encodings.Coder | None = None
        self._start: Message | None = None
        self._held = False
        ranged = False
        for name, value in scope["headers"]:
            if name == b"accept-encoding":
                self._encoding = encodings.wanted(value)
            elif name == b"if-none-match":
                self._known = value
            ranged = ranged or name == b"range"
        if self._known:
            _strip(scope)
        if ranged:
            self._encoding = None

    async def __call__(self, message: Message) -> None:
        if self._held:
            return
        if message["type"] == "http.response.start":
            self._start = message
        elif self._start is not None and message["type"] == "http.response.body":
            await self._first(message)
        elif self._coder is not None:
            await self._next(message)
        else:
            await self._release()
            await self._send(message)

    async def _release(self) -> None:
        if self._start is not None:
            start, self._start = self._start, None
            await self._send(start)

    async def _first(self, message: Message) -> None:
        """Finish the head, now that the body shows whether it comes in one piece."""
        start = self._start
        assert start is not None
        headers: Headers = dict(start["headers"])
        body = message.get("body", b"")
        whole = not message.get("more_body", False)
        self._default(headers, start["status"])
        lacks = start["status"] == 200 and self._reads and b"etag" not in headers
        if lacks and whole and not _is_cut(headers, body):
            headers[b"etag"] = content_etag(body).encode()
        if self._reads and start["status"] in GOOD and self._is_known(headers):
            # Pieces that may still come are dropped.
            self._held = True
            start["status"], message = 304, {"type": "http.response.body", "body": b""}
            for name in _OF_BODY:
                headers.pop(name, None)
        elif self._head and b"content-length" not in headers:
            self._mark(headers)
        elif self._gains(start["status"], headers, body, whole):
            message = await self._encoded(headers, message)
        # Cookies alone may repeat a name.
        cookies = [pair for pair in start["headers"] if pair[0] == b"set-cookie"]
        headers.pop(b"set-cookie", None)
        start["headers"] = [*headers.items(), *cookies]
        await self._release()
        await self._send(message)

    def _default(self, headers: Headers, status: int) -> None:
        if b"cache-control" not in headers:
            known = status in GOOD and self._reads
            headers[b"cache-control"] = self._policy if known else b"no-store"

    def _is_known(self, headers: Headers) -> bool:
        if self._known is None or b"etag" not in headers:
            return False
        plain = _SUFFIX.sub(b'"', self._known).decode("latin-1")
        if not holds(plain, headers[b"etag"].decode("latin-1")):
            return False
        if self._encoding and _SUFFIX.search(self._known):
            headers[b"etag"] = _suffixed(headers[b"etag"], self._encoding)
        return True

    def _gains(self, status: int, headers: Headers, body: Any, whole: bool) -> bool:
        if not encodings.is_compressible(headers.get(b"content-type", b"")):
            return False
        vary = headers.get(b"vary", b"")
        if b"Accept-Encoding" not in vary:
            headers[b"vary"] = vary + b", Accept-Encoding" if vary else b"Accept-Encoding"
        return (
            self._encoding is not None
            and status != 206
            and b"content-encoding" not in headers
            and (len(body) >= LEAST if whole else True)
        )

    def _mark(self, headers: Headers) -> None:
        """Write the encoding into the head; that of a body in pieces shows in HEAD too."""
        if self._gains(200, headers, b"", whole=False) and self._encoding:
            headers[b"content-encoding"] = self._encoding.encode()
            headers.pop(b"accept-ranges", None)
            if b"etag" in headers:
                headers[b"etag"] = _suffixed(headers[b"etag"], self._encoding)

    async def _encoded(self, headers: Headers, message: Message) -> Message:
        assert self._encoding is not None
        self._mark(headers)
        body = message.get("body", b"")
        if message.get("more_body", False):
            headers.pop(b"content-length", None)
            self._coder = encodings.coder(self._encoding)
            return {**message, "body": await _done(self._coder.compress, body)}
        encoding = self._encoding
        small = await _done(lambda data: encodings.compressed(data, encoding), body)
        headers[b"content-length"] = str(len(small)).encode()
        return {**message, "body": small}

    async def _next(self, message: Message) -> None:
        assert self._coder is not None
        body = await _done(self._coder.compress, message.get("body", b""))
        if not message.get("more_body", False):
            body += self._coder.flush()
        if body or not message.get("more_body", False):
            await self._send({**message, "body": body})


async def _done(work: Callable[[Any], bytes], body: Any) -> bytes:
    """Return the outcome of work on a body, done in a thread where it takes long."""
    return work(body) if len(body) <= INLINE else await run_sync(work, body)


def _suffixed(tag: bytes, encoding: str) -> bytes:
    return tag[:-1] + f'-{encoding}"'.encode()


def _strip(scope: Scope) -> None:
    """Let the application see the ETags that it gave, without the marks of encodings."""
    scope["headers"] = [
        (name, _SUFFIX.sub(b'"', value) if name == b"if-none-match" else value)
        for name, value in scope["headers"]
    ]


def _is_cut(headers: Headers, body: Any) -> bool:
    """Tell an answer to HEAD that left its body out: its bytes are not known here."""
    return headers.get(b"content-length", b"") != str(len(body)).encode()
