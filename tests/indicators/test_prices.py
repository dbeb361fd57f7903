"""Median price: what is a sale of one dwelling, and its median."""

from __future__ import annotations

from datetime import date

import pytest
import shapely

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


@pytest.mark.parametrize(
    "others",
    [
        # Two flats, alike or not, share one price.
        [sale("x", 900_000), sale("x", 900_000)],
        [sale("x", 900_000), sale("x", 900_000, 60)],
        # A flat above a shop, and a shop.
        [sale("x", 900_000), sale("x", 900_000, 60, code_type_local="4")],
        [sale("x", 900_000, code_type_local="4")],
        # Not sold, and sold more than three years before the newest sale.
        [sale("x", 900_000, nature_mutation="Echange")],
        [sale("x", 900_000, date_mutation=date(2021, 6, 29))],
        # Elsewhere in the commune's surroundings; one of two dwellings is.
        [sale("x", 900_000, geometry=shapely.Point(2_500, 0))],
        [sale("x", 900_000), sale("x", 900_000, 60, geometry=shapely.Point(2_500, 0))],
    ],
)
def test_not_a_sale_of_one_dwelling_here(town_lake, others) -> None:
    town_lake.add("sales", [*ELEVEN, *others])
    measure = town_lake.measure("H05")
    assert (measure.value, measure.n) == (pytest.approx(1_500), 11)


@pytest.mark.parametrize(
    "others",
    [
        # One house on two kinds of land: its price is repeated and counts once.
        [sale("x", 900_000, surface_terrain=300), sale("x", 900_000, surface_terrain=700)],
        # A cellar and a garden come with a flat.
        [sale("x", 900_000), sale("x", 900_000, None, code_type_local="3")],
        [sale("x", 900_000), sale("x", 900_000, None, code_type_local=None)],
        [sale("x", 900_000, nature_mutation="Vente en l'état futur d'achèvement")],
        [sale("x", 900_000, date_mutation=date(2021, 7, 2))],
    ],
)
def test_one_more_sale_of_one_dwelling(town_lake, others) -> None:
    town_lake.add("sales", [*ELEVEN, *others])
    measure = town_lake.measure("H05")
    assert (measure.value, measure.n) == (pytest.approx(1_550), 12)


def test_a_sale_without_price_or_area_lowers_the_coverage(town_lake) -> None:
    town_lake.add("sales", [*ELEVEN, sale("x", None), sale("y", area=None), sale("z", area=0)])
    measure = town_lake.measure("H05")
    assert (measure.value, measure.n) == (pytest.approx(1_500), 11)
    assert measure.coverage == pytest.approx(100 * 11 / 14)


def test_ten_sales_are_too_few(town_lake) -> None:
    town_lake.add("sales", ELEVEN[:10])
    measure = town_lake.measure("H05")
    assert measure.withheld.reason == "too-few"
    assert (measure.value, measure.interval) == (None, None)
