"""One line of log and one observation per request, under an id that the client may give."""

from __future__ import annotations

import re
import secrets
import sys
import time
from datetime import UTC, datetime

import orjson
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.settings import LOG_LEVELS

_ID = re.compile(rb"[\w.:-]{1,64}", re.ASCII)
# A query is logged to understand a slow or failing request; a long one is cut.
_QUERY = 500
LEFT = 499  # nobody waited for the answer: no status of HTTP, but what proxies log
SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"SAMEORIGIN"),
)


class Metrics:
    """The counters of one process, under the pattern of the route rather than the address."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        names = ("route", "method", "status")
        self._requests = Counter(
            "coeurville_requests", "Requests answered.", names, registry=self.registry
        )
        self._bytes = Counter(
            "coeurville_response_bytes", "Bytes of bodies sent.", ("route",),
            registry=self.registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "coeurville_request_seconds", "Time from request to the last byte.", ("route",),
            buckets=SECONDS, registry=self.registry,
        )  # fmt: skip
        # Looking a series up by its labels costs more than counting in it.
        self._found: dict[tuple[str, str, int], tuple[Counter, Counter, Histogram]] = {}

    def observe(self, route: str, method: str, status: int, sent: int, seconds: float) -> None:
        """Count one request."""
        key = (route, method, status)
        if key not in self._found:
            requests = self._requests.labels(route, method, str(status))
            self._found[key] = requests, self._bytes.labels(route), self._seconds.labels(route)
        requests, size, time_taken = self._found[key]
        requests.inc()
        size.inc(sent)
        time_taken.observe(seconds)


class Observed:
    """Log and count each request, name it, and add the headers that every answer has."""

    def __init__(self, app: ASGIApp, level: str, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics
        self._least = LOG_LEVELS.index(level)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, then log and count."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        name = scope["request_id"] = _given_id(scope) or secrets.token_hex(8)
        added = [*HEADERS, (b"x-request-id", name.encode())]
        started, status, sent = time.perf_counter(), LEFT, 0

        async def counted(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *added]
            elif message["type"] == "http.response.body":
                sent += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, counted)
        finally:
            sent = 0 if scope["method"] == "HEAD" else sent
            self._tell(scope, status, sent, time.perf_counter() - started)

    def _tell(self, scope: Scope, status: int, sent: int, seconds: float) -> None:
        route = _pattern(scope)
        self._metrics.observe(route, scope["method"], status, sent, seconds)
        level = 2 if status >= 500 else 1 if status >= 400 else 0
        if level < self._least:
            return
        line = {
            "time": datetime.now(UTC), "level": LOG_LEVELS[level], "id": scope["request_id"],
            "method": scope["method"], "path": scope["path"],
            "query": scope["query_string"][:_QUERY].decode("latin-1"),
            "status": status, "ms": round(seconds * 1000, 3), "bytes": sent,
        }  # fmt: skip
        sys.stderr.write(f"{orjson.dumps(line).decode()}\n")


def _pattern(scope: Scope) -> str:
    """Return the pattern of the route that answered: labels must stay few.

    FastAPI names its own routes in the scope, but not those of Starlette among them.
    """
    if path := getattr(scope.get("route"), "path", None):
        return str(path)
    if "endpoint" not in scope:
        return "unknown"
    if mounted := scope["root_path"].removeprefix(scope.get("app_root_path", "")):
        return str(mounted)
    rest, pattern = scope["path"], ""
    for name, value in reversed(scope.get("path_params", {}).items()):
        rest, _, tail = rest.rpartition(f"/{value}")
        pattern = f"/{{{name}}}{tail}{pattern}"
    return f"{rest}{pattern}"


def _given_id(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _ID.fullmatch(value):
            return str(value.decode())
    return None
