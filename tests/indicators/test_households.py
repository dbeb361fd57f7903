"""Poor households: 200 m cells whole ones, counted where their middle lies."""

from __future__ import annotations

import pytest
import shapely

from server.indicators.evaluation import explain


def cell(column: int, men: float | None, poor: float | None, imputed: int | None = 0) -> dict:
    corner = 400 + 200 * column
    return {"idcar_200m": f"c{column}", "i_est_200": imputed, "men": men, "men_pauv": poor,
            "geometry": shapely.box(corner, 400, corner + 200, 600)}  # fmt: skip


CELLS = [cell(0, 40, 10), cell(1, 60, 30, imputed=1)]


def test_a_cell_on_the_edge_counts_whole_or_not_at_all(town_lake) -> None:
    town_lake.add("income-cells", CELLS, vintage="2021")
    # The centre of the second cell is at x = 700.
    for edge, numerator, denominator in ((699, 10, 40), (701, 40, 100)):
        measure = town_lake.measure("H10", town_lake.drawn(shapely.box(300, 300, edge, 700)))
        assert (measure.numerator, measure.denominator) == (numerator, denominator)
    assert measure.value == pytest.approx(40)
    assert measure.imputed_share == pytest.approx(60)
    assert (measure.n, measure.coverage) == (100, 100)


def test_two_halves_make_the_whole(town_lake) -> None:
    town_lake.add("income-cells", CELLS)
    whole, left, right = (
        town_lake.measure("H10", town_lake.drawn(box))
        for box in (
            shapely.box(300, 300, 900, 700),
            shapely.box(300, 300, 673, 700),
            shapely.box(673, 300, 900, 700),
        )
    )
    assert left.numerator + right.numerator == pytest.approx(whole.numerator)
    assert left.denominator + right.denominator == pytest.approx(whole.denominator)


def test_unknown_households_are_not_zero(town_lake) -> None:
    town_lake.add("income-cells", [*CELLS, cell(2, 100, None), cell(3, None, 5, imputed=None)])
    measure = town_lake.measure("H10")
    assert (measure.value, measure.coverage) == (pytest.approx(40), 50)


def test_no_imputed_share_where_the_source_does_not_tell(town_lake) -> None:
    town_lake.add("income-cells", [cell(0, 40, 10, imputed=None)])
    assert town_lake.measure("H10").imputed_share is None


def test_ten_households_are_secret(town_lake) -> None:
    town_lake.add("income-cells", [cell(0, 10, 3)])
    measure = town_lake.measure("H10")
    assert measure.withheld.reason == "too-few"
    assert (measure.value, measure.numerator, measure.denominator) == (None, None, None)


def test_the_explanation_shows_no_cell(town_lake) -> None:
    town_lake.add("income-cells", CELLS)
    told = explain(town_lake.catalogue, town_lake.commune(), "poor-households")
    (rows,) = told["rows"]
    assert rows["reason"]["en"].startswith("Rows not shown")
    shown = {name: rows[name] for name in ("layer", "count", "secret", "features")}
    assert shown == {"layer": "income-cells", "count": 2, "secret": True, "features": []}
    assert told["licence"] == "Licence Ouverte 2.0"
