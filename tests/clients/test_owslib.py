"""OWSLib reads what the server offers."""

from __future__ import annotations

import pytest
from owslib.ogcapi.features import Features


@pytest.fixture(scope="module")
def features(serving):
    return Features(f"{serving.url}/ogc")


def test_documents_are_read(features):
    assert "towns" in features.feature_collections()
    conformance = features.conformance()["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in conformance
    assert features.api()["openapi"].startswith("3.")
    assert features.collection("towns")["numberItems"] == 244
    assert "population" in features.collection_queryables("towns")["properties"]
    assert "population" in features.collection_schema("towns")["properties"]


def test_items_are_filtered_sorted_and_paged_by_the_server(features, serving):
    serving.clear()
    page = features.collection_items(
        "towns",
        limit=3,
        filter="population > 50000",
        sortby=("population", "desc"),
        bbox=[-5, 42, 9, 51],
    )
    assert page["numberReturned"] == 3 <= page["numberMatched"]
    found = [feature["properties"]["population"] for feature in page["features"]]
    assert found == sorted(found, reverse=True)
    sent = serving.items()[-1]
    assert sent["filter"] == "population > 50000"
    assert sent["sortby"] == "-population"
    assert sent["bbox"] == "-5,42,9,51"


def test_one_item_is_read(features):
    first = features.collection_items("towns", limit=1)["features"][0]
    assert features.collection_item("towns", first["id"])["properties"] == first["properties"]
