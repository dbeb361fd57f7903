"""Storefronts of the register: counts, families, openings and closings known by hand."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

import numpy as np
import pytest
import shapely

from layers.storefronts import activities, families, ranks
from server.indicators.evaluation import explain
from server.indicators.retail import diversity, rarefied_diversity
from server.indicators.storefronts import months_before
from server.indicators.survival import survival

BAKERY, CLOTHES, CAFE, DISTANCE_SELLING = "10.71C", "47.71Z", "56.30Z", "47.91A"
LEFT = shapely.box(0, 0, 1_000, 2_000)
RIGHT = shapely.box(1_000, 0, 2_000, 2_000)
_siret = count(10_000_000_000_000)


def shop(x: float = 500, activity: str = BAKERY, **facts: Any) -> dict:
    usual = {"siret": str(next(_siret)), "activity": activity, "state": "A", "employer": "N",
             "created": date(2010, 1, 1), "state_since": date(2010, 1, 1), "insee": "12202",
             "qualite_xy": "11", "geometry": shapely.Point(x, 500)}  # fmt: skip
    return usual | facts


def shut(day: date | None, **facts: Any) -> dict:
    return shop(state="F", state_since=day, **facts)


def test_every_activity_belongs_to_one_of_eight_families() -> None:
    listed = [code for family in families() for code in family.activities]
    assert len(families()) == 8
    assert len(listed) == len(set(listed)) == len(activities())
    found = ranks(np.array([BAKERY, DISTANCE_SELLING, None, CAFE], dtype=object))
    assert found.tolist() == [0, -1, -1, 6]


def test_open_storefronts_at_a_true_place_count(town_lake) -> None:
    rows = [shop(employer="O"), shop(1_500), shop(qualite_xy="33"), shut(date(2020, 1, 1)),
            shop(activity=DISTANCE_SELLING)]  # fmt: skip
    town_lake.add("establishments", rows, vintage="2026-09")
    measure = town_lake.measure("E01")
    assert (measure.value, measure.n) == (2, 2)
    assert measure.coverage == pytest.approx(75)
    assert town_lake.measure("E08").value == 1
    parts = [town_lake.measure("E01", town_lake.drawn(half)).value for half in (LEFT, RIGHT)]
    assert parts == [1, 1]


def test_no_storefront_in_a_known_town_is_a_true_zero(town_lake) -> None:
    town_lake.add("establishments", [shop(500)])
    measure = town_lake.measure("E01", town_lake.drawn(RIGHT))
    assert (measure.value, measure.withheld) == (0, None)


def test_density_is_per_thousand_inhabitants(town_lake) -> None:
    cell = {"idcar_200m": "c", "ind": 500.0, "men": 200.0,
            "geometry": shapely.box(400, 400, 600, 600)}  # fmt: skip
    town_lake.add("income-cells", [cell])
    town_lake.add("establishments", [shop() for _ in range(4)])
    measure = town_lake.measure("E02")
    assert (measure.value, measure.numerator, measure.denominator) == (8, 4, 500)


def test_two_equal_families_are_worth_two(town_lake) -> None:
    town_lake.add("establishments", [shop(activity=a) for a in (BAKERY, CAFE) for _ in range(10)])
    measure = town_lake.measure("E03")
    assert measure.value == pytest.approx(2)
    assert measure.n == 20
    town_lake.add("establishments", [shop() for _ in range(19)])
    assert town_lake.measure("E03").withheld.reason == "too-few"


def test_diversity_and_its_rarefaction() -> None:
    assert diversity(np.array([7])) == pytest.approx(1)
    assert diversity(np.array([5] * 8)) == pytest.approx(8)
    # A draw of all is the whole; a draw of one has one family.
    assert rarefied_diversity(np.array([12, 8]), 20) == pytest.approx(diversity(np.array([12, 8])))
    assert rarefied_diversity(np.array([500, 500]), 1) == pytest.approx(1)
    # A draw of two of {2, 2}: alike with odds 1/3, else an entropy of ln 2.
    assert rarefied_diversity(np.array([2, 2]), 2) == pytest.approx(np.exp(2 / 3 * np.log(2)))


def test_presumed_vacant_addresses(town_lake) -> None:
    old, recent = date(2022, 8, 1), date(2024, 8, 1)
    rows = [shop(address=f"{n} rue du Marché") for n in range(15)]
    rows += [shut(old, address=f"{n} Grande Rue") for n in range(4)]
    rows += [shut(recent, address="5 Grande Rue")]
    # The same address written another way, taken over by another shop.
    rows += [shut(old, address="0 rue du marche"), shut(old, address="0  RUE DU MARCHÉ")]
    # Of two shops in turn the last one counts; of two that closed on one day, either.
    rows += [shut(old, address="1 Grande Rue")]
    rows += [shut(date(2015, 1, 1), address="0 Grande Rue")]
    rows += [shut(None, address="9 Grande Rue"), shut(old, address=None)]
    town_lake.add("establishments", rows, vintage="2026-09")
    measure = town_lake.measure("E05")
    assert (measure.numerator, measure.denominator, measure.value) == (4, 20, 20)
    assert measure.evidence == "estimé"
    assert measure.coverage == pytest.approx(100 * 25 / 26)
    told = explain(town_lake.catalogue, town_lake.commune(), "E05")
    (shown,) = told["rows"]
    assert shown["count"] == 4
    assert {f["properties"]["state_since"] for f in shown["features"]} == {"2022-08-01"}


def test_churn_is_the_change_in_stock(town_lake) -> None:
    # Register of September 2026: the window is July 2025 to June 2026.
    rows = [shop() for _ in range(20)]
    rows += [shop(created=date(2026, 1, 5)) for _ in range(5)]
    rows += [shut(date(2026, 2, 1)) for _ in range(2)]
    rows += [shut(date(2026, 3, 1), created=date(2025, 9, 1))]
    rows += [shop(created=date(2026, 8, 1)), shut(date(2026, 8, 1)), shut(date(2025, 6, 30))]
    rows += [shut(None), shop(created=None), *(shop(qualite_xy="33") for _ in range(8))]
    town_lake.add("establishments", rows, vintage="2026-09-01")
    measure = town_lake.measure("E06")
    # 33 placed, 31 of them dated, of 41.
    assert measure.coverage == pytest.approx(100 * 31 / 41)
    # Open at the start: 20, the 2 that closed, and the one that closed in August.
    assert (measure.numerator, measure.denominator, measure.n) == (3, 23, 23)
    assert measure.value == pytest.approx(100 * 3 / 23)
    told = explain(town_lake.catalogue, town_lake.commune(), "E06")["details"]
    assert (told["opened"], told["closed"]) == (6, 3)
    assert told["open_at_end"] - measure.denominator == measure.numerator
    assert (told["from"], told["to"]) == ("2025-07-01", "2026-07-01")


def test_five_year_survival_of_complete_cohorts(town_lake) -> None:
    opened = date(2018, 1, 1)
    rows = [shop(created=opened) for _ in range(18)]
    rows += [shut(date(2020, 1, 1), created=opened) for _ in range(12)]
    rows += [shut(date(2024, 1, 1), created=opened) for _ in range(10)]  # after six years
    rows += [shop(created=date(2023, 1, 1)), shop(created=date(2012, 1, 1))]  # other cohorts
    rows += [shut(None, created=opened)]
    town_lake.add("establishments", rows, vintage="2026-09")
    measure = town_lake.measure("E07")
    assert (measure.value, measure.n, measure.numerator) == (70, 40, 28)
    assert measure.interval[0] < 70 < measure.interval[1]
    assert measure.coverage == pytest.approx(100 * 40 / 41)
    curve = explain(town_lake.catalogue, town_lake.commune(), "E07")["details"]["survival"]
    assert curve == {"1": 100, "2": pytest.approx(70), "3": 70, "4": 70, "5": 70}


def test_survival_without_censoring_is_the_share_and_censoring_is_worked_out() -> None:
    rng = np.random.default_rng(5)
    lasted = rng.exponential(4, 500)
    everyone = np.ones(500, bool)
    for at in (1, 3, 7):
        assert survival(lasted, everyone, at) == pytest.approx((lasted > at).mean())
    # Ends at 1 and 3, one lost from sight at 2: (1 - 1/4) × (1 - 1/2).
    given = np.array([1.0, 2.0, 3.0, 5.0]), np.array([True, False, True, False])
    assert survival(*given, at=4) == pytest.approx(0.75 * 0.5)


def test_shares_of_a_commune_add_up_to_one(town_lake) -> None:
    town_lake.add("establishments", [shop(100 * n) for n in range(1, 20)] + [shop(1_950)] * 1)
    halves = [town_lake.measure("E09", town_lake.drawn(half)) for half in (LEFT, RIGHT)]
    assert [half.denominator for half in halves] == [20, 20]
    assert sum(half.value for half in halves) == pytest.approx(100)


def test_the_share_is_that_of_the_inter_communal_body_where_it_is_known(town_lake) -> None:
    body = {"epci": "200000000", "epci_name": "Agglo d'essai"}
    squares = [("12202", 0), ("12145", 2_000)]
    town_lake.add("communes", [
        {"insee": code, "name": code, "geometry": shapely.box(x, 0, x + 2_000, 2_000)} | body
        for code, x in squares
    ])  # fmt: skip
    here = [shop() for _ in range(20)]
    town_lake.add("establishments", here)
    assert town_lake.measure("E09").value == 100  # the neighbour's are not published
    town_lake.add("establishments", here + [shop(2_500, insee="12145") for _ in range(60)])
    assert town_lake.measure("E09").value == 25
    told = explain(town_lake.catalogue, town_lake.commune(), "E09")["details"]
    assert told == {"compared_with": "Agglo d'essai"}


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [("2026-03-31", 1, "2026-03-03"), ("2026-09-15", 36, "2023-09-15"),
     ("2026-01-01", 2, "2025-11-01")],
)  # fmt: skip
def test_months_before(day: str, months: int, before: str) -> None:
    assert str(months_before(np.datetime64(day), months)) == before


def test_without_a_vintage_the_newest_past_event_is_the_reference(town_lake) -> None:
    rows = [shop() for _ in range(20)]
    rows += [shop(created=date(2025, 3, 1)), shop(created=date(2099, 1, 1))]
    town_lake.add("establishments", rows)
    told = explain(town_lake.catalogue, town_lake.commune(), "E06")["details"]
    assert (told["from"], told["to"]) == ("2024-01-01", "2025-01-01")
