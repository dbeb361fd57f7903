"""Requests for features: methods, bodies, paging and boxes, on hand-written and official rows."""

from __future__ import annotations

import json
from urllib.parse import quote

import geopandas as gpd
import httpx
import numpy as np
import pytest
import shapely
from pyproj import Transformer

from layers.tables import from_frame

CQL2_JSON = {"Content-Type": "application/cql2+json"}
CRS = "http://www.opengis.net/def/crs/EPSG/0/"


def ids(response):
    return [feature["id"] for feature in response.json()["features"]]


def rel(document, name):
    return next((link["href"] for link in document["links"] if link["rel"] == name), None)


@pytest.fixture(scope="module")
def aveyron(shared_data):
    path = shared_data / "communes" / "communes-12-aveyron.geojson"
    return gpd.read_file(path).set_index("code")


@pytest.fixture(scope="module")
def communes(aveyron, publish_as, tmp_path_factory, run_server):
    data = tmp_path_factory.mktemp("communes")
    publish_as(data, "communes", from_frame(aveyron.reset_index()), id_field="code")
    with run_server(data) as url, httpx.Client(base_url=f"{url}/ogc", timeout=30) as client:
        yield client


# Methods.


@pytest.mark.parametrize("path", ["", "/collections", "/collections/cafes/items"])
def test_options_lists_the_methods(town, path):
    response = town.options(path)
    assert response.status_code == 204
    assert {"GET", "HEAD", "OPTIONS"} <= set(response.headers["allow"].split(", "))
    assert ("POST" in response.headers["allow"]) == path.endswith("items")


@pytest.mark.parametrize("path", ["", "/collections/cafes", "/collections/cafes/items/a%2Fb"])
def test_head_tells_what_get_would(town, path):
    plain = {"Accept-Encoding": "identity"}
    head, get = town.head(path, headers=plain), town.get(path, headers=plain)
    assert head.headers["content-length"] == str(len(get.content))
    assert head.headers["content-type"] == get.headers["content-type"]
    assert not head.content


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused(town, method):
    response = town.request(method, "/collections/cafes/items")
    assert response.status_code == 405
    assert response.headers["content-type"] == "application/problem+json"


# Bodies.


def test_a_posted_filter_pages_on_by_get(town):
    tree = {"op": "<", "args": [{"property": "n"}, 25]}
    seen, page = [], town.post("/collections/grid/items?limit=10", json=tree, headers=CQL2_JSON)
    while page:
        assert page.json()["numberMatched"] == 25
        seen += [feature["properties"]["n"] for feature in page.json()["features"]]
        following = rel(page.json(), "next")
        page = httpx.get(following) if following else None
    assert sorted(seen) == list(range(25))


def test_a_parameter_in_address_and_body_is_refused(town):
    response = town.post("/collections/grid/items?limit=2", data={"limit": "3"})
    assert response.status_code == 400
    assert "'limit' is given twice" in response.json()["detail"]


def test_a_body_of_another_type_is_refused_with_the_types(town):
    response = town.post(
        "/collections/grid/items", content="<a/>", headers={"Content-Type": "text/xml"}
    )
    assert response.status_code == 400
    assert "application/cql2+json" in response.json()["detail"]


def test_a_body_beyond_a_megabyte_is_refused(town):
    tree = json.dumps({"op": "=", "args": [{"property": "n"}, 1]}) + " " * 1_000_001
    response = town.post("/collections/grid/items", content=tree, headers=CQL2_JSON)
    assert response.status_code == 413
    assert response.headers["content-type"] == "application/problem+json"


# Paging.


def test_the_first_of_two_uneven_pages_shares_no_row_with_the_second(town):
    page = town.get("/collections/grid/items?offset=3&limit=10")
    before = httpx.get(rel(page.json(), "prev"))
    assert len(ids(before)) == 3
    assert not set(ids(before)) & set(ids(page))
    first = httpx.get(rel(page.json(), "first"))
    assert ids(first)[:3] == ids(before)


def test_nothing_found_is_an_empty_page_not_204(town):
    response = town.get("/collections/grid/items", params={"filter": "n < 0"})
    assert response.status_code == 200
    assert response.json()["features"] == []
    assert response.json()["numberMatched"] == 0
    assert town.get("/collections/grid/items?filter=n<0&f=html").status_code == 200


def test_pages_carry_no_time_of_day(town):
    assert set(town.get("/collections/cafes/items").json()) == {
        "type", "features", "numberMatched", "numberReturned", "links",
    }  # fmt: skip
    first, second = (town.get("/collections/cafes/items").content for _ in range(2))
    assert first == second


def test_ids_that_need_quoting_have_links_that_answer(town):
    assert set(ids(town.get("/collections/cafes/items"))) == {"a/b", "c d?", "é&f=html"}
    for feature in ("a/b", "c d?", "é&f=html"):
        document = town.get(f"/collections/cafes/items/{quote(feature, safe='')}").json()
        assert document["id"] == feature
        assert httpx.get(rel(document, "self")).json()["id"] == feature
        assert "text/html" in httpx.get(rel(document, "alternate")).headers["content-type"]


def test_links_of_one_feature_keep_its_crs(town):
    document = town.get("/collections/cafes/items/a%2Fb", params={"crs": f"{CRS}4326"}).json()
    assert document["geometry"]["coordinates"] == [46.0, 2.0]
    assert httpx.get(rel(document, "self")).json()["geometry"]["coordinates"] == [46.0, 2.0]


def test_an_unknown_id_is_a_problem(town):
    response = town.get("/collections/cafes/items/nowhere")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


def test_texts_of_any_arrow_kind_are_served(town):
    kinds = [
        f["properties"]["kind"] for f in town.get("/collections/cafes/items").json()["features"]
    ]
    assert sorted(kinds, key=str) == ["<bar>", None, "café"]


# Boxes.


@pytest.mark.parametrize("code", [2154, 3857, 3035, 4326])
def test_boxes_are_those_of_their_own_crs(town, code):
    """Expected: the points whose coordinates in that CRS lie in the box (defect: two corners)."""
    lon, lat = [-5 + n // 30 / 30 for n in range(900)], [48 + n % 30 / 30 for n in range(900)]
    x, y = Transformer.from_crs("OGC:CRS84", f"EPSG:{code}").transform(lon, lat)
    low_x, high_x, low_y, high_y = (f for v in (x, y) for f in np.quantile(v, [0.2, 0.8]))
    inside = (low_x <= x) & (x <= high_x) & (low_y <= y) & (y <= high_y)
    query = {"bbox": f"{low_x},{low_y},{high_x},{high_y}", "bbox-crs": f"{CRS}{code}", "limit": 900}
    page = town.get("/collections/grid/items", params=query).json()
    found = [feature["properties"]["n"] for feature in page["features"]]
    assert sorted(found) == np.flatnonzero(inside).tolist()


def test_a_box_finds_what_it_touches_not_only_what_it_holds(communes, aveyron):
    box = (2.55, 44.33, 2.6, 44.37)
    expected = aveyron.index[aveyron.intersects(shapely.box(*box))]
    assert not aveyron.within(shapely.box(*box)).any()
    query = {"bbox": ",".join(map(str, box)), "limit": 100}
    page = communes.get("/collections/communes/items", params=query)
    assert sorted(ids(page)) == sorted(expected)
    assert page.json()["numberMatched"] == len(expected) > 1


@pytest.mark.parametrize("more", [{}, {"sortby": "-nom"}, {"bbox": "2,44,3,45"}])
def test_a_walk_over_communes_sees_each_once(communes, aveyron, more):
    query = {"limit": "40", **more}
    page = communes.get("/collections/communes/items", params=query)
    seen = ids(page)
    while following := rel(page.json(), "next"):
        page = httpx.get(following)
        seen += ids(page)
    area = shapely.box(2, 44, 3, 45) if "bbox" in more else shapely.box(-180, -90, 180, 90)
    assert sorted(seen) == sorted(aveyron.index[aveyron.intersects(area)])
    assert len(seen) == len(set(seen)) == page.json()["numberMatched"]


@pytest.mark.parametrize("code", [2154, 3035, 4326])
def test_a_whole_page_of_polygons_agrees_with_geopandas(communes, aveyron, code):
    query = {"crs": f"{CRS}{code}", "limit": 1000}
    features = communes.get("/collections/communes/items", params=query).json()["features"]
    assert len(features) == len(aveyron)
    move = Transformer.from_crs("OGC:CRS84", f"EPSG:{code}").transform
    for feature in features[::40]:
        expected = shapely.transform(aveyron.geometry[feature["id"]], move, interleaved=False)
        found = shapely.from_geojson(json.dumps(feature["geometry"]))
        assert shapely.hausdorff_distance(found, expected) < 0.02
