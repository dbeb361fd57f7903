"""Facilities: groups present, the centre's share, culture; the random places left out."""

from __future__ import annotations

import pytest
import shapely

from server.indicators.evaluation import explain


def facility(typequ: str, x: float, quality: str = "11", depcom: str = "12202") -> dict:
    return {"typequ": typequ, "depcom": depcom, "qualite_geoloc": quality,
            "geometry": shapely.Point(x, 1_000)}  # fmt: skip


RANGES = [
    {"typequ_group": group, "typequ": kind, "range": range_}
    for group, kind, range_ in (
        ("bakery", "B207", "proximity"), ("pharmacy", "D307", "proximity"),
        ("school", "C108", "proximity"), ("school", "C109", "proximity"),
        ("lycee", "C301", "intermediate"), ("cinema", "F303", "upper"), ("court", "A105", "upper"),
    )
]  # fmt: skip
ROWS = [
    facility("B207", 500), facility("B207", 510), facility("C108", 520), facility("C109", 530),
    facility("D307", 540, "33"), facility("C301", 1_500), facility("F303", 560),
    facility("D307", 550, depcom="12145"),
]  # fmt: skip


@pytest.fixture
def facility_lake(town_lake):
    town_lake.add("facility-ranges", RANGES)
    town_lake.add("facilities", ROWS)
    return town_lake


@pytest.fixture
def centre(facility_lake):
    return facility_lake.drawn(shapely.box(400, 900, 545, 1_100))


def test_groups_of_the_proximity_range(facility_lake, centre) -> None:
    whole = facility_lake.measure("S01")
    assert (whole.value, whole.denominator, whole.coverage) == (3, 3, 100)
    part = facility_lake.measure("S01", centre)
    # The pharmacy's place was drawn at random, and its group may well be absent here.
    assert (part.value, part.denominator) == (2, 3)
    assert part.coverage == pytest.approx(100 * 6 / 7)
    told = explain(facility_lake.catalogue, centre, "S01")
    assert told["details"] == {"present": ["bakery", "school"], "absent": ["pharmacy"]}


def test_groups_of_the_intermediate_and_upper_ranges(facility_lake, centre) -> None:
    assert facility_lake.measure("S02").value == 2
    assert facility_lake.measure("S02", centre).value == 0


def test_no_facility_of_the_commune_is_withheld(town_lake) -> None:
    town_lake.add("facility-ranges", RANGES)
    town_lake.add("facilities", [facility("B207", 500, depcom="12145")])
    assert town_lake.measure("S01").withheld.reason == "no-data"
    assert town_lake.measure("S03").withheld.reason == "no-data"


def test_the_centre_s_share_leaves_crafts_and_random_places_out(town_lake) -> None:
    rows = [facility("B207", 500)] * 6 + [facility("D307", 1_500)] * 18
    rows += [facility("A401", 500)] * 5 + [facility("E101", 500), facility("B207", 500, "33")]
    town_lake.add("facilities", rows)
    centre = town_lake.drawn(shapely.box(400, 900, 600, 1_100))
    rest = town_lake.drawn(shapely.box(600, 0, 1_990, 1_990))
    measure = town_lake.measure("S03", centre)
    assert (measure.value, measure.numerator, measure.n) == (25, 6, 24)
    assert measure.coverage == pytest.approx(96)
    assert measure.value + town_lake.measure("S03", rest).value == pytest.approx(100)
    assert town_lake.measure("S03").value == 100


def test_culture_for_ten_thousand_inhabitants(town_lake) -> None:
    cell = {"idcar_200m": "c1", "ind": 2_500.0, "men": 1_000.0,
            "geometry": shapely.box(400, 900, 600, 1_100)}  # fmt: skip
    town_lake.add("income-cells", [cell])
    town_lake.add("facilities", [facility("F303", 500), facility("F307", 500, "33"),
                                 facility("F101", 500)])  # fmt: skip
    assert town_lake.measure("S04").value == pytest.approx(8)
    centre = town_lake.drawn(shapely.box(400, 900, 500.5, 1_100))
    assert town_lake.measure("S04", centre).numerator == 1
