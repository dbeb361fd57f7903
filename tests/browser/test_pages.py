"""The maps of layers in a real browser: drawn, local, within the policy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.troubles = []
    page.on("console", lambda m: page.troubles.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    page.addresses = set()
    page.on("request", lambda request: page.addresses.add(request.url))
    yield page
    page.close()


@pytest.mark.parametrize("layer", ["communes", "sample-shops", "sample-streets"])
def test_a_layer_is_drawn(page: Page, demo_url: str, layer: str) -> None:
    page.goto(f"{demo_url}/ogc/collections/{layer}?f=html&lang=fr")
    expect(page.locator("#map[data-drawn]")).to_be_visible(timeout=30_000)
    assert int(page.locator("#map").get_attribute("data-drawn")) > 100
    assert page.locator("html").get_attribute("lang") == "fr"


def test_a_large_layer_is_drawn_from_its_tiles(page: Page, demo_url: str) -> None:
    page.goto(f"{demo_url}/ogc/collections/sample-buildings?f=html&lang=fr")
    expect(page.locator("#map[data-tiles][data-drawn]")).to_be_visible(timeout=30_000)
    assert int(page.locator("#map").get_attribute("data-drawn")) > 100
    assert any("/sample-buildings/tiles/WebMercatorQuad/" in a for a in page.addresses)
    assert page.locator("#map canvas").evaluate("c => c.width > 0")


def test_nothing_was_asked_elsewhere_or_refused_by_the_policy(page: Page, demo_url: str) -> None:
    assert len(page.addresses) > 5
    assert not [a for a in page.addresses if not a.startswith((demo_url, "blob:", "data:"))]
    assert page.troubles == []
