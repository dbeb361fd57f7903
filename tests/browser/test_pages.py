"""The page and the maps in a real browser: drawn, local, within the policy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

# Without these, Chromium looks for its maker's servers at every start.
QUIET = ("background-networking", "component-update", "sync")
FLAGS = ["--no-sandbox", "--no-first-run", "--enable-unsafe-swiftshader"]
FLAGS += [f"--disable-{feature}" for feature in QUIET]


@pytest.fixture(scope="module")
def page(require_program) -> Iterator[Page]:
    program = require_program("chromium", "chromium-browser")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=FLAGS)
        page = browser.new_page()
        page.troubles = []
        page.on("console", lambda m: page.troubles.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: page.troubles.append(str(error)))
        page.addresses = set()
        page.on("request", lambda request: page.addresses.add(request.url))
        yield page
        browser.close()


def test_a_town_is_found_and_its_measures_shown(page: Page, demo_url: str, tmp_path: Path) -> None:
    page.goto(demo_url)
    expect(page.locator("body")).to_have_attribute("data-ready", "245")
    page.get_by_role("combobox").fill("exempleville")
    page.get_by_role("button").click()
    expect(page.locator("#measures tr")).to_have_count(6)
    expect(page.get_by_role("note")).to_contain_text("fictives")
    page.get_by_role("combobox").fill("Mamoudzou (97611)")
    page.get_by_role("button").click()
    expect(page.locator("#name")).to_have_text("Mamoudzou")
    expect(page.locator("#measures")).not_to_contain_text(re.compile(r"(^|\s)0\s?%"))


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
