"""The pages of tilesets in a real browser: their tiles drawn, nothing asked of other hosts."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect, sync_playwright

FLAGS = ["--no-sandbox", "--no-first-run", "--enable-unsafe-swiftshader"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.mark.browser
@pytest.mark.parametrize(
    ("path", "least"),
    [
        ("/collections/sample-shops/tiles/WebMercatorQuad", 50),
        ("/tiles/WebMercatorQuad?collections=sample-shops,sample-streets", 200),
        ("/collections/sample-land-cover/map/tiles/WebMercatorQuad", 1),
    ],
)
def test_the_page_of_a_tileset_draws_its_tiles(require_program, demo_url, path, least):
    program = require_program("chromium", "chromium-browser")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=FLAGS)
        page = browser.new_page()
        troubles, asked = [], []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on(
            "console", lambda line: troubles.append(line.text) if line.type == "error" else None
        )
        page.on("request", lambda request: asked.append(request.url))
        mark = "&" if "?" in path else "?"
        page.goto(f"{demo_url}/ogc{path}{mark}f=html&lang=en")
        element = page.locator("#map[data-drawn]")
        expect(element).to_be_visible(timeout=30_000)
        assert int(element.get_attribute("data-drawn")) >= least
        expect(page.get_by_role("heading", name="Extent in tiles")).to_be_visible()
        browser.close()
    assert troubles == []
    tiles = [url for url in asked if "/WebMercatorQuad/" in url]
    assert tiles
    assert all(url.startswith((demo_url, "data:", "blob:")) for url in asked)
