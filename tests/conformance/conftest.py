"""The demo lake's server, asked as the abstract test suites of the standards ask."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest


@pytest.fixture(scope="session")
def api(demo_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{demo_url}/ogc", timeout=60) as client:
        yield client


@pytest.fixture(scope="session")
def collections(api: httpx.Client) -> list[dict[str, Any]]:
    """Return the collections of features."""
    every = api.get("/collections").json()["collections"]
    found = [c for c in every if any(link["rel"] == "items" for link in c["links"])]
    found = [c for c in found if c.get("itemType") != "record"]
    assert found
    return found


@pytest.fixture(scope="session")
def spatial(collections: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the collections that have a geometry."""
    return [c for c in collections if "spatial" in c["extent"]]
