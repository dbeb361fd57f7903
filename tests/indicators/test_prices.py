"""Median price: what is a sale of one dwelling, and its median."""

from __future__ import annotations

from datetime import date
from itertools import chain

import numpy as np
import pytest
import shapely

from server.indicators.evaluation import explain

MIDDLE = shapely.Point(1_000, 1_000)
NEWEST = date(2024, 6, 30)


def sale(number: str, price: float | None = 100_000, area: float | None = 100, **other) -> dict:
    row = {"id_mutation": number, "date_mutation": NEWEST, "nature_mutation": "Vente",
           "valeur_fonciere": price, "code_commune": "12202", "id_parcelle": f"p{number}",
           "code_type_local": "2", "surface_reelle_bati": area, "nombre_pieces_principales": 3,
           "geometry": MIDDLE}  # fmt: skip
    return row | other


# Eleven sales of 100 m² from 1,000 to 2,000 €/m²: the median is the sixth.
ELEVEN = [sale(f"s{i}", 100_000 + 10_000 * i) for i in range(11)]


def test_median_with_its_interval(town_lake) -> None:
    town_lake.add("sales", ELEVEN, vintage="2024")
    measure = town_lake.measure("H05")
    assert measure.value == pytest.approx(1_500)
    assert (measure.n, measure.coverage, measure.unit) == (11, 100, "€/m²")
    low, high = measure.interval
    assert 1_000 <= low < 1_500 < high <= 2_000
    assert measure.interval == town_lake.measure("H05").interval


NOT_ONE_DWELLING_HERE = [
    # Two flats, alike or not, share one price.
    [sale("a", 900_000), sale("a", 900_000)],
    [sale("b", 900_000), sale("b", 900_000, 60)],
    # A flat above a shop, and a shop.
    [sale("c", 900_000), sale("c", 900_000, 60, code_type_local="4")],
    [sale("d", 900_000, code_type_local="4")],
    # Not sold, and sold more than three years before the newest sale.
    [sale("e", 900_000, nature_mutation="Echange")],
    [sale("f", 900_000, date_mutation=date(2021, 6, 29))],
    # Outside; one of two dwellings is.
    [sale("g", 900_000, geometry=shapely.Point(2_500, 0))],
    [sale("h", 900_000), sale("h", 900_000, 60, geometry=shapely.Point(2_500, 0))],
]
ONE_DWELLING = [
    # One house on two kinds of land: its price is repeated and counts once.
    [sale("i", 900_000, surface_terrain=300), sale("i", 900_000, surface_terrain=700)],
    # A cellar or a garden comes with a flat.
    [sale("j", 900_000), sale("j", 900_000, None, code_type_local="3")],
    [sale("k", 900_000), sale("k", 900_000, None, code_type_local=None)],
    [sale("l", 900_000, nature_mutation="Vente en l'état futur d'achèvement")],
    [sale("m", 900_000, date_mutation=date(2021, 7, 2))],
]


def test_what_is_not_a_sale_of_one_dwelling_here(town_lake) -> None:
    town_lake.add("sales", [*ELEVEN, *chain.from_iterable(NOT_ONE_DWELLING_HERE)])
    measure = town_lake.measure("H05")
    assert (measure.value, measure.n) == (pytest.approx(1_500), 11)


def test_what_is_a_sale_of_one_dwelling(town_lake) -> None:
    town_lake.add("sales", [*ELEVEN, *chain.from_iterable(ONE_DWELLING)])
    told = explain(town_lake.catalogue, town_lake.commune(), "H05")
    (rows,) = told["rows"]
    counted = {feature["properties"]["id_mutation"] for feature in rows["features"]}
    assert counted == {f"s{i}" for i in range(11)} | set("ijklm")
    assert told["measure"].n == rows["count"] == 16
    # Eleven from 1,000 to 2,000 and five of 9,000 €/m²: between the eighth and the ninth.
    assert told["measure"].value == pytest.approx(1_750)
    assert (told["details"]["from"], told["details"]["years"]) == ("2021-06-30", 3)
    assert told["details"]["flats"] == {"n": 16, "median": 1_750}
    assert told["details"]["houses"] == {"n": 0, "median": None}


def test_a_sale_without_price_or_area_lowers_the_coverage(town_lake) -> None:
    town_lake.add("sales", [*ELEVEN, sale("x", None), sale("y", area=None), sale("z", area=0)])
    measure = town_lake.measure("H05")
    assert (measure.value, measure.n) == (pytest.approx(1_500), 11)
    assert measure.coverage == pytest.approx(100 * 11 / 14)


CENTRE = shapely.box(900, 900, 1_100, 1_100)
AWAY = shapely.Point(200, 200)


def test_ratio_of_the_centre_to_the_rest_of_the_commune(town_lake) -> None:
    away = [sale(f"a{i}", 2 * (100_000 + 10_000 * i), geometry=AWAY) for i in range(12)]
    town_lake.add("sales", ELEVEN + away)
    measure = town_lake.measure("H06", town_lake.drawn(CENTRE))
    assert (measure.numerator, measure.denominator) == (1_500, pytest.approx(3_100))
    assert measure.value == pytest.approx(1_500 / 3_100)
    assert measure.n == 11
    assert measure.interval[0] < measure.value < measure.interval[1] < 1
    assert town_lake.measure("H06").withheld.reason == "whole-commune"


def test_prices_dealt_at_random_give_an_interval_that_holds_one(town_lake) -> None:
    rng = np.random.default_rng(11)
    prices = rng.lognormal(12, 0.4, 200)
    rows = [sale(f"r{i}", p, geometry=MIDDLE if i % 3 else AWAY) for i, p in enumerate(prices)]
    town_lake.add("sales", rows)
    low, high = town_lake.measure("H06", town_lake.drawn(CENTRE)).interval
    assert low < 1 < high


def test_ten_sales_on_either_side_are_too_few(town_lake) -> None:
    away = [sale(f"a{i}", geometry=AWAY) for i in range(10)]
    town_lake.add("sales", ELEVEN + away)
    assert town_lake.measure("H06", town_lake.drawn(CENTRE)).withheld.reason == "too-few"
