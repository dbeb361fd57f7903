"""Journeys to work: shares known by hand, for whole communes only."""

from __future__ import annotations

import pytest
import shapely

from server.indicators.commuting import metropoles
from server.indicators.evaluation import explain
from server.indicators.intervals import wilson
from server.indicators.portraits import portraits

CODES = ["D01", "D02", "D03", "D04"]


def flow(home: str, work: str, workers: float | None, year: int = 2022) -> dict:
    return {"home": home, "work": work, "workers": workers, "year": year}


FLOWS = [
    flow("12202", "12202", 500.0),
    flow("12202", "31555", 200.0),
    flow("12202", "69381", 60.0),
    flow("12202", "69385", 40.0),
    flow("12202", "12145", 190.0),
    flow("12202", "99999", 10.0),
    flow("12145", "12202", 700.0),
    flow("31555", "12202", 50.0),
    flow("12202", "12202", 9_999.0, 2016),
    flow("12202", "12176", None),
]
BODIES = {"12202": "241200567", "12145": "241200567", "31555": "243100518", "69123": "200046977"}


@pytest.fixture
def flow_lake(town_lake):
    town_lake.add("commuting-flows", FLOWS)
    return town_lake


def add_bodies(lake, bodies) -> None:
    lake.add("communes", [
        {"insee": insee, "name": insee, "epci": epci,
         "geometry": shapely.box(3_000 * i, 0, 3_000 * i + 2_000, 2_000)}
        for i, (insee, epci) in enumerate(bodies.items())
    ])  # fmt: skip


def test_own_commune_over_all(flow_lake) -> None:
    measure = flow_lake.measure("D02")
    assert (measure.value, measure.numerator, measure.denominator) == (50, 500, 1_000)
    assert measure.n == 1_000


def test_jobs_for_a_hundred_employed_residents(flow_lake) -> None:
    measure = flow_lake.measure("D03")
    assert (measure.value, measure.numerator) == (125, 1_250)


def test_concentration_of_those_who_leave(flow_lake) -> None:
    # 200 to Toulouse, 100 to the arrondissements of Lyon together, 190 and 10 elsewhere.
    expected = (0.4**2) + (0.2**2) + (0.38**2) + (0.02**2)
    assert flow_lake.measure("D04").value == pytest.approx(expected)


def test_all_to_one_place_is_a_concentration_of_one(town_lake) -> None:
    town_lake.add("commuting-flows", [flow("12202", "12145", 300.0)])
    assert town_lake.measure("D04").value == 1
    assert town_lake.measure("D02").value == 0


def test_workers_in_a_metropole(flow_lake) -> None:
    add_bodies(flow_lake, BODIES)
    told = explain(flow_lake.catalogue, flow_lake.commune(), "D01")
    measure = told["measure"]
    assert (measure.value, measure.numerator, measure.coverage) == (30, 300, 100)
    names = {"Toulouse Métropole": 200, "Métropole de Lyon": 100}
    assert told["details"]["by_metropole"] == names
    assert {source["layer"] for source in told["sources"]} == {"commuting-flows", "communes"}


def test_facilities_tell_a_body_that_boundaries_do_not(flow_lake) -> None:
    known = {k: v for k, v in BODIES.items() if k.startswith("12")}
    add_bodies(flow_lake, known)
    assert flow_lake.measure("D01").withheld.reason == "unknown-groupings"
    flow_lake.add("facilities", [
        {"typequ": "D307", "depcom": insee, "epci": epci, "geometry": shapely.Point(1, 1)}
        for insee, epci in BODIES.items()
    ])  # fmt: skip
    assert flow_lake.measure("D01").value == 30


@pytest.mark.parametrize("code", [*CODES, "M06"])
def test_a_part_of_a_commune_is_withheld(flow_lake, code) -> None:
    area = flow_lake.drawn(shapely.box(500, 500, 900, 900))
    assert flow_lake.measure(code, area).withheld.reason == "commune-only"


@pytest.mark.parametrize("code", CODES)
def test_fewer_than_two_hundred_workers_are_too_few(town_lake, code) -> None:
    town_lake.add("commuting-flows", [flow("12202", "12145", 100.0), flow("12202", "12202", 99.0)])
    add_bodies(town_lake, BODIES)
    assert town_lake.measure(code).withheld.reason == "too-few"


def test_shares_of_destinations_sum_to_one(flow_lake) -> None:
    own = flow_lake.measure("D02")
    away = explain(flow_lake.catalogue, flow_lake.commune(), "D04")["measure"]
    assert own.numerator + away.denominator == own.denominator


@pytest.mark.parametrize("siren", ["200093201", "245900410"])
def test_lille_is_a_metropole_in_boundaries_of_before_2020_too(town_lake, siren) -> None:
    town_lake.add("commuting-flows", [
        flow("12202", "59350", 300.0), flow("12202", "12202", 700.0),
    ])  # fmt: skip
    add_bodies(town_lake, {"12202": "241200567", "59350": siren})
    assert town_lake.measure("D01").value == 30


AREAS = [
    {"insee": "12202", "aav": "117"}, {"insee": "12145", "aav": "117"},
    {"insee": "31555", "aav": "002"}, {"insee": "69123", "aav": "003"}, {"insee": "99999"},
]  # fmt: skip


def test_places_of_one_attraction_area_are_one_destination(flow_lake) -> None:
    # By communes: 200 to Toulouse, 100 to Lyon, 190 to 12145, 10 abroad, of 500.
    apart = (200**2 + 100**2 + 190**2 + 10**2) / 500**2
    assert flow_lake.measure("D04").value == pytest.approx(apart)
    areas = [*AREAS[:2], {"insee": "31555", "aav": "117"}, *AREAS[3:]]
    flow_lake.add("attraction-areas", areas)
    told = explain(flow_lake.catalogue, flow_lake.commune(), "D04")
    assert told["measure"].value == pytest.approx((390**2 + 100**2 + 10**2) / 500**2)
    assert told["details"]["by"] == "attraction areas"
    assert {source["layer"] for source in told["sources"]} == {
        "commuting-flows", "attraction-areas",
    }  # fmt: skip


def test_the_attraction_area_and_the_inter_communal_body_hold_more(flow_lake) -> None:
    def details() -> dict:
        return explain(flow_lake.catalogue, flow_lake.commune(), "D02")["details"]

    assert details() == {}
    flow_lake.add("attraction-areas", AREAS)
    add_bodies(flow_lake, BODIES)
    assert details() == {"in_attraction_area": 69, "in_inter_communal_body": 69}
    assert flow_lake.measure("D02").value == 50


def test_a_commune_that_no_city_attracts_has_no_area_to_stay_in(flow_lake) -> None:
    flow_lake.add("attraction-areas", [{"insee": "12202"}, {"insee": "12145"}])
    assert "in_attraction_area" not in explain(
        flow_lake.catalogue, flow_lake.commune(), "D02"
    )["details"]  # fmt: skip


def means(transport: str, workers: float, n: int) -> dict:
    return {"home": "12202", "work": "12202", "transport": transport, "workers": workers,
            "n": n, "year": 2022}  # fmt: skip


def test_on_foot_by_cycle_or_by_public_transport(town_lake) -> None:
    town_lake.add("commuting-modes", [
        means("1", 50.0, 5), means("2", 100.0, 10), means("3", 30.0, 3), means("4", 20.0, 2),
        means("5", 730.0, 73), means("6", 70.0, 7),
    ])  # fmt: skip
    measure = town_lake.measure("M06")
    assert (measure.value, measure.numerator, measure.denominator) == (20, 200, 1_000)
    assert measure.interval == pytest.approx((13.3, 28.9), abs=0.1)  # Wilson, 20 of 100


def test_those_whose_means_is_unknown_are_left_out_not_counted_as_drivers(town_lake) -> None:
    town_lake.add("commuting-modes", [
        means("2", 200.0, 20), means("5", 600.0, 60), {**means("5", 200.0, 20), "transport": None},
    ])  # fmt: skip
    measure = town_lake.measure("M06")
    assert (measure.value, measure.denominator, measure.coverage) == (25, 800, 80)
    assert measure.n == 800


def test_wilson_s_interval_of_none_starts_at_zero() -> None:
    low, high = wilson(0, 10)
    assert low == pytest.approx(0)
    assert high == pytest.approx(27.8, abs=0.1)


def test_the_metropoles_are_twenty_two_valid_sirens_and_an_invented_one() -> None:
    def valid(siren: str) -> bool:
        doubled = (int(c) * (2 if i % 2 else 1) for i, c in enumerate(reversed(siren)))
        return sum(d - 9 * (d > 9) for d in doubled) % 10 == 0

    assert len({one.sirens[0] for one in metropoles() if not one.fictitious}) == 22
    assert len({one.sirens[0] for one in metropoles() if one.fictitious}) == 1
    assert all(valid(siren) for one in metropoles() for siren in one.sirens)


def test_the_variable_that_compares_towns_is_the_indicator_s_value(flow_lake) -> None:
    towns = {"12202": shapely.Point(5, 5), "12145": shapely.Point(9, 5)}
    flow_lake.add("towns", [{"insee": c, "name": c, "geometry": p} for c, p in towns.items()])
    add_bodies(flow_lake, BODIES | {"99": "241200567"})
    found = portraits(flow_lake.catalogue)
    for variable, code in (("metropolitan-dependence", "D01"), ("self-containment", "D02")):
        at = [one.id for one in found.variables].index(variable)
        row = found.insee.index("12202")
        assert found.values[row, at] == pytest.approx(flow_lake.measure(code).value)
