"""The OGC API door: pygeoapi describes the layers, the serving index answers for their features."""

from server.ogc.routes import routes

__all__ = ["routes"]
