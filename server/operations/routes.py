"""The routes of the door."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from layers.catalogue import Catalogue
from server.front import Metrics
from server.operations.health import health
from server.operations.metrics import exposition
from server.settings import Settings

TEMPLATES = Path(__file__).parent / "templates"
# The page has no script at all.
POLICY = "default-src 'none'; style-src 'self'; img-src data:; frame-ancestors 'self'"
NEVER_KEPT = {"Cache-Control": "no-store"}


def routes(
    catalogue: Catalogue, settings: Settings, metrics: Metrics, describe: Callable[[], Any]
) -> list[BaseRoute]:
    """Return ``/health``, ``/metrics``, ``/openapi.json`` and ``/docs``.

    Args:
        catalogue: what serves.
        settings: for the title and the public address.
        metrics: the counters of this process.
        describe: returns the OpenAPI document.
    """
    described = cache(lambda: orjson.dumps(describe()))
    page = cache(lambda: _page(describe(), settings))

    def tell_health(request: Request) -> Response:
        return Response(orjson.dumps(health(catalogue)), 200, NEVER_KEPT, "application/json")

    def tell_metrics(request: Request) -> Response:
        content = exposition(catalogue, metrics)
        return Response(content, 200, NEVER_KEPT, CONTENT_TYPE_LATEST)

    def tell_openapi(request: Request) -> Response:
        return Response(described(), media_type="application/json")

    def show_docs(request: Request) -> Response:
        return HTMLResponse(page(), headers={"Content-Security-Policy": POLICY})

    return [
        Route("/health", tell_health),
        Route("/metrics", tell_metrics),
        Route("/openapi.json", tell_openapi),
        Route("/docs", show_docs),
    ]


def _page(document: dict[str, Any], settings: Settings) -> str:
    """Return the document as a page that needs neither script nor network."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    root = settings.url.split("/", 3)[3:]
    template = environment.get_template("docs.html")
    return template.render(
        document=document, service=settings.title, root=f"/{root[0]}" if root else ""
    )
