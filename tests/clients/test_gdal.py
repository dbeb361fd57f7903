"""GDAL, Debian's and pyogrio's own: what it asks of the server, and what it gets."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import httpx
import pyogrio
import pytest
from pyproj import Transformer

LAYER = "sample-shops"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"


@pytest.fixture(scope="module")
def rows(serving):
    address = f"{serving.url}/ogc/collections/{LAYER}/items"
    return httpx.get(address, params={"limit": 10_000}).json()["features"]


@pytest.fixture(params=["pyogrio", pytest.param("debian", marks=pytest.mark.gdal)])
def read(request, asked, tmp_path: Path, require_program):
    """Give a function: layer and options in, features out, read by one of two GDALs."""
    if request.param == "debian":
        require_program("ogr2ogr")

    def by_debian(layer, where=None, spat=None, spat_crs=None, crs=None, page=None):
        copy = tmp_path / "copy.geojson"
        command = ["ogr2ogr", str(copy), f"OAPIF:{asked.url}/ogc", layer]
        command += ["-where", where] if where else []
        command += ["-spat", *map(str, spat)] if spat else []
        command += ["-spat_srs", spat_crs] if spat_crs else []
        command += ["-oo", f"CRS={crs}", "-lco", "RFC7946=NO"] if crs else []
        command += ["-oo", f"PAGE_SIZE={page}"] if page else []
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return json.loads(copy.read_text())["features"]

    def by_pyogrio(layer, where=None, spat=None, spat_crs=None, crs=None, page=None):
        options = ({"CRS": crs} if crs else {}) | ({"PAGE_SIZE": str(page)} if page else {})
        if spat_crs:
            to = Transformer.from_crs(spat_crs, "OGC:CRS84", always_xy=True)
            spat = to.transform_bounds(*spat)
        frame = pyogrio.read_dataframe(
            f"OAPIF:{asked.url}/ogc", layer=layer, where=where, bbox=tuple(spat) if spat else None,
            fid_as_index=False, **options,
        )  # fmt: skip
        return json.loads(frame.to_json(default=str))["features"]

    return by_debian if request.param == "debian" else by_pyogrio


def ids(features):
    return sorted(feature["properties"]["osm_id"] for feature in features)


def test_layers_are_listed_with_their_geometry(asked):
    names = {name for name, _ in pyogrio.list_layers(f"OAPIF:{asked.url}/ogc")}
    assert {"towns", "communes", "sample-shops", "sample-streets", "iris-housing"} <= names
    info = pyogrio.read_info(f"OAPIF:{asked.url}/ogc", layer=LAYER)
    assert info["geometry_type"] == "Point"
    assert info["features"] == 150


def test_all_features_are_read_with_their_attributes(read, rows):
    found = read(LAYER)
    assert ids(found) == ids(rows)
    mine = {feature["properties"]["osm_id"]: feature["properties"] for feature in rows}
    for feature in found:
        for name, value in mine[feature["properties"]["osm_id"]].items():
            if value is not None and not isinstance(value, str | list):
                assert feature["properties"][name] == value


def test_an_attribute_filter_is_evaluated_by_the_server(read, asked, rows):
    expected = [f for f in rows if f["properties"]["status"] == "vacant"]
    assert 0 < len(expected) < len(rows)
    assert ids(read(LAYER, where="status = 'vacant'")) == ids(expected)
    filters = [query["filter"] for query in asked.items() if "filter" in query]
    assert filters
    assert all("status" in text and "'vacant'" in text for text in filters)


def test_a_composed_filter_is_evaluated_by_the_server(read, asked):
    expected = httpx.get(
        f"{asked.url}/ogc/collections/towns/items",
        params={"filter": "population > 20000 AND population <= 60000", "limit": 500},
    ).json()["numberMatched"]
    asked.clear()
    found = read("towns", where="population > 20000 AND population <= 60000")
    assert len(found) == expected > 0
    assert all(20_000 < f["properties"]["population"] <= 60_000 for f in found)
    assert any("20000" in query.get("filter", "") for query in asked.items())


def test_a_spatial_filter_is_a_bbox_of_the_request(read, asked, rows):
    xs, ys = zip(*(f["geometry"]["coordinates"] for f in rows), strict=True)
    box = (min(xs) - 0.01, min(ys) - 0.01, sum(xs) / len(xs), max(ys) + 0.01)
    expected = [f for f in rows if box[0] <= f["geometry"]["coordinates"][0] <= box[2]]
    assert ids(read(LAYER, spat=box)) == ids(expected)
    sent = [query["bbox"] for query in asked.items() if "bbox" in query]
    assert sent
    assert [float(part) for part in sent[-1].split(",")] == pytest.approx(box, abs=1e-6)


def test_a_spatial_filter_in_lambert_93_is_pushed_too(read, asked):
    """A square of 60 km about Rodez; every town in it is found, none is asked for in vain."""
    x, y = Transformer.from_crs("OGC:CRS84", "EPSG:2154", always_xy=True).transform(2.575, 44.35)
    half = 30_000
    box = (x - half, y - half, x + half, y + half)
    found = read("towns", spat=box, spat_crs="EPSG:2154")
    assert "Rodez" in {feature["properties"]["name"] for feature in found}
    assert any("bbox" in query for query in asked.items())
    assert 0 < len(found) < 20


def test_both_filters_go_together(read, asked, rows):
    xs = [f["geometry"]["coordinates"][0] for f in rows]
    ys = [f["geometry"]["coordinates"][1] for f in rows]
    middle = sum(xs) / len(xs)
    expected = [
        f
        for f in rows
        if f["geometry"]["coordinates"][0] <= middle and f["properties"]["status"] == "vacant"
    ]
    box = (min(xs) - 0.01, min(ys) - 0.01, middle, max(ys) + 0.01)
    assert ids(read(LAYER, where="status = 'vacant'", spat=box)) == ids(expected)
    assert any({"bbox", "filter"} <= set(query) for query in asked.items())


def test_paging_asks_each_row_once(read, asked, rows):
    assert ids(read(LAYER, page=40)) == ids(rows)
    pages = [query for query in asked.items() if query.get("limit") == "40"]
    offsets = {int(query.get("offset", 0)) for query in pages}
    assert {0, 40, 80, 120} <= offsets
    assert max(offsets) == 120


def test_coordinates_come_in_the_crs_asked_for(asked):
    """GDAL 3.7 and later let the client choose; the server moves the coordinates."""
    town = "towns"
    plain = pyogrio.read_dataframe(f"OAPIF:{asked.url}/ogc", layer=town, max_features=5)
    asked.clear()
    moved = pyogrio.read_dataframe(
        f"OAPIF:{asked.url}/ogc", layer=town, max_features=5, CRS=f"{EPSG}2154"
    )
    assert moved.crs.to_epsg() == 2154
    assert any(query.get("crs") == f"{EPSG}2154" for query in asked.items())
    expected = plain.to_crs(2154).geometry
    assert moved.geometry.distance(expected, align=False).max() < 0.05


def test_a_table_without_geometry_is_a_table(read):
    found = read("sample-iris-housing")
    assert len(found) == 8
    assert all(feature["geometry"] is None for feature in found)
