"""OpenStreetMap: the real centre of Redon, and small synthetic files for what it lacks."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections import Counter

import pyarrow as pa
import pytest
import shapely

from layers.errors import ReadError
from layers.osm_tags import address, cycle_way, may_walk, quantity, shop
from layers.readers import source

LAYERS = ["shops", "services", "buildings", "streets", "green-spaces", "cycle-ways"]


def read(*paths):
    """Return rows and report of each layer."""
    tables = {table.layer: table for table in source("osm").read(paths)}
    return {
        layer: (pa.concat_tables(table.batches).to_pylist(), table.report)
        for layer, table in tables.items()
    }


@pytest.fixture(scope="module")
def redon(shared_data):
    return shared_data / "redon" / "redon.osm"


@pytest.fixture(scope="module")
def found(redon):
    return read(redon)


@pytest.fixture(scope="module")
def tagged(redon):
    """Return (id, tags) of every object, by plain XML."""
    root = ElementTree.parse(redon).getroot()
    things = [thing for thing in root if thing.tag in ("node", "way", "relation")]
    return {
        f"{thing.tag[0]}{thing.get('id')}": {
            tag.get("k"): tag.get("v") for tag in thing.iter("tag")
        }
        for thing in things
    }


def test_the_layers_and_their_date(redon):
    tables = source("osm").read([redon])
    assert [table.layer for table in tables] == LAYERS
    assert {table.vintage for table in tables} == {"2019-09-09"}


def test_shops_of_redon_and_vacant_or_disused_ones(found, tagged):
    rows, _ = found["shops"]
    active = {i for i, tags in tagged.items() if tags.get("shop", "vacant") != "vacant"}
    vacant = {i for i, tags in tagged.items() if tags.get("shop") == "vacant"}
    disused = {i for i, tags in tagged.items() if "disused:shop" in tags}
    assert len(active | vacant) == 97
    assert {row["osm_id"]: row["status"] for row in rows} == (
        dict.fromkeys(active, "active")
        | dict.fromkeys(disused, "disused")
        | dict.fromkeys(vacant, "vacant")
    )
    kinds = Counter(row["shop"] for row in rows if row["status"] == "active")
    assert kinds["clothes"] == 15
    assert {row["shop"] for row in rows if row["status"] != "active"} == {None}
    assert all(shapely.from_wkb(row["geometry"]).geom_type == "Point" for row in rows)


@pytest.mark.parametrize(
    ("layer", "key", "count"), [("services", "amenity", 275), ("buildings", "building", 1075)]
)
def test_every_facility_and_building_of_redon_is_there(found, tagged, layer, key, count):
    rows, report = found[layer]
    assert {row["osm_id"] for row in rows} == {i for i, tags in tagged.items() if key in tags}
    assert len(rows) == report.read == count
    placeless = sum(row["geometry"] is None for row in rows)
    assert sum(n for reason, n in report.repaired.items() if "kept without" in reason) == placeless


def test_buildings_have_a_hole_for_each_inner_way(redon, found):
    rows, _ = found["buildings"]
    shapes = {row["osm_id"]: shapely.from_wkb(row["geometry"]) for row in rows if row["geometry"]}
    expected = {
        f"r{relation.get('id')}": sum(m.get("role") == "inner" for m in relation.iter("member"))
        for relation in ElementTree.parse(redon).getroot().iter("relation")
    }
    holes = {i: len(shape.interiors) for i, shape in shapes.items() if i.startswith("r")}
    assert holes == {i: expected[i] for i in holes}
    assert sum(holes.values()) >= 5


def test_streets_are_lines_that_a_pedestrian_may_use(found, tagged):
    rows, _ = found["streets"]
    ids = {row["osm_id"] for row in rows}
    ways = {i: t for i, t in tagged.items() if i[0] == "w" and "highway" in t}
    assert ids < set(ways)
    assert {i for i, tags in ways.items() if tags["highway"] in ("footway", "steps")} & ids
    assert not {i for i, tags in ways.items() if tags.get("foot") == "no"} & ids
    shapes = [shapely.from_wkb(row["geometry"]) for row in rows if row["geometry"]]
    assert {shape.geom_type for shape in shapes} == {"LineString"}


def test_green_spaces_have_a_kind(found, tagged):
    rows, _ = found["green-spaces"]
    parks = {i for i, tags in tagged.items() if tags.get("leisure") == "park"}
    assert parks == {row["osm_id"] for row in rows if row["kind"] == "park"}


def test_a_compressed_binary_file_reads_the_same(redon, found, tmp_path):
    import osmium

    path = tmp_path / "redon.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        for thing in osmium.FileProcessor(str(redon)):
            writer.add(thing)
    assert {layer: len(rows) for layer, (rows, _) in read(path).items()} == {
        layer: len(rows) for layer, (rows, _) in found.items()
    }


def test_two_files_that_overlap_give_each_object_once(redon, found):
    rows, report = read(redon, redon)["shops"]
    assert len(rows) == len(found["shops"][0])
    assert list(report.refused.values()) == [len(rows)]


SQUARE = """<osm version="0.6">
<node id="1" lat="47" lon="-2"/><node id="2" lat="47" lon="-1.9"/>
<node id="3" lat="47.1" lon="-1.9"/><node id="4" lat="47.1" lon="-2"/>
<way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/></way>
<way id="2"><nd ref="3"/><nd ref="4"/><nd ref="1"/></way>
<way id="3"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/>
 <tag k="building" v="retail"/><tag k="building:levels" v="two"/><tag k="height" v="7,5 m"/>
 <tag k="shop" v="bakery"/></way>
<relation id="9"><member type="way" ref="1" role="outer"/><member type="way" ref="2" role="outer"/>
 <tag k="type" v="multipolygon"/><tag k="leisure" v="garden"/></relation>
<relation id="10"><member type="way" ref="1" role="outer"/>
 <tag k="type" v="multipolygon"/><tag k="leisure" v="park"/></relation>
</osm>"""


def test_synthetic_outlines_in_pieces_are_joined_and_loose_ones_counted(tmp_path):
    path = tmp_path / "square.osm"
    path.write_text(SQUARE)
    layers = read(path)
    rows, report = layers["green-spaces"]
    areas = {r["osm_id"]: r["geometry"] and shapely.from_wkb(r["geometry"]).area for r in rows}
    assert areas == {"r9": pytest.approx(0.01), "r10": None}
    assert sum(report.repaired.values()) == 1
    (building,), report = layers["buildings"]
    assert (building["levels"], building["height"]) == (None, 7.5)
    assert sum(report.repaired.values()) == 1
    (baker,), _ = layers["shops"]
    point = shapely.from_wkb(baker["geometry"])
    assert point.within(shapely.box(-2, 47, -1.9, 47.1))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.osm", b""),
        ("x.osm", b"<html></html>"),
        ("x.osm.pbf", b"\0\0\0\x0dno"),
        ("x.csv", b"a\n1"),
    ],
)
def test_broken_files_are_refused_by_name(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ReadError, match=name):
        read(path)


def test_a_truncated_file_is_refused(redon, tmp_path):
    path = tmp_path / "cut.osm"
    path.write_bytes(redon.read_bytes()[:500_000])
    with pytest.raises(ReadError, match=r"cut\.osm"):
        read(path)


def test_what_tags_say():
    assert shop({"shop": "vacant", "disused:shop": "shoes"})["shop"] == "shoes"
    assert shop({"abandoned:shop": "yes"})["status"] == "disused"
    assert shop({"shop": "no"}) is None
    assert shop({"shop": "bakery", "disused:shop": "shoes"})["status"] == "active"
    assert may_walk({"highway": "cycleway"}) is False
    assert may_walk({"highway": "cycleway", "foot": "yes"}) is True
    assert may_walk({"highway": "service", "access": "private"}) is False
    assert may_walk({"highway": "service", "access": "private", "foot": "yes"}) is True
    assert may_walk({"highway": "motorway", "foot": "yes"}) is False
    assert quantity("3 ft") is None
    assert address({"addr:housenumber": "12", "addr:street": "Grande Rue"}) == "12 Grande Rue"


@pytest.mark.parametrize(
    ("tags", "kind", "sides"),
    [
        ({"highway": "cycleway"}, "way", 2),
        ({"highway": "cycleway", "oneway": "yes"}, "way", 1),
        ({"highway": "path", "bicycle": "designated"}, "way", 2),
        ({"highway": "residential", "cycleway": "lane"}, "lane", 2),
        ({"highway": "residential", "cycleway": "lane", "oneway": "yes"}, "lane", 1),
        ({"highway": "residential", "cycleway": "opposite_lane", "oneway": "yes"}, "lane", 1),
        ({"highway": "primary", "cycleway:both": "track"}, "track", 2),
        ({"highway": "primary", "cycleway:right": "track", "cycleway:left": "no"}, "track", 1),
        ({"highway": "primary", "cycleway:right": "share_busway"}, "bus", 1),
    ],
)
def test_a_cycle_way_tells_on_how_many_sides_it_is(tags, kind, sides) -> None:
    row = cycle_way(tags)
    assert (row["kind"], row["sides"]) == (kind, sides)


@pytest.mark.parametrize(
    "tags",
    [
        {"highway": "residential"},
        {"highway": "residential", "cycleway": "no"},
        {"highway": "path", "bicycle": "yes"},
        {"highway": "construction", "cycleway": "lane"},
        {"cycleway": "lane"},
    ],
)
def test_a_road_without_room_for_cyclists_is_no_cycle_way(tags) -> None:
    assert cycle_way(tags) is None
