"""Defects found in pygeoapi that this server must not have, by their number in our list.

1, 13 to 16, 19 and 21 are in test_defects_http.py, 11 in test_defects_coverages.py, 9, 10 and 20 in
processes/test_defects_processes.py.
"""

from __future__ import annotations

import re

import httpx
import numpy as np
import pytest
from mapbox_vector_tile import decode
from pyproj import Transformer

ITEMS = "/collections/points/items"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
FEATURE = {"type": "Feature", "id": "00009", "geometry": None, "properties": {"code": "00009"}}


def matched(client, path=ITEMS, **parameters):
    names = {name.replace("_", "-"): value for name, value in parameters.items()}
    response = client.get(path, params=names)
    assert response.status_code == 200, response.text
    return response.json()["numberMatched"]


def codes(client, **parameters):
    page = client.get(ITEMS, params=parameters).json()
    return [feature["id"] for feature in page["features"]]


def test_item_2_filter_and_sortby_are_honoured_on_files(client):
    assert matched(client, filter="code IN ('00003', '00005')") == 2
    assert codes(client, sortby="-code", limit=2) == ["00249", "00248"]
    assert codes(client, filter="code < '00004'", sortby="-code") == [
        "00003", "00002", "00001", "00000",
    ]  # fmt: skip


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", [f"{ITEMS}/00007", f"{ITEMS}/missing", ITEMS])
def test_item_3_nothing_is_overwritten_or_created(client, method, path):
    response = client.request(method, path, json=FEATURE)
    assert response.status_code == 405
    assert {"GET", "HEAD"} <= set(response.headers["allow"].replace(" ", "").split(","))
    assert response.headers["content-type"] == "application/problem+json"
    assert client.get(f"{ITEMS}/missing").status_code == 404
    assert client.get(f"{ITEMS}/00009").json()["properties"]["name"] == "<b>n°9</b> & co"


def test_item_4_a_posted_feature_is_refused_with_the_reason(client):
    response = client.post(ITEMS, json=FEATURE, headers={"Content-Type": "application/geo+json"})
    assert response.status_code == 400
    assert "POST needs a body of type" in response.json()["detail"]
    assert client.post(f"{ITEMS}/00007", json=FEATURE).status_code == 405
    assert matched(client) == 250


def test_item_5_filter_crs_is_honoured(client):
    """Points lie on the line from 2° E 46° N; latitude comes first in EPSG:4326."""
    inside = "S_INTERSECTS(geometry, BBOX({}))"
    by_lon = matched(client, filter=inside.format("2,46,2.1,46.1"))
    uri = f"{EPSG}4326"
    assert by_lon == 26
    assert matched(client, filter=inside.format("46,2,46.1,2.1"), filter_crs=uri) == by_lon
    metres = Transformer.from_crs("OGC:CRS84", "EPSG:2154").transform([2, 2.1], [46, 46.1])
    box = ",".join(f"{metres[i][j]:.3f}" for j in (0, 1) for i in (0, 1))
    lambert = matched(client, filter=inside.format(box), filter_crs=f"{EPSG}2154")
    # Two corners moved to Lambert-93 make another box, so a few points differ at its ends.
    assert 20 <= lambert <= by_lon
    refused = client.get(ITEMS, params={"filter": inside.format(box)})
    assert refused.status_code == 400
    assert "filter-crs" in refused.json()["detail"]


def test_item_6_boxes_are_moved_with_their_edges(town):
    """In Brittany, where Lambert-93 is turned by 5.7°, two corners would lose a tenth."""
    lon, lat = (np.array([start + i / 30 for i in range(30)]) for start in (-5, 48))
    x, y = Transformer.from_crs("OGC:CRS84", "EPSG:2154").transform(
        np.repeat(lon, 30), np.tile(lat, 30)
    )
    low, high = (np.percentile((x, y), share, axis=1) for share in (20, 80))
    expected = ((x >= low[0]) & (x <= high[0]) & (y >= low[1]) & (y <= high[1])).sum()
    box = ",".join(f"{value:.3f}" for value in (*low, *high))
    uri = f"{EPSG}2154"
    found = matched(town, "/collections/grid/items", bbox=box, bbox_crs=uri)
    # Positions are stored to 7 decimals, so one on an edge may fall on either side.
    assert abs(found - expected) <= 2
    assert expected > 200


def test_item_7_bbox_means_intersects_and_counts_all(demo_url):
    """Each commune is larger than the box at its town hall."""
    with httpx.Client(base_url=f"{demo_url}/ogc", timeout=60) as client:
        town = client.get("/collections/towns/items?limit=1").json()["features"][0]
        x, y = town["geometry"]["coordinates"]
        box = f"{x - 1e-5},{y - 1e-5},{x + 1e-5},{y + 1e-5}"
        page = client.get(f"/collections/communes/items?bbox={box}").json()
        assert [f["id"] for f in page["features"]] == [town["id"]]
        page = client.get("/collections/communes/items?limit=7&offset=3").json()
        assert (page["numberMatched"], page["numberReturned"]) == (244, 7)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("S_INTERSECTS(geometry, BBOX(2, 46, 2.1, 46.1))", 26), ("ACCENTI(code) = '00007'", 1),
     ("ACCENTI(name) LIKE ACCENTI('%ñ%')", 250)],
)  # fmt: skip
def test_item_8_what_the_standard_offers_is_evaluated(client, text, expected):
    assert matched(client, filter=text) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [("siz > 3", "Did you mean 'size'"), ("size > 'many'", "cannot compare property 'size'"),
     ("day > 'soon'", "'soon' is not a date"), ("BBOX(1, 2, 3, 4)", "a filter needs boolean"),
     ("S_INTERSECTS(geometry, BBOX(1, 2))", "BBOX needs")],
)  # fmt: skip
def test_item_8_what_cannot_be_evaluated_is_a_400_with_the_reason(client, text, said):
    response = client.get(ITEMS, params={"filter": text})
    assert response.status_code == 400
    assert said in response.json()["detail"]


def test_item_12_there_is_a_tilejson_and_a_tile_needs_no_format(client):
    document = client.get("/collections/points/tiles/WebMercatorQuad?f=tilejson").json()
    assert document["tilejson"].startswith("3.")
    west, _, east, _ = document["bounds"]
    assert west <= 2 < 3 - 1 / 250 <= east
    address = document["tiles"][0].format(z=6, x=32, y=22)
    assert "f=" not in address
    tile = httpx.get(address)
    assert tile.status_code == 200
    assert tile.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert decode(tile.content)["points"]["features"]


def test_item_17_gdal_and_qgis_see_that_filters_are_evaluated(client):
    """GDAL reads the enumeration of filter-lang, QGIS the classes of conformance."""
    document = client.get("/openapi").json()
    languages = document["components"]["parameters"]["filter-lang"]["schema"]["enum"]
    assert {"cql2-text", "cql-text"} <= set(languages)
    parameters = document["paths"][ITEMS]["get"]["parameters"]
    names = {one.get("$ref", "").rsplit("/", 1)[-1] for one in parameters}
    assert {"filter", "filter-lang", "filter-crs"} <= names
    declared = set(client.get("/conformance").json()["conformsTo"])
    features = "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/"
    assert {f"{features}filter", f"{features}features-filter"} <= declared
    cql2 = "http://www.opengis.net/spec/cql2/1.0/conf/"
    for name in ("cql2-text", "basic-cql2", "basic-spatial-functions"):
        assert f"{cql2}{name}" in declared


def test_item_18_pages_load_nothing_from_elsewhere_and_speak_french(client):
    paths = ["", "/collections", "/collections/points", ITEMS, f"{ITEMS}/00007", "/openapi"]
    for path in paths:
        page = client.get(path, params={"f": "html", "lang": "fr"})
        assert page.headers["content-language"] == "fr"
        loaded = re.findall(r'<(?:script|img|link)\b[^>]*?(?:src|href)="([^"]+)"', page.text)
        loaded += re.findall(r"url\(([^)]+)\)|@import ([^;]+)", page.text)
        own = str(client.base_url).split("/ogc")[0]
        for address in loaded:
            assert address.startswith(("/", own, "data:")), address
        assert loaded
