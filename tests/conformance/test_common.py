"""OGC API - Common - Part 1: Core (OGC 19-072) and Part 2: Geospatial Data (OGC 20-024), annex A.

Each test bears the name of the abstract test that it carries out, the conformance class first.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

import httpx
import jsonschema
import pytest
import shapely
from openapi_spec_validator import validate

JSON, HTML = "application/json", "text/html"
REL = "http://www.opengis.net/def/rel/ogc/1.0/"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
LINK = {"type": "object", "required": ["href", "rel", "type"],
        "properties": {"href": {"type": "string", "format": "uri"}}}  # fmt: skip
LINKS = {"type": "array", "minItems": 1, "items": LINK}
# schemas.opengis.net/ogcapi/common/part1/1.0: landingPage, confClasses; Part 2: collectionDesc.
LANDING = {"type": "object", "required": ["links"], "properties": {
    "title": {"type": "string"}, "description": {"type": "string"},
    "attribution": {"type": "string"}, "links": LINKS}}  # fmt: skip
DECLARATION = {"type": "object", "required": ["conformsTo"], "properties": {
    "conformsTo": {"type": "array", "items": {"type": "string", "format": "uri"}}}}  # fmt: skip
BOX = {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6}
INTERVAL = {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": ["string", "null"]}}
COLLECTION = {"type": "object", "required": ["id", "links"], "properties": {
    "id": {"type": "string"}, "title": {"type": "string"}, "description": {"type": "string"},
    "attribution": {"type": "string"}, "links": LINKS,
    "extent": {"type": "object", "properties": {
        "spatial": {"type": "object", "required": ["bbox"], "properties": {
            "bbox": {"type": "array", "minItems": 1, "items": BOX}}},
        "temporal": {"type": "object", "required": ["interval"], "properties": {
            "interval": {"type": "array", "minItems": 1, "items": INTERVAL}}}}},
    "itemType": {"type": "string"}, "crs": {"type": "array", "items": {"type": "string"}},
    "dataType": {"type": "string"}}}  # fmt: skip
SHOPS = "/collections/sample-shops/items"


def rels(document):
    return {(link["rel"], link["type"].split(";")[0]) for link in document["links"]}


def href(document, rel):
    return next(link["href"] for link in document["links"] if link["rel"] == rel)


class Elements(HTMLParser):
    """The elements of a page, and those that are closed without having been opened."""

    VOID = ("area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.open: list[str] = []
        self.astray: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        while self.open and self.open[-1] in ("p", "li", "td", "tr", "th") and self.open[-1] != tag:
            self.open.pop()
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.astray.append(tag)


def is_html5(text: str) -> bool:
    found = Elements(text)
    is_whole = {"html", "head", "title", "body"} <= found.seen
    return text.lstrip().lower().startswith("<!doctype html>") and is_whole and not found.astray


# Part 1, class core.


def test_core_http(api):
    response = api.get("")
    assert (response.status_code, response.http_version) == (200, "HTTP/1.1")


def test_core_query_param_name_unknown(api):
    """Every operation of the definition that can be asked without a path of its own."""
    document = api.get("/openapi").json()
    tried = [
        path for path, found in document["paths"].items() if "get" in found and "{" not in path
    ]
    assert len(tried) > 50
    for path in tried:
        response = api.get("" if path == "/" else path, params={"no-such-parameter": "x"})
        assert response.status_code == 400, path


@pytest.mark.parametrize(
    "parameters",
    [{"limit": "0"}, {"limit": "x"}, {"offset": "-1"}, {"bbox": "1,2,3"}, {"f": "none"},
     {"lang": "xx"}, {"skipGeometry": "yes"}, {"crs": "none"}, {"datetime": "never"}],
)  # fmt: skip
def test_core_query_param_value_invalid(api, parameters):
    assert api.get(SHOPS, params=parameters).status_code == 400


@pytest.mark.parametrize(
    ("name", "value"),
    [("limit", "1"), ("bbox", "-4,46,-2,47"), ("f", "json"), ("lang", "fr"), ("offset", "1"),
     ("sortby", "name"), ("properties", "name"), ("filter", "name IS NULL"), ("datetime", "../..")],
)  # fmt: skip
def test_core_query_param_capitalization(api, name, value):
    assert api.get(SHOPS, params={name: value}).status_code == 200
    assert api.get(SHOPS, params={name.upper(): value}).status_code == 400


def test_core_query_param_list_delimiter(api):
    page = api.get(SHOPS, params={"properties": "name,status", "limit": 1}).json()
    assert set(page["features"][0]["properties"]) == {"name", "status"}
    for delimiter in ";|":
        response = api.get(SHOPS, params={"properties": f"name{delimiter}status"})
        assert response.status_code == 400
    assert api.get(SHOPS, params={"bbox": "-4;46;-2;47"}).status_code == 400


def test_core_query_param_list_escape(api):
    """An escaped delimiter is one all the same: no name of these lists holds any."""
    plain, escaped = (
        httpx.get(
            f"{api.base_url}collections/sample-shops/items?limit=1&properties=name{comma}status"
        )
        for comma in (",", "%2C")
    )
    assert plain.json()["features"] == escaped.json()["features"]
    assert api.get(SHOPS, params={"properties": "name status"}).status_code == 400


def test_core_query_param_list_empty(api):
    page = api.get(SHOPS, params={"properties": "", "limit": 1}).json()
    assert page["features"][0]["properties"] == {}


def test_core_query_param_value_boolean(api):
    for text, is_there in (("true", False), ("false", True)):
        page = api.get(SHOPS, params={"skipGeometry": text, "limit": 1}).json()
        assert (page["features"][0]["geometry"] is not None) is is_there


def test_core_query_param_value_integer(api):
    assert len(api.get(SHOPS, params={"limit": "3"}).json()["features"]) == 3
    negative = api.get(SHOPS, params={"offset": "-3"})
    assert negative.status_code == 400
    assert "-3" in negative.json()["detail"]


def test_core_query_param_value_decimal(api):
    found = [
        api.get(SHOPS, params={"bbox": box}).json()["numberMatched"]
        for box in ("-4,46,-2,47", "-04.000,0046.0000,-002.00,047", "-4.00000,46,-2,+47.00")
    ]
    assert found[0] > 0
    assert len(set(found)) == 1


def test_core_query_param_value_double(api):
    """Beyond 4,294,967,296, with an exponent and without, and between."""
    wide = {"bbox": "-5000000000.500,-6.50e9,5.00e9,1e+10"}
    every = api.get(SHOPS).json()["numberMatched"]
    assert api.get(SHOPS, params=wide).json()["numberMatched"] == every
    assert (
        api.get(SHOPS, params={"bbox": "-4e0,4.6E1,-0.2e1,4700e-2"}).json()["numberMatched"]
        == every
    )


# Part 1, class landing-page.


def test_landing_page_root_op_and_success(api):
    document = api.get("", headers={"Accept": JSON}).json()
    jsonschema.validate(document, LANDING)
    found = {rel for rel, _ in rels(document)}
    assert found & {"service-desc", "service-doc"}
    assert f"{REL}conformance" in found | {f"{REL}{rel}" for rel in found}
    assert httpx.get(f"{api.base_url}").status_code == 200


def test_landing_page_api_definition_op_and_success(api):
    links = api.get("").json()["links"]
    described = [link for link in links if link["rel"] in ("service-desc", "service-doc")]
    assert {link["rel"] for link in described} == {"service-desc", "service-doc"}
    for link in described:
        response = httpx.get(link["href"], headers={"Accept": link["type"]})
        assert response.status_code == 200
    validate(httpx.get(href({"links": described}, "service-desc")).json())


def test_landing_page_conformance_op_and_success(api):
    documents = [api.get("/conformance")]
    documents += [
        httpx.get(link["href"], headers={"Accept": JSON})
        for link in api.get("").json()["links"]
        if link["rel"] in ("conformance", f"{REL}conformance")
    ]
    assert len(documents) > 1
    for response in documents:
        assert response.status_code == 200
        jsonschema.validate(response.json(), DECLARATION)
        assert response.json() == documents[0].json()


# Part 1, classes json, html and oas30; Part 2 has json and html too.


@pytest.fixture(scope="module")
def resources(api):
    """Return the paths of landing page, definition, declaration, list and each collection."""
    every = [c["id"] for c in api.get("/collections").json()["collections"]]
    return ["", "/openapi", "/conformance", "/collections", *(f"/collections/{i}" for i in every)]


def test_json_definition_and_content(api, resources):
    for path in resources:
        response = api.get(path, headers={"Accept": JSON})
        assert response.status_code == 200
        assert "json" in response.headers["content-type"]
        assert isinstance(response.json(), dict)


def test_html_definition_and_content(api, resources):
    for path in resources:
        response = api.get(path, headers={"Accept": HTML}, follow_redirects=True)
        assert response.status_code == 200, path
        assert response.headers["content-type"].startswith(HTML)
        assert is_html5(response.text), path


def test_oas30_definition_1(api):
    links = {link["rel"]: link["type"] for link in api.get("").json()["links"]}
    assert links["service-desc"] == OPENAPI
    assert links["service-doc"] == HTML
    response = api.get("/openapi", headers={"Accept": OPENAPI})
    assert response.headers["content-type"].replace(" ", "") == OPENAPI


def test_oas30_definition_2_and_impl(api):
    document = api.get("/openapi").json()
    assert re.fullmatch(r"3\.0\.\d", document["openapi"])
    validate(document)


def test_oas30_completeness_and_exceptions_codes(api):
    """Each answer of an operation, wanted or refused, has a status that is described."""
    paths = api.get("/openapi").json()["paths"]
    for path, found in paths.items():
        if "get" not in found or "{" in path:
            continue
        described = found["get"]["responses"]
        for parameters in ({}, {"no-such-parameter": "x"}, {"f": "none"}):
            response = api.get("" if path == "/" else path, params=parameters)
            assert str(response.status_code) in described or "default" in described, path


def test_oas30_security(api):
    """Nothing that the definition describes asks for a key, and it says so by describing none."""
    document = api.get("/openapi").json()
    assert "securitySchemes" not in document.get("components", {})
    assert "security" not in document
    assert api.get("/collections", headers={"Authorization": ""}).status_code == 200


# Part 2, class collections.


@pytest.fixture(scope="module")
def listed(api):
    response = api.get("/collections", headers={"Accept": JSON})
    assert response.status_code == 200
    return response.json()


def test_collections_list_op_and_success(listed):
    schema = {"type": "object", "required": ["links", "collections"], "properties": {
        "links": LINKS, "collections": {"type": "array", "items": COLLECTION}}}  # fmt: skip
    jsonschema.validate(listed, schema)


def test_collections_list_links(listed):
    assert {("self", JSON), ("alternate", HTML)} <= rels(listed)
    assert all(link["rel"] and link["type"] for link in listed["links"])


def test_collections_list_collections(api, listed):
    """Whatever a path of the definition gives under /collections is in the list."""
    paths = api.get("/openapi").json()["paths"]
    named = {path.split("/")[2] for path in paths if path.startswith("/collections/")}
    assert {c["id"] for c in listed["collections"]} == named


def test_collections_description_op_and_success(api, listed):
    for collection in listed["collections"]:
        response = api.get(f"/collections/{collection['id']}", headers={"Accept": JSON})
        assert response.status_code == 200
        alone = response.json()
        jsonschema.validate(alone, COLLECTION)
        for name in ("id", "title", "description", "extent"):
            assert alone.get(name) == collection.get(name), (collection["id"], name)


def test_collections_description_links(api, listed):
    for collection in listed["collections"]:
        alone = api.get(f"/collections/{collection['id']}").json()
        assert ("alternate", HTML) in rels(alone)
        assert all(link["rel"] and link["type"] for link in alone["links"])
        for rel in ("self", "alternate"):
            assert f"/collections/{collection['id']}" in href(alone, rel)


def test_collections_description_extent(api, listed):
    """Boxes hold all geometries, intervals all dates."""
    for collection in listed["collections"]:
        extent, rel = collection.get("extent", {}), {rel for rel, _ in rels(collection)}
        if "items" not in rel or collection.get("itemType") == "record":
            continue
        path = f"/collections/{collection['id']}/items"
        features = api.get(path, params={"limit": 10_000}).json()["features"]
        if "spatial" in extent:
            box = shapely.box(*extent["spatial"]["bbox"][0])
            shapes = [shapely.geometry.shape(f["geometry"]) for f in features if f["geometry"]]
            assert shapely.covers(box, shapes).all(), collection["id"]
        if "temporal" in extent:
            start, end = extent["temporal"]["interval"][0]
            outside = [f"../{before(start)}", f"{after(end)}/.."]
            found = [api.get(path, params={"datetime": t}).json()["numberMatched"] for t in outside]
            assert found == [0, 0], collection["id"]


def before(instant: str) -> str:
    return f"{int(instant[:4]) - 1}-12-31"


def after(instant: str) -> str:
    return f"{int(instant[:4]) + 1}-01-01"


def test_collections_description_extent_multi(listed):
    for collection in listed["collections"]:
        extent = collection.get("extent", {})
        first, *others = map(
            shapely.box, *zip(*extent.get("spatial", {}).get("bbox", [[0] * 4]), strict=True)
        )
        assert all(first.covers(other) for other in others)
        assert len(extent.get("temporal", {}).get("interval", [[]])) == 1
