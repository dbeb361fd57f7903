"""The planner's page, from click to result, in both languages."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

FICTIVE = "/?town=00001"


def axis_cards(page: Page):
    return page.locator("#panel .figure")


def test_a_question_is_chosen_then_a_town_and_the_answer_tells_all(opened, say, screenshot) -> None:
    page = opened(f"/?lang={say.lang}")
    expect(page.locator("[data-question]")).to_have_count(10)
    screenshot(page, f"home-{say.lang}")
    page.locator("[data-question=shops-holding]").click()
    page.get_by_role("combobox", name=say("search.label")).fill("exémpleville")
    page.get_by_role("option").first.click()
    question = {"fr": "Nos commerces résistent-ils ?", "en": "Are our shops holding out?"}
    expect(page.locator("#answer")).to_have_text(question[say.lang])
    expect(page.get_by_role("note").first).to_have_text(say("fictitious.banner"))
    vacancy = page.locator("[data-id=retail-vacancy]")
    expect(vacancy.locator(".value")).to_contain_text(re.compile(r"12\s%"))
    expect(page.locator("#panel")).to_contain_text(say("who.title"))
    screenshot(page, f"question-{say.lang}")


def test_a_town_is_found_by_keyboard_alone(opened, say) -> None:
    page = opened(f"/?lang={say.lang}")
    box = page.get_by_role("combobox", name=say("search.label"))
    box.focus()
    page.keyboard.type("r")
    cut = page.locator("#towns .cut")
    expect(cut).to_contain_text(say("search.cut", shown=8, all="|").split("|")[0])
    page.keyboard.type("edo")
    expect(cut).to_have_count(0)
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Redon")
    box.fill("97611")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Mamoudzou")
    box.fill("Nullepart")
    page.keyboard.press("Enter")
    expect(page.locator("#search-message")).to_have_text(say("search.none", text="Nullepart"))


def test_towns_overseas_are_reached_on_the_map_by_keyboard(opened, say, screenshot) -> None:
    page = opened(f"/?lang={say.lang}")
    page.locator("#map[data-drawn]").wait_for()
    region = page.get_by_role("button", name="La Réunion")
    region.focus()
    page.keyboard.press("Enter")
    expect(region).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#status")).to_have_text(say("regions.shown", name="La Réunion", count=5))
    page.wait_for_url(re.compile("map="))
    _, lat, lon = map(float, re.search(r"map=([\d./-]+)", page.url)[1].split("/"))
    assert (round(lat), round(lon)) == (-21, 55)
    screenshot(page, f"overseas-{say.lang}")
    town = page.locator(".regions").get_by_role("link", name="Saint-André")
    town.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Saint-André")
    # No town of the programme is out of reach.
    page.goto(page.url.split("?")[0] + f"?lang={say.lang}")
    far = page.locator(".regions > ul").first.get_by_role("button")
    expect(far).to_have_count(6)
    names = set()
    for button in far.all():
        button.click()
        names |= set(page.locator(".regions .chips a").all_inner_texts())
    assert len(names) == 16
    assert page.troubles == []


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


def test_the_first_axis_is_shown_while_the_next_are_made(opened, say) -> None:
    page = opened(f"{FICTIVE}&lang={say.lang}")
    held = []
    page.route("**/indicators?*axis=commerce*", lambda route: held.append(route))
    page.locator("#view-figures").click()
    expect(page.locator("[data-axis=habitat] .value .unit").first).to_be_visible()
    expect(page.locator("[data-axis]")).to_have_count(1)
    expect(page.locator("#panel")).to_contain_text(say("loading"))
    assert len(held) == 1
    held[0].continue_()
    expect(page.locator("[data-axis]")).to_have_count(7)
    expect(page.locator("#panel [aria-busy]")).to_have_count(0)
    assert page.troubles == []


def test_an_axis_that_fails_is_asked_again_alone(opened, say) -> None:
    pattern = "**/indicators?*axis=services*"
    refuse = lambda page: page.route(pattern, lambda route: route.fulfill(status=500, body="{}"))  # noqa: E731
    page = opened(f"{FICTIVE}&view=figures&lang={say.lang}", before=refuse)
    failure = page.locator("#panel .failure")
    expect(failure).to_contain_text(say("error.status", status=500))
    expect(page.locator("[data-axis]")).to_have_count(6)
    page.unroute(pattern)
    failure.get_by_role("button", name=say("retry")).click()
    expect(page.locator("[data-axis=services] .value .unit").first).to_be_visible()
    expect(failure).to_have_count(0)


def test_a_reason_calls_layers_as_readers_do(opened, say) -> None:
    page = opened(f"/?town=35236&view=figures&lang={say.lang}")
    reason = page.locator("[data-id=centre-population] .value span")
    title = {"fr": "Revenus et ménages par carreau", "en": "Income and households by 200 m cell"}
    expect(reason).to_contain_text(title[say.lang])


def test_a_figure_is_explained_with_what_was_counted_on_the_map(opened, say, screenshot) -> None:
    page = opened(f"{FICTIVE}&view=figures&lang={say.lang}")
    page.locator("[data-id=retail-vacancy]").get_by_role("link", name=say("explain")).click()
    told = page.locator("#explanation")
    formula = {
        "fr": "vacants / (vacants + occupés) × 100",
        "en": "vacant / (vacant + occupied) × 100",
    }
    expect(told).to_contain_text(formula[say.lang])
    expect(told).to_contain_text("CC0 1.0")
    expect(page.locator("#map[data-counted='150']")).to_be_visible()
    screenshot(page, f"explanation-{say.lang}")
    told.get_by_text(say("explain.rows.table")).click()
    expect(told.get_by_role("row").filter(has_text="Presse du Centre")).to_have_count(1)
    told.get_by_role("link", name=say("close")).click()
    expect(told).to_be_hidden()


def test_a_row_shows_its_feature_on_the_map_by_keyboard_and_gives_the_focus_back(
    opened, say, screenshot
) -> None:
    page = opened(f"{FICTIVE}&view=layers&layers=sample-shops&lang={say.lang}")
    page.locator("#map[data-drawn]").wait_for()
    page.get_by_text(say("twin"), exact=True).click()
    row = page.locator("#map-about tbody tr").first.get_by_role("button")
    name = row.inner_text()
    row.focus()
    page.keyboard.press("Enter")
    popup = page.locator(".popup")
    expect(popup).to_be_visible()
    expect(page.locator("#status")).to_contain_text(name)
    # Attributes are called by their titles.
    expect(popup).to_contain_text({"fr": "État", "en": "Status"}[say.lang])
    screenshot(page, f"feature-{say.lang}")
    page.keyboard.press("Escape")
    expect(popup).to_be_hidden()
    expect(row).to_be_focused()


def test_a_value_stands_among_peers_that_the_reader_chooses(opened, say, screenshot) -> None:
    page = opened(f"/?town=35236&view=figures&lang={say.lang}")
    vacancy = page.locator("[data-id=housing-vacancy]")
    expect(vacancy.locator("svg.strip circle")).to_have_count(15)
    expect(vacancy).to_contain_text(say("standing", share=say.number(33.3), count=15))
    page.get_by_text(say("peers.title", count=15)).click()
    expect(page.locator(".portrait")).to_contain_text("Châteaudun")
    screenshot(page, f"peers-{say.lang}")
    page.get_by_role("button", name=say("peers.remove", name="Châteaudun")).click()
    expect(vacancy.locator("svg.strip circle")).to_have_count(14)
    page.get_by_label(say("peers.add")).fill("Rodez (12202)")
    page.get_by_role("button", name=say("add"), exact=True).click()
    expect(vacancy.locator("svg.strip circle")).to_have_count(15)
    assert "12202" in page.url


def test_the_address_holds_where_the_map_is(opened, say) -> None:
    page = opened(f"{FICTIVE}&view=take&lang={say.lang}")
    page.locator("#map[data-drawn]").wait_for()
    page.get_by_role("button", name=say("map.in")).click()
    page.wait_for_url(re.compile(r"map=\d"))
    kept = re.search(r"map=([\d./-]+)", page.url)[1]
    expect(page.get_by_label(say("take.link.label"))).to_have_value(re.compile(re.escape(kept)))
    where = """async () => {
      const { position } = await import("/assets/js/map.js");
      return position();
    }"""
    again = opened("/" + page.url.split("/", 3)[3])
    again.locator("#map[data-drawn]").wait_for()
    assert again.evaluate(where) == kept
    # Another perimeter is looked at whole.
    again.get_by_label(say("perimeter"), exact=True).select_option("centre")
    again.wait_for_url(re.compile("perimeter=centre"))
    assert "map=" not in again.url


def test_language_is_switched_and_kept_in_the_address(opened, screenshot) -> None:
    page = opened(f"{FICTIVE}&view=figures")
    screenshot(page, "figures-fr")
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("[data-id=retail-vacancy]")).to_contain_text("Lower is rather better")
    assert "lang=en" in page.url
    screenshot(page, "figures-en")


@pytest.mark.parametrize("name", ["Centre de Exempleville (ville fictive)", "ORT"])
def test_a_perimeter_is_chosen(opened, say, name) -> None:
    page = opened(f"{FICTIVE}&view=figures&lang={say.lang}")
    chooser = page.get_by_label(say("perimeter"), exact=True)
    chooser.select_option(next(o for o in chooser.inner_text().splitlines() if name in o))
    people = page.locator("[data-id=centre-population] .value strong")
    expect(people).not_to_have_text(re.compile("21.775"))


def test_every_module_is_asked_for_at_once(opened, demo_url, repository) -> None:
    page = opened("/")
    modules = {path.name for path in (repository / "server/web/static/js").glob("*.js")}
    listed = page.eval_on_selector_all(
        "link[rel=modulepreload]", "links => links.map(link => link.href.split('/').at(-1))"
    )
    assert modules - set(listed) == {"main.js", "embed.js"}


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
