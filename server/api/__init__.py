"""The door of towns, indicators and questions: JSON, CSV and Parquet that pandas reads by URL."""

from __future__ import annotations

from fastapi import APIRouter

from layers.catalogue import Catalogue
from server.api import routes, use_cases
from server.settings import Settings


def router(catalogue: Catalogue, settings: Settings) -> APIRouter:
    """Return the routes of the door over a catalogue."""
    found = APIRouter()
    found.include_router(routes.router(catalogue, settings))
    found.include_router(use_cases.router(catalogue))
    return found
