"""Boxes and geometries of a projected CRS select what lies in them there, wherever that is."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from layers.catalogue import Catalogue
from layers.crs import EPSG, SUPPORTED, Reference, reference
from layers.errors import BadRequestError
from layers.parameters import parse_box, parse_query
from layers.projected import to_storage
from layers.query import select

LAMBERT_93, MERCATOR, LAEA, LATITUDE_FIRST, MAYOTTE = (
    reference(f"EPSG:{code}") for code in (2154, 3857, 3035, 4326, 4471)
)
# The area of use of EPSG:2154 in its own metres, a little less.
FRANCE = (100_000, 6_060_000, 1_200_000, 7_100_000)
# Transverse Mercator of Mayotte: the pole is a quarter of a meridian (scaled) north of the equator.
POLE = 10_000_000 + 0.9996 * 10_001_965.729


def placed(text: str, system: Reference):
    return to_storage(parse_box(text, system), system)


def holds(area, lon: float, lat: float) -> bool:
    return bool(shapely.intersects_xy(area, lon, lat))


def test_the_edge_of_a_box_bends_north_away_from_the_meridian_of_its_projection():
    """On 3° E, y = 6,600,000 is 46.5° N; the parallel's arc rises from there, 20 km at 9.6° E."""
    area = placed("300000,6600000,1210000,6700000", LAMBERT_93)
    assert holds(area, 3, 46.5001)
    assert not holds(area, 3, 46.4999)
    assert holds(area, 9.5, 46.36)
    assert not holds(area, 9.5, 46.3)


def test_boxes_of_mercator_and_of_latitudes_stay_boxes():
    """Their edges are parallels and meridians: four corners say all, and points need no test."""
    degree = 20037508.342789244 / 180
    area = placed(f"{2 * degree},0,{3 * degree},{degree}", MERCATOR)
    assert shapely.get_num_coordinates(area) == 5
    assert shapely.bounds(area) == pytest.approx((2, 0, 3, 0.99995), abs=1e-5)
    assert placed("46,2,47,3", LATITUDE_FIRST).equals(shapely.box(2, 46, 3, 47))


def test_a_diagonal_of_mercator_is_no_straight_line_of_degrees():
    """Half way in metres between the equator and 60° N is 36.5° N (Gudermann), not 30°."""
    north = np.log(np.tan(np.radians(75))) * 6_378_137
    line = to_storage(shapely.LineString([(0, 0), (north, north)]), MERCATOR)
    at = np.degrees(north / 2 / 6_378_137)
    middle = 2 * np.degrees(np.arctan(np.exp(north / 2 / 6_378_137))) - 90
    assert middle == pytest.approx(35.26, abs=0.01)
    assert shapely.distance(line, shapely.Point(at, middle)) < 1e-8


def test_a_box_across_the_antimeridian():
    """Both in degrees and in LAEA Europe, whose meridian of 170° W lies beyond the pole."""
    for system, text in (
        (LATITUDE_FIRST, "-20,175,-10,-175"),
        (reference("CRS84"), "175,-20,-175,-10"),
    ):
        area = placed(text, system)
        assert holds(area, 179, -15) and holds(area, -179, -15)  # noqa: PT018
        assert not holds(area, 0, -15)
    north, east = Transformer.from_crs("EPSG:4326", "EPSG:3035").transform([65, 65], [178, -178])
    low, high = (min(east), min(north) - 1000), (max(east), max(north) + 1000)
    area = placed(f"{low[1]},{low[0]},{high[1]},{high[0]}", LAEA)
    assert area.geom_type == "MultiPolygon"
    assert holds(area, 179.9, 65) and holds(area, -179.9, 65)  # noqa: PT018
    assert not holds(area, 0, 65)


def test_a_box_around_the_pole_holds_all_longitudes():
    half = 500_000  # 4.5 degrees of latitude, less 0.04 %
    area = placed(f"0,{POLE - half},1000000,{POLE + half}", MAYOTTE)
    assert all(holds(area, lon, 86) for lon in (-180, -135, -45, 0, 45, 135))
    assert not any(holds(area, lon, 85) for lon in (-45, 45, 135, -135))
    # The meridian of Mayotte's projection, 45° E, is straight: the box ends where it is cut.
    assert holds(area, 45, 90 - 4.47) and not holds(area, 45, 90 - 4.49)  # noqa: PT018


def test_a_box_beyond_the_square_of_mercator_ends_with_it():
    world = placed("-30000000,-30000000,30000000,30000000", MERCATOR)
    assert shapely.bounds(world) == pytest.approx((-180, -85.0511, 180, 85.0511), abs=1e-4)


@pytest.mark.parametrize(
    ("text", "system"),
    [
        ("21000000,0,22000000,1", MERCATOR),
        ("-10000000,-10000000,10000000,10000000", LAEA),
        ("-10000000,5000000,10000000,15000000", LAMBERT_93),
        ("-16000000,25000000,-15500000,28000000", MAYOTTE),
    ],
)
def test_a_box_beyond_its_projection_is_refused_with_the_reason(text, system):
    with pytest.raises(BadRequestError, match=r"cannot be placed on Earth.*has no meaning"):
        placed(text, system)


@pytest.mark.parametrize("text", ["3,2,1,4", "0,9,1,8", "-200,1,-300,2"])
def test_a_box_upside_down_is_refused(text):
    with pytest.raises(BadRequestError, match="upside down"):
        placed(text, reference("CRS84") if text.startswith("-") else LAMBERT_93)


def test_a_line_across_the_antimeridian_is_refused_with_what_to_do():
    there = Transformer.from_crs("EPSG:4326", "EPSG:3035").transform([60, 60], [170, -170])
    with pytest.raises(BadRequestError, match="antimeridian: cut it there"):
        to_storage(shapely.LineString(np.column_stack(there)), LAEA)


def test_a_polygon_that_crosses_itself_is_not_mended_in_silence():
    bow = shapely.Polygon([(700_000, 6_600_000), (710_000, 6_610_000), (710_000, 6_600_000),
                           (700_000, 6_610_000)])  # fmt: skip
    assert not shapely.is_valid(to_storage(bow, LAMBERT_93))


@pytest.mark.parametrize(
    ("corners", "system"),
    [
        ([(0, 0), (-20037509, 0), (0, -1), (-1, 1)], MERCATOR),
        ([(POLE - 1e5, 0), (POLE + 1e5, 9e5), (POLE - 1e5, 9e5), (POLE + 1e5, 0)], MAYOTTE),
        ([(0, POLE - 1e5), (9e5, POLE + 1e5), (0, POLE + 1e5), (9e5, POLE - 1e5)], MAYOTTE),
    ],
)
def test_a_polygon_that_crosses_itself_where_it_must_be_cut_is_refused(corners, system):
    with pytest.raises(BadRequestError, match="cannot be placed on Earth"):
        to_storage(shapely.Polygon(corners), system)


def test_a_long_zigzag_does_not_fill_the_memory():
    at = np.arange(50_000)
    zigzag = shapely.LineString(
        np.column_stack([200_000 + at, np.where(at % 2, 6_100_000, 7_000_000)])
    )
    assert shapely.get_num_coordinates(to_storage(zigzag, LAMBERT_93)) < 250_000


@pytest.mark.parametrize("uri", SUPPORTED[2:])
@settings(deadline=None, max_examples=20)
@given(data=st.data())
def test_any_box_that_is_placed_selects_the_points_that_lie_in_it(uri, data):
    """Points all over the Earth that come back from a CRS: in its box, or not, wherever that is."""
    system = reference(uri)
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    lat = np.degrees(np.arcsin(rng.uniform(-1, 1, 4_000)))
    lon = rng.uniform(-180, 180, 4_000)
    to = Transformer.from_crs("OGC:CRS84", f"EPSG:{system.epsg}")
    x, y = to.transform(lon, lat)
    back = np.column_stack(to.transform(x, y, direction="INVERSE"))
    sound = (
        np.isfinite(x) & np.isfinite(y) & (np.abs(back - np.column_stack([lon, lat])).max(1) < 1e-6)
    )
    a, b = rng.choice(np.flatnonzero(sound), 2)
    low_x, high_x, low_y, high_y = *sorted((x[a], x[b])), *sorted((y[a], y[b]))
    try:
        area = placed(f"{low_x},{low_y},{high_x},{high_y}", system)
    except BadRequestError as refusal:
        assert "has no meaning" in str(refusal)  # noqa: PT017
        return
    inside = (low_x <= x) & (x <= high_x) & (low_y <= y) & (y <= high_y)
    inside[[a, b]] = sound[[a, b]] = False  # the corners
    shapely.prepare(area)
    found = shapely.intersects_xy(area, lon, lat)
    assert (found == inside)[sound].all()


@pytest.fixture(scope="module", params=["towns", "communes", "sample-land-use"])
def layer_there(request, demo_data):
    """Return a layer, and its geometries in Lambert-93, each vertex moved by PROJ."""
    layer = Catalogue(demo_data).layer(request.param)
    geometries = layer.index.geometries(range(layer.index.count))
    to = Transformer.from_crs("OGC:CRS84", "EPSG:2154")
    return layer, shapely.transform(geometries, lambda xy: np.column_stack(to.transform(*xy.T)))


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_boxes_and_polygons_of_lambert_93_select_what_a_reprojection_does(layer_there, data):
    """Expected: every geometry moved to Lambert-93 and intersected there, by shapely alone."""
    layer, there = layer_there
    west, south, east, north = FRANCE
    around = shapely.centroid(there[data.draw(st.integers(0, len(there) - 1))])
    half = 10 ** data.draw(st.floats(2, 5.5))
    shift = data.draw(st.floats(-1, 1)) * half, data.draw(st.floats(-1, 1)) * half
    x, y = np.clip((around.x + shift[0], around.y + shift[1]), (west, south), (east, north))
    box = shapely.box(x, y, min(x + half, east), min(y + half * data.draw(st.floats(0, 3)), north))
    query = {"bbox": ",".join(map(repr, map(float, box.bounds))), "bbox-crs": f"{EPSG}2154"}
    diamond = shapely.Polygon([(x, y - half), (x + half, y), (x, y + half), (x - half, y)])
    literal = {"filter": f"S_INTERSECTS(geometry, {diamond.wkt})", "filter-crs": f"{EPSG}2154"}
    for asked, area in ((query, box), (literal, diamond)):
        rows = select(layer, parse_query(asked, layer, whole=True)).positions
        found = np.isin(np.arange(len(there)), rows)
        # Nearer to the edge than the decimals that are stored, either answer is right.
        sure = shapely.distance(area.boundary, there) > 0.02
        assert (found == shapely.intersects(area, there))[sure].all()
