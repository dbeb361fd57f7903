"""Defects of pygeoapi about HTTP that this server must not have, by their number in our list."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
import shapely
from openapi_spec_validator import validate

ITEMS = "/collections/points/items"


def hrefs(document, name):
    return [link["href"] for link in document["links"] if link["rel"] == name]


def test_item_1_values_are_not_turned_into_html_entities(client, town):
    feature = client.get(f"{ITEMS}/00007").json()
    assert feature["properties"]["name"] == "<b>n°7</b> & co"
    assert b"&lt;" not in client.get(f"{ITEMS}?limit=250").content
    titles = [one["title"] for one in town.get("/collections?lang=en").json()["collections"]]
    assert any("Coffee <3 & bars" in title for title in titles)


def test_item_13_items_are_geojson_by_their_media_type(client):
    for path in (ITEMS, f"{ITEMS}/00007", f"{ITEMS}?f=json"):
        assert client.get(path).headers["content-type"] == "application/geo+json"
    links = client.get("/collections/points").json()["links"]
    assert "application/geo+json" in {link["type"] for link in links if link["rel"] == "items"}


@pytest.mark.parametrize(
    "path",
    ["?limt=3", "/conformance?x=1", "/collections?bbx=1", "/collections/points?limit=3",
     "/collections/points/queryables?x=1", "/collections/points/schema?x=1", f"{ITEMS}?limt=3",
     f"{ITEMS}/00007?limit=3", "/openapi?x=1"],
)  # fmt: skip
def test_item_14_an_unknown_parameter_is_never_ignored(client, path):
    answer = client.get(path)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert "nknown query parameter" in answer.json()["detail"]


@pytest.mark.parametrize("query", ["limit=250", "limit=125&offset=125", "code=00042&limit=1",
                                   "filter=size>122&limit=5"])  # fmt: skip
def test_item_15_next_is_not_offered_after_a_page_that_is_just_full(client, query):
    page = client.get(f"{ITEMS}?{query}").json()
    assert page["numberReturned"] > 0
    assert hrefs(page, "next") == []


def test_item_16_the_openapi_document_refers_to_itself_only(client):
    document = client.get("/openapi?f=json").json()
    references = [line for line in json.dumps(document, indent=0).splitlines() if '"$ref"' in line]
    assert references
    assert all('"#/' in line for line in references)
    validate(document)


def test_item_19_answers_can_be_validated_and_kept(client):
    for path in (ITEMS, f"{ITEMS}/00007", "/collections", "/collections/points", "/conformance"):
        answer = client.get(path)
        assert answer.headers["etag"]
        assert answer.headers["cache-control"]
        varies = {name.strip() for name in answer.headers["vary"].split(",")}
        assert {"Accept", "Accept-Language", "Accept-Encoding"} <= varies
        known = {"If-None-Match": answer.headers["etag"]}
        assert client.get(path, headers=known).status_code == 304


def test_item_21_no_match_is_an_empty_collection(client):
    answer = client.get(ITEMS, params={"bbox": "100,10,101,11"})
    assert answer.status_code == 200
    assert answer.json()["features"] == []
    assert answer.json()["numberMatched"] == 0


def test_item_21_large_strings_are_text(town):
    properties = town.get("/collections/cafes/schema").json()["properties"]
    assert properties["kind"]["type"] == "string"


@pytest.mark.parametrize("text", [pa.string(), pa.large_string(), pa.string_view()])
def test_item_21_each_kind_of_arrow_text_can_be_published(tmp_path, publish_as, run_server, text):
    table = pa.table(
        {
            "name": pa.array(["é", None], pa.string()).cast(text),
            "geometry": shapely.to_wkb(shapely.points([2.0, 2.1], [46.0, 46.1])),
        }
    )
    publish_as(tmp_path, "texts", table)
