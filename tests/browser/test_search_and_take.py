"""Guided search, comparison, take-away and frames, from click to result, in both languages."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree

import httpx
import openpyxl
from playwright.sync_api import Page, expect

FICTIVE = "/?town=00001"
PATIENCE = 30_000
NEAR_STATION = "sample-shops;status;%3D;vacant;sample-transit-stops;{stop};300"


def downloaded(page: Page, button: Any) -> bytes:
    with page.expect_download() as given:
        button.click()
    return Path(given.value.path()).read_bytes()


def workbook(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


def central_stop(url: str) -> Any:
    root = f"{url}/ogc/collections/sample-transit-stops/items?bbox="
    return httpx.get(f"{root}-3.004,46.497,-2.996,46.503").json()["features"][0]


def part(page: Page, name: str):
    return page.locator(f"[data-part={name}]")


def control(page: Page, label: str):
    return page.locator("#panel").get_by_label(label, exact=True)


def titles(url: str, lang: str) -> dict[str, str]:
    told = httpx.get(f"{url}/ogc/collections?f=json&lang={lang}").json()["collections"]
    return {one["id"]: one["title"] for one in told}


def test_vacant_shops_near_a_stop_are_found_step_by_step(opened, say, screenshot, demo_url) -> None:
    page = opened(f"{FICTIVE}&view=query&lang={say.lang}")
    shops = titles(demo_url, say.lang)["sample-shops"]
    control(page, say("layer")).select_option(label=shops)
    control(page, say("query.attribute")).select_option("status")
    control(page, say("value")).select_option("vacant")
    count = page.locator(".count[data-count='12']")
    expect(count).to_have_text(say("query.count", count=12, title=shops))
    control(page, say("query.near")).select_option("sample-transit-stops")
    control(page, say("query.feature")).select_option(central_stop(demo_url)["id"])
    metres = control(page, say("query.metres"))
    metres.fill("400")
    metres.press("Tab")
    expect(count).to_have_count(0)
    count = page.locator(".count")
    expect(count).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert 0 < int(count.get_attribute("data-count")) < 12
    assert "find=sample-shops" in page.url
    screenshot(page, f"search-{say.lang}")
    assert page.troubles == []


def test_a_long_list_of_what_is_near_says_that_it_is_cut_and_is_narrowed_by_name(
    opened, say, demo_url
) -> None:
    find = "sample-shops;;;;sample-establishments;;300"
    page = opened(f"{FICTIVE}&view=query&find={find}&lang={say.lang}")
    everything = httpx.get(f"{demo_url}/ogc/collections/sample-establishments/items?limit=1").json()
    assert everything["numberMatched"] > 300
    shown = page.locator(".cut")
    expect(shown).to_contain_text("300")
    expect(page.locator(".outcome")).to_contain_text(say("query.many", count="|").split("|")[1])
    options = control(page, say("query.feature")).locator("option")
    assert options.count() == 301
    part = options.nth(200).inner_text()
    named = control(page, say("query.named"))
    named.fill(part)
    named.press("Tab")
    expect(shown).to_be_hidden()
    expect(options.filter(has_text=part).first).to_be_attached()
    assert options.count() < 301


def test_a_search_agrees_with_its_address_and_with_geometry_by_hand(opened, demo_url) -> None:
    stop = central_stop(demo_url)
    page = opened(f"{FICTIVE}&view=query&find={NEAR_STATION.format(stop=stop['id'])}")
    count = int(page.locator(".count").get_attribute("data-count"))
    address = page.locator(".outcome [data-address]").first.get_attribute("data-address")
    assert httpx.get(address).json()["numberMatched"] == count
    query = "filter=status='vacant'&limit=1000"
    shops = httpx.get(f"{demo_url}/ogc/collections/sample-shops/items?{query}").json()["features"]
    away = [_metres(shop["geometry"]["coordinates"], stop["geometry"]["coordinates"])
            for shop in shops]  # fmt: skip
    assert sum(m < 295 for m in away) <= count <= sum(m < 302 for m in away)
    assert count > 0
    rows = page.locator(".outcome tbody tr")
    assert rows.count() == min(count, 100)


def _metres(a: list[float], b: list[float]) -> float:
    from pyproj import Geod

    return float(Geod(ellps="GRS80").inv(a[0], a[1], b[0], b[1])[2])


def test_the_search_is_asked_by_keyboard_and_keeps_the_focus(opened) -> None:
    page = opened(f"{FICTIVE}&view=query")
    layer = page.locator("#panel").get_by_label("Couche", exact=True)
    layer.focus()
    layer.select_option("sample-shops")
    attribute = page.locator("#panel").get_by_label("Dont l'attribut", exact=True)
    expect(attribute).to_be_visible()
    expect(page.locator("#panel").get_by_label("Couche", exact=True)).to_be_focused()


def test_a_failed_search_is_told_and_tried_again(opened) -> None:
    page = opened(f"{FICTIVE}&view=query")
    refuse = lambda route: route.fulfill(status=500, json={"detail": "Panne."})  # noqa: E731
    page.route("**/sample-shops/items?*", refuse)
    page.locator("#panel").get_by_label("Couche", exact=True).select_option("sample-shops")
    expect(page.locator(".outcome [role=alert]")).to_contain_text("Panne.")
    page.unroute("**/sample-shops/items?*")
    page.locator(".outcome").get_by_role("button", name="Réessayer").click()
    expect(page.locator(".count")).to_be_visible()


def test_two_towns_stand_side_by_side(opened, say, screenshot, demo_url) -> None:
    page = opened(f"/?town=24322&view=compare&lang={say.lang}")
    town = page.get_by_label(say("compare.town"))
    town.fill("Rodez")
    town.press("Tab")
    expect(page.locator(".comparison table").first).to_be_visible()
    name = {"fr": "Logements vacants (recensement)", "en": "Housing vacancy (census)"}
    row = page.locator(".comparison tr").filter(has_text=name[say.lang]).first
    values = httpx.get(f"{demo_url}/indicators/H03/values").json()["values"]
    for insee, cell in (("24322", 0), ("12202", 2)):
        value = next(one["value"] for one in values if one["insee"] == insee)
        expect(row.get_by_role("cell").nth(cell)).to_contain_text(say.number(value))
    expect(page.locator(".minimap[data-drawn]")).to_have_count(2)
    # One map for each side, not a third of the first.
    expect(page.locator("#map")).to_be_hidden()
    screenshot(page, f"comparison-{say.lang}")
    page.get_by_role("link", name=say("compare.stop")).click()
    expect(page.locator("#map")).to_be_visible()
    assert page.troubles == []


def test_a_town_and_its_centre_are_compared_with_a_warning(opened, say) -> None:
    page = opened(f"{FICTIVE}&view=compare&lang={say.lang}")
    page.locator("#panel").get_by_role("link", name="Centre de").click()
    expect(page.locator(".comparison")).to_contain_text(say("compare.scale"))
    assert "with=00001:centre" in page.url
    expect(page.locator(".comparison table").first).to_be_visible()


def test_all_is_taken_away(opened, say, screenshot, tmp_path) -> None:
    page = opened(f"{FICTIVE}&view=take&perimeter=centre&lang={say.lang}")
    screenshot(page, f"take-away-{say.lang}")
    link = part(page, "link").get_by_label(say("take.link.label"))
    kept = dict(parse_qsl(urlsplit(link.input_value()).query))
    assert kept == {"town": "00001", "perimeter": "centre", "view": "take"} | (
        {"lang": "en"} if say.lang == "en" else {}
    )
    book = workbook(downloaded(page, part(page, "measures").locator("[data-form=xlsx]")))
    assert len(book.sheetnames) == 3
    assert ("Mesures" in book.sheetnames) == (say.lang == "fr")
    csv = downloaded(page, part(page, "measures").locator("[data-form=csv-fr]"))
    assert csv.startswith(b"\xef\xbb\xbf")
    png = downloaded(page, part(page, "map").get_by_role("button", name="PNG"))
    assert png.startswith(b"\x89PNG")
    assert len(png) > 20_000
    vector = downloaded(page, part(page, "map").get_by_role("button", name="SVG"))
    shapes = list(ElementTree.fromstring(vector).iter("{http://www.w3.org/2000/svg}path"))
    assert len(shapes) > 20
    Path("build/screenshots/map.png").write_bytes(png)
    Path("build/screenshots/map.svg").write_bytes(vector)
    project = downloaded(page, part(page, "gis").get_by_role("button", name=say("take.gis.open")))
    assert project.startswith(b"PK")
    assert page.troubles == []


def test_a_map_is_taken_with_its_legend(opened, say) -> None:
    style = "sample-transit-stops:departures:jenks:4:viridis"
    layers = f"layers=sample-transit-stops,sample-land-cover&style={style}"
    page = opened(f"{FICTIVE}&view=take&{layers}&lang={say.lang}")
    page.locator("#map[data-drawn]").wait_for()
    vector = downloaded(page, part(page, "map").get_by_role("button", name="SVG"))
    root = ElementTree.fromstring(vector)
    texts = [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")]
    shown = page.locator(".legend li:has(> .swatch)").all_inner_texts()
    assert len(shown) > 10
    assert [text for text in shown if text.strip() not in map(str.strip, texts)] == []
    colours = {one.get("fill") for one in root.iter("{http://www.w3.org/2000/svg}rect")}
    assert {"#440154", "#e6004d"} <= colours
    png = downloaded(page, part(page, "map").get_by_role("button", name="PNG"))
    Path("build/screenshots/map-legend.png").write_bytes(png)
    assert page.troubles == []


def test_the_report_is_a_click_away_in_the_language_of_the_page(opened, say, demo_url) -> None:
    page = opened(f"/?town=24322&view=take&perimeter=centre&lang={say.lang}")
    links = part(page, "report")
    pdf = links.get_by_role("link", name=say("take.report.pdf")).get_attribute("href")
    answer = httpx.get(demo_url + pdf, timeout=120)
    assert answer.headers["content-type"] == "application/pdf"
    links.get_by_role("link", name=say("take.report.page")).click()
    expect(page.locator("html")).to_have_attribute("lang", say.lang)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Périgueux")
    told = httpx.get(f"{demo_url}/towns/24322").json()["links"]
    assert httpx.get(told["report"], timeout=120).headers["content-type"].startswith("text/html")
    assert told["report_pdf"] == f"{told['self']}/report.pdf"


def test_a_drawn_perimeter_is_taken_away_from_the_page(opened) -> None:
    area = "-3.005,46.495;-2.995,46.495;-2.995,46.505;-3.005,46.505"
    page = opened(f"{FICTIVE}&view=take&perimeter=drawn&area={area}")
    button = part(page, "measures").get_by_role("button", name="XLSX")
    book = workbook(downloaded(page, button))
    assert "00001" in book["Mesures"]["A2"].value


def test_a_chart_is_taken_away_as_picture(opened) -> None:
    page = opened("/?town=24322&view=take")
    chart = part(page, "chart")
    chart.get_by_label("Indicateur").select_option("housing-vacancy")
    svg = downloaded(page, chart.get_by_role("button", name="SVG")).decode()
    assert svg.count("<circle") > 5
    png = downloaded(page, chart.get_by_role("button", name="PNG"))
    assert png.startswith(b"\x89PNG")


def test_a_figure_is_shown_in_a_frame(opened, say) -> None:
    page = opened(f"/?town=35236&view=take&lang={say.lang}")
    code = part(page, "embed").locator("textarea").input_value()
    page.evaluate("code => { document.body.innerHTML = code; }", code)
    frame = page.frame_locator("iframe")
    expect(frame.locator(".figure .value")).to_be_visible()
    expect(frame.get_by_role("link", name=say("embed.more"))).to_be_visible()


def test_the_frame_alone_tells_value_source_and_that_it_is_fictitious(opened) -> None:
    page = opened("/embed?town=00001&indicator=retail-vacancy")
    expect(page.locator(".value")).to_contain_text("12")
    expect(page.locator("[role=note]")).to_contain_text("fictives")
    expect(page.locator(".facts")).to_contain_text("Source")
    Path("build/screenshots").mkdir(parents=True, exist_ok=True)
    page.screenshot(path="build/screenshots/embed.png")
    assert page.troubles == []


def test_paper_holds_no_control_and_says_where_it_comes_from(opened) -> None:
    page = opened(f"{FICTIVE}&view=figures")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    expect(page.locator("#printed")).to_contain_text("town=00001")
    assert page.locator("button:visible").count() == 0
    expect(page.locator(".figure").first).to_be_visible()
    page.pdf(path="build/screenshots/print.pdf", format="A4")


def test_the_frame_may_be_shown_by_the_sites_that_are_named(demo_data, run_server, monkeypatch):
    monkeypatch.setenv("COEURVILLE_FRAME_ANCESTORS", "https://town.example")
    with run_server(demo_data) as url:
        policy = lambda path: httpx.get(url + path).headers["content-security-policy"]  # noqa: E731
        assert policy("/embed").endswith("frame-ancestors 'self' https://town.example")
        assert policy("/").endswith("frame-ancestors 'self'")
