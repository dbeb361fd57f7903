"""Tiles over HTTP: their documents, parameters, errors and caching."""

from __future__ import annotations

import httpx
import jsonschema
import mapbox_vector_tile
import pytest

MVT = "application/vnd.mapbox-vector-tile"
TILES = "/collections/points/tiles"
QUAD = f"{TILES}/WebMercatorQuad"
# The tile of zoom 6 that holds the line of points from (2, 46) to (3, 47).
TILE = f"{QUAD}/6/22/32"
TILEJSON = {
    "type": "object",
    "required": ["tilejson", "tiles", "vector_layers"],
    "properties": {
        "tilejson": {"const": "3.0.0"},
        "tiles": {"type": "array", "minItems": 1, "items": {"type": "string"}},
        "scheme": {"enum": ["xyz", "tms"]},
        "minzoom": {"type": "integer", "minimum": 0, "maximum": 30},
        "maxzoom": {"type": "integer", "minimum": 0, "maximum": 30},
        "bounds": {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4},
        "center": {"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 3},
        "vector_layers": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "fields"],
                "properties": {
                    "id": {"type": "string"},
                    "fields": {"additionalProperties": {"type": "string"}},
                    "minzoom": {"type": "integer"},
                    "maxzoom": {"type": "integer"},
                },
            },
        },
    },
}


def codes(answer: httpx.Response, layer: str = "points") -> set[str]:
    assert answer.headers["content-type"] == MVT, answer.text
    features = mapbox_vector_tile.decode(answer.content)[layer]["features"]
    return {feature["properties"]["code"] for feature in features}


def test_a_tile_holds_the_features(client: httpx.Client) -> None:
    answer = client.get(TILE)
    assert answer.status_code == 200
    assert codes(answer) == {f"{i:05d}" for i in range(250)}
    assert client.get(TILE, params={"f": "mvt"}).content == answer.content
    assert "coeurville-thinned" not in answer.headers


def test_the_links_lead_from_the_landing_page_to_a_tile(client: httpx.Client, server: str) -> None:
    rel = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
    collection = client.get("/collections/points").json()
    tilesets = client.get(_href(collection, rel)).json()["tilesets"]
    assert {t["tileMatrixSetId"] for t in tilesets} == {"WebMercatorQuad", "Lambert93Quad"}
    assert _href(client.get("", params={"f": "json"}).json(), rel) == f"{server}/tiles"
    for tileset in tilesets:
        full = client.get(_href(tileset, "self")).json()
        limits = {x["tileMatrix"]: x for x in full["tileMatrixSetLimits"]}["9"]
        address = _href(full, "item").format(
            tileMatrix="9", tileRow=limits["minTileRow"], tileCol=limits["maxTileCol"]
        )
        answer = client.get(address)
        assert answer.status_code == 200
        # The north-east end of the line.
        assert "00249" in codes(answer)
        scheme = _href(full, "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme")
        assert client.get(scheme).json()["id"] == tileset["tileMatrixSetId"]


def _href(document: dict, rel: str) -> str:
    return next(link["href"] for link in document["links"] if link["rel"] == rel)


def test_the_metadata_tells_limits_bounds_and_schema(client: httpx.Client) -> None:
    tileset = client.get(QUAD).json()
    assert tileset["dataType"] == "vector"
    assert tileset["boundingBox"]["lowerLeft"] == pytest.approx([2, 46])
    limits = {x["tileMatrix"]: x for x in tileset["tileMatrixSetLimits"]}
    assert [limits["6"][k] for k in ("minTileRow", "maxTileRow")] == [22, 22]
    layer = tileset["layers"][0]
    assert (layer["id"], layer["geometryDimension"]) == ("points", 0)
    assert layer["propertiesSchema"]["properties"]["day"]["format"] == "date"


def test_tilejson_is_valid_and_its_address_answers(client: httpx.Client) -> None:
    document = client.get(QUAD, params={"f": "tilejson"}).json()
    jsonschema.validate(document, TILEJSON)
    assert document["vector_layers"][0]["fields"]["size"] == "Number"
    address = document["tiles"][0].format(z=6, x=32, y=22)
    assert len(codes(client.get(address))) == 250


def test_tilejson_keeps_the_filter(client: httpx.Client) -> None:
    asked = {"f": "tilejson", "filter": "size < 50 AND name LIKE '%1%'", "properties": "code"}
    document = client.get(QUAD, params=asked).json()
    shown = codes(client.get(document["tiles"][0].format(z=6, x=32, y=22)))
    assert shown == {f"{i:05d}" for i in range(100) if "1" in str(i) and i % 10}


def test_filters_dates_and_attributes_choose_the_features(client: httpx.Client) -> None:
    assert codes(client.get(TILE, params={"filter": "code < '00010'"})) == {
        f"{i:05d}" for i in range(10)
    }
    assert codes(client.get(TILE, params={"code": "00007"})) == {"00007"}
    assert codes(client.get(TILE, params={"datetime": "2020-01-01/2020-01-02"})) == {
        "00000", "00001",
    }  # fmt: skip


def test_the_same_tile_is_not_sent_twice(client: httpx.Client) -> None:
    first = client.get(TILE)
    tag = first.headers["etag"]
    assert client.get(TILE, headers={"If-None-Match": tag}).status_code == 304
    assert client.get(TILE, headers={"If-None-Match": '"other"'}).status_code == 200
    others = (f"{QUAD}/7/45/64", f"{TILE}?properties=code", f"{TILE}?code=00007")
    assert len({tag, *(client.get(other).headers["etag"] for other in others)}) == 4


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        (f"{QUAD}/6/0/0", 404, "rows 22 to 22"),
        (f"{QUAD}/6/64/0", 404, "0 to 63"),
        (f"{QUAD}/21/0/0", 404, "zoom 0 to 20"),
        (f"{QUAD}/6/22/x", 404, "whole number"),
        (f"{QUAD}/-1/0/0", 404, "whole number"),
        (f"{TILES}/WebMercatorQuadd/6/22/32", 404, "'WebMercatorQuad'"),
        ("/tileMatrixSets/Lambert93", 404, "'Lambert93Quad'"),
        ("/collections/facts/tiles", 404, "no geometry"),
        ("/collections/secret/tiles/WebMercatorQuad/6/22/32", 404, "No collection"),
        ("/collections/point/tiles", 404, "'points'"),
        (f"{TILE}?filtre=x", 400, "'filter'"),
        (f"{TILE}?limit=10", 400, "'limit'"),
        (f"{TILE}?bbox=1,2,3,4", 400, "'bbox'"),
        (f"{TILE}?f=png", 400, "f=mvt"),
        (f"{TILE}?properties=codes", 400, "'code'"),
        (f"{TILE}?filter=codes=1", 400, "'code'"),
        (f"{QUAD}?filter=codes=1", 400, "'code'"),
        (f"{TILES}/Lambert93Quad?f=tilejson", 400, "f=json"),
        ("/tiles/WebMercatorQuad/6/22/32?collections=point", 400, "'points'"),
        ("/tiles/WebMercatorQuad/6/22/32?collections=secret", 400, "secret"),
        ("/tiles/WebMercatorQuad/6/22/32?collections=", 400, "at least one"),
        ("/tiles/WebMercatorQuad/6/22/32?filter=n=1", 400, "'filter'"),
    ],
)
def test_what_cannot_be_answered_is_a_problem_that_says_why(
    client: httpx.Client, address: str, status: int, words: str
) -> None:
    answer = client.get(address)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status_code == status
    assert words in answer.json()["detail"]


def test_an_empty_tile_has_no_content(client: httpx.Client) -> None:
    # Within the limits of the diagonal, off its line.
    limits = {x["tileMatrix"]: x for x in client.get(QUAD).json()["tileMatrixSetLimits"]}["12"]
    answer = client.get(f"{QUAD}/12/{limits['minTileRow']}/{limits['minTileCol']}")
    assert (answer.status_code, answer.content) == (204, b"")


def test_several_layers_come_in_one_tile(town: httpx.Client) -> None:
    root = "/tiles/WebMercatorQuad"
    whole = town.get(f"{root}?f=tilejson").json()
    assert [layer["id"] for layer in whole["vector_layers"]] == ["cafes", "grid"]
    west = town.get(f"{root}/2/1/1?collections=grid")
    assert set(mapbox_vector_tile.decode(west.content)) == {"grid"}
    both = town.get(f"{root}/0/0/0")
    assert set(mapbox_vector_tile.decode(both.content)) == {"cafes", "grid"}
    named = town.get(f"{root}?f=tilejson&collections=grid").json()
    assert named["bounds"][2] < 0
    address = named["tiles"][0].format(z=0, x=0, y=0)
    assert town.get(address).content == town.get(f"{root}/0/0/0?collections=grid").content


def test_tilejson_of_a_town_has_its_bounds(demo_url: str) -> None:
    address = f"{demo_url}/ogc/tiles/WebMercatorQuad"
    asked = {"f": "tilejson", "town": "12202", "collections": "communes,towns"}
    document = httpx.get(address, params=asked).json()
    west, south, east, north = document["bounds"]
    assert west < 2.57 < east
    assert south < 44.35 < north
    assert east - west < 0.3
    assert [layer["id"] for layer in document["vector_layers"]] == ["communes", "towns"]
    unknown = httpx.get(address, params={"f": "tilejson", "town": "12203"})
    assert unknown.status_code == 404


def test_conformance_names_tiles(client: httpx.Client) -> None:
    classes = client.get("/conformance", params={"f": "json"}).json()["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core" in classes


def test_the_registered_matrix_set_is_that_of_ogc(client: httpx.Client) -> None:
    registered = client.get("/tileMatrixSets/WebMercatorQuad").json()
    assert registered["uri"].endswith("/OGC/1.0/WebMercatorQuad")
    assert registered["tileMatrices"][1]["cellSize"] == pytest.approx(78271.51696402048)
    own = client.get("/tileMatrixSets/Lambert93Quad").json()
    assert own["tileMatrices"][13]["cellSize"] == 1
    assert own["tileMatrices"][0]["pointOfOrigin"] == [-500_000, 7_400_000]
