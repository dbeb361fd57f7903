"""Retail vacancy and storefront continuity: counts and groups known by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
import shapely
import yaml

from server.indicators.evaluation import explain

# Six shops 40 m apart in a row, four 60 m apart further north, and ten far from each other.
ROW = [(500 + 40 * i, 500) for i in range(6)]
LOOSE = [(500 + 60 * i, 900) for i in range(4)]
ALONE = [(150 + 180 * i, 1_500) for i in range(10)]


def test_vacant_over_all_premises(town_lake, shops) -> None:
    rows = shops(ROW + LOOSE + ALONE)
    rows += shops(LOOSE, "vacant", 100) + shops([(600, 600)], "disused", 200)
    town_lake.add("shops", rows + shops([(700, 700)], None, 300))
    measure = town_lake.measure("E04")
    assert measure.value == pytest.approx(20)
    assert (measure.numerator, measure.denominator, measure.n) == (5, 25, 25)
    assert measure.coverage == pytest.approx(100 * 25 / 26)
    assert measure.evidence == "estimé"


def test_nineteen_premises_are_too_few_and_none_vacant_is_zero(town_lake, shops) -> None:
    twenty = ROW + LOOSE + ALONE
    town_lake.add("shops", shops(twenty[:19]))
    assert town_lake.measure("E04").withheld.reason == "too-few"
    assert town_lake.measure("E10").withheld.reason == "too-few"
    town_lake.add("shops", shops(twenty))
    assert town_lake.measure("E04").value == 0


def test_groups_of_five_at_most_fifty_metres_apart(town_lake, shops) -> None:
    # A vacant storefront breaks no group and joins none.
    town_lake.add("shops", shops(ROW + LOOSE + ALONE) + shops([(540, 860)], "vacant", 100))
    measure = town_lake.measure("E10")
    assert measure.value == pytest.approx(100 * 6 / 20)
    assert (measure.numerator, measure.denominator, measure.n) == (6, 20, 20)
    told = explain(town_lake.catalogue, town_lake.commune(), "E10")
    assert told["details"] == {"sensitivity": {"30 m": 0.0, "50 m": 30.0, "75 m": 30.0}}
    assert told["rows"][0]["count"] == 20
    assert {f["id"] for f in told["rows"][0]["features"]} == {f"n{i}" for i in range(20)}
    assert told["licence"] == "ODbL 1.0"


def test_the_step_is_fifty_metres(town_lake, shops) -> None:
    near = [(400 + 49.9 * i, 500) for i in range(5)]
    far = [(400 + 50.1 * i, 900) for i in range(5)]
    alone = [(60 + 120 * i, 1_500) for i in range(10)]
    town_lake.add("shops", shops(near + far + alone))
    assert town_lake.measure("E10").value == pytest.approx(25)


def test_turning_the_town_changes_nothing(town_lake, shops) -> None:
    points = np.random.default_rng(1).normal(1_000, 130, (80, 2))
    town_lake.add("shops", shops(points))
    before = town_lake.measure("E10")
    assert 0 < before.value < 100
    turn = np.radians(37)
    matrix = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    town_lake.add("shops", shops((points - 1_000) @ np.array(matrix) + 1_000))
    assert town_lake.measure("E10").value == before.value


def test_a_town_s_own_survey_prevails_in_that_town_only(town_lake, shops) -> None:
    town_lake.add("shops", shops(ROW + LOOSE + ALONE))
    town_lake.share("a-survey", "shops")
    town_lake.add("a-survey", shops(ROW + LOOSE, "vacant") + shops(ALONE, start=50), shift=9_000)
    assert town_lake.measure("E04").value == 0
    town_lake.add("a-survey", shops(ROW + LOOSE, "vacant") + shops(ALONE, start=50))
    measure = town_lake.measure("E04")
    assert (measure.value, measure.evidence) == (50, "constaté")
    assert list(measure.vintages) == ["a-survey"]


def test_premises_seen_long_before_the_rest_of_a_survey_are_left_out(town_lake, shops) -> None:
    town_lake.share("a-survey", "shops")
    path = town_lake.catalogue.own_records / "a-survey.yml"
    record = yaml.safe_load(path.read_text(encoding="utf-8"))
    title = {"fr": "Date de visite", "en": "Date of the visit"}
    record["attributes"] += [{"name": "surveyed_on", "type": "date", "title": title}]
    path.write_text(yaml.safe_dump(record), encoding="utf-8")
    rows = [row | {"surveyed_on": date(2025, 6, 30)} for row in shops(ROW + LOOSE + ALONE)]
    rows += [row | {"surveyed_on": date(2024, 1, 15)} for row in shops(LOOSE, "vacant", 100)]
    rows += [row | {"surveyed_on": date(2023, 12, 1)} for row in shops(ROW, "vacant", 200)]
    town_lake.add("a-survey", rows + shops([(700, 700)], "vacant", 300))
    measure = town_lake.measure("E04")
    assert (measure.numerator, measure.denominator) == (4, 24)
    assert measure.coverage == pytest.approx(100 * 24 / 31)


def test_the_explanation_shows_at_most_a_hundred_rows(town_lake, shops) -> None:
    points = [(10 + 30 * (i % 40), 10 + 30 * (i // 40)) for i in range(1_001)]
    town_lake.add("shops", shops(points))
    rows = explain(town_lake.catalogue, town_lake.commune(), "E04")["rows"][0]
    assert (rows["count"], rows["shown"], len(rows["features"])) == (1_001, 100, 100)


def test_another_town_s_shops_say_nothing_of_this_one(town_lake, shops) -> None:
    town_lake.add("shops", shops(ROW + LOOSE + ALONE), shift=9_000)
    assert town_lake.measure("E04").withheld.reason == "no-data"


def test_a_shared_survey_without_a_column_withholds_and_says_which(town_lake) -> None:
    town_lake.share("survey", "shops")
    record = town_lake.catalogue.own_records / "survey.yml"
    facts = yaml.safe_load(record.read_text(encoding="utf-8"))
    facts["attributes"] = [a for a in facts["attributes"] if a["name"] != "status"]
    record.write_text(yaml.safe_dump(facts, allow_unicode=True), encoding="utf-8")
    points = [shapely.Point(1_000 + 10 * i, 1_000) for i in range(25)]
    town_lake.add("survey", [{"osm_id": f"n{i}", "geometry": p} for i, p in enumerate(points)])
    withheld = town_lake.measure("E04").withheld
    assert withheld.reason == "missing-column"
    assert "'status'" in withheld.en
