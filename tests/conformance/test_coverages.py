"""OGC API - Coverages - Part 1: Core (OGC 19-087, candidate of July 2026), annex A, every raster.

Each test bears the name of the abstract test that it carries out, the conformance class first. Of
the abstract tests of the declared classes, those of three dimensions, of irregular grids and of
fields of several resolutions have nothing to test here; so have those of preferences for an
interpolation or for downsampling, which the service does not offer.
"""

from __future__ import annotations

from io import BytesIO

import httpx
import numpy as np
import pytest
import rasterio
from rasterio.warp import transform_bounds
from rasterio.windows import from_bounds

PART = "ogcapi-coverages-1/1.0/conf/"
CLASSES = ("core", "subsetting-spatial", "scaling-spatial", "field-selection", "crs", "geotiff",
           "cog", "coveragejson", "api-operations")  # fmt: skip
COVERAGE = "http://www.opengis.net/def/rel/ogc/1.0/coverage"
GEOTIFF, COVJSON = "image/tiff; application=geotiff", "application/vnd.cov+json"
CLOUD_OPTIMIZED = "http://www.opengis.net/def/profile/geotiff/cloud-optimized"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"


@pytest.fixture(scope="module")
def rasters(linked):
    """Return the collections that have a coverage."""
    return linked(COVERAGE)


def path(collection):
    return f"/collections/{collection['id']}/coverage"


def opened(response):
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith(GEOTIFF)
    return rasterio.open(BytesIO(response.content))


def native(collection):
    """Return the bounds in the raster's own CRS: easting or longitude first."""
    box = collection["extent"]["spatial"]["storageCrsBbox"][0]
    return (box[1], box[0], box[3], box[2]) if is_y_first(collection["storageCrs"]) else tuple(box)


def is_y_first(uri):
    return uri in (f"{EPSG}3035", f"{EPSG}4326")


def middle(collection):
    """Return a box in the middle of a raster, on the edges of its cells, in its own CRS."""
    west, _, _, north = native(collection)
    grid = collection["extent"]["spatial"]["grid"]
    across, down = (grid[1], grid[0]) if is_y_first(collection["storageCrs"]) else grid
    x, y = across["resolution"], -down["resolution"]
    columns, rows = across["cellsCount"] // 4, down["cellsCount"] // 4
    return (west + columns * x, north - 3 * rows * y, west + 3 * columns * x, north - rows * y)


def axes(box):
    return f"E({box[0]}:{box[2]}),N({box[1]}:{box[3]})"


def whole(api, collection):
    return opened(api.get(path(collection)))


def inside(image, box):
    """Return the cells of a box, read from the whole raster."""
    return image.read(window=from_bounds(*box, image.transform))


# Core.


@pytest.mark.parametrize("name", CLASSES)
def test_core_conformance_success(api, name):
    declared = api.get("/conformance").json()["conformsTo"]
    for scheme in ("http", "https"):
        assert f"{scheme}://www.opengis.net/spec/{PART}{name}" in declared


def test_core_collection_description(rasters):
    for collection in rasters:
        links = [link for link in collection["links"] if link["rel"] == COVERAGE]
        assert {link["type"] for link in links} == {GEOTIFF, COVJSON}
        assert collection["storageCrs"].startswith("http://www.opengis.net/def/crs/")
        if collection["storageCrs"] != CRS84:
            (box,) = collection["extent"]["spatial"]["storageCrsBbox"]
            assert box[0] < box[2]
            assert box[1] < box[3]


def test_core_coverage_fields_schema(api, rasters):
    for collection in rasters:
        fields = api.get(f"/collections/{collection['id']}/schema").json()["properties"]
        assert all({"title", "type", "x-ogc-propertySeq"} <= set(f) for f in fields.values())
        order = [field["x-ogc-propertySeq"] for field in fields.values()]
        assert order == list(range(1, len(order) + 1))
        with whole(api, collection) as image:
            assert image.count == len(order)


def test_core_get_coverage(rasters):
    for collection in rasters:
        for link in collection["links"]:
            if link["rel"] != COVERAGE:
                continue
            plain = httpx.get(link["href"].split("?")[0], headers={"Accept": link["type"]})
            for response in (httpx.get(link["href"]), plain):
                assert response.status_code == 200
                assert response.headers["content-type"].startswith(link["type"])
                assert response.headers["content-crs"] == f"<{collection['storageCrs']}>"
            if link["type"] == GEOTIFF:
                with opened(plain) as image:
                    assert image.crs.to_epsg() == int(collection["storageCrs"].rsplit("/", 1)[1])
                    assert image.bounds == pytest.approx(native(collection))


def test_core_response_headers(api, rasters):
    for collection in rasters:
        box = collection["extent"]["spatial"]["storageCrsBbox"][0]
        for parameters in ({}, {"width": 9}, {"f": "covjson"}):
            headers = api.get(path(collection), params=parameters).headers
            assert headers["content-crs"] == f"<{collection['storageCrs']}>"
            assert [float(v) for v in headers["content-bbox"].split(",")] == pytest.approx(box)
        headers = api.get(path(collection), params={"crs": f"{EPSG}4326"}).headers
        south, west, north, east = (float(v) for v in headers["content-bbox"].split(","))
        bounds = collection["extent"]["spatial"]["bbox"][0]
        assert (west, south, east, north) == pytest.approx(bounds, abs=0.01)


@pytest.mark.parametrize("handling", ["", "handling=lenient; ", "handling=strict; "])
def test_core_preference_applied(api, rasters, handling):
    """The service offers no choice of interpolation, and never says that it has followed one."""
    for collection in rasters:
        plain = api.get(path(collection), params={"width": 9})
        wish = {"Prefer": f"{handling}interpolation=[ogc-interpolation:hypothetical]"}
        answer = api.get(path(collection), params={"width": 9}, headers=wish)
        assert answer.status_code == 200
        assert answer.content == plain.content
        assert "preference-applied" not in answer.headers


def test_core_preference_handling_resolution(api, rasters):
    """Nothing is ever given at a lower resolution than asked for; too much is a 413."""
    for collection in rasters:
        box = middle(collection)
        for wish in ({}, {"Prefer": "handling=strict"}, {"Prefer": "handling=lenient"}):
            response = api.get(path(collection), params={"subset": axes(box)}, headers=wish)
            with whole(api, collection) as image, opened(response) as part:
                assert part.res == pytest.approx(image.res)
            much = {"resolution": "E(0.001),N(0.001)"}
            response = api.get(path(collection), params=much, headers=wish)
            assert response.status_code == 413
            assert "Ask for a smaller" in response.json()["detail"]


# Spatial subsetting.


def test_subsetting_spatial_subset(api, rasters):
    for collection in rasters:
        box = middle(collection)
        with whole(api, collection) as image:
            expected, step = inside(image, box), image.res
        with opened(api.get(path(collection), params={"subset": axes(box)})) as part:
            assert part.bounds == pytest.approx(box)
            np.testing.assert_array_equal(part.read(), expected)
        place = f"E({box[0] + step[0] / 2}),N({box[3] - step[1] / 2})"
        with opened(api.get(path(collection), params={"subset": place})) as part:
            assert (part.width, part.height) == (1, 1)
            np.testing.assert_array_equal(part.read()[:, 0, 0], expected[:, 0, 0])
        west, south, east, north = transform_bounds(image.crs, "OGC:CRS84", *box)
        for names in (("Lon", "Lat"), ("lon", "lat"), ("longitude", "latitude")):
            text = f"{names[0]}({west}:{east}),{names[1]}({south}:{north})"
            with opened(api.get(path(collection), params={"subset": text})) as part:
                assert part.bounds[0] <= box[0]
                assert part.bounds[2] >= box[2]


@pytest.mark.parametrize("subset", ["Q(1:2)", "h(1:2)", "time(1:2)", "E(1:2),Q(1)"])
def test_subsetting_spatial_subset_invalid_axis(api, rasters, subset):
    for collection in rasters:
        assert api.get(path(collection), params={"subset": subset}).status_code == 400


@pytest.mark.parametrize("subset", ["Lon(120:121)", "Lat(-10:-9)", "Lon(120),Lat(-10)"])
def test_subsetting_spatial_out_of_bounds(api, rasters, subset):
    for collection in rasters:
        assert api.get(path(collection), params={"subset": subset}).status_code == 404


def test_subsetting_spatial_wrap_around(api, rasters):
    """From the middle of the raster eastward over the antimeridian: its eastern half."""
    for collection in rasters:
        west, south, east, north = collection["extent"]["spatial"]["bbox"][0]
        half = (west + east) / 2
        asked = ({"subset": f"Lon({half}:-170)"}, {"bbox": f"{half},{south},-170,{north}"})
        for parameters in asked:
            with opened(api.get(path(collection), params=parameters)) as part:
                assert part.bounds[0] > native(collection)[0]
                assert part.bounds[2] == pytest.approx(native(collection)[2])
        for parameters in ({"subset": "Lon(170:-170)"}, {"bbox": f"170,{south},-170,{north}"}):
            assert api.get(path(collection), params=parameters).status_code == 404


def test_subsetting_spatial_subset_bbox_exclusivity(api, rasters):
    for collection in rasters:
        both = {"subset": "Lon(1:2)", "bbox": "1,44,2,45"}
        assert api.get(path(collection), params=both).status_code == 400


def test_subsetting_spatial_wildcard_limits(api, rasters):
    for collection in rasters:
        (west, south, east, north), box = native(collection), middle(collection)
        for subset, bounds in (
            (f"E(*:{box[2]}),N({box[1]}:*)", (west, box[1], box[2], north)),
            (f"E({box[0]}:*),N(*:{box[3]})", (box[0], south, east, box[3])),
            ("E(*:*),N(*:*)", (west, south, east, north)),
        ):
            with opened(api.get(path(collection), params={"subset": subset})) as part:
                assert part.bounds == pytest.approx(bounds)


def test_subsetting_spatial_multiple_subset(api, rasters):
    for collection in rasters:
        box = middle(collection)
        apart = [f"E({box[0]}:{box[2]})", f"N({box[1]}:{box[3]})"]
        one = api.get(path(collection), params={"subset": axes(box)})
        two = api.get(path(collection), params={"subset": apart})
        assert one.content == two.content


@pytest.mark.parametrize(
    "scale",
    [{"resolution": "E(50)"}, {"width": "9"}, {"scale-factor": "2"}, {"scale-axes": "E(2)"}],
)
def test_subsetting_spatial_subset_scaling_exclusivity(api, rasters, scale):
    for collection in rasters:
        place = {"subset": f"E({middle(collection)[0]})"}
        assert api.get(path(collection), params=place | scale).status_code == 400
        other = {"resolution": "N(50)"}
        assert api.get(path(collection), params=place | other).status_code == 200


def test_subsetting_spatial_subset_crs_and_bbox_crs(api, rasters):
    for collection in rasters:
        own, box = collection["storageCrs"], middle(collection)
        lonlat = transform_bounds(own.replace(EPSG, "EPSG:"), "OGC:CRS84", *box)
        degrees = f"Lon({lonlat[0]}:{lonlat[2]}),Lat({lonlat[1]}:{lonlat[3]})"
        corners = ",".join(map(str, lonlat))
        order = (1, 0, 3, 2) if is_y_first(own) else (0, 1, 2, 3)
        mine = ",".join(str(box[i]) for i in order)
        curie = f"[EPSG:{own.rsplit('/', 1)[1]}]"
        for alike in (
            [{"subset": degrees}, {"subset": degrees, "subset-crs": CRS84},
             {"subset": degrees, "subset-crs": "[OGC:CRS84]"}, {"bbox": corners},
             {"bbox": corners, "bbox-crs": CRS84}, {"bbox": corners, "bbox-crs": "[OGC:CRS84]"}],
            [{"subset": axes(box), "subset-crs": own}, {"subset": axes(box), "subset-crs": curie},
             {"bbox": mine, "bbox-crs": own}, {"bbox": mine, "bbox-crs": curie}],
            [{"width": "9"}, {"width": "9", "subset-crs": CRS84},
             {"width": "9", "bbox-crs": CRS84}],
        ):  # fmt: skip
            answers = [api.get(path(collection), params=parameters) for parameters in alike]
            assert {answer.status_code for answer in answers} == {200}
            assert len({answer.content for answer in answers}) == 1, alike


def test_subsetting_spatial_bbox_definition(api, rasters):
    for collection in rasters:
        west, south, east, north = collection["extent"]["spatial"]["bbox"][0]
        flat = api.get(path(collection), params={"bbox": f"{west},{south},{east},{north}"})
        solid = api.get(path(collection), params={"bbox": f"{west},{south},0,{east},{north},9"})
        assert flat.content == solid.content
        with opened(flat) as image:
            assert image.bounds == pytest.approx(native(collection))


# Spatial scaling.


def test_scaling_spatial_resolution(api, rasters):
    for collection in rasters:
        west, south, east, north = native(collection)
        for names in (("E", "N"), ("e", "n"), ("x", "y")):
            text = f"{names[0]}(100),{names[1]}(50)"
            with opened(api.get(path(collection), params={"resolution": text})) as image:
                assert image.res == (100, 50)
                assert image.width == np.ceil((east - west) / 100)
                assert image.height == np.ceil((north - south) / 50)
        degrees = {"resolution": "Lon(0.001),Lat(0.0005)", "crs": CRS84}
        with opened(api.get(path(collection), params=degrees)) as image:
            assert image.res == pytest.approx((0.001, 0.0005))


@pytest.mark.parametrize("text", ["", "E(),N()", "E()"])
def test_scaling_spatial_native_resolution(api, rasters, text):
    for collection in rasters:
        with (
            whole(api, collection) as image,
            opened(api.get(path(collection), params={"resolution": text})) as same,
        ):
            assert same.res == image.res
            np.testing.assert_array_equal(same.read(), image.read())


def test_scaling_spatial_resolution_invalid_axis(api, rasters):
    for collection in rasters:
        assert api.get(path(collection), params={"resolution": "Q(1)"}).status_code == 400


def test_scaling_spatial_width_and_height(api, rasters):
    for collection in rasters:
        west, south, east, north = native(collection)
        with opened(api.get(path(collection), params={"width": 30, "height": 20})) as image:
            assert (image.width, image.height) == (30, 20)
            assert image.bounds == pytest.approx(native(collection))
        with whole(api, collection) as own:
            rows = own.height
        with opened(api.get(path(collection), params={"width": 30})) as image:
            assert (image.width, image.height) == (30, rows)
        # A window that begins as far west of the raster as the raster is wide.
        window = {"subset": axes((2 * west - east, south, east, north)), "width": 40, "height": 10}
        with opened(api.get(path(collection), params=window)) as image:
            assert (image.width, image.height) == (40, 10)
            assert image.bounds == pytest.approx((2 * west - east, south, east, north))
            held = image.read_masks(1) > 0
            assert not held[:, :20].any()
            assert held[:, 20:].any()


# Field selection.


def test_field_selection_properties(api, rasters):
    for collection in rasters:
        fields = list(api.get(f"/collections/{collection['id']}/schema").json()["properties"])
        with opened(
            api.get(path(collection), params={"properties": fields[0], "width": 9})
        ) as image:
            assert list(image.descriptions) == fields[:1]
        ranges = api.get(
            path(collection), params={"properties": fields[0], "f": "covjson", "width": 9}
        ).json()
        assert len(ranges["parameters"]) == len(ranges["ranges"]) == 1
        unknown = api.get(path(collection), params={"properties": "no-such-field"})
        assert unknown.status_code == 400


def test_field_selection_exclude_properties(api, rasters):
    for collection in rasters:
        fields = list(api.get(f"/collections/{collection['id']}/schema").json()["properties"])
        with opened(
            api.get(path(collection), params={"exclude-properties": "", "width": 9})
        ) as image:
            assert list(image.descriptions) == fields
        for wrong in ({"exclude-properties": "no-such-field"},
                      {"exclude-properties": fields[0], "properties": fields[0]}):  # fmt: skip
            assert api.get(path(collection), params=wrong).status_code == 400


# CRS by reference.


def test_crs_crs_definition(api, rasters):
    for collection in rasters:
        assert collection["storageCrs"] in collection["crs"]
        for uri in collection["crs"]:
            code = uri.rsplit("/", 1)[1]
            curie = "[OGC:CRS84]" if uri == CRS84 else f"[EPSG:{code}]"
            for name in (uri, curie):
                response = api.get(path(collection), params={"crs": name, "width": 9})
                assert response.headers["content-crs"] == f"<{uri}>"
            with opened(response) as image:
                # A GeoTIFF is longitude first, and cannot tell CRS84 from EPSG:4326.
                assert image.crs.to_epsg() == (4326 if uri == CRS84 else int(code))
            box = response.headers["content-bbox"]
            answer = api.get(path(collection), params={"crs": uri, "bbox": box, "bbox-crs": uri})
            assert answer.headers["content-crs"] == f"<{uri}>"
        for wrong in ("EPSG:27700", "none"):
            assert api.get(path(collection), params={"crs": wrong}).status_code == 400


# Encodings.


def test_geotiff_coverage_and_raster_type(api, rasters):
    for collection in rasters:
        response = api.get(path(collection), params={"width": 9}, headers={"Accept": GEOTIFF})
        with opened(response) as image:
            assert image.driver == "GTiff"
            # Cells are areas: pixel is area (1), the default of a GeoTIFF that says nothing else.
            assert image.tags().get("AREA_OR_POINT") == "Area"


@pytest.mark.parametrize("parameters", [{}, {"resolution": ""}, {"resolution": "E(),N()"}])
def test_cog_http_range(api, rasters, parameters):
    for collection in rasters:
        every = api.get(path(collection), params=parameters)
        assert every.headers["accept-ranges"] == "bytes"
        part = api.get(path(collection), params=parameters, headers={"Range": "bytes=8-99"})
        assert part.status_code == 206
        assert part.headers["content-range"] == f"bytes 8-99/{len(every.content)}"
        assert part.content == every.content[8:100]


def test_cog_cloud_optimized(api, rasters):
    for collection in rasters:
        wish = {"Accept": GEOTIFF, "Accept-Profile": f"<{CLOUD_OPTIMIZED}>"}
        response = api.get(path(collection), headers=wish)
        assert response.headers["content-profile"] == f"<{CLOUD_OPTIMIZED}>"
        with opened(response) as image:
            assert image.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"


def test_coveragejson_coverage(api, rasters):
    for collection in rasters:
        box = middle(collection)
        response = api.get(
            path(collection), params={"subset": axes(box)}, headers={"Accept": COVJSON}
        )
        assert response.headers["content-type"].startswith(COVJSON)
        document = response.json()
        assert (document["type"], document["domain"]["domainType"]) == ("Coverage", "Grid")
        assert set(document["ranges"]) == set(document["parameters"])
        with whole(api, collection) as image:
            cells = inside(image, box)[0]
        for found in document["ranges"].values():
            assert (found["type"], found["axisNames"]) == ("NdArray", ["y", "x"])
            assert found["shape"] == list(cells.shape)
            values = np.array(found["values"], dtype=float).reshape(cells.shape)
            np.testing.assert_array_equal(values[~np.isnan(values)], cells[~np.isnan(values)])


# API operations.


def test_api_operations_completeness(api, rasters):
    paths = api.get("/openapi").json()["paths"]
    for collection in rasters:
        hrefs = {link["href"] for link in collection["links"] if link["rel"] == COVERAGE}
        assert all(href.split("?")[0].endswith(f"/ogc{path(collection)}") for href in hrefs)
        described = {p["name"] for p in paths[path(collection)]["get"]["parameters"]}
        assert described >= {"bbox", "bbox-crs", "subset", "subset-crs", "crs", "properties", "f",
                             "exclude-properties", "resolution", "width", "height"}  # fmt: skip


def test_api_operations_operation_id(api, rasters):
    paths = api.get("/openapi").json()["paths"]
    for collection in rasters:
        assert paths[path(collection)]["get"]["operationId"].endswith(".getCoverage")
