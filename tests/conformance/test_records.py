"""OGC API - Records - Part 1: Core (OGC 20-004r1), annex A, over every record of the catalogue.

Each test bears the name of the abstract test that it carries out, the conformance class first.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

import httpx
import jsonschema
import pytest
import shapely

CATALOGUE = "/collections/catalogue"
RECORD = "application/geo+json; application=ogc-record"
GEOJSON, CATALOGUE_JSON, HTML = "application/geo+json", "application/ogc-catalog+json", "text/html"
SPEC = "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf"
DATE, INSTANT = r"\d{4}-\d{2}-\d{2}", r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z"
LINK = {
    "type": "object",
    "required": ["href", "rel"],
    "properties": {name: {"type": "string"} for name in ("href", "rel", "type", "title")},
}
LANGUAGE = {"type": "object", "required": ["code"], "properties": {"code": {"type": "string"}}}
CONTACT = {
    "type": "object",
    "anyOf": [{"required": ["name"]}, {"required": ["organization"]}],
    "properties": {
        "links": {"type": "array", "items": {"allOf": [LINK, {"required": ["type"]}]}},
        "roles": {"type": "array", "minItems": 1, "items": {"type": "string"}},
    },
}
TEXTS = {"type": "array", "items": {"type": "string"}}
SCHEMA = {
    "type": "object",
    "required": ["id", "type", "geometry", "properties"],
    "properties": {
        "id": {"type": "string"},
        "type": {"const": "Feature"},
        "geometry": {"type": ["object", "null"]},
        "conformsTo": TEXTS,
        "time": {
            "type": ["object", "null"],
            "properties": {
                "date": {"type": "string", "pattern": f"^{DATE}$"},
                "timestamp": {"type": "string", "pattern": f"^{INSTANT}$"},
                "interval": {
                    "type": "array",
                    "minItems": 2,
                    "maxItems": 2,
                    "items": {"type": "string", "pattern": rf"^({DATE}|{INSTANT}|\.\.)$"},
                },
            },
        },
        "properties": {
            "type": "object",
            "properties": {
                **{
                    name: {"type": "string"}
                    for name in ("type", "title", "description", "license", "rights")
                },
                "created": {"type": "string", "format": "date-time"},
                "updated": {"type": "string", "format": "date-time"},
                "keywords": TEXTS,
                "language": LANGUAGE,
                "languages": {"type": "array", "items": LANGUAGE},
                "resourceLanguages": {"type": "array", "items": LANGUAGE},
                "contacts": {"type": "array", "items": CONTACT},
                "externalIds": {
                    "type": "array",
                    "items": {"type": "object", "required": ["value"]},
                },
                "formats": {
                    "type": "array",
                    "items": {"anyOf": [{"required": ["name"]}, {"required": ["mediaType"]}]},
                },
                "themes": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "required": ["concepts", "scheme"],
                        "properties": {
                            "concepts": {"type": "array", "minItems": 1,
                                         "items": {"type": "object", "required": ["id"]}}
                        },
                    },
                },
            },
        },
        "links": {"type": "array", "items": LINK},
        "linkTemplates": {
            "type": "array",
            "items": {"type": "object", "required": ["uriTemplate", "rel"]},
        },
    },
}  # fmt: skip
CATALOGUE_SCHEMA = {
    "type": "object",
    "required": ["id", "type", "links"],
    "properties": {
        "type": {"const": "Collection"},
        "itemType": {"const": "record"},
        "languages": {"type": "array", "items": LANGUAGE},
        "updated": {"type": "string", "format": "date-time"},
        "crs": TEXTS,
        "links": {"type": "array", "items": LINK},
    },
}
STRINGS = {"type": "array", "items": {"type": "string"}}


@pytest.fixture(scope="module")
def catalogue(api):
    response = api.get(CATALOGUE)
    assert response.status_code == 200
    return response.json()


@pytest.fixture(scope="module")
def records(api):
    """Return each record as its own address gives it."""
    page = api.get(f"{CATALOGUE}/items", params={"limit": 1000}).json()
    found = [api.get(f"{CATALOGUE}/items/{record['id']}").json() for record in page["features"]]
    assert len(found) == page["numberMatched"] > 20
    return found


@pytest.fixture(scope="module")
def parameters(api):
    """Return the parameters that the API definition gives the search, by name."""
    document = api.get("/openapi").json()
    shared = document["components"]["parameters"]
    given = document["paths"][f"{CATALOGUE}/items"]["get"]["parameters"]
    found = [shared[p["$ref"].rsplit("/", 1)[1]] if "$ref" in p else p for p in given]
    return {parameter["name"]: parameter for parameter in found}


def search(api, **query):
    response = api.get(f"{CATALOGUE}/items", params={"limit": 1000} | query)
    assert response.status_code == 200, response.text
    page = response.json()
    assert page["numberReturned"] == len(page["features"])
    return page["features"]


def ids(features):
    return {feature["id"] for feature in features}


def links(document, rel):
    return [link for link in document["links"] if link["rel"] == rel]


class Anchors(HTMLParser):
    """The addresses of a page's ``a`` elements, and its words."""

    def __init__(self, text):
        super().__init__()
        self.hrefs, self.words = set(), ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self.hrefs.add(dict(attrs).get("href"))

    def handle_data(self, data):
        self.words += data


# Record core.


def test_record_core_mandatory_properties_record(records):
    assert all(record["id"] and record["type"] == "Feature" for record in records)


def test_record_core_default_mediatype(api, records):
    for record in records:
        response = api.get(f"{CATALOGUE}/items/{record['id']}", headers={"Accept": "*/*"})
        assert response.headers["content-type"] == RECORD


def test_record_core_contact(records):
    for record in records:
        for contact in record["properties"]["contacts"]:
            jsonschema.validate(contact, CONTACT)
            assert all(link["rel"] == "about" and link["type"] for link in contact.get("links", []))


def test_record_core_license(records):
    """An SPDX identifier, or ``other`` with a link to the licence."""
    for record in records:
        licence = record["properties"].get("license")
        assert licence is None or re.fullmatch(r"[A-Za-z0-9.+-]+", licence)
        if licence == "other":
            assert links(record, "license")


def test_record_core_links(api, records):
    for record in records:
        (link,) = links(record, "collection")
        jsonschema.validate(httpx.get(link["href"]).json(), CATALOGUE_SCHEMA)
        assert link["href"].endswith(CATALOGUE)


def test_record_core_templated_link(api, records):
    """A templated link bears the address that its variables are put into, and leads somewhere."""
    tried = 0
    for record in records:
        assert not any("{" in link["href"] for link in record["links"])
        for template in record.get("linkTemplates", []):
            address = template["uriTemplate"]
            names = re.findall(r"{(\w+)}", address)
            assert set(names) == set(template["variables"])
            response = httpx.get(address.format(**dict.fromkeys(names, 0)), timeout=60)
            assert response.status_code in (200, 204)
            if response.status_code == 200:
                assert response.headers["content-type"] == template["type"]
                tried += 1
    assert tried > 5


def test_record_core_templated_link_header(api, records):
    """No templated link is sent in a header, hence none in another encoding than the standard's."""
    for record in records:
        headers = api.get(f"{CATALOGUE}/items/{record['id']}").headers
        assert "{" not in headers.get("link", "")


def test_record_core_time_instant_time_interval_and_time_zone(records):
    timed = [record["time"] for record in records if record["time"]]
    assert timed
    for time in timed:
        jsonschema.validate({"time": time}, {"properties": {"time": SCHEMA["properties"]["time"]}})
        if "interval" in time:
            start, end = time["interval"]
            if ".." not in (start, end):
                assert len(start) == len(end)
                assert start <= end


def test_record_core_time_instant_interval(records):
    """An instant beside an interval lies in it."""
    for time in (record["time"] for record in records if record["time"]):
        start, end = time.get("interval", ("..", ".."))
        for name in ("date", "timestamp"):
            if name in time:
                assert start == ".." or start[:10] <= time[name][:10]
                assert end == ".." or time[name][:10] <= end[:10]
        if {"date", "timestamp"} <= set(time):
            assert time["timestamp"][:10] == time["date"]


# Record collection.


def test_record_collection_mandatory_properties_collection(catalogue):
    jsonschema.validate(catalogue, CATALOGUE_SCHEMA)


def test_record_collection_default_mediatype(api):
    for headers in ({}, {"Accept": "*/*"}, {"Accept": CATALOGUE_JSON}):
        response = api.get(CATALOGUE, headers=headers)
        assert response.headers["content-type"] == CATALOGUE_JSON


def test_record_collection_item_type(api, catalogue, records):
    assert catalogue["itemType"] == "record"
    for record in records:
        jsonschema.validate(record, SCHEMA)


def test_record_collection_contact_and_license(catalogue):
    for contact in catalogue.get("contacts", []):
        jsonschema.validate(contact, CONTACT)
    if catalogue.get("license") == "other":
        assert links(catalogue, "license")


def test_record_collection_links(api, catalogue):
    (own,) = links(catalogue, "self")
    assert httpx.get(own["href"]).json() == catalogue
    others = links(catalogue, "alternate")
    assert HTML in {link["type"] for link in others}
    for link in others:
        response = httpx.get(link["href"])
        assert response.headers["content-type"].split(";")[0] == link["type"]


def test_record_collection_links_records(catalogue):
    found = links(catalogue, "items")
    assert {GEOJSON, HTML} <= {link["type"] for link in found}
    for link in found:
        response = httpx.get(link["href"])
        assert response.headers["content-type"].split(";")[0] == link["type"]
    assert httpx.get(found[0]["href"]).json()["type"] == "FeatureCollection"


def test_record_collection_links_catalog_hierarchy_related_and_series(catalogue):
    """The catalogue is one and alone: it leads to no other, and holds no record in its line."""
    assert not any(links(catalogue, rel) for rel in ("child", "related", "next", "item"))


def test_record_collection_records_and_records_array_name(catalogue):
    assert not {"records", "recordsArrayName"} & set(catalogue)


# Query parameters of core.


def test_record_core_query_parameters_bbox(api, parameters, records):
    schema = parameters["bbox"]["schema"]
    assert (schema["type"], schema["items"]["type"], schema["minItems"]) == ("array", "number", 4)
    shapes = {r["id"]: shapely.geometry.shape(r["geometry"]) for r in records if r["geometry"]}
    bare = ids(records) - set(shapes)
    for box in ((-5, 42, 8, 51), (-62, 14, -60, 17), (3.9, 45.9, 4.1, 46.1), (100, 0, 110, 10)):
        expected = {name for name, shape in shapes.items() if shape.intersects(shapely.box(*box))}
        found = ids(search(api, bbox=",".join(map(str, box))))
        # As with features, what has no place is in any box.
        assert found == expected | bare


def test_record_core_query_parameters_datetime(api, parameters, records):
    assert parameters["datetime"]["schema"]["type"] == "string"
    times = {r["id"]: r["time"]["interval"] for r in records if r["time"]}
    timeless = ids(records) - set(times)
    for text, low, high in (
        ("2021-06-01", "2021-06-01", "2021-06-01"),
        ("2018-01-01/2021-12-31", "2018-01-01", "2021-12-31"),
        ("2024-01-01T00:00:00Z/..", "2024-01-01", "9999"),
        ("../2019-12-31", "0000", "2019-12-31"),
    ):
        expected = {n for n, (start, end) in times.items() if start <= high and end >= low}
        assert ids(search(api, datetime=text)) == expected | timeless, text


def test_record_core_query_parameters_limit(api, parameters, records):
    schema = parameters["limit"]["schema"]
    assert (schema["type"], schema["minimum"]) == ("integer", 1)
    for limit in (1, 7, 1000):
        assert len(search(api, limit=limit)) == min(limit, len(records))
    for wrong in ("0", "-1", "x", ""):
        assert api.get(f"{CATALOGUE}/items", params={"limit": wrong}).status_code == 400


def test_record_core_query_parameters_ids(api, parameters, records):
    assert definition(parameters["ids"]) == ("query", False, "array", "string", False)
    wanted = sorted(ids(records))[1:4]
    assert ids(search(api, ids=",".join(wanted))) == set(wanted)
    assert ids(search(api, ids=f"{wanted[0]},none")) == {wanted[0]}


def test_record_core_query_parameters_external_ids(api, parameters, records):
    assert definition(parameters["externalIds"]) == ("query", False, "array", "string", False)
    known = {
        e["value"] for r in records for e in r["properties"]["externalIds"] if "scheme" not in e
    }
    for value in sorted(known)[:5]:
        found = search(api, externalIds=value)
        expected = {r["id"] for r in records if {"value": value} in r["properties"]["externalIds"]}
        assert ids(found) == expected
    assert search(api, externalIds="none-of-the-kind") == []


def test_record_core_query_parameters_type(api, parameters, records):
    assert definition(parameters["type"]) == ("query", False, "array", "string", False)
    assert parameters["type"]["schema"]["items"]["maxLength"] == 64
    assert ids(search(api, type="dataset")) == ids(records)
    assert ids(search(api, type="service,dataset")) == ids(records)
    assert search(api, type="service") == []


def test_record_core_query_parameters_q(api, parameters, records):
    """Commas separate alternatives; words separated by blanks stand so in the text."""
    assert definition(parameters["q"]) == ("query", False, "array", "string", False)

    def saying(pattern):
        return {r["id"] for r in records if re.search(pattern, words(r), re.IGNORECASE)}

    one = ids(search(api, q="bâtiments"))
    assert saying("bâtiments") <= one
    assert one
    other = ids(search(api, q="communes"))
    assert ids(search(api, q="bâtiments,communes")) == one | other
    both = ids(search(api, q="limites   des  communes"))
    assert saying(r"limites\s+des\s+communes") <= both < other
    assert search(api, q="communes des limites") == []
    assert search(api, q="nothing-of-the-kind") == []


def words(record):
    facts = record["properties"]
    return " | ".join([facts["title"], facts["description"], *facts["keywords"]])


def definition(parameter):
    schema = parameter["schema"]
    kinds = schema["type"], schema["items"]["type"]
    return (parameter["in"], parameter["required"], *kinds, parameter["explode"])


# Records API.


def test_records_api_catalog_response_and_catalogs_response(api, catalogue):
    every = api.get("/collections").json()["collections"]
    (listed,) = (one for one in every if one.get("itemType") == "record")
    assert listed == catalogue
    jsonschema.validate(listed, CATALOGUE_SCHEMA)


def test_records_api_features_api_and_resource_name_mapping(api, catalogue, records):
    """The catalogue is a collection of features: what Features asks of pages holds for it."""
    declared = api.get("/conformance").json()["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in declared
    seen, href = [], f"{CATALOGUE}/items?limit=7"
    while href:
        page = api.get(href).json()
        assert page["numberMatched"] == len(records)
        assert {"self", "alternate", "collection"} <= {link["rel"] for link in page["links"]}
        seen += [feature["id"] for feature in page["features"]]
        href = next((link["href"] for link in links(page, "next")), None)
    assert len(seen) == len(set(seen)) == len(records)
    assert api.get(f"{CATALOGUE}/items", params={"unknown": "x"}).status_code == 400
    assert api.get(f"{CATALOGUE}/items/none").status_code == 404


def test_records_api_mandatory_params(parameters):
    assert {"bbox", "datetime", "externalIds", "ids", "limit", "q", "type"} <= set(parameters)


def test_records_api_record_op_and_record_response(api, records):
    for record in records:
        path = f"{CATALOGUE}/items/{record['id']}"
        response = api.get(path, headers={"Accept": RECORD})
        assert (response.status_code, response.headers["content-type"]) == (200, RECORD)
        jsonschema.validate(response.json(), SCHEMA)
        assert all(link["rel"] for link in record["links"])
        (own,) = links(record, "self")
        assert httpx.get(own["href"]).json() == record
        assert own["type"] == RECORD
        (other,) = (link for link in links(record, "alternate") if link["type"] == HTML)
        assert httpx.get(other["href"]).headers["content-type"].startswith(HTML)


def test_records_api_records_op(api, records):
    """Conditions together select what meets all of them."""
    query = {"q": "communes", "bbox": "-5,42,8,51", "type": "dataset"}
    each = [ids(search(api, **{name: value})) for name, value in query.items()]
    assert ids(search(api, **query)) == each[0] & each[1] & each[2]
    assert search(api, ids=records[0]["id"], q="nothing-of-the-kind") == []


# Searchable catalogue, its discovery and its encodings.


def test_searchable_catalog_conformance(api):
    declared = set(api.get("/conformance").json()["conformsTo"])
    names = ("record-core", "record-collection", "record-core-query-parameters", "records-api",
             "searchable-catalog", "autodiscovery", "json", "html", "oas30")  # fmt: skip
    assert {uri for uri in declared if uri.startswith(SPEC)} == {f"{SPEC}/{n}" for n in names}


def test_searchable_catalog_mandatory_catalog_and_record_properties(catalogue, records):
    jsonschema.validate(catalogue, CATALOGUE_SCHEMA)
    for record in records:
        assert {"id", "geometry", "properties", "links"} <= set(record)


def test_autodiscovery_links(api):
    found = links(api.get("").json(), "http://www.opengis.net/def/rel/ogc/1.0/ogc-catalog")
    assert found
    for link in found:
        response = httpx.get(link["href"])
        assert response.status_code == 200
        assert response.headers["content-type"] == link["type"]


def test_json_catalog_content_and_catalog_response(api):
    response = api.get(CATALOGUE, params={"f": "json"})
    assert response.headers["content-type"] == CATALOGUE_JSON
    jsonschema.validate(response.json(), CATALOGUE_SCHEMA)


def test_json_record_content_and_record_response(api, records):
    response = api.get(f"{CATALOGUE}/items", params={"limit": 1000})
    assert response.headers["content-type"] == GEOJSON
    page = response.json()
    assert page["type"] == "FeatureCollection"
    for one, alone in zip(page["features"], records, strict=True):
        jsonschema.validate(one, SCHEMA)
        assert one == alone


def test_html_definition_and_content(api, records):
    """Each page holds the record's words and all of its links."""
    for path in (CATALOGUE, f"{CATALOGUE}/items?limit=5"):
        response = api.get(path, headers={"Accept": HTML})
        assert response.headers["content-type"].startswith(HTML)
        page = Anchors(response.text)
        document = api.get(path).json()
        assert hrefs(document) <= page.hrefs
    for record in records:
        response = api.get(f"{CATALOGUE}/items/{record['id']}", headers={"Accept": HTML})
        assert response.text.startswith("<!doctype html>")
        page = Anchors(response.text)
        assert hrefs(record) <= page.hrefs
        facts = record["properties"]
        assert all(facts[name] in page.words for name in ("title", "description", "rights"))


def hrefs(document):
    """Return the addresses of a document's links as pages write them: without our own host."""
    return {re.sub(r"^http://127\.0\.0\.1:\d+", "", link["href"]) for link in document["links"]}


def test_oas30(api):
    paths = api.get("/openapi").json()["paths"]
    for path in (CATALOGUE, f"{CATALOGUE}/items", f"{CATALOGUE}/items/{{recordId}}"):
        assert {"200", "400", "404"} <= set(paths[path]["get"]["responses"])
