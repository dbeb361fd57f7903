"""The demo lake's server, asked as the abstract test suites of the standards ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest


@pytest.fixture(scope="session")
def api(demo_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{demo_url}/ogc", timeout=60) as client:
        yield client


@pytest.fixture(scope="session")
def linked(api: httpx.Client) -> Callable[[str], list[dict[str, Any]]]:
    """Return what gives the collections, one at least, that have a link of a relation."""

    def found(rel: str) -> list[dict[str, Any]]:
        every = api.get("/collections").json()["collections"]
        chosen = [c for c in every if any(link["rel"] == rel for link in c["links"])]
        assert chosen
        return chosen

    return found


@pytest.fixture(scope="session")
def collections(linked: Callable[[str], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return the collections of features."""
    found = [c for c in linked("items") if c.get("itemType") != "record"]
    assert found
    return found


@pytest.fixture(scope="session")
def spatial(collections: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the collections that have a geometry."""
    return [c for c in collections if "spatial" in c["extent"]]
