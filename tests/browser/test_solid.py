"""The page for everybody, and when things go wrong: axe, phone, zoom, failures, weight."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

VIEWS = {
    "home": "/",
    "question": "/?town=00001&question=shops-holding&indicator=retail-vacancy",
    "figures": "/?town=35236&view=figures",
    "layers": "/?town=00001&view=layers&layers=sample-shops",
    "english": "/?town=00001&view=figures&lang=en",
}
MOST_BYTES = 1_000_000


@pytest.mark.parametrize("name", VIEWS)
def test_axe_finds_nothing(opened, repository, name) -> None:
    # axe is brought in from outside the page, which the policy forbids to the page itself.
    page = opened(VIEWS[name], bypass_csp=True)
    page.locator("#map[data-drawn]").wait_for()
    page.add_script_tag(path=repository / "node_modules" / "axe-core" / "axe.min.js")
    found = page.evaluate("axe.run()")
    assert len(found["passes"]) > 15
    told = [(v["id"], [node["html"] for node in v["nodes"]]) for v in found["violations"]]
    assert told == []


@pytest.mark.parametrize("size", [(390, 844), (720, 500)], ids=["phone", "zoomed to 200 %"])
def test_nothing_overflows_a_small_screen(opened, screenshot, size) -> None:
    page = opened(VIEWS["question"], viewport={"width": size[0], "height": size[1]})
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    screenshot(page, f"small-{size[0]}")


def test_focus_is_visible_and_the_first_stop_skips_to_the_content(opened) -> None:
    page = opened(VIEWS["figures"])
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Aller au contenu")
    expect(skip).to_be_focused()
    assert skip.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()


def _failing(page: Page, pattern: str, answer: Callable[[Route], None]) -> None:
    page.route(pattern, answer)


def test_a_failing_service_says_so_and_a_retry_brings_the_answer(opened) -> None:
    page = opened("/?town=00001")
    _failing(page, "**/towns/*/indicators*", lambda route: route.fulfill(status=500, body="{}"))
    page.get_by_role("link", name="Indicateurs", exact=True).click()
    failure = page.locator("#panel .failure")
    expect(failure).to_contain_text("erreur (500)")
    page.unroute("**/towns/*/indicators*")
    failure.get_by_role("button", name="Réessayer").click()
    expect(page.locator("[data-id=retail-vacancy] .value")).to_contain_text("12")


def test_a_cut_network_is_told_from_an_error(opened) -> None:
    page = opened("/?town=00001")
    _failing(page, "**/towns/*/indicators*", lambda route: route.abort())
    page.get_by_role("link", name="Indicateurs", exact=True).click()
    expect(page.locator("#panel .failure")).to_contain_text("injoignable")


def test_the_whole_page_weighs_less_than_a_megabyte(opened, record_property) -> None:
    page = opened(VIEWS["question"])
    page.locator("#map[data-drawn]").wait_for()
    weight = page.evaluate(
        "performance.getEntriesByType('resource').filter(e => e.name.includes('/assets/'))"
        ".reduce((sum, e) => sum + e.encodedBodySize, 0)"
    )
    record_property("page_bytes", weight)
    assert 100_000 < weight < MOST_BYTES
