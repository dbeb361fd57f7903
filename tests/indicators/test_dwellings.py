"""Population: cells that a perimeter cuts are shared out by the dwellings of their buildings."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
import shapely.ops

from server.indicators.evaluation import explain

PERSONS = {0: 100.0, 1: 60.0}
LEFT, RIGHT = shapely.box(300, 300, 700, 700), shapely.box(700, 300, 900, 700)


def cell(column: int, imputed: int = 0, **counts: float) -> dict:
    corner = 400 + 200 * column
    told = {"ind": PERSONS.get(column), "men": 40.0, "men_pauv": 10.0} | counts
    return told | {"idcar_200m": f"c{column}", "i_est_200": imputed,
                   "geometry": shapely.box(corner, 400, corner + 200, 600)}  # fmt: skip


def building(number: int, x: float, y: float, dwellings: int | None) -> dict:
    return {"cleabs": f"b{number}", "dwellings": dwellings,
            "geometry": shapely.box(x - 5, y - 5, x + 5, y + 5)}  # fmt: skip


@pytest.fixture
def shared(town_lake):
    """Two cells; of the dwellings of the second, 3 of 10 lie left of x = 700."""
    town_lake.add("income-cells", [cell(0), cell(1, imputed=1)], vintage="2021")
    town_lake.add("bdtopo-buildings", [building(0, 650, 500, 3), building(1, 780, 500, 7),
                                       building(2, 690, 450, None)])  # fmt: skip
    return town_lake


def test_a_cut_cell_counts_by_its_dwellings(shared) -> None:
    measure = shared.measure("H01", shared.drawn(LEFT))
    assert measure.value == pytest.approx(100 + 0.3 * 60)
    assert measure.n == 40 + 12
    assert measure.imputed_share == pytest.approx(100 * 18 / 118)
    assert measure.coverage == pytest.approx(100)
    assert set(measure.vintages) == {"income-cells", "bdtopo-buildings"}


def test_parts_of_a_town_add_up_to_it(shared) -> None:
    left, right = (shared.measure("H01", shared.drawn(box)) for box in (LEFT, RIGHT))
    assert left.value + right.value == pytest.approx(160)


def test_the_whole_commune_gives_the_exact_sum(shared) -> None:
    assert shared.measure("H01").value == 160


def test_a_building_on_the_line_lies_where_its_centroid_does(town_lake) -> None:
    town_lake.add("income-cells", [cell(1)])
    town_lake.add("bdtopo-buildings", [building(0, 698, 500, 1), building(1, 702, 500, 1)])
    assert town_lake.measure("H01", town_lake.drawn(LEFT)).value == pytest.approx(30)


def test_density_is_population_over_area(shared) -> None:
    measure = shared.measure("H02", shared.drawn(LEFT))
    assert measure.value == pytest.approx(118 / 16, rel=1e-5)
    assert measure.denominator == pytest.approx(16, rel=1e-5)


def test_a_cell_counts_whole_where_the_middle_of_its_dwellings_lies(shared) -> None:
    # Middle of the second cell's dwellings: x = (3 × 650 + 7 × 780) / 10 = 741.
    for edge, households in ((740, 40), (742, 80)):
        drawn = shared.drawn(shapely.box(300, 300, edge, 700))
        assert shared.measure("H10", drawn).denominator == households


def test_a_perimeter_without_a_whole_cell_says_so(shared) -> None:
    tiny = shared.drawn(shapely.box(410, 410, 430, 430))
    measure = shared.measure("H10", tiny)
    assert (measure.value, measure.withheld.reason) == (None, "too-small")


def test_no_cell_is_ever_shown(shared) -> None:
    told = explain(shared.catalogue, shared.drawn(LEFT), "H01")
    cells = next(rows for rows in told["rows"] if rows["layer"] == "income-cells")
    assert (cells["secret"], cells["features"], cells["count"]) == (True, [], 2)


def test_a_made_town_adds_up_however_it_is_cut(town_lake) -> None:
    rng = np.random.default_rng(8)
    cells = [
        {"idcar_200m": f"{x}-{y}", "ind": float(rng.integers(20, 200)), "men": 30.0,
         "men_pauv": 3.0, "geometry": shapely.box(x, y, x + 200, y + 200)}
        for x in range(0, 2000, 200) for y in range(0, 2000, 200)
    ]  # fmt: skip
    town_lake.add("income-cells", cells)
    spots = rng.uniform(0, 2000, (900, 2))
    town_lake.add("bdtopo-buildings", [building(i, *p, int(rng.integers(0, 9)))
                                       for i, p in enumerate(spots)])  # fmt: skip
    knife = shapely.LineString([(-10, 300), (900, 1100), (2010, 1500)])
    whole = shapely.box(-5, -5, 2005, 2005)
    parts = shapely.get_parts(shapely.ops.split(whole, knife))
    assert len(parts) == 2
    for code in ("H01", "H10"):
        pieces = [town_lake.measure(code, town_lake.drawn(part)) for part in parts]
        total = town_lake.measure(code)
        assert sum(piece.numerator for piece in pieces) == pytest.approx(total.numerator)
