"""Perimeters of the reader's own: typed, drawn by pointer or keyboard, a circle, a file."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import geopandas as gpd
import httpx
import openpyxl
import pytest
import shapely
from playwright.sync_api import Page, expect

SQUARE = shapely.box(-3.006, 46.496, -2.994, 46.504)
PEOPLE = "[data-id=centre-population] .value strong"
CIRCLE = "perimeter=circle&circle=-3,46.5,250"


@pytest.fixture
def figures(opened, say):
    """Give the figures of the fictitious town in a language."""
    return opened(f"/?town=00001&view=figures&lang={say.lang}")


def evaluated(page: Page, name: str, say) -> None:
    """Check that figures of the perimeter are shown, and that they are not those of the commune."""
    expect(page.get_by_label(say("perimeter"), exact=True)).to_have_value(name)
    expect(page.locator(PEOPLE)).not_to_have_text(re.compile(r"21.775"))
    expect(page.locator(PEOPLE)).to_have_text(re.compile(r"\d"))


def again(opened, page: Page) -> Page:
    return opened("/" + page.url.split("/", 3)[3])


def test_corners_are_typed(figures, opened, say) -> None:
    page = figures
    page.get_by_text(say("perimeter.draw"), exact=True).click()
    corners = page.get_by_label(say("draw.corners"))
    corners.fill("ici\nlà\nailleurs")
    page.get_by_role("button", name=say("draw.use")).click()
    expect(page.get_by_role("alert").filter(has_text=say("draw.unreadable"))).to_be_visible()
    corners.fill("-3.006, 46.496\n-2.994, 46.496\n-3.000, 46.504")
    page.get_by_role("button", name=say("draw.use")).click()
    evaluated(page, "drawn", say)
    evaluated(again(opened, page), "drawn", say)


def test_corners_are_set_with_the_keyboard(figures, say) -> None:
    page = figures
    page.locator("#map[data-drawn]").wait_for()
    page.get_by_text(say("perimeter.draw"), exact=True).click()
    page.get_by_role("button", name=say("draw.keyboard")).click()
    for key in ("ArrowUp", "ArrowLeft", "ArrowDown"):
        page.keyboard.press("Enter")
        page.keyboard.press(key)
        page.wait_for_timeout(800)
    expect(page.locator("#status")).to_contain_text(
        say("draw.corner", count=3, at="|").split("|")[0]
    )
    page.keyboard.press("f")
    evaluated(page, "drawn", say)


def test_corners_are_set_with_the_pointer(figures, say) -> None:
    page = figures
    page.locator("#map[data-drawn]").wait_for()
    page.get_by_text(say("perimeter.draw"), exact=True).click()
    page.get_by_role("button", name=say("draw.pointer")).click()
    expect(page.locator("#status")).to_contain_text(say("draw.pointer.how"))
    canvas = page.locator("#map canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for dx, dy in ((-60, -60), (60, -60), (60, 60), (-60, -60)):
        page.mouse.move(middle[0] + dx, middle[1] + dy, steps=4)
        page.mouse.click(middle[0] + dx, middle[1] + dy)
        page.wait_for_timeout(400)
    evaluated(page, "drawn", say)


def test_a_circle_around_a_place_found_by_name(figures, say, screenshot) -> None:
    page = figures
    page.get_by_text(say("perimeter.around"), exact=True).click()
    page.get_by_label(say("circle.around")).fill("e")
    page.get_by_role("button", name=say("search.go")).last.click()
    cut = page.locator(".results .note")
    expect(cut).to_contain_text(say("places.cut", shown=8, all="|").split("|")[0])
    page.get_by_label(say("circle.around")).fill("presse de la tour")
    page.get_by_role("button", name=say("search.go")).last.click()
    expect(cut).to_be_hidden()
    page.get_by_role("button", name="Presse de la Tour").click()
    evaluated(page, "circle", say)
    assert re.search(r"circle=-2\.99979\d*,46\.5006\d*,500", page.url)
    screenshot(page, f"circle-{say.lang}")


def test_a_file_is_a_perimeter(figures, opened, say, tmp_path) -> None:
    page = figures
    for suffix in ("geojson", "gpkg"):
        path = tmp_path / f"mine.{suffix}"
        frame = gpd.GeoDataFrame(geometry=[SQUARE], crs="OGC:CRS84")
        (frame.to_crs(2154) if suffix == "gpkg" else frame).to_file(path)
        if not page.get_by_label(say("upload.file")).is_visible():
            page.get_by_text(say("perimeter.file"), exact=True).click()
        page.get_by_label(say("upload.file")).set_input_files(path)
        evaluated(page, "upload", say)
    evaluated(again(opened, page), "upload", say)


def test_a_file_without_polygon_is_refused_with_the_reason(figures, say, tmp_path) -> None:
    path = tmp_path / "point.geojson"
    path.write_text(json.dumps({"type": "Point", "coordinates": [-3, 46.5]}))
    page = figures
    page.get_by_text(say("perimeter.file"), exact=True).click()
    page.get_by_label(say("upload.file")).set_input_files(path)
    expect(page.get_by_role("alert").filter(has_text=say("upload.none"))).to_be_visible()


def test_a_figure_of_an_own_perimeter_is_explained_as_the_service_does(
    opened, say, demo_url, screenshot
) -> None:
    page = opened(f"/?town=00001&view=figures&{CIRCLE}&indicator=retail-vacancy&lang={say.lang}")
    told = page.locator("#explanation")
    counted = page.locator("#map[data-counted]")
    counted.wait_for()
    ring = page.evaluate("""async () => {
      const { disc } = await import("/assets/js/geometry.js");
      return disc([-3, 46.5], 250);
    }""")
    answer = httpx.post(
        f"{demo_url}/indicators/retail-vacancy/explain/features", json={"perimeter": ring}
    )
    features = answer.json()["features"]
    assert 10 < len(features) < 150
    assert counted.get_attribute("data-counted") == str(len(features))
    # A perimeter of one's own has no series, and the reader is told so.
    expect(told).to_contain_text(say("explain.own"))
    with page.expect_download() as saved:
        told.get_by_role("button", name=say("explain.worksheet")).click()
    book = openpyxl.load_workbook(io.BytesIO(Path(saved.value.path()).read_bytes()))
    assert len(book.sheetnames) > 1
    screenshot(page, f"own-perimeter-explained-{say.lang}")
    assert page.troubles == []


def test_an_own_perimeter_stands_among_the_centres_of_its_towns_peers(opened, say) -> None:
    redon = "perimeter=circle&circle=-2.0845,47.6517,900"
    page = opened(f"/?town=35236&view=figures&{redon}&lang={say.lang}")
    expect(page.get_by_text(say("peers.title", count=15))).to_be_visible()
