"""Maps, map tiles and legends on a real server: colours of places whose class is known."""

from __future__ import annotations

import io
from xml.etree import ElementTree

import matplotlib.image
import numpy as np
import pytest
from openapi_spec_validator import validate
from rasterio.warp import transform
from rio_tiler.colormap import cmap

from layers.crs import EPSG
from layers.tiles import GRIDS

CORINE = "/collections/corine-land-cover"
CAHORS = (1.4427, 44.4474)
# Continuous urban fabric in the official legend.
URBAN = (0xE6, 0x00, 0x4D, 255)


def pixels(response):
    assert response.status_code == 200, response.text
    name = response.headers["content-type"].removeprefix("image/")
    found = matplotlib.image.imread(io.BytesIO(response.content), format=name)
    return (found * 255).round().astype(int) if found.dtype.kind == "f" else found


def at_cahors(image, response):
    system = response.headers["content-crs"].rsplit("/", 1)[1].rstrip(">")
    a, b, c, d = map(float, response.headers["content-bbox"].split(","))
    west, south, east, north = (b, a, d, c) if system in ("3035", "4326") else (a, b, c, d)
    (x,), (y,) = transform("OGC:CRS84", f"EPSG:{system}", [CAHORS[0]], [CAHORS[1]])
    row = int((north - y) / (north - south) * image.shape[0])
    column = int((x - west) / (east - west) * image.shape[1])
    return tuple(int(v) for v in image[row, column])


@pytest.mark.parametrize("crs", ["2154", "3035", "3857", "4326"])
def test_a_map_shows_a_known_place_in_the_official_colour(rasters, crs):
    params = {"bbox": "1.3,44.35,1.6,44.55", "crs": f"{EPSG}{crs}", "width": "800", "f": "png"}
    response = rasters.get(f"{CORINE}/map", params=params)
    assert at_cahors(pixels(response), response) == URBAN


def test_a_map_has_the_size_asked_for_and_square_pixels_else(rasters):
    area = {"bbox": "3630000,2400000,3650000,2410000", "bbox-crs": f"{EPSG}3035"}
    area["bbox"] = "2400000,3630000,2410000,3650000"
    for size, shape in (
        ({"width": "300", "height": "200"}, (200, 300)),
        ({"width": "300"}, (150, 300)),
        ({"height": "100"}, (100, 200)),
        ({}, (512, 1024)),
    ):
        assert pixels(rasters.get(f"{CORINE}/map", params=area | size)).shape[:2] == shape


def test_missing_pixels_are_transparent_or_of_the_colour_asked_for(rasters):
    params = {"bbox": "0,44,0.5,44.5", "width": "50", "height": "50"}
    assert (pixels(rasters.get(f"{CORINE}/map", params=params))[..., 3] == 0).all()
    opaque = pixels(rasters.get(f"{CORINE}/map", params=params | {"transparent": "false"}))
    assert (opaque == 255).all()
    grey = pixels(rasters.get(f"{CORINE}/map", params=params | {"bgcolor": "0x102030"}))
    assert grey[0, 0].tolist() == [0x10, 0x20, 0x30, 255]
    both = params | {"bgcolor": "0x102030", "transparent": "true"}
    assert (pixels(rasters.get(f"{CORINE}/map", params=both))[..., 3] == 0).all()


@pytest.mark.parametrize(
    ("form", "start"),
    [("png", b"\x89PNG"), ("webp", b"RIFF"), ("jpeg", b"\xff\xd8"), ("jpg", b"\xff")],
)
def test_maps_come_in_three_formats(rasters, form, start):
    response = rasters.get(f"{CORINE}/map", params={"width": "20", "f": form})
    assert response.content.startswith(start)
    assert response.headers["content-type"] == f"image/{form.replace('jpg', 'jpeg')}"


@pytest.mark.parametrize("name", GRIDS)
def test_a_tile_shows_a_known_place_in_the_official_colour(rasters, name):
    grid = GRIDS[name]
    row, _, column, _ = grid.limits((*CAHORS, *CAHORS), 11)
    response = rasters.get(f"{CORINE}/map/tiles/{name}/11/{row}/{column}")
    image = pixels(response)
    assert image.shape == (256, 256, 4)
    assert at_cahors(image, response) == URBAN


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("WebMercatorQuad/11/0/0", "outside"),
        ("WebMercatorQuad/99/0/0", "not at 99"),
        ("WebMercatorQuad/1/x/0", "whole number"),
        ("WebMercatorQad/1/0/0", "Did you mean 'WebMercatorQuad'"),
    ],
)
def test_tiles_that_do_not_exist_are_a_404_with_the_reason(rasters, path, words):
    response = rasters.get(f"{CORINE}/map/tiles/{path}")
    assert response.status_code == 404
    assert words in response.json()["detail"]


def test_the_tilesets_lead_to_the_tiles(rasters):
    listed = rasters.get(f"{CORINE}/map/tiles").json()["tilesets"]
    assert [one["tileMatrixSetId"] for one in listed] == list(GRIDS)
    links = {(link["rel"], link["type"]): link["href"] for link in listed[0]["links"]}
    metadata = rasters.get(links["self", "application/json"]).json()
    assert metadata["dataType"] == "map"
    limits = metadata["tileMatrixSetLimits"][9]
    place = {"tileMatrix": 9, "tileRow": limits["minTileRow"], "tileCol": limits["minTileCol"]}
    address = links["item", "image/png"]
    for name, value in place.items():
        address = address.replace(f"{{{name}}}", str(value))
    assert rasters.get(address).headers["content-type"] == "image/png"


def test_tilejson_names_tiles_that_answer(rasters):
    document = rasters.get(f"{CORINE}/map/tiles/WebMercatorQuad?f=tilejson&lang=en").json()
    assert document["tilejson"] == "3.0.0"
    row, _, column, _ = GRIDS["WebMercatorQuad"].limits((*CAHORS, *CAHORS), document["maxzoom"])
    (template,) = document["tiles"]
    address = template.format(z=document["maxzoom"], y=row, x=column)
    assert rasters.get(address).status_code == 200
    assert rasters.get(document["legend"]).status_code == 200
    assert rasters.get(f"{CORINE}/map/tiles/Lambert93Quad?f=tilejson").status_code == 400


def test_a_picture_that_the_client_holds_is_not_sent_again(rasters):
    for path in (
        "/map?width=50",
        "/map/tiles/WebMercatorQuad/5/11/16",
        "/legend",
        "/coverage?width=9",
    ):
        first = rasters.get(CORINE + path)
        assert first.status_code == 200, path
        again = rasters.get(CORINE + path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


# Legends.


def test_the_legend_names_the_classes_present_in_two_languages(rasters):
    legend = rasters.get(f"{CORINE}/legend").json()
    classes = {c["value"]: c for c in legend["classes"]}
    assert legend["type"] == "classes"
    assert len(classes) == 22
    assert classes[111] == {
        "value": 111,
        "color": "#e6004d",
        "title": {"fr": "Tissu urbain continu", "en": "Continuous urban fabric"},
    }


def test_an_added_raster_of_corine_gets_its_legend(rasters):
    legend = rasters.get("/collections/clc/legend").json()
    assert {c["value"] for c in legend["classes"]} >= {111, 112, 231, 311}
    assert legend["classes"][0]["title"]["fr"] == "Tissu urbain continu"


def test_quantities_stretch_between_two_percentiles_in_their_unit(rasters):
    legend = rasters.get("/collections/population-grid/legend").json()
    assert (legend["type"], legend["colormap"]) == ("continuous", "cividis")
    assert legend["unit"] == "inhabitants"
    assert legend["low"] == pytest.approx(1)
    assert legend["high"] == pytest.approx(421.48)
    ramp = cmap.get("cividis")
    assert legend["stops"][-1]["color"] == "#" + bytes(ramp[255][:3]).hex()


def test_quantities_are_drawn_from_low_to_high(rasters):
    image = pixels(rasters.get("/collections/bands/map", params={"width": "4", "height": "3"}))
    ramp = cmap.get("cividis")
    assert tuple(image[0, 0]) == tuple(ramp[0])
    assert tuple(image[2, 3]) == tuple(ramp[255])
    assert image[1, 1, 3] == 0
    assert (np.diff(image[2, :, 0].astype(int)) >= 0).all()


@pytest.mark.parametrize(("language", "text"), [("fr", "Forêts de feuillus"), ("en", "Pastures")])
def test_the_legend_is_drawn(rasters, language, text):
    svg = rasters.get(f"{CORINE}/legend?f=svg&lang={language}")
    assert svg.headers["content-type"].startswith("image/svg+xml")
    assert text in "".join(ElementTree.fromstring(svg.text).itertext())
    assert pixels(rasters.get(f"{CORINE}/legend?f=png&lang={language}")).shape[0] > 100
    page = rasters.get(f"{CORINE}?f=html&lang={language}").text
    assert text in page
    assert "{z}/{y}/{x}" in page


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"width": "5000"}, "4096"),
        ({"width": "0"}, "whole number"),
        ({"bbox": "1,44,1,44"}, "empty"),
        ({"bbox": "-14215569,180,9562032,20037508", "crs": f"{EPSG}4326"}, "nowhere on Earth"),
        ({"bbox": "-14215569,40,9562032,60", "crs": f"{EPSG}4326"}, "nowhere on Earth"),
        ({"bbox": "0,91,1,92"}, "nowhere on Earth"),
        (
            {
                "bbox": "0,-3e-303,72621,0",
                "bbox-crs": f"{EPSG}2154",
                "crs": f"{EPSG}2154",
                "height": "9",
            },
            "empty",
        ),
        ({"transparent": "perhaps"}, "true or false"),
        ({"bgcolor": "red"}, "0xRRGGBB"),
        ({"style": "x"}, "Unknown query parameter"),
        ({"f": "gif"}, "png, webp, jpeg"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_the_reason(rasters, params, words):
    response = rasters.get(f"{CORINE}/map", params=params)
    assert response.status_code == 400
    assert words in response.json()["detail"]


def test_the_openapi_document_holds_the_rasters(rasters):
    document = rasters.get("/openapi").json()
    validate(document)
    for name in ("coverage", "map", "map/tiles", "legend", "schema"):
        assert f"{CORINE}/{name}" in document["paths"]
    declared = rasters.get("/conformance").json()["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-coverages-1/1.0/conf/core" in declared
