"""OWSLib reads what the server offers."""

from __future__ import annotations

import pkgutil

import numpy as np
import owslib.ogcapi
import pytest
import rasterio
from owslib.ogcapi.coverages import Coverages
from owslib.ogcapi.edr import EnvironmentalDataRetrieval
from owslib.ogcapi.features import Features
from owslib.ogcapi.maps import Maps
from owslib.ogcapi.processes import Processes
from owslib.ogcapi.records import Records
from PIL import Image

RASTER = "sample-land-cover"


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


def test_these_are_all_the_apis_that_it_knows():
    """A new one (of tiles, say) is to be tried here; EDR and connected systems are not served."""
    known = {module.name for module in pkgutil.iter_modules(owslib.ogcapi.__path__)}
    tried = {"features", "records", "coverages", "maps", "processes"}
    assert known == tried | {"edr", "connectedsystems"}


def test_queryables_filter_in_both_languages(features):
    text = features.collection_items("towns", limit=1, filter="population > 100000")
    json_ = {"op": ">", "args": [{"property": "population"}, 100000]}
    posted = features.collection_items("towns", cql=json_)
    assert posted["numberMatched"] == text["numberMatched"] > 0


def test_records_are_found(serving):
    records = Records(f"{serving.url}/ogc")
    assert records.records() == ["catalogue"]
    found = records.collection_items("catalogue", q="villes", limit=100)
    assert "towns" in [feature["id"] for feature in found["features"]]
    assert records.collection_item("catalogue", "towns")["properties"]["type"] == "dataset"


def test_a_coverage_is_cut_and_scaled(serving):
    coverages = Coverages(f"{serving.url}/ogc")
    assert coverages.coverages() == [RASTER]
    whole = coverages.coverage(RASTER)
    serving.clear()
    half = coverages.coverage(RASTER, scale_factor=2)
    (sent,) = [query for path, query in serving.requests() if path.endswith("/coverage")]
    assert sent["scale-factor"] == "2"
    with rasterio.open(whole) as full, rasterio.open(half) as small:
        assert abs(small.width - full.width / 2) <= 1
        assert np.allclose(small.bounds, full.bounds, atol=2 * full.res[0])
        assert set(np.unique(small.read(1))) <= set(np.unique(full.read(1)))
    assert "properties" in coverages.collection_schema(RASTER)


def test_a_map_is_drawn(serving):
    maps = Maps(f"{serving.url}/ogc")
    assert maps.maps() == [RASTER]
    west, south, east, north = maps.collection(RASTER)["extent"]["spatial"]["bbox"][0]
    drawn = maps.map(RASTER, bbox=[west, south, east, north], width=300, height=200)
    with Image.open(drawn) as image:
        assert (image.format, image.size) == ("PNG", (300, 200))
        assert len(np.unique(np.array(image.convert("RGB")).reshape(-1, 3), axis=0)) > 2


def test_a_process_is_described_and_run(serving, features):
    processes = Processes(f"{serving.url}/ogc")
    assert "housing-vacancy" in [process["id"] for process in processes.processes()]
    assert set(processes.process("housing-vacancy")["inputs"]) == {"town", "perimeter"}
    (town,) = features.collection_items("sample-towns")["features"]
    inputs = {"town": [town["properties"]["insee"]]}
    found = processes.execute("housing-vacancy", inputs=inputs)
    (measure,) = found["measures"]["value"]["measures"]
    assert measure["unit"] == "%"
    assert 0 <= measure["value"] <= 100


def test_what_is_not_served_is_not_found(serving):
    assert EnvironmentalDataRetrieval(f"{serving.url}/ogc").data() == []
