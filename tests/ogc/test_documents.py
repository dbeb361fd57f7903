"""Documents about layers: what they say, in which form and language, and when they change."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys

import httpx
import pytest
import shapely
from openapi_spec_validator import validate
from pygeoapi.config import validate_config
from pygeoapi.plugin import load_plugin
from starlette.applications import Starlette

from layers.catalogue import Catalogue
from layers.crs import CRS84, EPSG
from server import ogc
from server.compute.dispatcher import Dispatcher
from server.ledger import Ledger
from server.ogc.configuration import configuration
from server.ogc.texts import TEXTS
from server.settings import Settings

PAGES = ["", "/collections", "/collections/cafes", "/collections/cafes/items",
         "/collections/cafes/queryables", "/collections/cafes/schema", "/collections/grid",
         "/conformance", "/openapi", "/collections/cafes/items/a%2Fb",
         "/collections/cafes/items?limit=1&offset=1", "/tiles", "/tiles/WebMercatorQuad",
         "/collections/cafes/tiles", "/collections/cafes/tiles/WebMercatorQuad",
         "/collections/cafes/tiles/Lambert93Quad", "/tileMatrixSets",
         "/tileMatrixSets/Lambert93Quad"]  # fmt: skip


def words(page):
    text = re.sub(r"<(script|style|code)\b.*?</\1>", " ", page, flags=re.S)
    labels = " ".join(re.findall(r'aria-label="([^"]*)"', text))
    return re.sub(r"<[^>]*>", " ", text) + labels


# Text is text (defect 1 of pygeoapi: "<" becomes an entity in JSON).


@pytest.mark.parametrize("name", ["", "/queryables", "/schema"])
def test_titles_are_not_escaped_in_json(town, name):
    document = town.get(f"/collections/cafes{name}?lang=en").json()
    assert document["title"] == "Coffee <3 & bars (fictitious data)"


def test_enumerated_values_are_not_escaped(town):
    properties = town.get("/collections/cafes/queryables").json()["properties"]
    assert properties["kind"]["enum"] == ["<bar>", "café"]
    assert properties["kind"]["type"] == "string"


# What a layer is.


@pytest.mark.parametrize(("language", "label"), [("fr", "données fictives"), ("en", "fictitious")])
def test_invented_rows_are_labelled_in_every_document(town, language, label):
    document = town.get(f"/collections/cafes?lang={language}").json()
    for text in (document["title"], document["description"], " ".join(document["keywords"])):
        assert label in text.casefold()
    assert document["fictitious"] is True
    assert town.get("/collections/grid").json()["fictitious"] is False


@pytest.mark.parametrize("path", ["", "/items", "/items/a%2Fb", "/schema", "/queryables"])
def test_pages_of_invented_rows_carry_a_banner(town, path):
    page = town.get(f"/collections/cafes{path}?f=html&lang=fr").text
    assert 'class="fictitious" role="note"' in page
    assert 'role="note"' not in town.get("/collections/grid/items?f=html").text


@pytest.mark.parametrize("name", ["queryables", "schema"])
def test_schemas_give_titles_units_roles_and_the_type_of_geometry(town, name):
    document = town.get(f"/collections/cafes/{name}?lang=fr").json()
    assert document["$id"] == f"{town.base_url}collections/cafes/{name}"
    properties = document["properties"]
    assert properties["key"]["x-ogc-role"] == "id"
    area = {
        "type": "number",
        "title": "Surface de vente",
        "x-ogc-unit": "m²",
        "x-ogc-unitLang": "text",
    }
    assert properties["area"] == area
    geometry = {"format": "geometry-point", "x-ogc-role": "primary-geometry"}
    assert properties["geometry"] == geometry
    assert properties["open"]["type"] == "boolean"


def test_a_layer_lists_the_crs_whose_area_of_use_it_meets(client, town):
    codes = [uri.rsplit("/", 1)[1] for uri in town.get("/collections/grid").json()["crs"]]
    assert codes == ["CRS84", "4326", "3857", "2154", "3035"]
    response = town.get(f"/collections/grid/items?crs={EPSG}2975")
    assert response.status_code == 400
    assert "Served: " in response.json()["detail"]
    facts = client.get("/collections/facts").json()
    assert facts["crs"] == [CRS84]
    assert "storageCrs" not in facts
    assert client.get("/collections/facts/items").headers["content-crs"] == f"<{CRS84}>"


def test_extents_rounded_outward_hold_every_feature(client):
    features = client.get("/collections/points/items?limit=250").json()["features"]
    x, y = zip(*(feature["geometry"]["coordinates"] for feature in features), strict=True)
    extent = client.get("/collections/points").json()["extent"]["spatial"]["bbox"][0]
    within = shapely.box(*extent)
    assert all(within.covers(shapely.Point(position)) for position in zip(x, y, strict=True))
    tight = shapely.box(min(x), min(y), max(x), max(y))
    assert tight.buffer(1.1e-7, join_style="mitre").covers(within)


def test_a_restricted_layer_is_not_even_hinted_at(client):
    response = client.get("/collections/secre")
    assert response.status_code == 404
    assert "secret" not in response.text
    assert "secret" not in client.get("/openapi").text


# Form and language.


@pytest.mark.parametrize(
    ("accept", "media"),
    [("*/*", "geo+json"), ("text/html", "html"), ("text/html;q=0.1, */*", "geo+json"),
     ("text/csv", "csv"), ("application/*", "geo+json"), ("text/*", "html"),
     ("text/csv;q=0.9, text/html;q=0.8", "csv"), ("TEXT/HTML", "html"), ("", "geo+json"),
     ("application/json;q=0, text/csv;q=0.2, application/geo+json;q=0", "csv"),
     ("image/png", "geo+json"), ("text/html;q=x, text/csv", "csv")],
)  # fmt: skip
def test_the_accept_header_chooses_the_form(town, accept, media):
    response = town.get("/collections/cafes/items", headers={"Accept": accept})
    assert media in response.headers["content-type"]
    assert "Accept" in response.headers["vary"]


def test_f_prevails_over_accept(town):
    response = town.get("/collections/cafes/items?f=json", headers={"Accept": "text/html"})
    assert response.headers["content-type"] == "application/geo+json"


@pytest.mark.parametrize(
    ("header", "language"),
    [("en-GB,en;q=0.9", "en"), ("de, fr;q=0.5, en;q=0.7", "en"), ("de", "fr"), ("", "fr"),
     ("en;q=0, fr;q=0.1", "fr"), ("fr-FR,en", "fr")],
)  # fmt: skip
def test_accept_language_chooses_the_language(town, header, language):
    response = town.get("/collections?f=html", headers={"Accept-Language": header})
    assert response.headers["content-language"] == language
    assert f'<html lang="{language}">' in response.text


@pytest.mark.parametrize("path", PAGES)
def test_french_pages_hold_no_english_word(town, path):
    french = words(town.get(path, params=httpx.QueryParams(f="html", lang="fr")).text)
    french = french.replace("OGC API - Features", "")  # what QGIS calls it in French too
    for key, text in TEXTS["en"].items():
        if text not in TEXTS["fr"].values() and key != "other":
            assert not re.search(rf"\b{re.escape(text.rstrip(' :.'))}\b", french), text
    for word in (
        "Coffee",
        "Synthetic",
        "string",
        "integer",
        "boolean",
        "None",
        "True",
        "False",
        "dict",
    ):
        assert not re.search(rf"\b{word}\b", french), word


def test_both_languages_have_all_words():
    assert TEXTS["fr"].keys() == TEXTS["en"].keys()
    assert all(text.strip() for texts in TEXTS.values() for text in texts.values())


def test_pages_hold_no_inline_code_or_style(town):
    for path in PAGES:
        page = town.get(path, headers={"Accept": "text/html"}).text
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=", page), path


def test_a_page_shows_units_producer_licence_and_how_to_connect(town):
    page = town.get("/collections/cafes?f=html&lang=fr").text
    for text in ("m²", "Surface de vente", "CC0", "Producteur", "tests", f"{town.base_url}"[:-1]):
        assert text in page


def test_maps_draw_what_the_page_lists_in_longitude_and_latitude(town):
    uri = "http://www.opengis.net/def/crs/EPSG/0/2154"
    query = {"f": "html", "crs": uri, "skipGeometry": "true", "kind": "<bar>"}
    page = town.get("/collections/cafes/items", params=query).text
    address = re.search(r'data-items="([^"]*)"', page)[1].replace("&amp;", "&")
    drawn = httpx.get(town.base_url.join(address)).json()
    assert [feature["geometry"]["coordinates"] for feature in drawn["features"]] == [[2.0, 46.0]]


def test_static_files_are_served(town):
    assert "maplibregl" in town.get("/static/map.js").text
    assert town.get("/static/pages.css").status_code == 200


def test_behind_a_proxy_links_are_public_and_pages_keep_the_prefix(town_data):
    settings = Settings(data=town_data, url="https://example.org/geo")
    dispatcher = Dispatcher(Ledger.of(settings), settings.data)
    app = Starlette(routes=ogc.routes(Catalogue(town_data), settings, dispatcher))

    async def get(form):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://inside") as proxied:
            return await proxied.get(f"/ogc/collections/cafes/items?limit=1&f={form}")

    document = asyncio.run(get("json")).json()
    start = "https://example.org/geo/ogc/"
    assert {link["href"].startswith(start) for link in document["links"]} == {True}
    page = asyncio.run(get("html")).text
    addresses = [a for a in re.findall(r'(?:src|href|data-items)="([^"]*)"', page) if a[0] == "/"]
    assert addresses
    assert {address.startswith("/geo/") for address in addresses} == {True}


# OpenAPI and pygeoapi.


def test_openapi_is_valid(town, client):
    for served in (town, client):
        validate(served.get("/openapi").json())


def test_openapi_describes_only_what_answers(town):
    document = town.get("/openapi").json()
    for path in document["paths"]:
        address = path.replace("/grid/items/{featureId}", "/grid/items/7")
        address = address.replace("{featureId}", "a%2Fb").replace("{recordId}", "grid")
        address = address.replace("{tileMatrixSetId}", "WebMercatorQuad")
        address = address.replace("{tileMatrix}/{tileRow}/{tileCol}", "0/0/0")
        if "{jobID}" in address or address.endswith("/execution"):
            continue
        address = address.replace("{processID}", "housing-vacancy")
        for method in document["paths"][path]:
            assert method in ("get", "post")
        assert town.get(address.rstrip("/")).status_code == 200, address


def test_gdal_pushes_its_filter_down(server):
    read = (
        "import pyogrio, sys; "
        "print(len(pyogrio.read_dataframe(sys.argv[1], layer='points', where='size > 100')))"
    )
    environment = {**os.environ, "CPL_DEBUG": "ON"}
    done = subprocess.run(
        [sys.executable, "-c", read, f"OAPIF:{server}"],
        env=environment, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "45"
    assert re.search(r"/points/items\?[^\s]*filter=size", done.stdout + done.stderr)


def test_the_configuration_is_one_that_pygeoapi_accepts(town_data):
    layers = Catalogue(town_data).layers()
    config = configuration(layers.values(), Settings(data=town_data))
    assert validate_config(json.loads(json.dumps(config, default=lambda handle: handle.layer.id)))
    provider = load_plugin("provider", config["resources"]["cafes"]["providers"][0])
    assert list(provider.fields) == ["key", "kind", "open", "area"]


# Change.


def test_new_layers_and_versions_show_without_restart(tmp_path, run_server, publish_as, eventually):
    publish_as(tmp_path, "first", 3)
    with run_server(tmp_path) as url:

        def listed():
            found = httpx.get(f"{url}/ogc/collections").json()["collections"]
            return {c["id"]: c["numberItems"] for c in found if c["id"] != "catalogue"}

        assert listed() == {"first": 3}
        assert httpx.get(f"{url}/ogc/collections/first/items").json()["numberMatched"] == 3
        publish_as(tmp_path, "second", 2)
        publish_as(tmp_path, "first", 5)
        assert httpx.get(f"{url}/ogc/collections/second/items").json()["numberMatched"] == 2
        # The former version answers while the index of the new one is built.
        eventually(lambda: listed() == {"first": 5, "second": 2})
        assert httpx.get(f"{url}/ogc/collections/first/items").json()["numberMatched"] == 5
        assert "/collections/second/items" in httpx.get(f"{url}/ogc/openapi").json()["paths"]
