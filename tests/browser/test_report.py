"""A town's report as a page: for everybody, whole by itself."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser


@pytest.fixture
def at(browser: Browser, demo_url: str):
    """Give a function that opens an address in a new context."""
    contexts = []

    def at_(path: str, **options):
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.troubles, page.addresses = [], []
        page.on("console", lambda m: page.troubles.append(m.text) if m.type == "error" else None)
        page.on("request", lambda request: page.addresses.append(request.url))
        page.goto(demo_url + path)
        return page

    yield at_
    for context in contexts:
        context.close()


@pytest.mark.parametrize("query", ["00001/report", "24322/report?perimeter=centre&lang=en"])
def test_axe_finds_nothing_in_a_report(at, repository, query):
    page = at(f"/towns/{query}", bypass_csp=True)
    page.add_script_tag(path=repository / "node_modules" / "axe-core" / "axe.min.js")
    found = page.evaluate("axe.run()")
    assert len(found["passes"]) > 15
    told = [(v["id"], [node["html"] for node in v["nodes"]]) for v in found["violations"]]
    assert told == []


def test_a_report_asks_for_nothing_else_and_fits_a_phone(at):
    page = at("/towns/00001/report", viewport={"width": 390, "height": 844})
    assert page.troubles == []
    assert [a for a in page.addresses if not a.endswith("/favicon.ico")] == [page.url]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    # The policy lets its one style sheet through.
    assert page.locator("h1").evaluate("e => getComputedStyle(e).color") == "rgb(18, 57, 95)"
    page.get_by_role("link", name="Sources et licences").click()
    assert page.get_by_role("heading", name="Sources et licences").is_visible()
