"""Whatever the geometry, a tile decodes and its polygons are valid (synthetic geometries)."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from layers.index.paths import POINT, SHELL, Paths, clearance_of, paths_of, to_world
from layers.tiles import GRIDS, Place
from layers.tiles.encoder import encode
from layers.tiles.shapes import SAFE_CLEARANCE, Shapes, areas, place
from layers.tiles.values import Tags
from tests.tiles.decoding import as_cut, decoded, mercator_units, place_of

QUAD = GRIDS["WebMercatorQuad"]
WITHIN = shapely.box(0, 0, 4096, 4096)
CENTRE = (2.5, 46.5)
zooms = st.integers(0, 20)
# From a hair to the whole world, so that a tile may hold a thousand of them or lie inside one.
scales = st.sampled_from([1e-6, 1e-4, 1e-2, 1, 30])
offsets = st.tuples(st.floats(-1, 1), st.floats(-1, 1))
rings = st.lists(offsets, min_size=3, max_size=12)


@st.composite
def geometries(draw):
    scale = draw(scales)
    xy = np.clip(np.array(draw(rings)) * scale + CENTRE, (-180, -90), (180, 90))
    kind = draw(st.sampled_from(["point", "line", "polygon", "multipolygon", "mixed"]))
    line = shapely.LineString(xy)
    area = shapely.make_valid(shapely.Polygon(xy), method="structure", keep_collapsed=False)
    other = shapely.union(area, shapely.box(*(xy[0] + scale), *(xy[0] + 2 * scale)))
    found = {
        "point": shapely.MultiPoint(xy), "line": line, "polygon": area, "multipolygon": other,
        "mixed": shapely.GeometryCollection([line, area, shapely.Point(xy[0])]),
    }[kind]  # fmt: skip
    return found if not found.is_empty and found.is_valid else shapely.Point(xy[0])


def tile(geometry: object, at: Place) -> dict[int, object]:
    one = np.array([geometry], dtype=object)
    turned = shapely.orient_polygons(one, exterior_cw=True)
    paths = paths_of(turned)
    units = QUAD.units(to_world(paths.xy), at)
    clearance = clearance_of(one) / QUAD.unit_of_world(at.z)
    shapes = place(Paths(units, paths.lengths, paths.kinds, paths.rows), clearance)
    check(shapes)
    if not len(shapes.rows):
        return {}
    none = Tags(np.empty(0, np.uint64), np.zeros(1, np.int64), b"", b"")
    data = encode("things", shapes, np.array([7], np.uint64), none)
    return decoded(data)


def check(shapes: Shapes) -> None:
    area = areas(shapes)
    assert (area[shapes.kinds == SHELL] > 0).all()
    assert (area[shapes.kinds > SHELL] < 0).all()
    assert (shapes.lengths[shapes.kinds >= SHELL] >= 3).all()
    assert ((shapes.xy >= -512) & (shapes.xy <= 4608)).all()
    assert (shapes.lengths[shapes.kinds == POINT] == 1).all()


# Its last vertex falls on the line between the others, which leaves a spike.
SPIKE = "POLYGON ((2.499999982295202 46.5, 32.5 46.5, 2.5 31.5, 2.5 16.5, 2.499999982295202 46.5))"


@example(geometry=shapely.from_wkt(SPIKE), z=3)
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(geometry=geometries(), z=zooms)
def test_a_tile_holds_what_meets_it_and_is_valid(geometry, z: int) -> None:
    at = place_of(*CENTRE, z)
    shown = tile(geometry, at)
    lonlat = shapely.transform(geometry, np.asarray)
    moved = _on_tile(lonlat, at)
    for drawn in shown.values():
        assert drawn.is_valid
        assert shapely.buffer(moved, 2).intersects(drawn)
    if geometry.geom_type == "MultiPoint" and moved.intersects(WITHIN.buffer(-1)):
        assert shown
    # One that Mercator's moving of its vertices alone makes invalid has no certain area.
    if geometry.geom_type.endswith("Polygon") and shown and moved.is_valid:
        expected = as_cut(moved)
        gap = shown[7].symmetric_difference(expected).area
        assert gap <= 1.1 * (expected.length + shown[7].length) + 4


def _on_tile(geometry: object, at: Place) -> object:
    def metres(lonlat: np.ndarray) -> np.ndarray:
        half, radius = 20037508.342789244, 6378137.0
        lat = np.radians(np.clip(lonlat[:, 1], -85.05112877980659, 85.05112877980659))
        return np.column_stack(
            [lonlat[:, 0] / 180 * half, radius * np.log(np.tan(np.pi / 4 + lat / 2))]
        )

    return shapely.transform(shapely.transform(geometry, metres), mercator_units(at))


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(ring=rings, seed=st.integers(0, 99))
def test_a_polygon_with_clearance_stays_valid_when_rounded(ring, seed: int) -> None:
    xy = np.array(ring) * 40 + np.random.default_rng(seed).uniform(0, 1, 2)
    polygon = shapely.Polygon(xy)
    if polygon.is_valid and shapely.minimum_clearance(polygon) >= SAFE_CLEARANCE:
        assert shapely.transform(polygon, lambda at: np.floor(at + 0.5)).is_valid
