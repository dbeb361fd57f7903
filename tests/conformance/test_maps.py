"""OGC API - Maps - Part 1: Core (OGC 20-058), annex A, over every collection that has a map.

Each test bears the name of the abstract test that it carries out, the conformance class first.
"""

from __future__ import annotations

import io

import httpx
import numpy as np
import pytest
from PIL import Image
from pyproj import Transformer

PART = "ogcapi-maps-1/1.0/conf/"
CLASSES = ("core", "collection-map", "tilesets", "crs", "png", "jpeg", "api-operations")
REL = "http://www.opengis.net/def/rel/ogc/1.0/"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
# Pixels that two drawings of one map may differ by: cells fall on either side of an edge.
EDGES = 0.05
OPERATIONS = (
    ".collection.getMap", ".collection.map.getTileSetsList", ".collection.map.getTileSet",
    ".collection.map.getTile",
)  # fmt: skip


@pytest.fixture(scope="module")
def mapped(linked):
    """Return the collections that have a map."""
    return linked(f"{REL}map")


def path(collection):
    return f"/collections/{collection['id']}/map"


def pixels(response):
    assert response.status_code == 200, response.text
    with Image.open(io.BytesIO(response.content)) as image:
        assert image.get_format_mimetype() == response.headers["content-type"]
        return np.asarray(image.convert("RGBA"))


def box(response):
    return [float(value) for value in response.headers["content-bbox"].split(",")]


# Core.


def test_core_map_op(api, mapped):
    for collection in mapped:
        for media_type in ("image/png", "image/jpeg"):
            response = api.get(path(collection), headers={"Accept": media_type})
            assert (response.status_code, response.headers["content-type"]) == (200, media_type)
        response = api.get(path(collection), headers={"Accept": "image/png,image/jpeg"})
        assert response.headers["content-type"] == "image/png"


def test_core_map_response(api, mapped):
    for collection in mapped:
        response = api.get(path(collection))
        assert response.headers["content-crs"] == f"<{collection['storageCrs']}>"
        assert box(response) == pytest.approx(collection["extent"]["spatial"]["storageCrsBbox"][0])
        assert "temporal" not in collection["extent"]
        assert "content-datetime" not in response.headers
        assert pixels(response)[..., 3].any()


@pytest.mark.parametrize("name", CLASSES)
def test_core_conformance_success(api, name):
    declared = api.get("/conformance").json()["conformsTo"]
    for scheme in ("http", "https"):
        assert f"{scheme}://www.opengis.net/spec/{PART}{name}" in declared


# Map tilesets.


def test_tilesets_desc_links(api, mapped):
    for collection in mapped:
        (link,) = (link for link in collection["links"] if link["rel"] == f"{REL}tilesets-map")
        tilesets = httpx.get(link["href"]).json()["tilesets"]
        assert {found["dataType"] for found in tilesets} == {"map"}


def test_tilesets_tiles_parameters(api, mapped):
    """No class that gives tiles a parameter is declared, and none is taken without effect."""
    for collection in mapped:
        for name, value in (("bgcolor", "ff0000"), ("transparent", "false"), ("width", "99"),
                            ("mm-per-pixel", "0.1"), ("subset", "h(1:2)")):  # fmt: skip
            tile = f"{path(collection)}/tiles/WebMercatorQuad/0/0/0"
            assert api.get(tile, params={name: value}).status_code == 400


# Coordinate reference systems.


def test_crs_crs_definition(api, mapped):
    for collection in mapped:
        assert len(collection["crs"]) > 1
        for uri in collection["crs"]:
            code = uri.rsplit("/", 1)[1]
            for name in (uri, "[OGC:CRS84]" if uri == CRS84 else f"[EPSG:{code}]"):
                response = api.get(path(collection), params={"crs": name, "width": 20})
                assert response.headers["content-crs"] == f"<{uri}>"
                assert pixels(response).shape[1] == 20
            again = {"crs": uri, "bbox": response.headers["content-bbox"], "bbox-crs": uri}
            assert box(api.get(path(collection), params=again)) == pytest.approx(box(response))
        assert api.get(path(collection), params={"crs": "EPSG:27700"}).status_code == 400


def test_crs_map_success(api, mapped):
    """A place has one colour in every CRS: compared over the middle of each collection."""
    for collection in mapped:
        west, south, east, north = collection["extent"]["spatial"]["bbox"][0]
        rng = np.random.default_rng(0)
        lon = west + (east - west) * rng.uniform(0.3, 0.7, 400)
        lat = south + (north - south) * rng.uniform(0.3, 0.7, 400)
        seen = []
        for uri in collection["crs"]:
            code = "OGC:CRS84" if uri == CRS84 else uri.replace(EPSG, "EPSG:")
            response = api.get(path(collection), params={"crs": uri, "width": 900})
            drawn, (a, b, c, d) = pixels(response), box(response)
            first, second = Transformer.from_crs("OGC:CRS84", code).transform(lon, lat)
            across, up = (first - a) / (c - a), (second - b) / (d - b)
            if code in ("EPSG:4326", "EPSG:3035"):
                across, up = up, across
            rows = ((1 - up) * drawn.shape[0]).astype(int)
            columns = (across * drawn.shape[1]).astype(int)
            seen.append(drawn[rows, columns])
        assert len({tuple(p) for p in seen[0]}) > 1
        for other in seen[1:]:
            assert (other != seen[0]).any(axis=1).mean() < EDGES


# Collection map.


def test_collection_map_desc_links(mapped):
    for collection in mapped:
        links = [link for link in collection["links"] if link["rel"] == f"{REL}map"]
        assert {link["type"] for link in links} >= {"image/png", "image/jpeg"}
        for link in links:
            response = httpx.get(link["href"])
            assert response.headers["content-type"] == link["type"]


def test_collection_map_desc_crs(api, mapped):
    for collection in mapped:
        alone = api.get(f"/collections/{collection['id']}").json()
        assert all(uri.startswith("http://www.opengis.net/def/crs/") for uri in alone["crs"])
        assert alone["storageCrs"] in alone["crs"]
        assert alone["storageCrs"] == CRS84 or alone["extent"]["spatial"]["storageCrsBbox"]


def test_collection_map_map_operation(api, mapped):
    for collection in mapped:
        assert api.get(f"/collections/{collection['id']}/map").status_code == 200


# Encodings.


def test_png_content(api, mapped):
    """One picture, clear where there is nothing, with one look for the parts of one raster."""
    for collection in mapped:
        west, south, east, north = collection["extent"]["spatial"]["bbox"][0]
        # As much ground to the west as the collection covers.
        wide = {"bbox": f"{2 * west - east},{south},{east},{north}", "crs": CRS84, "width": 400}
        drawn = pixels(api.get(path(collection), params=wide, headers={"Accept": "image/png"}))
        assert not drawn[:, :190, 3].any()
        # Turned a little, a raster of another CRS leaves the corners of the box clear.
        assert (drawn[:, 210:, 3] == 255).mean() > 0.6
        half = {"bbox": f"{(west + east) / 2},{south},{east},{north}", "crs": CRS84, "width": 100,
                "height": drawn.shape[0]}  # fmt: skip
        part = pixels(api.get(path(collection), params=half, headers={"Accept": "image/png"}))
        assert (part != drawn[:, 300:]).any(axis=2).mean() < EDGES


def test_jpeg_content(api, mapped):
    for collection in mapped:
        drawn = pixels(api.get(path(collection), params={"width": 400, "f": "jpeg"}))
        clear = pixels(api.get(path(collection), params={"width": 400, "f": "png"}))
        shown = clear[..., 3] == 255
        far = np.abs(drawn[shown][:, :3].astype(int) - clear[shown][:, :3]).mean()
        assert far < 12


# API operations.


def addresses(collection):
    """Return the addresses of a map, its list of tilesets, a tileset and a tile."""
    tiles = f"{path(collection)}/tiles"
    tileset = f"{tiles}/{{tileMatrixSetId}}"
    return path(collection), tiles, tileset, f"{tileset}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"


def test_api_operations_completeness(api, mapped):
    paths = api.get("/openapi").json()["paths"]
    for collection in mapped:
        assert set(addresses(collection)) <= set(paths)
        described = {p["name"] for p in paths[path(collection)]["get"]["parameters"]}
        assert {"crs", "bbox", "bbox-crs", "width", "height", "f"} <= described


def test_api_operations_operation_id(api, mapped):
    paths = api.get("/openapi").json()["paths"]
    for collection in mapped:
        for address, suffix in zip(addresses(collection), OPERATIONS, strict=True):
            assert paths[address]["get"]["operationId"].endswith(suffix)
