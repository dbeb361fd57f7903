"""The door of towns and indicators: JSON, CSV and Parquet that pandas reads by URL."""

from server.api.routes import router

__all__ = ["router"]
