"""The page of a raster in a real browser: its tiles drawn, its legend named."""

from __future__ import annotations

import io

import matplotlib.image
import pytest
from playwright.sync_api import expect, sync_playwright

FLAGS = ["--no-sandbox", "--no-first-run", "--enable-unsafe-swiftshader"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.mark.browser
def test_the_sample_land_cover_is_drawn_with_its_legend(require_program, demo_url):
    program = require_program("chromium", "chromium-browser")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=FLAGS)
        page = browser.new_page()
        troubles = []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.goto(f"{demo_url}/ogc/collections/sample-land-cover?f=html&lang=fr")
        expect(page.locator("#map[data-drawn]")).to_be_visible(timeout=30_000)
        picture = matplotlib.image.imread(io.BytesIO(page.locator("#map").screenshot()))
        expect(page.locator(".legend")).to_contain_text("Tissu urbain continu")
        expect(page.get_by_role("note")).to_contain_text("fictives")
        browser.close()
    colours = {tuple(int(v * 255) for v in pixel[:3]) for row in picture[::8] for pixel in row[::8]}
    # Arable land and forest of the official legend.
    assert {(0xFF, 0xFF, 0xA8), (0x80, 0xFF, 0x00)} <= colours
    assert troubles == []
