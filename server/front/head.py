"""HEAD wherever GET answers: FastAPI's routes take GET alone, the other doors' know both."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

KNOWING = ("/ogc", "/assets/")
ROUTE = ("route", "endpoint", "path_params")


class Head:
    """Answer HEAD as GET; the server leaves the body out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, as GET where the route knows no HEAD."""
        if scope.get("method") != "HEAD" or scope["path"].startswith(KNOWING):
            await self._app(scope, receive, send)
            return
        inner = {**scope, "method": "GET"}
        try:
            await self._app(inner, receive, send)
        finally:
            # The log names the route, which is found in the copy only.
            scope.update({name: inner[name] for name in ROUTE if name in inner})
