"""The page for everybody, and when things go wrong: axe, phone, zoom, failures, weight."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

VIEWS = {
    "home": "/",
    "question": "/?town=00001&question=shops-holding&indicator=retail-vacancy",
    "figures": "/?town=35236&view=figures",
    "layers": "/?town=00001&view=layers&layers=sample-shops",
    "english": "/?town=00001&view=figures&lang=en",
}
MOST_BYTES = 1_000_000


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


# Each view, and an address that it cannot do without.
NEEDED = {
    "home": ("/?", "**/use-cases"),
    "question": ("/?town=00001&question=shops-holding", "**/use-cases/shops-holding*"),
    "figures": ("/?town=00001&view=figures", "**/towns/*/indicators*"),
    "explanation": ("/?town=00001&view=figures&indicator=H03", "**/indicators/H03/explain?*"),
    "own perimeter": (
        "/?town=00001&view=figures&perimeter=circle&circle=-3,46.5,500",
        "**/evaluate*",
    ),
    "layers": ("/?town=00001&view=layers", "**/ogc/collections?*"),
    "search": ("/?town=00001&view=query&find=sample-shops", "**/sample-shops/items?*"),
    "comparison": ("/?town=24322&view=compare&with=12202:commune", "**/towns/12202/indicators*"),
    "take-away": ("/?town=00001&view=take", "**/ogc/collections?*"),
    "town": ("/?town=00001", "**/towns/00001/perimeters"),
    "peers": ("/?town=35236&view=figures", "**/towns/*/indicators*peers=*"),
}


@pytest.mark.parametrize("view", NEEDED)
def test_a_failing_service_says_so_in_each_view_and_a_retry_brings_the_answer(
    opened, say, view
) -> None:
    address, pattern = NEEDED[view]
    page = opened(f"{address}&lang={say.lang}", before=lambda page: page.route(
        pattern, lambda route: route.fulfill(status=500, body="{}")
    ))  # fmt: skip
    failure = page.locator("main .failure:not(#map-about *)").first
    expect(failure).to_contain_text(say("error.status", status=500))
    page.unroute(pattern)
    failure.get_by_role("button", name=say("retry")).click()
    expect(page.locator("main .failure:not(#map-about *)")).to_have_count(0)
    expect(page.locator("main [aria-busy=true]")).to_have_count(0)
    assert page.locator("#panel").inner_text()


def test_a_cut_network_is_told_from_an_error(opened, say) -> None:
    page = opened(f"/?town=00001&lang={say.lang}")
    page.route("**/towns/*/indicators*", lambda route: route.abort())
    page.locator("#view-figures").click()
    expect(page.locator("#panel .failure")).to_contain_text(say("error.network"))


def test_a_slow_service_is_waited_for_and_its_silence_is_told(opened, say) -> None:
    page = opened(f"/?town=00001&lang={say.lang}")
    page.clock.install()
    page.route("**/towns/*/indicators*", lambda route: None)
    page.locator("#view-figures").click()
    expect(page.locator("#panel .wait")).to_have_text(say("loading"))
    for _ in range(4):  # the first and its retries
        page.clock.run_for(31_000)
        page.wait_for_timeout(50)
    expect(page.locator("#panel .failure")).to_contain_text(say("error.slow"))


def test_a_map_that_fails_leaves_its_table_and_is_drawn_again(opened, say) -> None:
    pattern = "**/sample-shops/tiles/**"
    page = opened(f"{VIEWS['layers']}&lang={say.lang}", before=lambda page: page.route(
        pattern, lambda route: route.fulfill(status=500, body="{}")
    ))  # fmt: skip
    told = page.locator("#map-about")
    expect(told).to_contain_text(say("map.failed"))
    told.get_by_text(say("twin"), exact=True).click()
    expect(told.locator("tbody tr")).to_have_count(50)
    page.unroute(pattern)
    told.get_by_role("button", name=say("retry")).click()
    expect(told).not_to_contain_text(say("map.failed"))
    expect(told.locator(".legend")).to_be_visible()


def test_without_its_library_a_map_leaves_its_table_and_is_tried_again(opened, say) -> None:
    pattern = "**/maplibre-gl-csp.js"
    page = opened(f"{VIEWS['layers']}&lang={say.lang}", before=lambda page: page.route(
        pattern, lambda route: route.abort()
    ))  # fmt: skip
    told = page.locator("#map-about")
    expect(told).to_contain_text(say("map.failed"))
    expect(told.locator(".legend")).to_be_visible()
    page.unroute(pattern)
    told.get_by_role("button", name=say("retry")).click()
    page.locator("#map[data-drawn]").wait_for()
    expect(told).not_to_contain_text(say("map.failed"))


def test_a_map_that_lacks_some_tiles_says_so(opened, say) -> None:
    pattern = re.compile("/sample-shops/tiles/WebMercatorQuad/[0-9]")
    page = opened(f"{VIEWS['layers']}&lang={say.lang}", before=lambda page: page.context.route(
        pattern, lambda route: route.fulfill(status=500, body="{}")
    ))  # fmt: skip
    told = page.locator("#map-about")
    expect(told).to_contain_text(say("map.partial"))
    expect(told.locator(".legend")).to_be_visible()
    page.context.unroute(pattern)
    told.get_by_role("button", name=say("retry")).click()
    expect(told).not_to_contain_text(say("map.partial"))


def test_compared_maps_that_lack_tiles_say_so_and_are_drawn_again(opened, say) -> None:
    address = f"/?town=00001&view=compare&with=24322:commune&lang={say.lang}"
    pattern = re.compile("/sample-buildings/tiles/WebMercatorQuad/[0-9]")
    page = opened(address, before=lambda page: page.context.route(
        pattern, lambda route: route.fulfill(status=500, body="{}")
    ))  # fmt: skip
    told = page.locator(".minimaps .failure")
    expect(told).to_contain_text(say("map.partial"))
    expect(page.locator(".minimap[data-drawn]")).to_have_count(2)
    expect(page.locator(".comparison table").first).to_be_visible()
    page.context.unroute(pattern)
    told.get_by_role("button", name=say("retry")).click()
    expect(told).to_have_count(0)
    expect(page.locator(".minimap canvas")).to_have_count(2)


FIRST_DATA = {
    "/": "[data-question]",
    "/?town=24322": "[data-question]",
    "/?town=24322&view=figures": ".figure .value .unit",
    "/?town=00001&view=figures": ".figure .value .unit",
}


NOTE_FIRST = """new MutationObserver((_, own) => {
  if (!document.querySelector("FIRST")) return;
  window.firstData = performance.now();
  own.disconnect();
}).observe(document, { childList: true, subtree: true });"""


def test_the_whole_page_weighs_less_than_a_megabyte(opened, repository) -> None:
    """Also note what was weighed, asked and awaited: figures to read, not to assert on."""
    lines = ["address\tcompressed bytes\trequests\tms to first data"]
    for address, first in FIRST_DATA.items():
        script = NOTE_FIRST.replace("FIRST", first)
        page = opened(address, before=lambda page, script=script: page.add_init_script(script))
        page.locator("#map[data-drawn]").wait_for()
        weight, count = page.evaluate(
            "(() => { const all = performance.getEntriesByType('resource');"
            "return [all.reduce((sum, e) => sum + e.encodedBodySize, 0), all.length]; })()"
        )
        assert 100_000 < weight < MOST_BYTES
        lines.append(f"{address}\t{weight}\t{count}\t{page.evaluate('firstData'):.0f}")
    folder = repository / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "page.tsv").write_text("\n".join(lines) + "\n")
