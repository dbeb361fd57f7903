"""The map: layers, classes and colours of the reader's choice, with legend and table twin."""

from __future__ import annotations

from playwright.sync_api import expect

LAYERS = "/?town=00001&view=layers"


def test_a_layer_is_shown_with_classes_legend_credits_and_table(opened, screenshot) -> None:
    page = opened(LAYERS)
    box = page.get_by_role("checkbox", name="Arrêts de transport collectif")
    box.focus()
    page.keyboard.press("Space")
    expect(page.get_by_label("Colorer selon")).to_be_visible()
    expect(box).to_be_focused()
    page.get_by_label("Colorer selon").select_option("departures")
    page.get_by_label("Classes", exact=True).select_option("jenks")
    page.get_by_label("Nombre de classes").select_option("4")
    legend = page.locator(".legend")
    expect(legend.locator("ul li")).to_have_count(4)
    expect(page.locator(".credits")).to_contain_text("CC0 1.0")
    assert "style=sample-transit-stops:departures:jenks:4:viridis" in page.url
    page.get_by_text("Données de la carte en tableau").click()
    expect(page.locator("#map-about table tbody tr")).to_have_count(25)
    screenshot(page, "layers")


def test_kinds_are_told_apart_and_images_have_their_legend(opened) -> None:
    page = opened(
        f"{LAYERS}&layers=sample-shops,sample-land-cover&style=sample-shops:status:quantiles:5:viridis"
    )
    expect(page.locator(".legend")).to_contain_text("désaffecté")
    classes = page.locator(".image-legend")
    expect(classes).to_contain_text("Tissu urbain continu")
    # A class of the image has the colour of CORINE's own legend.
    swatch = classes.locator(".swatch").first
    assert swatch.evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(230, 0, 77)"
    page.locator("#map[data-drawn]").wait_for()
    assert page.troubles == []


def test_breaks_are_those_known_by_hand(opened) -> None:
    page = opened("/")
    found = page.evaluate("""async () => {
      const { breaksOf } = await import("/assets/js/classes.js");
      const values = [1, 2, 3, 11, 12, 13, 101, 102, 103];
      return ["quantiles", "jenks", "equal"].map((method) => breaksOf(values, method, 3));
    }""")
    assert found[1] == [11, 101]
    assert found[2] == [35, 69]
    assert [round(value, 2) for value in found[0]] == [8.33, 42.33]
