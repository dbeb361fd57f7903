"""What every answer passes through, whichever door it came from: plain ASGI, nothing buffered."""

from __future__ import annotations

from starlette.types import ASGIApp

from server.front.bodies import Bodies
from server.front.cross_origin import CrossOrigin
from server.front.delivery import Delivery
from server.front.head import Head
from server.front.logs import configure as configure_logs
from server.front.observing import Metrics, Observed
from server.settings import Settings

__all__ = ["Metrics", "configure_logs", "wrapped"]


def wrapped(app: ASGIApp, settings: Settings, metrics: Metrics) -> ASGIApp:
    """Return an application with its log, metrics, headers, validators and compression."""
    inner = Delivery(Head(Bodies(app, settings.max_body_bytes)), settings.cache_seconds)
    return Observed(CrossOrigin(inner, settings.cors), settings.log, metrics)
