"""The planner's page, from click to result, in both languages."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

FICTIVE = "/?town=00001"


def axis_cards(page: Page):
    return page.locator("#panel .figure")


def test_a_question_is_chosen_then_a_town_and_the_answer_tells_all(opened, screenshot) -> None:
    page = opened("/")
    expect(page.locator("[data-question]")).to_have_count(10)
    screenshot(page, "home")
    page.locator("[data-question=shops-holding]").click()
    page.get_by_role("combobox", name="Une ville").fill("exémpleville")
    page.get_by_role("option").first.click()
    expect(page.locator("#answer")).to_have_text("Nos commerces résistent-ils ?")
    expect(page.get_by_role("note")).to_contain_text("fictives")
    vacancy = page.locator("[data-id=retail-vacancy]")
    expect(vacancy.locator(".value")).to_contain_text(re.compile(r"12\s%"))
    expect(page.locator("#panel")).to_contain_text("Qui pourrait aider")
    screenshot(page, "question")


def test_a_town_is_found_by_keyboard_alone(opened) -> None:
    page = opened("/")
    page.get_by_role("combobox", name="Une ville").focus()
    page.keyboard.type("redo")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Redon")
    page.get_by_role("combobox", name="Une ville").fill("97611")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Mamoudzou")


def test_a_town_that_does_not_exist_is_said_so(opened) -> None:
    page = opened("/")
    page.get_by_role("combobox", name="Une ville").fill("Nullepart")
    page.keyboard.press("Enter")
    expect(page.locator("#search-message")).to_contain_text("Nullepart")


def test_every_figure_has_its_unit_or_a_reason_and_missing_is_never_zero(opened) -> None:
    page = opened("/?town=97611&view=figures")
    cards = axis_cards(page)
    assert cards.count() == 45
    for card in cards.all():
        value = card.locator(".value")
        if card.get_attribute("data-missing") == "true":
            assert not re.search(r"\b0\b", value.locator("strong").inner_text())
            assert value.locator("span").inner_text()
        else:
            assert value.locator(".unit").inner_text()


def test_a_figure_is_explained_with_what_was_counted_on_the_map(opened, screenshot) -> None:
    page = opened(f"{FICTIVE}&view=figures")
    page.locator("[data-id=retail-vacancy]").get_by_role("link", name="Expliquer").click()
    told = page.locator("#explanation")
    expect(told).to_contain_text("vacant / (vacant + occupied) × 100")
    expect(told).to_contain_text("CC0 1.0")
    expect(page.locator("#map[data-counted='150']")).to_be_visible()
    screenshot(page, "explanation")
    told.get_by_text("Les voir en tableau").click()
    expect(told.get_by_role("row").filter(has_text="Presse du Centre")).to_have_count(1)
    told.get_by_role("link", name="Fermer").click()
    expect(told).to_be_hidden()


def test_a_value_stands_among_peers_that_the_reader_chooses(opened, screenshot) -> None:
    page = opened("/?town=35236&view=figures")
    vacancy = page.locator("[data-id=housing-vacancy]")
    expect(vacancy.locator("svg.strip circle")).to_have_count(15)
    expect(vacancy).to_contain_text("Au-dessus de 33,3 % de 15 villes comparables")
    page.get_by_text("Comparée à 15 villes").click()
    expect(page.locator(".portrait")).to_contain_text("Châteaudun")
    screenshot(page, "peers")
    page.get_by_role("button", name="Retirer Châteaudun").click()
    expect(vacancy.locator("svg.strip circle")).to_have_count(14)
    assert "peers=" in page.url


def test_language_is_switched_and_kept_in_the_address(opened, screenshot) -> None:
    page = opened(f"{FICTIVE}&view=figures")
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("[data-id=retail-vacancy]")).to_contain_text("Lower is rather better")
    assert "lang=en" in page.url
    screenshot(page, "figures-en")


@pytest.mark.parametrize("name", ["Centre de Exempleville (ville fictive)", "ORT"])
def test_a_perimeter_is_chosen(opened, name) -> None:
    page = opened(f"{FICTIVE}&view=figures")
    chooser = page.get_by_label("Périmètre", exact=True)
    chooser.select_option(next(o for o in chooser.inner_text().splitlines() if name in o))
    people = page.locator("[data-id=centre-population] .value strong")
    expect(people).not_to_have_text(re.compile("21.775"))


def test_nothing_is_asked_elsewhere_and_the_policy_holds(opened, demo_url) -> None:
    page = opened(f"{FICTIVE}&view=figures&indicator=retail-vacancy")
    page.locator("#map[data-drawn]").wait_for()
    assert len(page.addresses) > 20
    assert not [a for a in page.addresses if not a.startswith((demo_url, "blob:", "data:"))]
    assert page.troubles == []


def test_a_series_is_drawn_within_the_policy_and_as_a_table(opened, screenshot) -> None:
    page = opened(f"{FICTIVE}&view=figures&indicator=centre-population")
    told = page.locator(".series")
    expect(told.locator(".chart svg.marks")).to_be_visible()
    expect(told.get_by_role("row")).to_have_count(3)
    assert page.troubles == []
    with page.expect_download() as saved:
        told.get_by_role("button", name="Image SVG").click()
    assert "<svg" in saved.value.path().read_text()
    screenshot(page, "series")


@pytest.mark.parametrize("code", ["fr", "en"])
def test_every_text_exists_in_both_languages(repository, code) -> None:
    folder = repository / "server" / "web" / "static"
    texts = {c: json.loads((folder / "i18n" / f"{c}.json").read_text()) for c in ("fr", "en")}
    assert texts["fr"].keys() == texts["en"].keys()
    asked = set()
    for path in (folder / "js").glob("*.js"):
        asked |= set(re.findall(r'\bt\("([\w.-]+)"', path.read_text()))
    assert asked - texts[code].keys() == set()
