"""Geometries moved as arrays of coordinates are those that shapely moves one by one."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import shapely

from layers.index.border import Border
from layers.wkb import areas, moved

SQUARE = shapely.box(1, 1, 3, 3)
SHAPES = {
    "one ring": [SQUARE, shapely.Polygon([(0, 0), (4, 0), (0, 3)])],
    "holes": [SQUARE - shapely.box(1.5, 1.5, 2, 2), SQUARE],
    "parts": [shapely.MultiPolygon([SQUARE, shapely.box(5, 5, 6, 6)]), SQUARE],
    "lines, points, none": [SQUARE, shapely.LineString([(0, 0), (1, 1)]), None,
                            shapely.Point(1, 2), shapely.LineString([(0, 0), (0, 3)])],
    "nothing": [],
}  # fmt: skip


def stretched(xy: np.ndarray) -> np.ndarray:
    return xy * (2, 3) + (100, 0)


@pytest.mark.parametrize("shapes", SHAPES.values(), ids=SHAPES)
def test_shapes_and_surfaces_are_those_of_shapely(shapes) -> None:
    wkb = pa.array(shapely.to_wkb(np.array(shapes, dtype=object)), pa.binary())
    column = pa.chunked_array([wkb[:1], wkb.slice(1)])
    expected = shapely.transform(np.array(shapes, dtype=object), stretched)
    assert moved(column, stretched).tolist() == expected.tolist()
    assert np.allclose(areas(column, stretched), shapely.area(expected), equal_nan=True)


def test_the_surface_of_a_ring_is_the_one_known_by_hand() -> None:
    wkb = pa.array(shapely.to_wkb([SQUARE, shapely.reverse(SHAPES["one ring"][1])]), pa.binary())
    assert areas(pa.chunked_array([wkb]), stretched).tolist() == [24, 36]


def test_no_box_on_one_side_of_a_border_meets_it() -> None:
    turn = np.linspace(0, 2 * np.pi, 400)
    reach = 1 + 0.3 * np.sin(9 * turn)
    star = shapely.Polygon(np.column_stack([np.cos(turn), np.sin(turn)]) * reach[:, None])
    star -= shapely.Point(0.3, 0).buffer(0.2)
    rng = np.random.default_rng(7)
    corner = rng.uniform(-1.6, 1.5, (20_000, 2))
    boxes = np.hstack([corner, corner + rng.uniform(0, 0.1, (20_000, 2))]).T
    clear = Border(star).clear(*boxes)
    assert clear.mean() > 0.5
    cell = np.ptp(np.reshape(star.bounds, (2, 2)), axis=0).max() / 128
    near = shapely.box(*boxes + np.array([[-1], [-1], [1], [1]]) * cell / 2)
    assert not shapely.intersects(star.boundary, near[clear]).any()
