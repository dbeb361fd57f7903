"""The fragility score: forty towns whose ranks are known by hand."""

from __future__ import annotations

import pytest
import shapely

from server.indicators.evaluation import explain
from server.indicators.portraits import portraits
from server.indicators.registry import find
from server.indicators.series import series

TOWNS = [f"120{number:02d}" for number in range(40)]


def add_people(lake, vintage: str, years: int) -> None:
    """Publish populations and jobs that grow the faster the higher the town's number."""
    lake.add("iris-population", [
        {"iris": f"{insee}0000", "insee": insee, "population": 1_000.0 + 10 * number * years}
        for number, insee in enumerate(TOWNS)
    ], vintage=vintage)  # fmt: skip
    lake.add("commuting-flows", [
        {"home": "99999", "work": insee, "workers": 500.0 + 5 * number * years,
         "year": int(vintage)}
        for number, insee in enumerate(TOWNS)
    ], vintage=vintage)  # fmt: skip


def cells() -> list[dict]:
    return [
        {"idcar_200m": insee, "lcog_geo": insee, "men": 100.0, "men_pauv": float(number),
         "ind": 250.0, "geometry": shapely.box(3_000 * number, 0, 3_000 * number + 200, 200)}
        for number, insee in enumerate(TOWNS)
    ]  # fmt: skip


@pytest.fixture
def forty(lake):
    squares = [shapely.box(3_000 * n, 0, 3_000 * n + 2_000, 2_000) for n in range(len(TOWNS))]
    facts = [{"insee": insee, "name": insee} for insee in TOWNS]
    lake.add("towns", [f | {"geometry": s.centroid} for f, s in zip(facts, squares, strict=True)])
    lake.add("communes", [f | {"geometry": s} for f, s in zip(facts, squares, strict=True)])
    lake.add("income-cells", cells())
    add_people(lake, "2016", 0)
    return lake


def test_ranks_of_three_deciles_add_up(forty) -> None:
    add_people(forty, "2021", 5)
    # The slowest town ranks 9 and 9 for what shrinks, 0 for poverty; the fastest 0, 0 and 9.
    for insee, ranks in ((TOWNS[0], (9, 9, 0)), (TOWNS[39], (0, 0, 9)), (TOWNS[21], (4, 4, 5))):
        told = explain(forty.catalogue, forty.commune(insee), "V01")
        names = ("population", "jobs", "poverty")
        assert told["details"]["ranks"] == dict(zip(names, ranks, strict=True))
        assert (told["measure"].value, told["measure"].n) == (sum(ranks), 40)


def test_one_vintage_tells_no_change(forty) -> None:
    assert forty.measure("V01", forty.commune(TOWNS[0])).withheld.reason == "one-vintage"


def test_without_poverty_nothing_is_given(forty) -> None:
    add_people(forty, "2021", 5)
    forty.add("income-cells", [{"idcar_200m": "c", "lcog_geo": "75056", "men": 9.0,
                                "men_pauv": 1.0, "geometry": shapely.box(0, 0, 9, 9)}])  # fmt: skip
    assert forty.measure("V01", forty.commune(TOWNS[0])).withheld.reason == "no-data"


def test_two_vintages_let_towns_be_compared_by_their_growth(forty) -> None:
    assert "population-change" in portraits(forty.catalogue).absent
    add_people(forty, "2021", 5)
    found = portraits(forty.catalogue)
    at = [one.id for one in found.variables].index("population-change")
    expected = [100 * ((1 + number / 20) ** (1 / 5) - 1) for number in range(len(TOWNS))]
    assert found.values[:, at] == pytest.approx(expected)


@pytest.mark.parametrize("cut", [{"men": 10.0}, {"ind": 199.0}])
def test_few_cells_of_a_town_do_not_speak_for_it(forty, cut) -> None:
    """An extract's ten households, or 199 of its 400 inhabitants, are no rate of the town."""
    facts = [{"insee": insee, "name": insee, "population": 400} for insee in TOWNS]
    forty.add("towns", [f | {"geometry": shapely.Point(3_000 * n, 9)} for n, f in enumerate(facts)])
    add_people(forty, "2021", 5)
    first, *others = cells()
    forty.add("income-cells", [first | cut, *others])
    assert forty.measure("V01", forty.commune(TOWNS[0])).withheld.reason == "no-data"
    assert forty.measure("V01", forty.commune(TOWNS[1])).n == 39


def test_towns_are_not_compared_at_a_past_vintage(forty) -> None:
    add_people(forty, "2021", 5)
    points = series(forty.catalogue, forty.commune(TOWNS[0]), find("V01"))
    assert {point.measure.withheld.reason for point in points} == {"now-only"}
