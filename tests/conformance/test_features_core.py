"""OGC API - Features - Part 1: Core (OGC 17-069r4), annex A, over every collection.

Each test bears the name of the abstract test that it carries out.
"""

from __future__ import annotations

import httpx
import jsonschema
import pytest
import shapely
from openapi_spec_validator import validate

JSON, GEOJSON, HTML = "application/json", "application/geo+json", "text/html"
PART = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"
LINKS = {
    "type": "array",
    "items": {"type": "object", "required": ["href", "rel", "type"]},
}
EXTENT = {
    "type": "object",
    "properties": {
        "spatial": {
            "type": "object",
            "required": ["bbox"],
            "properties": {
                "bbox": {
                    "type": "array",
                    "minItems": 1,
                    "items": {"type": "array", "items": {"type": "number"}, "minItems": 4},
                }
            },
        },
        "temporal": {
            "type": "object",
            "required": ["interval"],
            "properties": {
                "interval": {
                    "type": "array",
                    "items": {
                        "type": "array",
                        "minItems": 2,
                        "maxItems": 2,
                        "items": {"type": ["string", "null"], "format": "date-time"},
                    },
                }
            },
        },
    },
}
COLLECTION = {
    "type": "object",
    "required": ["id", "links"],
    "properties": {
        "id": {"type": "string"},
        "title": {"type": "string"},
        "description": {"type": "string"},
        "links": LINKS,
        "extent": EXTENT,
        "itemType": {"type": "string"},
        "crs": {"type": "array", "items": {"type": "string"}},
    },
}
GEOMETRY = {
    "type": ["object", "null"],
    "required": ["type"],
    "properties": {
        "type": {
            "enum": [
                "Point",
                "LineString",
                "Polygon",
                "MultiPoint",
                "MultiLineString",
                "MultiPolygon",
                "GeometryCollection",
            ]
        }
    },
}
FEATURE = {
    "type": "object",
    "required": ["type", "geometry", "properties", "id"],
    "properties": {
        "type": {"const": "Feature"},
        "geometry": GEOMETRY,
        "properties": {"type": ["object", "null"]},
        "id": {"type": ["string", "integer"]},
    },
}
PAGE = {
    "type": "object",
    "required": ["type", "features", "links", "numberMatched", "numberReturned"],
    "properties": {
        "type": {"const": "FeatureCollection"},
        "features": {"type": "array", "items": FEATURE},
        "links": LINKS,
    },
}


def ids(page):
    return [feature["id"] for feature in page["features"]]


def rels(document):
    return {(link["rel"], link["type"].split(";")[0]) for link in document["links"]}


def items(api, collection, **parameters):
    response = api.get(f"/collections/{collection['id']}/items", params=parameters)
    assert response.status_code == 200, response.text
    page = response.json()
    jsonschema.validate(page, PAGE)
    return page


# The landing page, the definition, the declaration.


def test_http(api):
    response = api.get("")
    assert response.http_version == "HTTP/1.1"
    assert api.get("/collections/none").status_code == 404
    assert api.delete("/collections").status_code == 405
    assert api.get("/collections?limt=3").status_code == 400


def test_root_op_and_success(api):
    document = api.get("", headers={"Accept": JSON}).json()
    found = {rel for rel, _ in rels(document)}
    assert {"conformance", "data"} <= found
    assert found & {"service-desc", "service-doc"}


def test_api_definition_op_and_success(api):
    links = api.get("").json()["links"]
    described = [link for link in links if link["rel"] in ("service-desc", "service-doc")]
    for link in described:
        response = httpx.get(link["href"], headers={"Accept": link["type"]})
        assert response.status_code == 200
        assert response.headers["content-type"].startswith(link["type"].split(";")[0])
    validate(httpx.get(described[0]["href"]).json())


def test_conformance_op_and_success(api):
    declared = api.get("/conformance").json()["conformsTo"]
    assert {f"{PART}/{name}" for name in ("core", "geojson", "html", "oas30")} <= set(declared)


def test_every_link_of_every_document_answers_with_its_type(api, collections):
    documents = [api.get("").json(), api.get("/collections").json(), *collections]
    links = {(link["href"], link["type"]) for doc in documents for link in doc["links"]}
    for href, media_type in sorted(links):
        response = httpx.get(href, headers={"Accept": media_type}, timeout=60)
        assert response.status_code == 200, href
        assert response.headers["content-type"].split(";")[0] == media_type.split(";")[0], href


# Collections.


def test_fc_md_op_success_items_and_links(api, collections):
    document = api.get("/collections").json()
    assert {("self", JSON), ("alternate", HTML)} <= rels(document)
    for collection in document["collections"]:
        jsonschema.validate(collection, COLLECTION)
    for collection in collections:
        assert {("items", GEOJSON), ("items", HTML)} <= rels(collection)


def test_sfc_md_op_and_success(api, collections):
    for collection in collections:
        alone = api.get(f"/collections/{collection['id']}").json()
        jsonschema.validate(alone, COLLECTION)
        for name in ("id", "title", "description", "extent", "crs"):
            assert alone.get(name) == collection.get(name)
        assert rels(alone) >= rels(collection)


def test_fc_md_extent(api, spatial):
    for collection in spatial:
        extent = shapely.box(*collection["extent"]["spatial"]["bbox"][0])
        for feature in items(api, collection, limit=200)["features"]:
            if feature["geometry"]:
                assert extent.covers(shapely.geometry.shape(feature["geometry"]))


# Features.


def test_fc_op_crs84_and_response(api, collections):
    for collection in collections:
        page = items(api, collection)
        assert page["numberReturned"] == len(page["features"]) <= page["numberMatched"]
        assert page["numberMatched"] == collection["numberItems"]


def test_fc_links_are_right_and_next_leads_through_all(api, collections):
    for collection in collections:
        size = max(1, collection["numberItems"] // 3)
        page, found = items(api, collection, limit=size), []
        assert {("self", GEOJSON), ("alternate", HTML)} <= rels(page)
        while True:
            found += ids(page)
            following = [link["href"] for link in page["links"] if link["rel"] == "next"]
            if not following:
                break
            page = httpx.get(following[0], timeout=60).json()
        assert len(found) == len(set(found)) == collection["numberItems"]


@pytest.mark.parametrize("limit", [1, 7, 10_000])
def test_fc_limit_definition_and_response(api, collections, limit):
    for collection in collections:
        page = items(api, collection, limit=limit)
        assert len(page["features"]) == min(limit, page["numberMatched"])


@pytest.mark.parametrize("limit", ["0", "-1", "many", "1.5", ""])
def test_fc_limit_invalid(api, limit):
    assert api.get("/collections/towns/items", params={"limit": limit}).status_code == 400


def test_fc_bbox_definition_and_response(api, spatial):
    """The features of a box are those that intersect it, and those without geometry are not."""
    for collection in spatial:
        west, south, east, north = collection["extent"]["spatial"]["bbox"][0]
        half = (west, south, (west + east) / 2, (south + north) / 2)
        features = items(api, collection, limit=10_000)["features"]
        every = [
            (f["id"], shapely.geometry.shape(f["geometry"])) for f in features if f["geometry"]
        ]
        for box in ((west, south, east, north), half):
            text = ",".join(map(str, box))
            shape = shapely.box(*box)
            shapely.prepare(shape)
            found = set(ids(items(api, collection, bbox=text, limit=10_000)))
            assert found == {key for key, geometry in every if shape.intersects(geometry)}


@pytest.mark.parametrize(
    "box", ["5,4,3", "5,4", "a,b,c,d", "1,2,3,4,5", "2,49,1,48", "1,49,2,48", "nan,1,2,3", ""]
)
def test_fc_bbox_invalid(api, box):
    assert api.get("/collections/towns/items", params={"bbox": box}).status_code == 400


@pytest.mark.parametrize(
    ("box", "inside"),
    [("177,65,-177,70", False), ("160,-60,10,60", True), ("10,-60,160,60", True)],
)
def test_fc_bbox_across_the_antimeridian(api, box, inside):
    page = api.get("/collections/towns/items", params={"bbox": box, "limit": 1}).json()
    assert (page["numberMatched"] > 0) is inside


def test_fc_time_definition_and_response(api, collections):
    for collection in collections:
        if "temporal" not in collection["extent"]:
            continue
        schema = api.get(f"/collections/{collection['id']}/schema").json()["properties"]
        field = next(n for n, s in schema.items() if s.get("x-ogc-role") == "primary-instant")
        start, end = (t[:10] for t in collection["extent"]["temporal"]["interval"][0])
        every = [f["properties"] for f in items(api, collection, limit=10_000)["features"]]
        assert items(api, collection, datetime="../..")["numberMatched"] == len(every)
        for text, low, high in (
            (start, start, start),
            (f"{start}/{end}", start, end),
            (f"{start}T00:00:00Z/{end}T23:59:59Z", start, end),
            (f"{end}/..", end, "9999"),
            (f"/{start}", "0000", start),
        ):
            expected = sum(1 for p in every if p[field] and low <= p[field][:10] <= high)
            assert items(api, collection, datetime=text)["numberMatched"] == expected, text


@pytest.mark.parametrize("text", ["yesterday", "2024-13-01", "2024-01-01/2023-01-01", ".."])
def test_fc_time_invalid(api, text):
    response = api.get("/collections/sample-sales/items", params={"datetime": text})
    assert response.status_code == 400


def test_query_param_unknown_and_invalid(api, collections):
    for collection in collections:
        path = f"/collections/{collection['id']}/items"
        assert api.get(path, params={"unknown-parameter": "x"}).status_code == 400
        assert api.get(path, params={"limit": "x"}).status_code == 400


def test_f_op_success_and_links(api, collections):
    for collection in collections:
        for feature in items(api, collection, limit=3)["features"]:
            path = f"/collections/{collection['id']}/items/{feature['id']}"
            response = api.get(path)
            assert response.headers["content-type"] == GEOJSON
            alone = response.json()
            jsonschema.validate(alone, FEATURE)
            for name in ("id", "geometry", "properties"):
                assert alone[name] == feature[name]
            assert {("self", GEOJSON), ("alternate", HTML), ("collection", JSON)} <= rels(alone)


def test_html_definition_and_content(api, collections):
    paths = ["", "/conformance", "/collections"]
    paths += [f"/collections/{c['id']}{tail}" for c in collections for tail in ("", "/items")]
    for path in paths:
        response = api.get(path, headers={"Accept": HTML})
        assert response.status_code == 200
        assert response.headers["content-type"].startswith(HTML)
        assert response.text.startswith("<!doctype html>")


# The definition tells what the server does (conformance class oas30).


def test_oas30_completeness_and_exception_codes(api):
    document = api.get("/openapi").json()
    assert document["openapi"].startswith("3.0")
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert "200" in operation["responses"], path
            assert "400" in operation["responses"], path
