"""What holds of any perimeter, whatever is drawn: tried on the sample town with all its layers."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import shapely

from layers import crs
from layers.catalogue import Catalogue
from server.indicators import perimeters
from server.indicators.choices import accessibility
from server.indicators.context import Context, Rows
from server.indicators.evaluation import evaluate
from server.indicators.measures import Measure
from server.indicators.perimeters import Perimeter
from server.indicators.residents import residents
from server.indicators.walks import METRES_A_MINUTE

# Sums over what lies inside: those of two perimeters that only touch are those of both together.
# A building, a cell or a sale that the line cuts belongs to one side, so counts add up exactly.
ADD_UP = {
    "numerator": ("H01", "H07", "H08", "H09", "H10", "E02", "E04", "E06", "E07", "S03", "S04",
                  "U01", "U02", "U03", "U04", "U05", "U06", "U07", "U08", "M02", "M05", "M07",
                  "E09", "H03"),
    "denominator": ("H02", "H03", "H07", "H08", "H09", "H10", "E02", "E04", "E07", "U01", "U02",
                    "U03", "U04", "U05", "U06", "U07", "U08", "M02", "M05", "M07"),
    "n": ("E01", "E04", "E07", "E08", "H05", "H08"),
}  # fmt: skip


@pytest.fixture(scope="module")
def catalogue(demo_data: Path) -> Catalogue:
    return Catalogue(demo_data)


@pytest.fixture(scope="module")
def centre(catalogue: Catalogue) -> Perimeter:
    return perimeters.centre(catalogue, perimeters.town(catalogue, "00001"))


@pytest.fixture(scope="module")
def whole(catalogue: Catalogue, centre: Perimeter) -> dict[str, Measure]:
    return measures(catalogue, centre.area)


def measures(catalogue: Catalogue, area: shapely.Geometry, names=None) -> dict[str, Measure]:
    posted = perimeters.posted(catalogue, dict(shapely.geometry.mapping(area)))
    return {one.code: one for one in evaluate(catalogue, posted, names)}


def test_disjoint_perimeters_add_up_to_their_union(catalogue, centre, whole) -> None:
    names = sorted({name for names in ADD_UP.values() for name in names})
    west, south, east, north = centre.area.bounds
    middle = (west + east) / 2
    halves = [
        measures(catalogue, shapely.intersection(centre.area, box), names)
        for box in (
            shapely.box(west, south, middle, north),
            shapely.box(middle, south, east, north),
        )
    ]
    added = 0
    for part, codes in ADD_UP.items():
        for code in codes:
            values = [getattr(half[code], part) for half in halves]
            if None in values:
                continue  # too few on one side
            assert sum(values) == pytest.approx(getattr(whole[code], part), rel=1e-6), (code, part)
            added += 1
    assert added >= 30


def test_a_perimeter_brought_to_another_crs_and_back_gives_the_same(
    catalogue, centre, whole
) -> None:
    for code in (2154, 3035, 3857):
        there = shapely.transform(centre.area, crs.mover(crs.CRS84, f"{crs.EPSG}{code}"))
        back = shapely.transform(there, crs.mover(f"{crs.EPSG}{code}", crs.CRS84))
        for name, measure in measures(catalogue, back).items():
            expected = whole[name]
            assert (measure.value, measure.withheld) == (
                None if expected.value is None else pytest.approx(expected.value, rel=1e-6),
                expected.withheld,
            ), (name, code)


def test_a_perimeter_drawn_along_the_commune_is_worth_the_commune(catalogue, centre) -> None:
    commune = perimeters.commune(catalogue, perimeters.town(catalogue, "00001"))
    drawn = measures(catalogue, commune.area)
    for expected in evaluate(catalogue, commune):
        found = drawn[expected.code]
        # Some figures exist for communes alone; a ratio to the rest of the commune has no rest.
        if None in (expected.value, found.value):
            continue
        # What is placed at random in the commune counts in a commune, not in a drawn perimeter,
        # and the centre that a commune walks to is its own.
        if expected.code in ("M01", "S01", "S02", "S04"):
            continue
        assert math.isclose(found.value, expected.value, rel_tol=1e-6), expected.code


def test_a_larger_perimeter_never_counts_less(catalogue, centre, whole) -> None:
    wider = measures(catalogue, centre.around(100), ["E01", "E08", "H01", "M04", "S01", "S02"])
    for code, measure in wider.items():
        assert measure.value >= whole[code].value, code


def test_ground_inside_is_that_of_shapes_cut_one_by_one(catalogue: Catalogue) -> None:
    """Shapes well inside are measured without being made: the sum is the same to a millionth."""
    layer = catalogue.layer("sample-bdtopo-buildings")
    x, y = np.mean(np.reshape(layer.bounds, (2, 2)), axis=0)
    ring = shapely.Point(x, y).buffer(0.02) - shapely.Point(x + 0.004, y).buffer(0.003)
    perimeter = Perimeter("posted", "posted", "12202", "", ring, ("", ""), fictitious=True)
    rows = Rows(layer, layer.index.intersecting(ring), perimeter.projection)
    inside = layer.index.deep_inside(rows.positions, ring)
    assert 100 < inside.sum() < len(rows.positions)
    cut = shapely.area(shapely.intersection(rows.shapes, perimeter.projected))
    assert rows.ground(perimeter) == pytest.approx(cut, rel=1e-6)


def test_no_way_is_shorter_than_the_straight_line(catalogue, centre, whole) -> None:
    """Those who reach something by the streets are among those whom a disc around it holds."""
    near = accessibility()
    of = perimeters.town(catalogue, "00001")
    town, shared = perimeters.commune(catalogue, of), perimeters.shared(catalogue, of)[0]
    context = Context(catalogue, town)
    stops = context.within("transit-stops", near.stop_metres)
    often = stops.shapes[stops.column("departures").astype(float) >= near.stop_departures]
    greens = context.within("green-spaces", near.green_metres)
    quarter = near.minutes * METRES_A_MINUTE
    told = {one.code: one for one in evaluate(catalogue, town, ["M01", "M05", "U06"])}
    homes = residents(context)
    for code, ground, metres in (
        ("M01", shared.projected, quarter),
        ("M05", shapely.multipoints(shapely.get_coordinates(often)), near.stop_metres),
        ("U06", shapely.union_all(greens.shapes), near.green_metres + near.green_edge_metres),
    ):
        away = shapely.distance(shapely.points(homes.places), ground)
        assert 0 < told[code].value <= homes.share(away <= metres) + 1e-9, code
