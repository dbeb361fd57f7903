"""Perimeters of the reader's own: typed, drawn by pointer or keyboard, a circle, a file."""

from __future__ import annotations

import json
import re

import geopandas as gpd
import pytest
import shapely
from playwright.sync_api import Page, expect

FIGURES = "/?town=00001&view=figures"
SQUARE = shapely.box(-3.006, 46.496, -2.994, 46.504)
PEOPLE = "[data-id=centre-population] .value strong"


def evaluated(page: Page, name: str) -> None:
    """Check that figures of the perimeter are shown, and that they are not those of the commune."""
    expect(page.get_by_label("Périmètre", exact=True)).to_have_value(name)
    expect(page.locator(PEOPLE)).not_to_have_text(re.compile(r"21.775|Chargement"))
    expect(page.locator("#panel")).to_contain_text("n'est pas comparé à d'autres villes")


def test_corners_are_typed(opened) -> None:
    page = opened(FIGURES)
    page.get_by_text("Dessiner", exact=True).click()
    corners = page.get_by_label("Ou saisir les coins")
    corners.fill("ici\nlà\nailleurs")
    page.get_by_role("button", name="Utiliser ce périmètre").click()
    expect(page.get_by_role("alert").filter(has_text="trois coins")).to_be_visible()
    corners.fill("-3.006, 46.496\n-2.994, 46.496\n-3.000, 46.504")
    page.get_by_role("button", name="Utiliser ce périmètre").click()
    evaluated(page, "drawn")
    again = opened("/" + page.url.split("/", 3)[3])
    evaluated(again, "drawn")


def test_corners_are_set_with_the_keyboard(opened) -> None:
    page = opened(FIGURES)
    page.locator("#map[data-drawn]").wait_for()
    page.get_by_text("Dessiner", exact=True).click()
    page.get_by_role("button", name="Dessiner au clavier").click()
    for key in ("ArrowUp", "ArrowLeft", "ArrowDown"):
        page.keyboard.press("Enter")
        page.keyboard.press(key)
        page.wait_for_timeout(800)
    expect(page.locator("#status")).to_contain_text("Coin 3")
    page.keyboard.press("f")
    evaluated(page, "drawn")


def test_corners_are_set_with_the_pointer(opened) -> None:
    page = opened(FIGURES)
    page.locator("#map[data-drawn]").wait_for()
    page.get_by_text("Dessiner", exact=True).click()
    page.get_by_role("button", name="Dessiner à la souris").click()
    expect(page.locator("#status")).to_contain_text("Cliquez chaque coin")
    canvas = page.locator("#map canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for dx, dy in ((-60, -60), (60, -60), (60, 60), (-60, -60)):
        page.mouse.move(middle[0] + dx, middle[1] + dy, steps=4)
        page.mouse.click(middle[0] + dx, middle[1] + dy)
        page.wait_for_timeout(400)
    evaluated(page, "drawn")


def test_a_circle_around_a_place_found_by_name(opened, screenshot) -> None:
    page = opened(FIGURES)
    page.get_by_text("Autour d'un lieu", exact=True).click()
    page.get_by_label("Adresse ou lieu").fill("presse de la tour")
    page.get_by_role("button", name="Chercher").last.click()
    page.get_by_role("button", name="Presse de la Tour").click()
    evaluated(page, "circle")
    assert re.search(r"circle=-2\.99979\d*,46\.5006\d*,500", page.url)
    screenshot(page, "circle")


@pytest.mark.parametrize("suffix", ["geojson", "gpkg"])
def test_a_file_is_a_perimeter(opened, tmp_path, suffix) -> None:
    path = tmp_path / f"mine.{suffix}"
    frame = gpd.GeoDataFrame(geometry=[SQUARE], crs="OGC:CRS84")
    (frame.to_crs(2154) if suffix == "gpkg" else frame).to_file(path)
    page = opened(FIGURES)
    page.get_by_text("Depuis un fichier", exact=True).click()
    page.get_by_label("Fichier GeoJSON ou GeoPackage").set_input_files(path)
    evaluated(page, "upload")
    evaluated(opened("/" + page.url.split("/", 3)[3]), "upload")


def test_a_file_without_polygon_is_refused_with_the_reason(opened, tmp_path) -> None:
    path = tmp_path / "point.geojson"
    path.write_text(json.dumps({"type": "Point", "coordinates": [-3, 46.5]}))
    page = opened(FIGURES)
    page.get_by_text("Depuis un fichier", exact=True).click()
    page.get_by_label("Fichier GeoJSON ou GeoPackage").set_input_files(path)
    expect(page.get_by_role("alert").filter(has_text="aucun polygone")).to_be_visible()
