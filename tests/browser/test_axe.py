"""axe-core on the whole document: every view, in both languages, on every size, all folds open."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

VIEWS = {
    "home": "",
    "questions": "town=00001",
    "question": "town=00001&question=shops-holding",
    "explained": "town=00001&view=figures&perimeter=centre&indicator=centre-population",
    "peers": "town=35236&view=figures",
    "own-perimeter": "town=00001&view=figures&perimeter=circle&circle=-3,46.5,500",
    "layers": "town=00001&view=layers&layers=sample-shops,sample-land-cover"
    "&style=sample-shops:status:quantiles:5:viridis",
    "search": "town=00001&view=query&find=sample-shops;status;%3D;vacant;sample-transit-stops;;300",
    "comparison": "town=24322&view=compare&with=12202:commune",
    "take-away": "town=35236&view=take",
}
# The last is a window of 1440 pixels at 200 %.
SIZES = {"desktop": (1440, 1000), "phone": (390, 844), "zoomed": (720, 500)}


def settled(page: Page) -> None:
    """Wait until the map is drawn and nothing is awaited, then open all that folds."""
    page.locator("#map[data-drawn]").wait_for(state="attached")
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.locator("[aria-busy=true]").first.wait_for(state="detached")
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("name", VIEWS)
def test_axe_finds_nothing_in_the_whole_document(opened, repository, name, lang) -> None:
    # axe is brought in from outside the page, which the policy forbids to the page itself.
    page = opened(f"/?lang={lang}&{VIEWS[name]}", bypass_csp=True)
    settled(page)
    page.add_script_tag(path=repository / "node_modules" / "axe-core" / "axe.min.js")
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, size
        found = page.evaluate("axe.run()")
        assert len(found["passes"]) > 15
        told = [(v["id"], [node["html"] for node in v["nodes"]]) for v in found["violations"]]
        assert told == [], size
