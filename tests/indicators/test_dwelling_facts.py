"""Structural vacancy, energy ratings and turnover, by hand."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

import pytest
import shapely

from server.indicators.evaluation import explain
from server.indicators.intervals import wilson

_number = count()
HALF = shapely.box(0, 0, 1_000, 2_000)


def vacancy(year: int, part: float | None, stock: float, insee: str = "12202") -> dict:
    low, high = (0, 10) if part is None else (part, part)
    return {"insee": insee, "year": year, "vacant_2y": part, "stock": stock,
            "vacant_2y_low": low, "vacant_2y_high": high}  # fmt: skip


def certificate(rating: str | None, **facts: Any) -> dict:
    usual = {"numero_dpe": f"d{next(_number):03}", "date": date(2024, 5, 1), "rating": rating,
             "building_type": "maison", "address_id": f"a{next(_number)}", "score": 0.9,
             "insee": "12202", "geometry": shapely.Point(500, 500)}  # fmt: skip
    return usual | facts


def test_structural_vacancy_of_the_newest_year(town_lake) -> None:
    town_lake.add("structural-vacancy", [vacancy(2024, 40, 1_000), vacancy(2025, 60, 1_200),
                                         vacancy(2025, 9, 100, "12145")])  # fmt: skip
    measure = town_lake.measure("H04")
    assert (measure.value, measure.numerator, measure.denominator) == (5, 60, 1_200)
    assert (measure.n, measure.interval) == (1_200, None)
    told = explain(town_lake.catalogue, town_lake.commune(), "H04")["details"]
    assert told == {"year": 2025, "series": {"2024": 4, "2025": 5}}


def test_a_secret_number_is_an_interval_and_never_zero(town_lake) -> None:
    town_lake.add("structural-vacancy", [vacancy(2024, 12, 400), vacancy(2025, None, 500)])
    measure = town_lake.measure("H04")
    assert (measure.value, measure.numerator) == (None, None)
    assert measure.interval == (0, 2)
    assert measure.withheld.reason == "secret"
    assert measure.denominator == 500


def test_structural_vacancy_is_for_whole_communes(town_lake) -> None:
    town_lake.add("structural-vacancy", [vacancy(2025, 60, 1_200)])
    assert town_lake.measure("H04", town_lake.drawn(HALF)).withheld.reason == "commune-only"


def test_the_last_certificate_of_each_dwelling_counts(town_lake) -> None:
    rows = [certificate("D") for _ in range(15)] + [certificate("G") for _ in range(4)]
    house = {"address_id": "one"}
    rows += [certificate("G", **house, date=date(2022, 1, 1)), certificate("C", **house)]
    flat = {"building_type": "appartement", "address_id": "two", "floor": "1", "area_m2": 50.2}
    rows += [certificate("F", **flat), certificate("D", **flat, date=date(2022, 1, 1)),
             certificate("F", **(flat | {"floor": "2"}))]  # fmt: skip
    # Flats of one address whose floor is not told are not one flat.
    rows += [certificate("B", **(flat | {"floor": None})) for _ in range(3)]
    rows += [certificate("G", score=0.3), certificate("G", score=None), certificate(None),
             certificate("G", building_type="immeuble")]  # fmt: skip
    town_lake.add("energy-ratings", rows)
    measure = town_lake.measure("H08")
    assert (measure.numerator, measure.denominator, measure.value) == (6, 25, 24)
    assert measure.interval == wilson(6, 25)
    assert measure.coverage == pytest.approx(100 * 27 / 29)
    ratings = explain(town_lake.catalogue, town_lake.commune(), "H08")["details"]["ratings"]
    assert sum(ratings.values()) == 25
    assert (ratings["F"], ratings["G"]) == (2, 4)


def test_nineteen_certificates_are_too_few(town_lake) -> None:
    town_lake.add("energy-ratings", [certificate("F") for _ in range(19)])
    assert town_lake.measure("H08").withheld.reason == "too-few"


def test_wilson_interval_by_hand() -> None:
    # 10 of 40: centre (10 + 1.92) / (40 + 3.84), half-width 0.132 (Wilson 1927).
    low, high = wilson(10, 40)
    assert (low, high) == (pytest.approx(14.19, abs=0.01), pytest.approx(40.19, abs=0.01))
    assert wilson(0, 20)[0] == 0
    assert wilson(20, 20)[1] == pytest.approx(100)


def sale(mutation: str, day: date, **facts: Any) -> dict:
    usual = {"id_mutation": mutation, "date_mutation": day, "nature_mutation": "Vente",
             "valeur_fonciere": 100_000.0, "id_parcelle": mutation, "code_type_local": "2",
             "surface_reelle_bati": 50.0, "geometry": shapely.Point(500, 500)}  # fmt: skip
    return usual | facts


def sales_of_two_years() -> list[dict]:
    rows = [sale(f"m{n}", date(2024, 1, 1 + n)) for n in range(18)]
    rows += [sale("block", date(2025, 12, 30), surface_reelle_bati=a) for a in (30.0, 40.0)]
    rows += [sale("last", date(2025, 12, 30), geometry=shapely.Point(1_500, 500)),
             sale("shed", date(2025, 1, 1), code_type_local="3"),
             sale("swap", date(2025, 1, 1), nature_mutation="Echange")]  # fmt: skip
    return rows


def test_turnover_counts_a_sale_once_over_the_years_told(town_lake) -> None:
    town_lake.add("sales", sales_of_two_years())
    town_lake.add("iris-housing", [{"iris": "122020101", "insee": "12202", "dwellings": 1_000.0}])
    measure = town_lake.measure("H07")
    # 18 single sales, a block and one elsewhere, in 730 days.
    assert measure.n == 20
    assert measure.value == pytest.approx(20 / (730 / 365.25), rel=1e-6)
    assert town_lake.measure("H07", town_lake.drawn(HALF)).withheld.reason == "missing-layer"


def test_turnover_by_the_dwellings_of_the_perimeter(town_lake) -> None:
    town_lake.add("sales", sales_of_two_years())
    built = [{"cleabs": f"b{x}", "dwellings": 100, "geometry": shapely.box(x, 400, x + 9, 409)}
             for x in (500, 1_500)]  # fmt: skip
    town_lake.add("bdtopo-buildings", built)
    whole, half = town_lake.measure("H07"), town_lake.measure("H07", town_lake.drawn(HALF))
    assert (whole.denominator, half.denominator, half.n) == (200, 100, 19)
    assert half.value == pytest.approx(19 / (730 / 365.25) / 100 * 1_000)
