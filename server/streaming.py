"""A body that is made piece by piece in threads, and no further once its client has gone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from layers import interruption
from layers.interruption import InterruptedWorkError

# Downloads share these threads among themselves, so that pages never wait for them.
THREADS = CapacityLimiter(4)
PIECE = 1 << 20
Pieces = Iterator[bytes | memoryview]


class Streamed(Response):
    """An answer whose pieces come from an iterator.

    The first piece is made before the head is sent, so that an error found by then is a problem
    document as everywhere.
    """

    def __init__(self, pieces: Pieces, media_type: str, headers: Mapping[str, str]) -> None:
        super().__init__(None, 200, headers, media_type)
        del self.headers["content-length"]
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send, unless only the head is asked for."""
        if scope["method"] == "HEAD":
            await self._start(send)
            await send({"type": "http.response.body", "body": b""})
            return
        gone = threading.Event()
        work = asyncio.create_task(self._work(send, gone))
        leave = asyncio.create_task(_disconnected(receive))
        try:
            await asyncio.wait({work, leave}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.set()
            leave.cancel()
            await work

    async def _work(self, send: Send, gone: threading.Event) -> None:
        interruption.watch(gone)
        try:
            piece = await self._next()
            await self._start(send)
            while piece is not None and not gone.is_set():
                for start in range(0, len(piece), PIECE):
                    part = piece[start : start + PIECE]
                    await send({"type": "http.response.body", "body": part, "more_body": True})
                piece = await self._next()
            await send({"type": "http.response.body", "body": b""})
        except InterruptedWorkError:
            return
        finally:
            close = getattr(self._pieces, "close", None)
            if close:
                await run_sync(close, limiter=THREADS)

    async def _next(self) -> bytes | memoryview | None:
        return await run_sync(next, self._pieces, None, limiter=THREADS)

    async def _start(self, send: Send) -> None:
        await send(
            {"type": "http.response.start", "status": 200, "headers": list(self.raw_headers)}
        )


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
