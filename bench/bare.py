"""The limit: the same bytes, ready in memory, sent by an ASGI application that adds nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

_FOLDER = Path(os.environ.get("BENCH_BODIES", "."))
# Those that the server itself writes.
_OF_SERVER = ("date", "server")


def _headers(file: Path) -> list[tuple[bytes, bytes]]:
    pairs = json.loads(file.with_suffix(".json").read_text())
    return [(n.encode(), v.encode("latin-1")) for n, v in pairs if n not in _OF_SERVER]


ANSWERS = {f"/{p.stem}": (_headers(p), p.read_bytes()) for p in _FOLDER.glob("*.body")}


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer ``/name`` with the head and the body that were kept under this name."""
    if scope["type"] != "http":
        return
    headers, body = ANSWERS.get(scope["path"], ([(b"content-length", b"0")], b""))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
