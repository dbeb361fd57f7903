"""OGC API Features over HTTP, and the defects of other servers that this one must not have."""

from __future__ import annotations

import io
import json
import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from owslib.ogcapi.features import Features
from pyproj import Transformer

ITEMS = "/collections/points/items"
COUNT = 250


def names(response):
    return [feature["id"] for feature in response.json()["features"]]


def rel(document, name):
    return [link["href"] for link in document["links"] if link["rel"] == name]


@pytest.mark.parametrize("path", ["", "/"])
def test_landing_page_answers_with_and_without_a_slash(client, path):
    response = client.get(path, headers={"Accept": "application/json"}, follow_redirects=False)
    assert response.status_code == 200
    assert rel(response.json(), "conformance")


def test_every_link_of_the_documents_answers(client):
    documents = [client.get(p).json() for p in ("", "/collections", "/collections/points", ITEMS)]
    links = {
        href for document in documents for link in document["links"] for href in [link["href"]]
    }
    assert len(links) > 15
    for href in sorted(links):
        assert client.get(href).status_code == 200, href


def test_restricted_layers_are_not_served(client):
    listed = [c["id"] for c in client.get("/collections").json()["collections"]]
    assert listed == ["catalogue", "facts", "points"]
    assert client.get("/collections/secret/items").status_code == 404


def test_a_mistyped_collection_is_a_problem_with_the_nearest(client):
    response = client.get("/collections/point")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert "Did you mean 'points'" in response.json()["detail"]


def test_media_type_is_geojson(client):
    assert client.get(ITEMS).headers["content-type"] == "application/geo+json"


def test_values_are_not_escaped(client):
    feature = client.get(f"{ITEMS}/00007").json()
    assert feature["properties"]["name"] == "<b>n°7</b> & co"


def test_a_walk_along_next_sees_each_feature_once(client):
    seen, href = [], f"{ITEMS}?limit=50"
    while href:
        page = client.get(href)
        seen += names(page)
        assert page.json()["numberMatched"] == COUNT
        href = next(iter(rel(page.json(), "next")), None)
    assert sorted(seen) == [f"{i:05d}" for i in range(COUNT)]


def test_next_is_not_offered_when_the_page_ends_the_list(client):
    assert not rel(client.get(f"{ITEMS}?limit={COUNT}").json(), "next")
    last = client.get(f"{ITEMS}?limit=50&offset=200").json()
    assert not rel(last, "next")
    assert names(client.get(rel(last, "prev")[0])) == names(
        client.get(f"{ITEMS}?limit=50&offset=150")
    )


def test_links_keep_every_parameter(client):
    page = client.get(ITEMS, params={"limit": 5, "filter": "size > 10 AND name LIKE '%&%'"})
    following = client.get(rel(page.json(), "next")[0])
    assert following.json()["numberMatched"] == page.json()["numberMatched"]
    assert not set(names(page)) & set(names(following))


@pytest.mark.parametrize(
    "query",
    ["limt=3", "limit=0", "limit=x", "offset=-1", "bbox=1,2,3", "bbox=2,47,3,46", "crs=EPSG:27700",
     "datetime=yesterday", "sortby=nme", "properties=nme", "f=xml", "filter=nme=1",
     "filter=size='big'", "filter-lang=cql2-text", "skipGeometry=maybe", "limit=1&limit=2",
     "filter=size=1&filter-lang=sql", "bbox-crs=EPSG:2154"],
)  # fmt: skip
def test_what_cannot_be_honoured_is_a_400_that_says_why(client, query):
    response = client.get(f"{ITEMS}?{query}")
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    assert len(response.json()["detail"]) > 10


def test_an_unknown_parameter_names_the_nearest(client):
    assert "Did you mean 'limit'" in client.get(f"{ITEMS}?limt=3").json()["detail"]


def test_limit_is_clamped_not_refused(client):
    assert client.get(f"{ITEMS}?limit=1000000").json()["numberReturned"] == COUNT


def test_bbox_intersects_and_counts_exactly(client):
    page = client.get(f"{ITEMS}?bbox=2,46,2.1,46.1&limit=3").json()
    assert page["numberMatched"] == 26
    assert page["numberReturned"] == 3


def test_bbox_in_another_crs_follows_its_axis_order(client):
    lonlat = client.get(f"{ITEMS}?bbox=2,46,2.1,46.1&limit=100")
    uri = "http://www.opengis.net/def/crs/EPSG/0/4326"
    latlon = client.get(ITEMS, params={"bbox": "46,2,46.1,2.1", "bbox-crs": uri, "limit": 100})
    assert names(lonlat) == names(latlon)


@pytest.mark.parametrize("code", [4326, 3857, 2154, 3035])
def test_coordinates_agree_with_pyproj(client, code):
    uri = f"http://www.opengis.net/def/crs/EPSG/0/{code}"
    response = client.get(f"{ITEMS}/00100", params={"crs": uri})
    assert response.headers["content-crs"] == f"<{uri}>"
    expected = Transformer.from_crs("OGC:CRS84", f"EPSG:{code}").transform(2.4, 46.4)
    assert np.allclose(response.json()["geometry"]["coordinates"], expected, atol=1e-3)


def test_datetime_selects_by_the_time_attribute(client):
    def count(text):
        return client.get(ITEMS, params={"datetime": text}).json()["numberMatched"]

    assert count("2020-01-01") == 1
    assert count("2020-01-01/2020-01-10") == 10
    assert count("../2020-01-10T12:00:00Z") == 10
    assert count("2020-09-01/..") == COUNT - 244


def test_sorting_is_total_with_missing_values_last(client):
    page = client.get(f"{ITEMS}?sortby=-size,code&limit={COUNT}").json()["features"]
    sizes = [feature["properties"]["size"] for feature in page]
    known = [size for size in sizes if size is not None]
    assert known == sorted(known, reverse=True)
    assert sizes[-25:] == [None] * 25


def test_properties_and_geometry_can_be_left_out(client):
    feature = client.get(f"{ITEMS}?properties=size&skipGeometry=true&limit=1").json()["features"][0]
    assert feature["geometry"] is None
    assert list(feature["properties"]) == ["size"]


def test_attribute_parameters_filter(client):
    assert names(client.get(f"{ITEMS}?code=00042")) == ["00042"]


@pytest.mark.parametrize("name", ["geom", "geometry"])
def test_the_geometry_has_both_its_names(client, name):
    text = f"S_INTERSECTS({name}, BBOX(2, 46, 2.1, 46.1)) AND size >= 12"
    assert names(client.get(ITEMS, params={"filter": text})) == ["00024", "00025"]
    assert name in client.get("/collections/points/queryables").json()["properties"]


def test_filter_crs_is_honoured(client):
    uri = "http://www.opengis.net/def/crs/EPSG/0/4326"
    text = "S_INTERSECTS(geom, BBOX(46, 2, 46.1, 2.1))"
    found = client.get(ITEMS, params={"filter": text, "filter-crs": uri, "limit": 100})
    assert found.json()["numberMatched"] == 26


def test_filters_go_by_post_too(client):
    tree = {"op": "=", "args": [{"property": "code"}, "00042"]}
    kind = {"Content-Type": "application/query-cql-json"}
    by_json = client.post(ITEMS, content=json.dumps(tree), headers=kind)
    by_form = client.post(ITEMS, data={"filter": "code = '00042'"})
    assert names(by_json) == names(by_form) == ["00042"]
    assert client.post(ITEMS, content="<xml/>").status_code == 400
    assert client.post(ITEMS, content="{", headers=kind).status_code == 400


def test_csv_is_read_by_pandas(client):
    text = client.get(f"{ITEMS}?f=csv&limit=1000&sortby=code").text
    frame = pd.read_csv(io.StringIO(text), dtype={"code": str})
    assert len(frame) == COUNT
    assert frame.code.iloc[7] == "00007"
    assert frame.lon.iloc[100] == pytest.approx(2.4)


def test_a_table_without_geometry_is_served(client):
    page = client.get("/collections/facts/items").json()
    assert page["numberMatched"] == 3
    assert page["features"][0]["geometry"] is None
    assert "spatial" not in client.get("/collections/facts").json()["extent"]


def test_openapi_is_self_contained_and_lets_gdal_push_filters(client):
    document = client.get("/openapi?f=json").json()
    text = json.dumps(document)
    assert "$ref" in text
    assert '"$ref": "http' not in text
    languages = document["components"]["parameters"]["filter-lang"]["schema"]["enum"]
    assert {"cql2-text", "cql2-json"} <= set(languages)


def test_conformance_lists_what_qgis_looks_for(client):
    found = {uri.rsplit("/", 1)[1] for uri in client.get("/conformance").json()["conformsTo"]}
    assert {"filter", "features-filter", "cql2-text", "basic-cql2", "crs"} <= found
    assert not found & {"array-functions", "functions"}


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(
    "path",
    ["", "/conformance", "/openapi", "/collections", "/collections/points", f"{ITEMS}/00007",
     "/collections/points/queryables", "/collections/points/schema", ITEMS, "/collections/facts"],
)  # fmt: skip
def test_pages_use_local_assets_only(client, path, language):
    response = client.get(path, params={"f": "html", "lang": language})
    assert response.status_code == 200
    assert f'<html lang="{language}">' in response.text
    # A relation may be a URI: a name, which no browser loads.
    tags = [
        re.sub(r'rel="[^"]*"', "", tag.split(">")[0])
        for tag in response.text.split("<")
        if tag.startswith(("script", "link", "img"))
    ]
    assert tags
    assert not [tag for tag in tags if "://" in tag]
    assert "default-src 'self'" in response.headers["content-security-policy"]


def test_browsers_get_html_and_clients_json(client):
    browser = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    assert "text/html" in client.get(ITEMS, headers=browser).headers["content-type"]
    assert "json" in client.get(ITEMS, headers={"Accept": "*/*"}).headers["content-type"]


def test_values_are_escaped_on_pages(client):
    page = client.get(f"{ITEMS}/00007?f=html").text
    assert "&lt;b&gt;n°7" in page
    assert "<b>n°7" not in page


def test_head_answers_without_a_body(client):
    response = client.head(ITEMS)
    assert response.status_code == 200
    assert not response.content


def test_pyogrio_reads_the_server(server):
    source = f"OAPIF:{server}"
    assert {name for name, _ in pyogrio.list_layers(source)} == {"catalogue", "points", "facts"}
    frame = gpd.read_file(source, layer="points")
    assert len(frame) == COUNT
    assert frame.set_index("code").geometry["00100"].x == pytest.approx(2.4)
    some = pyogrio.read_dataframe(source, layer="points", where="code = '00042'")
    assert list(some.code) == ["00042"]


def test_owslib_reads_the_server(server):
    service = Features(server)
    assert set(service.feature_collections()) == {"points", "facts"}
    page = service.collection_items("points", limit=5, filter="size > 100")
    assert page["numberReturned"] == 5
    assert service.collection_queryables("points")["properties"]["size"]["type"] == "number"
