"""Housing vacancy: answers known by hand, and the real census."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import shapely

from server.indicators import perimeters
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
