"""The door of operators and developers: health, metrics, and the description of the API."""

from server.operations.routes import routes

__all__ = ["routes"]
