"""Housing vacancy: answers known by hand, and the real census."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import shapely

from server.indicators import perimeters
from server.indicators.evaluation import explain
from server.indicators.perimeters import Perimeter

MAYOTTE = {"97607", "97608", "97611", "97615"}


def iris(number: int, dwellings: float | None, vacant: float | None, insee: str = "12202") -> dict:
    return {"iris": f"{insee}{number:04d}", "insee": insee, "dwellings": dwellings,
            "vacant_dwellings": vacant}  # fmt: skip


def test_sums_the_iris_of_the_commune(town_lake) -> None:
    rows = [iris(101, 400, 30), iris(102, 100, 20), iris(101, 900, 900, "12145")]
    town_lake.add("iris-housing", rows, vintage="2021")
    measure = town_lake.measure("H03")
    assert (measure.id, measure.code, measure.unit) == ("housing-vacancy", "H03", "%")
    assert measure.value == pytest.approx(10)
    assert (measure.numerator, measure.denominator, measure.n) == (50, 500, 500)
    assert measure.coverage == 100
    assert measure.vintages == {"iris-housing": "2021"}
    assert measure.evidence == "constaté"
    assert measure.withheld is None
    assert measure.fictitious is False


def test_an_unknown_iris_is_left_out_and_shows_in_the_coverage(town_lake) -> None:
    town_lake.add("iris-housing", [iris(101, 400, 30), iris(102, 100, None)])
    measure = town_lake.measure("H03")
    assert measure.value == pytest.approx(7.5)
    assert measure.coverage == 50


def test_withheld_is_not_zero(town_lake) -> None:
    cases = {
        "missing-layer": [],
        "too-few": [iris(101, 60, 6), iris(102, 39, 4)],
        "no-data": [iris(101, None, None)],
    }
    for reason, rows in cases.items():
        if rows:
            town_lake.add("iris-housing", rows)
        measure = town_lake.measure("H03")
        assert measure.withheld.reason == reason
        assert measure.withheld.fr
        assert measure.withheld.en
        numbers = (measure.value, measure.numerator, measure.denominator, measure.n)
        assert numbers == (None,) * 4


def test_withheld_for_a_part_of_the_commune(town_lake) -> None:
    town_lake.add("iris-housing", [iris(101, 400, 30)])
    part = town_lake.drawn(shapely.box(10, 10, 900, 900))
    assert town_lake.measure("H03", part).withheld.reason == "no-contours"


@pytest.fixture
def divided(town_lake):
    """A commune of two IRIS, west and east, of 800 dwellings each."""
    town_lake.add("iris-housing", [iris(101, 800, 40), iris(102, 800, 120)])
    town_lake.add("iris-contours", [
        {"iris": f"12202{n:04}", "insee": "12202", "geometry": shapely.box(x, 0, x + 1_000, 2_000)}
        for n, x in ((101, 0), (102, 1_000))
    ])  # fmt: skip
    return town_lake


def building(x: float, y: float, dwellings: int) -> dict:
    return {"cleabs": f"B{x:g}-{y:g}", "dwellings": dwellings,
            "geometry": shapely.box(x - 5, y - 5, x + 5, y + 5)}  # fmt: skip


def test_a_centre_takes_the_part_of_each_iris_on_its_ground(divided) -> None:
    # Half of the west, a quarter of the east.
    centre = divided.drawn(shapely.union(shapely.box(0, 0, 1_000, 1_000),
                                         shapely.box(1_000, 0, 1_500, 1_000)))  # fmt: skip
    measure = divided.measure("H03", centre)
    assert measure.numerator == pytest.approx(40 / 2 + 120 / 4, rel=1e-3)
    assert measure.denominator == pytest.approx(600, rel=1e-3)
    assert measure.value == pytest.approx(100 * 50 / 600, rel=1e-3)
    assert measure.evidence == "estimé"
    assert measure.coverage == pytest.approx(100)
    assert set(measure.vintages) == {"iris-housing", "iris-contours"}


def test_dwellings_tell_better_than_ground_where_they_are_known(divided) -> None:
    divided.add("bdtopo-buildings", [building(100, 100, 30), building(100, 1_900, 10)])
    measure = divided.measure("H03", divided.drawn(shapely.box(0, 0, 2_000, 1_000)))
    # Three quarters of the dwellings of the west; of the east half of the ground.
    assert measure.numerator == pytest.approx(40 * 0.75 + 120 * 0.5, rel=1e-3)
    told = explain(divided.catalogue, divided.drawn(shapely.box(0, 0, 2_000, 1_000)), "H03")
    assert told["details"] == {"share_by_dwellings": 50, "iris": 2}


def test_parts_of_a_commune_add_up_to_it_by_iris_too(divided) -> None:
    divided.add("bdtopo-buildings", [building(100, 100, 30), building(1_200, 1_900, 10)])
    halves = [divided.measure("H03", divided.drawn(shapely.box(0, y, 2_000, y + 1_000)))
              for y in (0, 1_000)]  # fmt: skip
    whole = divided.measure("H03")
    assert whole.evidence == "constaté"
    for part in ("numerator", "denominator"):
        found = sum(getattr(half, part) for half in halves)
        assert found == pytest.approx(getattr(whole, part), rel=1e-3)


def test_iris_of_another_vintage_than_the_contours_leave_the_coverage_short(divided) -> None:
    divided.add("iris-housing", [iris(101, 800, 40), iris(999, 800, 120)])
    measure = divided.measure("H03", divided.drawn(shapely.box(500, 0, 1_500, 2_000)))
    assert (measure.n, measure.coverage) == (400, pytest.approx(50, rel=1e-3))


@pytest.fixture(scope="module")
def census(shared_data: Path) -> list[dict[str, str]]:
    path = shared_data / "iris" / "base-ic-logement-2021.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def test_real_census(lake, census, shared_data: Path) -> None:
    with (shared_data / "acv" / "acv_communes.csv").open(encoding="utf-8-sig", newline="") as file:
        codes = {row["insee_com"] for row in csv.DictReader(file)}
    assert {code for code in codes if code.startswith("976")} == MAYOTTE
    rows = [iris_of(row) for row in census]
    lake.add("iris-housing", rows, vintage="2021")
    box = shapely.box(0, 0, 1, 1)
    for insee in ("12202", "35236"):
        whole = sum(float(r["P21_LOG"]) for r in census if r["COM"].zfill(5) == insee)
        vacant = sum(float(r["P21_LOGVAC"]) for r in census if r["COM"].zfill(5) == insee)
        measure = lake.measure("H03", boundary(insee, box))
        assert measure.value == pytest.approx(100 * vacant / whole)
        assert measure.denominator == pytest.approx(whole)
    for insee in MAYOTTE:
        measure = lake.measure("H03", boundary(insee, box))
        assert measure.value is None
        assert measure.withheld.reason == "no-data"


def boundary(insee: str, area: object) -> Perimeter:
    return perimeters.Perimeter("commune", "commune", insee, insee, area, ("", ""), False)


def iris_of(row: dict[str, str]) -> dict:
    names = {"dwellings": "LOG", "main_residences": "RP", "second_homes": "RSECOCC",
             "vacant_dwellings": "LOGVAC", "houses": "MAISON", "flats": "APPART"}  # fmt: skip
    numbers = {name: float(row[f"P21_{column}"]) for name, column in names.items()}
    codes = {"iris": row["IRIS"].zfill(9), "insee": row["COM"].zfill(5)}
    return numbers | codes | {"type": row.get("TYP_IRIS")}
