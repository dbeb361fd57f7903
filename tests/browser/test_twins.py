"""Every map and every chart has a table twin that says the same."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

FICTIVE = "/?town=00001"
VIEWS = {
    "home": "/?",
    "questions": FICTIVE,
    "question": f"{FICTIVE}&question=shops-holding",
    "question of a real town": "/?town=35236&question=vacant-dwellings",
    "figures": "/?town=35236&view=figures",
    "explained": f"{FICTIVE}&view=figures&indicator=centre-population",
    "own perimeter": f"{FICTIVE}&view=figures&perimeter=circle&circle=-3,46.5,500",
    "layers": f"{FICTIVE}&view=layers&layers=sample-shops,sample-land-cover",
    "search": f"{FICTIVE}&view=query&find=sample-shops;status;%3D;vacant",
    "comparison": f"{FICTIVE}&view=compare&with=24322:commune",
    "take-away": "/?town=35236&view=take",
}
# What each picture is, and where its twin stands.
TWINS = {
    "#mapside:not([hidden]) #map": "#map-about",
    ".minimap": "xpath=ancestor::figure",
    "svg.strip": "xpath=ancestor::*[@data-of or @data-part or self::article][1]",
    ".series .chart": "xpath=ancestor::*[contains(@class, 'series')][1]",
}
SPACE = re.compile(r"[\s\u00a0\u202f]+")


def plain(text: str) -> str:
    return SPACE.sub(" ", text).strip()


def unfold(page: Page) -> None:
    page.locator("#map[data-drawn]").wait_for(state="attached")
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.wait_for_load_state("networkidle")
    expect(page.locator("[aria-busy=true]")).to_have_count(0)


def whole(part: Locator) -> list[list[str]]:
    """Show all rows of a table, and return their cells."""
    more = part.locator(".more button")
    for _ in range(20):
        if not more.count():
            break
        before = part.locator("tbody tr").count()
        more.first.click()
        expect(part.locator("tbody tr")).not_to_have_count(before)
    told = "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
    return [[plain(c) for c in row] for row in part.locator("tbody tr").evaluate_all(told)]


@pytest.mark.parametrize("view", VIEWS)
def test_every_picture_of_a_view_has_its_table(opened, say, view) -> None:
    page = opened(f"{VIEWS[view]}&lang={say.lang}")
    if view == "take-away":
        choice = page.locator("[data-part=chart] select")
        choice.select_option("housing-vacancy")
        page.locator("[data-part=chart] svg.strip").wait_for()
    unfold(page)
    found = 0
    for picture, place in TWINS.items():
        for one in page.locator(picture).all():
            table = one.locator(place) if place.startswith("xpath") else page.locator(place)
            assert table.locator("tbody tr").count() > 0, picture
            assert plain(table.locator("caption").first.inner_text())
            found += 1
    # What is drawn and not a mark of the page is one of those.
    drawn = page.locator("main canvas, main svg:not(.maplibregl-ctrl svg), main img")
    known = page.locator(", ".join(f"{picture} *, {picture}" for picture in TWINS))
    marks = "all => all.filter(one => one.clientWidth > 60).length"
    assert drawn.evaluate_all(marks) <= known.evaluate_all(marks)
    assert found > 0
    assert page.troubles == []


def test_the_dots_of_a_strip_are_the_rows_of_its_table(opened, say) -> None:
    page = opened(f"/?town=35236&view=figures&lang={say.lang}")
    unfold(page)
    slots = page.locator(".standing-slot").filter(has=page.locator("svg.strip"))
    assert slots.count() >= 2
    for slot in slots.all():
        told = slot.locator("circle title").evaluate_all("all => all.map(one => one.textContent)")
        rows = [f"{name} : {value}" for name, value in whole(slot)]
        missing = plain(say("missing"))
        assert sorted(map(plain, told)) == sorted(r for r in rows if not r.endswith(missing))


DRAWN = """async (layer) => {
  const map = await (await import("/assets/js/map.js")).ready();
  return map.queryRenderedFeatures().filter((one) => one.layer.id.startsWith(`layer:${layer}`))
    .map((one) => String(one.properties.osm_id));
}"""


def test_the_objects_of_a_map_are_the_rows_of_its_table(opened, say, demo_url) -> None:
    page = opened(f"{FICTIVE}&view=layers&layers=sample-shops&lang={say.lang}")
    unfold(page)
    items = httpx.get(f"{demo_url}/ogc/collections/sample-shops/items?limit=1000").json()
    assert len(items["features"]) > 100  # several pages of the table
    ids = {str(one["id"]) for one in items["features"]}
    rows = whole(page.locator("#map-about"))
    assert len(rows) == len(ids) == items["numberMatched"]
    assert {row[0] for row in rows} == ids
    drawn = set(page.evaluate(DRAWN, "sample-shops"))
    assert len(drawn) > 50
    assert drawn <= ids
    expect(page.locator("#map-about caption")).to_contain_text(str(len(ids)))


def test_the_counted_objects_are_the_rows_of_the_explanation(opened, say) -> None:
    page = opened(f"{FICTIVE}&view=figures&indicator=retail-vacancy&lang={say.lang}")
    page.locator("#map[data-counted]").wait_for()
    unfold(page)
    part = page.locator("#explanation details").filter(has=page.locator(".more"))
    assert len(whole(part)) == int(page.locator("#map").get_attribute("data-counted") or 0) == 150


def test_an_image_is_a_table_of_its_classes(opened, say, demo_url) -> None:
    page = opened(f"{FICTIVE}&view=layers&layers=sample-land-cover&lang={say.lang}")
    unfold(page)
    rows = whole(page.locator("#map-about"))
    root = f"{demo_url}/ogc/collections/sample-land-cover"
    legend = httpx.get(f"{root}/legend?f=json").json()["classes"]
    titles = {one["value"]: one["title"][say.lang] for one in legend}
    (cells,) = httpx.get(f"{root}/coverage?f=covjson").json()["ranges"].values()
    known = [value for value in cells["values"] if value is not None]
    expected = {titles[value]: known.count(value) for value in set(known)}
    counts = {name: int(re.sub(r"\D", "", count)) for name, count, _ in rows}
    assert counts == expected
    assert sum(float(share.split()[0].replace(",", ".").rstrip("%")) for *_, share in rows) == (
        pytest.approx(100, abs=0.5)
    )
    # The legend of the map is text too.
    expect(page.locator(".legend")).to_contain_text(legend[0]["title"][say.lang])


def test_the_points_of_a_series_are_the_rows_of_its_table(opened, say, demo_url) -> None:
    page = opened(f"{FICTIVE}&view=figures&indicator=centre-population&lang={say.lang}")
    told = page.locator(".series")
    expect(told.locator(".chart svg.marks")).to_be_visible()
    path = "/towns/00001/indicators/centre-population/series"
    series = httpx.get(demo_url + path).json()["series"]
    drawn = told.locator(".mark-symbol path").count()
    rows = whole(told)
    assert drawn == len(rows) == len(series)
    for row, point in zip(rows, series, strict=True):
        assert row[0] == point["vintage"]
        assert int(re.sub(r"\D", "", row[1])) == round(point["measure"]["value"])
