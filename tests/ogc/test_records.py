"""OGC API Records on a real server: one record for each layer, found in both languages."""

from __future__ import annotations

import pyogrio
import pytest
from owslib.ogcapi.records import Records

CATALOGUE = "/collections/catalogue"
ALL = {"bands", "clc", "corine-land-cover", "grid", "population-grid"}


def ids(response):
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/geo+json"
    return {feature["id"] for feature in response.json()["features"]}


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ({}, ALL),
        ({"q": "", "ids": ""}, ALL),
        ({"q": "corine"}, {"corine-land-cover"}),
        ({"q": "CORINE"}, {"corine-land-cover"}),
        # French and English, whatever the language of the answer; accents do not count.
        ({"q": "publiee"}, {"population-grid"}),
        ({"q": "Publiée", "lang": "en"}, {"population-grid"}),
        ({"q": "inhabitants per"}, {"population-grid"}),
        ({"q": "per inhabitants"}, set()),
        ({"q": "corine,carreau"}, {"corine-land-cover", "population-grid"}),
        ({"q": "eurostat"}, {"population-grid"}),
        ({"q": "société"}, {"population-grid"}),
        ({"q": "nothing of the kind"}, set()),
        ({"bbox": "-5,48,-4,49"}, {"grid"}),
        ({"bbox": "1.2,44.3,1.3,44.4"}, ALL - {"grid", "bands"}),
        ({"bbox": "2400000,3630000,2401000,3631000",
          "bbox-crs": "http://www.opengis.net/def/crs/EPSG/0/3035"}, ALL - {"grid", "bands"}),
        ({"datetime": "2018-06-01/2019-01-01"}, ALL),
        ({"datetime": "2019-01-01/.."}, ALL - {"corine-land-cover"}),
        ({"type": "dataset"}, ALL),
        ({"type": "service"}, set()),
        ({"ids": "grid,clc,unknown"}, {"grid", "clc"}),
        ({"externalIds": "clc.tif"}, {"clc"}),
        ({"externalIds": "reader:corine"}, {"corine-land-cover"}),
        ({"externalIds": "reader:"}, {"corine-land-cover"}),
        ({"externalIds": "https://land.copernicus.eu/en/products/corine-land-cover"},
         {"corine-land-cover"}),
        ({"keywords": "environnement"}, {"corine-land-cover"}),
        ({"keywords": "Environment,corine-land-cover"}, {"corine-land-cover"}),
        ({"q": "corine", "bbox": "-5,48,-4,49"}, set()),
    ],
)  # fmt: skip
def test_a_search_finds_the_layers_that_meet_all_of_it(rasters, search, found):
    assert ids(rasters.get(f"{CATALOGUE}/items", params={"limit": "100", **search})) == found


def test_pages_follow_each_other_without_gap(rasters):
    seen, href = [], f"{CATALOGUE}/items?limit=2"
    while href:
        page = rasters.get(href).json()
        assert page["numberMatched"] == len(ALL)
        seen += [feature["id"] for feature in page["features"]]
        href = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
    assert seen == sorted(ALL)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_record_holds_the_core_properties(rasters, language):
    record = rasters.get(f"{CATALOGUE}/items/corine-land-cover?lang={language}").json()
    facts = record["properties"]
    assert (record["type"], facts["type"], facts["language"]["code"]) == (
        "Feature", "dataset", language,
    )  # fmt: skip
    titles = {"fr": "Occupation du sol CORINE, image", "en": "CORINE land cover, raster"}
    assert facts["title"] == titles[language]
    assert record["time"] == {"interval": ["2018-01-01", "2018-12-31"]}
    assert record["geometry"]["type"] == "Polygon"
    assert facts["contacts"][0]["organization"].startswith("Copernicus")
    assert facts["license"] == "other"
    assert facts["themes"][0]["concepts"][0]["id"] == "ENVI"
    assert {"name": "GeoTIFF (COG)", "mediaType": "image/tiff; application=geotiff"} in facts[
        "formats"
    ]
    rels = [link["rel"] for link in record["links"]]
    assert rels.count("collection") == 1
    assert {"self", "alternate", "profile", "data", "license", "via", "describedby"} <= set(rels)


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_link_of_a_record_to_this_server_answers(rasters, name):
    record = rasters.get(f"{CATALOGUE}/items/{name}").json()
    own = [link for link in record["links"] if link["href"].startswith(str(rasters.base_url))]
    assert len(own) > 6
    for link in own:
        response = rasters.get(link["href"], headers={"Range": "bytes=0-0"})
        assert response.status_code in (200, 206), link
        given = response.headers["content-type"].split(";")[0]
        assert link["type"].split(";")[0] == given, link


def test_the_catalogue_is_linked_and_declared(rasters):
    links = rasters.get("?f=json").json()["links"]
    rel = "http://www.opengis.net/def/rel/ogc/1.0/ogc-catalog"
    (href,) = (link["href"] for link in links if link["rel"] == rel)
    assert ids(rasters.get(href)) == ALL
    assert rel in rasters.get("/collections?f=html").text
    document = rasters.get(CATALOGUE).json()
    assert (document["type"], document["itemType"]) == ("Collection", "record")
    declared = rasters.get("/conformance").json()["conformsTo"]
    base = "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf"
    assert {f"{base}/searchable-catalog", f"{base}/record-core"} <= set(declared)


@pytest.mark.parametrize(("language", "word"), [("fr", "Chercher"), ("en", "Search")])
def test_the_catalogue_is_searched_on_a_page(rasters, language, word):
    page = rasters.get(f"{CATALOGUE}?f=html&lang={language}").text
    assert word in page
    found = rasters.get(f"{CATALOGUE}/items?f=html&lang={language}&q=habitant").text
    assert "items/population-grid" in found
    assert "items/corine-land-cover" not in found
    record = rasters.get(f"{CATALOGUE}/items/population-grid?f=html&lang={language}")
    assert record.status_code == 200
    assert "Eurostat" in record.text


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/items?qq=x", 400, "Did you mean 'q'"),
        ("/items?limit=0", 400, "at least 1"),
        ("/items?bbox=1,2", 400, "4 or 6 numbers"),
        ("/items?datetime=x", 400, "neither a date"),
        ("/items/gird", 404, "Did you mean 'grid'"),
    ],
)
def test_what_cannot_be_searched_is_refused_with_the_reason(rasters, path, status, words):
    response = rasters.get(CATALOGUE + path)
    assert response.status_code == status
    assert words in response.json()["detail"]


def test_restricted_layers_have_no_record(client):
    assert "secret" not in client.get(f"{CATALOGUE}/items?limit=100").text
    assert client.get(f"{CATALOGUE}/items/secret").status_code == 404
    assert "secret" not in client.get("/dcat").text


def test_owslib_reads_the_records(rasters):
    records = Records(str(rasters.base_url))
    assert records.records() == ["catalogue"]
    found = records.collection_items("catalogue", q="carreau")
    assert [feature["id"] for feature in found["features"]] == ["population-grid"]
    one = records.collection_item("catalogue", "grid")
    assert one["properties"]["type"] == "dataset"


def test_gdal_still_reads_the_layers(rasters):
    address = f"OAPIF:{rasters.base_url}"
    assert {name for name, _ in pyogrio.list_layers(address)} == {"catalogue", "grid"}
    assert len(pyogrio.read_dataframe(address, layer="grid")) == 900
    records = pyogrio.read_dataframe(address, layer="catalogue").set_index("id")
    assert set(records.index) == ALL
