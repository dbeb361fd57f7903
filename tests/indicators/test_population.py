"""Population of the cells of a perimeter."""

from __future__ import annotations

import pytest
import shapely

PERSONS = {0: 100.0, 1: 60.0}
LEFT = shapely.box(300, 300, 700, 700)


def cell(column: int, imputed: int = 0, **counts: float) -> dict:
    corner = 400 + 200 * column
    told = {"ind": PERSONS.get(column), "men": 40.0, "men_pauv": 10.0} | counts
    return told | {"idcar_200m": f"c{column}", "i_est_200": imputed,
                   "geometry": shapely.box(corner, 400, corner + 200, 600)}  # fmt: skip


def test_a_cut_cell_without_known_dwellings_counts_by_its_area(town_lake) -> None:
    town_lake.add("income-cells", [cell(0), cell(1)])
    measure = town_lake.measure("H01", town_lake.drawn(LEFT))
    assert measure.value == pytest.approx(100 + 0.5 * 60, rel=1e-4)
    assert set(measure.vintages) == {"income-cells"}


def test_density_does_not_depend_on_turning(town_lake) -> None:
    town_lake.add("income-cells", [cell(0)])
    square = shapely.box(300, 300, 700, 700)
    turned = shapely.affinity.rotate(square, 30)
    values = [town_lake.measure("H02", town_lake.drawn(s)).value for s in (square, turned)]
    assert values[0] == pytest.approx(values[1], rel=1e-5)


def test_mostly_imputed_figures_are_estimates(town_lake) -> None:
    town_lake.add("income-cells", [cell(0, imputed=1), cell(1)])
    measure = town_lake.measure("H01")
    assert measure.imputed_share == pytest.approx(62.5)
    assert measure.evidence == "estimé"


def test_ten_households_are_secret(town_lake) -> None:
    town_lake.add("income-cells", [cell(0, men=10.0)])
    for code in ("H01", "H02", "H10"):
        assert town_lake.measure(code).withheld.reason == "too-few"


def test_missing_is_not_zero(town_lake) -> None:
    town_lake.add("income-cells", [cell(0), cell(1, ind=None)])
    measure = town_lake.measure("H01")
    assert (measure.value, measure.coverage) == (100, 50)
    assert town_lake.measure("H09").withheld.reason == "no-data"


def test_pre_1945_leaves_out_dwellings_of_unknown_date(town_lake) -> None:
    dates = {"log_av45": 30.0, "log_45_70": 5.0, "log_70_90": 5.0, "log_ap90": 20.0}
    town_lake.add("income-cells", [cell(0, log_inc=40.0, **dates), cell(1, **dates)])
    measure = town_lake.measure("H09")
    assert (measure.value, measure.numerator, measure.denominator) == (50, 60, 120)
