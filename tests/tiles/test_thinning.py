"""What a tile leaves out when there is too much for its budget."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from layers.query import Condition, Query
from layers.tiles import Place
from layers.tiles.tile import reversed_bits
from tests.tiles.decoding import decoded, place_of, tile_of

COUNT = 30_000


@pytest.fixture(scope="module")
def crowd(layer_of):
    """Points evenly over three degrees (synthetic)."""
    rng = np.random.default_rng(7)
    xy = rng.uniform((1, 45), (4, 48), (COUNT, 2))
    names = [f"name {i}" for i in range(COUNT)]
    return layer_of(list(shapely.points(xy)), name=names)


@pytest.mark.parametrize("budget", [5_000, 60_000, 500_000])
@pytest.mark.parametrize("z", [0, 4, 6])
def test_the_budget_is_kept_and_told(crowd, z: int, budget: int) -> None:
    tile = tile_of(crowd, place_of(2.5, 46.5, z), budget=budget)
    assert budget / 2 < len(tile.data) <= budget
    assert tile.shown == len(decoded(tile.data)) < tile.met <= COUNT


def test_thinned_points_still_cover_the_area(crowd) -> None:
    shown = decoded(tile_of(crowd, Place(0, 0, 0), budget=60_000).data)
    rows = [crowd.index.row_of(str(n)) for n in shown]
    xy = shapely.get_coordinates(crowd.index.geometries(np.sort(rows)))
    counts, _, _ = np.histogram2d(xy[:, 0], xy[:, 1], bins=6, range=[[1, 4], [45, 48]])
    assert counts.min() > 0.6 * len(shown) / 36


def test_a_point_shown_at_a_zoom_is_shown_at_deeper_ones(crowd) -> None:
    above = decoded(tile_of(crowd, place_of(2.5, 46.5, 6)).data)
    place = place_of(2.5, 46.5, 8)
    below = decoded(tile_of(crowd, place).data)
    everywhere = decoded(tile_of(crowd, place, budget=10**9).data)
    assert set(everywhere) & set(above) <= set(below)


def test_the_same_tile_is_the_same_bytes(crowd) -> None:
    place = place_of(2.5, 46.5, 5)
    assert tile_of(crowd, place).data == tile_of(crowd, place).data


def test_with_room_everything_is_there(crowd) -> None:
    tile = tile_of(crowd, Place(0, 0, 0), budget=10**9)
    assert tile.shown == tile.met == len(decoded(tile.data)) == COUNT


def test_the_largest_areas_are_kept_first(layer_of) -> None:
    sizes = [0.001 * (1 + i % 50) for i in range(2_000)]
    at = [(1 + 0.02 * (i % 100), 46 + 0.05 * (i // 100)) for i in range(2_000)]
    boxes = [shapely.box(x, y, x + s, y + s) for (x, y), s in zip(at, sizes, strict=True)]
    tile = tile_of(layer_of(boxes, size=sizes), place_of(2, 46.5, 6), budget=20_000)
    shown = [sizes[n] for n in decoded(tile.data)]
    assert 100 < len(shown) == tile.shown < tile.met == 2_000
    assert min(shown) > np.quantile(sizes, 1 - len(shown) / 2_000) - 0.002


def test_what_is_too_small_to_see_is_left_out_and_counted(layer_of) -> None:
    layer = layer_of([shapely.box(2, 46, 2.00001, 46.00001), shapely.box(2, 46, 3, 47)])
    tile = tile_of(layer, Place(4, 5, 8))
    assert set(decoded(tile.data)) == {1}
    assert (tile.shown, tile.met) == (1, 2)


def test_a_condition_chooses_the_rows_of_every_tile(crowd) -> None:
    query = Query(conditions=(Condition("c0 < ?", (100,)),))
    tile = tile_of(crowd, Place(0, 0, 0), query=query)
    assert set(decoded(tile.data)) == set(range(100))
    assert tile.met == 100


def test_the_order_of_thinning_halves_the_curve_again_and_again() -> None:
    assert np.argsort(reversed_bits(np.arange(8))).tolist() == [0, 4, 2, 6, 1, 5, 3, 7]
    assert reversed_bits(np.array([1]))[0] == 1 << 31
