"""A real browser on the page, with what it asked and what went wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

# Without these, Chromium looks for its maker's servers at every start.
QUIET = ("background-networking", "component-update", "sync")
FLAGS = ["--no-sandbox", "--no-first-run", "--enable-unsafe-swiftshader"]
FLAGS += [f"--disable-{feature}" for feature in QUIET]
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def browser(require_program) -> Iterator[Browser]:
    program = require_program("chromium", "chromium-browser")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


class Say:
    """The page's own texts in one language, by their keys."""

    def __init__(self, repository: Path, lang: str) -> None:
        path = repository / "server" / "web" / "static" / "i18n" / f"{lang}.json"
        self.lang, self.texts = lang, json.loads(path.read_text())

    def __call__(self, key: str, **values: object) -> str:
        return self.texts[key].format(**values)

    def number(self, value: float) -> str:
        text = f"{value:.1f}".removesuffix(".0")
        return text.replace(".", ",") if self.lang == "fr" else text


@pytest.fixture(params=["fr", "en"])
def say(request, repository: Path) -> Say:
    """Give the texts of the page, once in each language."""
    return Say(repository, request.param)


@pytest.fixture
def opened(browser: Browser, demo_url: str) -> Iterator[Callable[..., Page]]:
    """Give a function that opens an address of the page once all of it is shown.

    ``before`` may prepare a page that has not yet gone there.

    A page's ``troubles`` are its errors, its ``addresses`` all that it asked for.
    """
    contexts: list[Any] = []

    def open_(path: str = "/", before: Any = None, **options: Any) -> Page:
        wide = {"viewport": {"width": 1440, "height": 1000}, "locale": "fr-FR"}
        context = browser.new_context(**{**wide, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.troubles, page.addresses = [], []
        page.on("console", lambda m: page.troubles.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: page.troubles.append(str(error)))
        page.on("request", lambda request: page.addresses.append(request.url))
        if before is not None:
            before(page)
        page.goto(demo_url + path)
        page.locator("body[data-ready]").wait_for()
        return page

    yield open_
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def screenshot(repository: Path) -> Callable[[Page, str], None]:
    """Give a function that keeps a picture of a view under ``build/screenshots``."""
    folder = repository / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)

    def keep(page: Page, name: str) -> None:
        page.locator("#map[data-drawn]").wait_for(state="attached")
        page.screenshot(path=folder / f"{name}.png", full_page=True)

    return keep
