"""Tiles against shapely and pyproj on the same rows."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from layers.query import Query
from layers.tiles import GRIDS, Place, make_tile
from tests.tiles.decoding import BUFFERED, as_cut, decoded, mercator_units, place_of, tile_of

WITHIN = shapely.box(0, 0, 4096, 4096)


@pytest.mark.parametrize("z", [15, 16, 18])
def test_buildings_are_those_of_shapely(perigueux, z: int) -> None:
    layer, frame = perigueux
    lon, lat = frame.to_crs(4326).geometry.iloc[5000].centroid.coords[0]
    place = place_of(lon, lat, z)
    tile = tile_of(layer, place)
    shown = decoded(tile.data)
    moved = shapely.transform(frame.to_crs(3857).geometry.to_numpy(), mercator_units(place))
    meeting = frame.index[shapely.intersects(moved, WITHIN)]
    assert len(meeting) > 5
    if tile.shown == tile.met:
        assert set(meeting) <= set(shown)
    for n, drawn in shown.items():
        assert drawn.is_valid
        expected = as_cut(moved[n])
        # Each vertex moves by a unit at most, hence the outline sweeps no more than its length.
        assert drawn.symmetric_difference(expected).area <= expected.length + 4
        assert expected.buffer(1.5).covers(drawn)


def test_lambert_tiles_are_those_of_shapely(perigueux) -> None:
    layer, frame = perigueux
    x, y = frame.geometry.iloc[5000].centroid.coords[0]
    side = 8192 * 256 / 2**13
    row, column = int((7_400_000 - y) // side), int((x + 500_000) // side)
    left, top = column * side - 500_000, 7_400_000 - row * side
    shown = decoded(tile_of(layer, Place(13, row, column), "Lambert93Quad").data)

    def units(xy: np.ndarray) -> np.ndarray:
        return np.column_stack([xy[:, 0] - left, top - xy[:, 1]]) * (4096 / side)

    moved = shapely.transform(frame.geometry.to_numpy(), units)
    assert set(frame.index[shapely.intersects(moved, WITHIN)]) <= set(shown)
    for n, drawn in shown.items():
        expected = as_cut(moved[n])
        assert drawn.symmetric_difference(expected).area <= expected.length + 4


def test_a_position_of_lambert_93_falls_where_its_metres_say(make_layer) -> None:
    import pyarrow as pa

    # 652 000 m east, 6 862 000 m north: Paris. Zoom 13 has tiles of 256 m, 16 units a metre.
    point = shapely.to_wkb(shapely.points([[652_100.0, 6_862_000.0]]))
    layer = make_layer(pa.table({"n": [7], "geometry": point}), "EPSG:2154", id_field="n")
    row, column = (7_400_000 - 6_862_000) // 256, (652_100 + 500_000) // 256
    assert (row, column) == (2101, 4500)
    shown = decoded(tile_of(layer, Place(13, row, column), "Lambert93Quad").data)
    metres = (652_100 + 500_000 - column * 256, 7_400_000 - row * 256 - 6_862_000)
    assert metres == (100, 144)
    assert shown[7].coords[0] == pytest.approx((100 * 16, 144 * 16), abs=1)


@pytest.mark.parametrize("z", [3, 5, 6, 7, 9])
def test_communes_are_valid_and_in_place(demo_data, z: int) -> None:
    from layers.catalogue import Catalogue

    layer = Catalogue(demo_data).layer("communes")
    frame = gpd.read_parquet(layer.file)
    moved = frame.set_index("insee").to_crs(3857).geometry
    lon, lat = frame.geometry.iloc[100].centroid.coords[0]
    place = place_of(lon, lat, z)
    tile = make_tile([(layer, Query())], GRIDS["WebMercatorQuad"], place)
    found = _by_code(tile.data)
    assert found
    units = shapely.transform(moved.to_numpy(), mercator_units(place))
    for code, unit in zip(moved.index, units, strict=True):
        if shapely.intersection(unit, WITHIN).area > 40:
            assert found[code].is_valid
            expected = as_cut(unit)
            assert found[code].symmetric_difference(expected).area <= expected.length + 4


def _by_code(data: bytes) -> dict[str, object]:
    import mapbox_vector_tile
    from shapely.geometry import shape

    options = {"y_coord_down": True}
    features = mapbox_vector_tile.decode(data, default_options=options)["communes"]["features"]
    return {f["properties"]["insee"]: shape(f["geometry"]) for f in features}


def test_neighbours_agree_on_the_edge_that_they_share(perigueux) -> None:
    layer, frame = perigueux
    lon, lat = frame.to_crs(4326).geometry.iloc[5000].centroid.coords[0]
    place = place_of(lon, lat, 16)
    here = decoded(tile_of(layer, place).data)
    right = decoded(tile_of(layer, Place(16, place.row, place.column + 1)).data)
    both = [n for n, drawn in here.items() if drawn.bounds[2] > 4096 and n in right]
    assert both
    strip = shapely.box(4040, 0, 4150, 4096)
    for n in both:
        moved = shapely.transform(right[n], lambda xy: xy + np.array([4096, 0]))
        gap = here[n].intersection(strip).symmetric_difference(moved.intersection(strip))
        assert gap.area <= here[n].length


def test_shells_turn_one_way_and_holes_the_other(layer_of) -> None:
    import mapbox_vector_tile

    ring = shapely.Polygon(
        [(2, 46), (2.1, 46), (2.1, 46.1), (2, 46.1)],
        [[(2.02, 46.02), (2.05, 46.02), (2.05, 46.05), (2.02, 46.05)]],
    )
    data = tile_of(layer_of([ring, ring.reverse()]), place_of(2.05, 46.05, 10)).data
    options = {"y_coord_down": True}
    for feature in mapbox_vector_tile.decode(data, default_options=options)["things"]["features"]:
        shell, hole = feature["geometry"]["coordinates"]
        assert _surveyor(shell) > 0 > _surveyor(hole)


def _surveyor(ring: list[list[int]]) -> int:
    pairs = zip(ring, ring[1:] + ring[:1], strict=True)
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs)


def test_a_polygon_that_covers_the_tile_fills_it(layer_of) -> None:
    layer = layer_of([shapely.box(-170, -80, 170, 80), shapely.box(-180, -90, 180, 90)])
    shown = decoded(tile_of(layer, place_of(2.5, 46.5, 12)).data)
    assert [shown[n].equals(BUFFERED) for n in (0, 1)] == [True, True]


def test_a_line_through_the_tile_is_cut_and_one_around_it_left_out(layer_of) -> None:
    place = place_of(2.5, 46.5, 12)
    west, south, east, north = GRIDS["WebMercatorQuad"].lonlat(place, 0)
    middle = (south + north) / 2
    through = shapely.LineString([(west - 1, middle), (east + 1, middle)])
    around = shapely.LineString(
        [(west - 1, north - 0.01), (west - 1, north + 1), (east, north + 1)]
    )
    shown = decoded(tile_of(layer_of([through, around]), place).data)
    assert set(shown) == {0}
    assert shown[0].bounds[0] == -64
    assert shown[0].bounds[2] == 4160


def test_the_edges_of_the_world_are_drawn(layer_of) -> None:
    corners = [(-180, 85), (180, 85), (180, -85), (-180, -85), (0, 90), (180, 0)]
    layer = layer_of([shapely.Point(xy) for xy in corners])
    assert set(decoded(tile_of(layer, Place(0, 0, 0)).data)) == set(range(6))
    assert 1 in decoded(tile_of(layer, place_of(179.9999, 85, 8)).data)


def test_all_kinds_of_geometry_and_none(layer_of) -> None:
    points = shapely.MultiPoint([(2, 46), (2.01, 46.01)])
    lines = shapely.MultiLineString([[(2, 46), (2.02, 46)], [(2, 46.01), (2.03, 46.02)]])
    areas = shapely.MultiPolygon(
        [shapely.box(2, 46, 2.01, 46.01), shapely.box(2.02, 46, 2.03, 46.01)]
    )
    mixed = shapely.GeometryCollection([points, lines.geoms[0], areas.geoms[0]])
    layer = layer_of([points, lines, areas, None, mixed])
    tile = tile_of(layer, place_of(2.01, 46.01, 11))
    shown = decoded(tile.data)
    assert [shown[n].geom_type for n in (0, 1, 2)] == [
        "MultiPoint",
        "MultiLineString",
        "MultiPolygon",
    ]
    assert [len(shown[n].geoms) for n in (0, 1, 2)] == [2, 2, 2]
    assert 3 not in shown
    assert (tile.shown, tile.met) == (4, 4)
