"""The limit: the same bytes, ready in memory, sent by an ASGI application that adds nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

BODIES = {p.name: p.read_bytes() for p in Path(os.environ.get("BENCH_BODIES", ".")).glob("*.body")}


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer ``/name.body``."""
    if scope["type"] != "http":
        return
    body = BODIES.get(scope["path"][1:], b"")
    headers = [
        (b"content-type", b"application/geo+json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
