"""Questions that planners ask, over HTTP."""

from __future__ import annotations

import httpx
import pytest

from layers.catalogue import Catalogue
from server.indicators.registry import find, indicators
from server.indicators.use_cases import use_cases


def test_every_indicator_serves_a_question_that_exists():
    named = {find(name).text.id for one in use_cases().values() for name in one.indicators}
    # Counts and densities of storefronts are parts of other figures.
    assert set(indicators()) - named <= {"storefront-density", "employer-storefronts"}


def test_every_layer_of_a_question_has_a_record(demo_data):
    themes = {record.theme or record.id for record in Catalogue(demo_data).records().values()}
    named = {theme for one in use_cases().values() for theme in one.layers}
    assert named <= themes


def test_a_question_is_answered_for_a_town(demo_url):
    url = f"{demo_url}/use-cases/shops-holding"
    told = httpx.get(url, params={"town": "00001", "perimeter": "centre"}, timeout=60).json()
    values = {measure["id"]: measure["value"] for measure in told["measures"]}
    assert values["retail-vacancy"] is not None
    assert told["fictitious"] is True
    missing = {one["id"] for one in told["missing"]}
    assert missing == {name for name, value in values.items() if value is None}
    assert told["readiness"] == pytest.approx(100 * (1 - len(missing) / len(values)))


def test_a_real_town_without_shops_says_who_could_help(demo_url):
    told = httpx.get(
        f"{demo_url}/use-cases/shops-holding", params={"town": "35236"}, timeout=60
    ).json()
    assert {"id", "reason", "fr", "en"} <= told["missing"][0].keys()
    assert "CCI" in told["use_case"]["who_knows"]["fr"]


def test_mistyped_questions_get_the_nearest(demo_url):
    answer = httpx.get(f"{demo_url}/use-cases/shop-holding")
    assert answer.status_code == 404
    assert "shops-holding" in answer.json()["detail"]
