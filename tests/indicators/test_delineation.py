"""The outline of a centre: what belongs to it, and that it does not depend on how it is turned."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from layers.catalogue import Catalogue
from layers.publish import publish
from layers.readers import source
from server.indicators import perimeters
from server.indicators.delineation import choices, outline

HALL = shapely.Point(0, 0)
# A shopping street of 30 storefronts, 20 m apart on both sides, by the town hall.
STREET = np.array([(20.0 * i, side) for i in range(15) for side in (-8.0, 8.0)])


def drawn(*points: np.ndarray):
    return outline(np.vstack(points), HALL, choices())


def moved(points: np.ndarray, x: float, y: float) -> np.ndarray:
    return points + np.array([x, y])


def test_all_of_a_street_is_inside_with_ground_around_it() -> None:
    found = drawn(STREET)
    assert shapely.contains_xy(found, *STREET.T).all()
    assert shapely.contains_xy(found, 0, 45)
    assert not shapely.contains_xy(found, 0, 75)


def test_strays_along_the_road_out_of_town_are_left_out() -> None:
    dense = np.array([(10.0 * i, side) for i in range(30) for side in (-8.0, 8.0)])
    strays = np.array([(385.0 + 95 * i, 0.0) for i in range(4)])  # each in sight of the next
    assert not shapely.contains_xy(drawn(dense, strays), *strays[1:].T).any()


def test_a_second_street_nearby_belongs_to_it_and_one_far_away_does_not() -> None:
    near, far = moved(STREET, 0, 140), moved(STREET, 0, 400)
    found = drawn(STREET, near, far)
    assert shapely.contains_xy(found, *near.T).all()
    assert not shapely.contains_xy(found, *far.T).any()


def test_the_cluster_by_the_town_hall_wins_over_a_larger_one_far_away() -> None:
    park = np.vstack([moved(STREET, 2_000, 0), moved(STREET, 2_000, 40)])
    found = drawn(STREET, park)
    assert shapely.contains_xy(found, *STREET.T).all()
    assert not shapely.contains_xy(found, *park.T).any()


def test_one_polygon_without_holes() -> None:
    turns = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    ring = 150 * np.column_stack([np.cos(turns), np.sin(turns)])
    found = drawn(ring)
    assert found.geom_type == "Polygon"
    assert not found.interiors
    assert shapely.contains(found, HALL)


def test_a_single_storefront_still_has_an_outline() -> None:
    assert drawn(np.array([[10.0, 10.0]])).area > 1_000


def test_turning_the_town_turns_the_outline() -> None:
    points = np.random.default_rng(2).normal(0, 120, (90, 2))
    turn = np.radians(31)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    straight, turned = drawn(points), drawn(points @ matrix.T)
    back = shapely.transform(turned, lambda xy: xy @ matrix)
    both = straight.intersection(back).area / straight.union(back).area
    assert both > 0.99


@pytest.fixture(scope="module")
def redon(tmp_path_factory, shared_data):
    catalogue = Catalogue(tmp_path_factory.mktemp("redon"))
    for table in source("osm").read([shared_data / "redon" / "redon.osm"]):
        if table.layer in ("shops", "services"):
            publish(catalogue.lake, catalogue.record(table.layer), table, source="redon.osm")
    town = perimeters.Town("35236", "Redon", {}, False, shapely.Point(-2.083836, 47.650908))
    return perimeters.centre(catalogue, town)


def test_the_centre_of_redon_is_its_main_street_the_station_s_and_the_port(redon) -> None:
    inside = {
        "shopping street": (-2.08481, 47.64981), "town hall": (-2.083836, 47.650908),
        "by the station": (-2.08366, 47.65247), "port": (-2.08597, 47.64723),
    }  # fmt: skip
    outside = {"the other bank": (-2.08216, 47.64785), "a few shops west": (-2.08808, 47.6484)}
    for name, place in inside.items():
        assert shapely.contains_xy(redon.area, *place), name
    for name, place in outside.items():
        assert not shapely.contains_xy(redon.area, *place), name
    assert 12 < redon.projected.area / 10_000 < 24
