"""The planner's page: static files, served with a policy that lets no request leave the machine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from layers.catalogue import Catalogue
from server.settings import Settings

STATIC = Path(__file__).parent / "static"
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors "
)


def routes(catalogue: Catalogue, settings: Settings) -> list[BaseRoute]:
    """Return the page at ``/``, a figure for frames at ``/embed``, their files under ``/assets``.

    Other sites may frame ``/embed`` alone: it shows, and changes nothing.
    """
    framing = " ".join(("'self'", *settings.frame_ancestors))
    return [
        Route("/", _page("index.html", "'self'"), methods=["GET"]),
        Route("/embed", _page("embed.html", framing), methods=["GET"]),
        Mount("/assets", StaticFiles(directory=STATIC), name="assets"),
    ]


def _page(file: str, ancestors: str) -> Callable[[Request], Awaitable[Response]]:
    async def page(request: Request) -> Response:
        headers = {"Content-Security-Policy": POLICY + ancestors, "Cache-Control": "no-cache"}
        return FileResponse(STATIC / file, headers=headers)

    return page
