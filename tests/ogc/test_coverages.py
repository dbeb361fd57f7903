"""OGC API Coverages on a real server: values equal to the file's own, read by real clients."""

from __future__ import annotations

import subprocess
from collections import Counter
from io import BytesIO

import numpy as np
import pytest
import rasterio
from owslib.ogcapi.coverages import Coverages
from rasterio.warp import transform, transform_bounds
from rasterio.windows import from_bounds

EPSG = "http://www.opengis.net/def/crs/EPSG/0"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
CORINE = "/collections/corine-land-cover/coverage"
POPULATION = "/collections/population-grid/coverage"
BANDS = "/collections/bands/coverage"


@pytest.fixture(scope="session")
def corine(shared_data):
    with rasterio.open(shared_data / "cahors" / "CLC2018_Lot.tif") as image:
        yield image


def opened(response):
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("image/tiff; application=geotiff")
    return rasterio.open(BytesIO(response.content))


# The raster's own cells.


def test_without_parameters_the_whole_file_is_given_by_ranges(rasters, corine):
    whole = rasters.get(CORINE)
    with opened(whole) as image:
        np.testing.assert_array_equal(image.read(), corine.read())
    part = rasters.get(CORINE, headers={"Range": "bytes=0-99"})
    assert (part.status_code, part.content) == (206, whole.content[:100])


def test_gdal_reads_the_whole_coverage_over_http(rasters, require_program):
    gdalinfo = require_program("gdalinfo")
    address = f"/vsicurl/{rasters.base_url}collections/corine-land-cover/coverage"
    text = subprocess.run([gdalinfo, address], capture_output=True, text=True, timeout=60).stdout
    assert "Size is 979, 914" in text
    assert "ETRS89-extended / LAEA Europe" in text


@pytest.mark.parametrize(
    "area",
    [
        {"subset": "E(3630000:3650000),N(2400000:2420000)"},
        {"subset": "n(2400000:2420000),e(3630000:3650000)", "subset-crs": "[EPSG:3035]"},
        {"bbox": "2400000,3630000,2420000,3650000", "bbox-crs": f"{EPSG}/3035"},
    ],
)
def test_classes_of_a_subset_are_counted_as_in_the_file(rasters, corine, area):
    window = from_bounds(3_630_000, 2_400_000, 3_650_000, 2_420_000, corine.transform)
    expected = corine.read(1, window=window)
    with opened(rasters.get(CORINE, params={**area, "f": "GeoTIFF"})) as image:
        assert image.crs.to_epsg() == 3035
        assert tuple(image.bounds) == (3_630_000, 2_400_000, 3_650_000, 2_420_000)
        values = image.read(1)
    assert values.shape == (200, 200)
    assert Counter(values.ravel().tolist()) == Counter(expected.ravel().tolist())
    np.testing.assert_array_equal(values, expected)


def test_the_cell_of_a_point_is_the_one_of_the_file(rasters, corine):
    """The cathedral of Cahors stands in continuous urban fabric, class 111."""
    response = rasters.get(CORINE, params={"subset": "Lat(44.4474),Lon(1.4427)", "f": "covjson"})
    ranges = response.json()["ranges"]["CLC2018"]
    (x,), (y,) = transform("OGC:CRS84", corine.crs, [1.4427], [44.4474])
    assert ranges["values"] == [111] == [int(v[0]) for v in corine.sample([(x, y)])]
    assert ranges["shape"] == [1, 1]


def test_an_open_subset_reaches_the_edge_of_the_raster(rasters):
    response = rasters.get(CORINE, params={"subset": "E(3700000:*)"})
    with opened(response) as image:
        assert tuple(image.bounds) == (3_700_000, 2_383_600, 3_702_800, 2_475_000)


def test_several_subsets_count_as_one(rasters):
    one = rasters.get(CORINE, params={"subset": "E(3700000:3701000),N(2400000:2401000)"})
    two = rasters.get(CORINE + "?subset=E(3700000:3701000)&subset=N(2400000:2401000)")
    assert one.content == two.content


# Other CRS.


def test_the_reprojected_area_holds_its_corners_and_the_middle_of_its_edges(rasters, corine):
    """Between EPSG:3035 and CRS84 edges bend: a box by two corners would lose a strip."""
    box = (1.2, 44.3, 1.8, 44.6)
    with opened(rasters.get(CORINE, params={"bbox": ",".join(map(str, box))})) as image:
        west, south, east, north = image.bounds
    t = np.linspace(0, 1, 201)
    x = np.concatenate([1.2 + 0.6 * t, 1.2 + 0.6 * t, np.full(201, 1.2), np.full(201, 1.8)])
    y = np.concatenate([np.full(201, 44.3), np.full(201, 44.6), 44.3 + 0.3 * t, 44.3 + 0.3 * t])
    e, n = (np.array(v) for v in transform("OGC:CRS84", corine.crs, x, y))
    assert west <= e.min() < west + 100
    assert east - 100 < e.max() <= east
    assert south <= n.min() < south + 100
    assert north - 100 < n.max() <= north


@pytest.mark.parametrize(
    ("crs", "bbox", "bounds"),
    [
        (f"{EPSG}/2154", "575000,6360000,580000,6365000", (575_000, 6_360_000, 580_000, 6_365_000)),
        (f"{EPSG}/4326", "44.4,1.4,44.5,1.5", (1.4, 44.4, 1.5, 44.5)),
        (CRS84, "1.4,44.4,1.5,44.5", (1.4, 44.4, 1.5, 44.5)),
        (f"{EPSG}/3857", "155000,5530000,165000,5540000", (155_000, 5_530_000, 165_000, 5_540_000)),
    ],
)
def test_the_answer_fills_the_box_of_another_crs(rasters, corine, crs, bbox, bounds):
    response = rasters.get(CORINE, params={"bbox": bbox, "bbox-crs": crs, "crs": crs})
    assert response.headers["content-crs"] == f"<{crs}>"
    assert [float(v) for v in response.headers["content-bbox"].split(",")] == [
        float(v) for v in bbox.split(",")
    ]
    with opened(response) as image:
        assert tuple(image.bounds) == pytest.approx(bounds)
        assert set(np.unique(image.read(1))) <= set(np.unique(corine.read(1)))
        column, row = image.width // 2, image.height // 2
        x, y = image.xy(row, column)
        (e,), (n,) = transform(image.crs, corine.crs, [x], [y])
        assert image.read(1)[row, column] == next(corine.sample([(e, n)]))[0]


def test_a_round_trip_through_another_crs_keeps_most_classes(rasters, corine):
    """Nearest cells there and back differ at edges of patches only."""
    with opened(rasters.get(CORINE, params={"crs": f"{EPSG}/2154"})) as there:
        back = np.full(corine.shape, np.nan, "float32")
        rasterio.warp.reproject(
            rasterio.band(there, 1), back, dst_transform=corine.transform, dst_crs=corine.crs,
            dst_nodata=np.nan,
        )  # fmt: skip
    both = ~np.isnan(back) & ~np.isnan(corine.read(1))
    assert both.sum() > 0.99 * (~np.isnan(corine.read(1))).sum()
    assert (back[both] == corine.read(1)[both]).mean() > 0.9


# Fewer or more cells.


@pytest.mark.parametrize(
    ("scaling", "shape"),
    [
        ({"scale-factor": "2"}, (10, 10)),
        ({"scale-factor": "0.5"}, (40, 40)),
        ({"scale-axes": "E(4),N(2)"}, (10, 5)),
        ({"scale-size": "E(7),N(3)"}, (3, 7)),
        ({"scale-size": "E(7)"}, (20, 7)),
        ({"width": "8"}, (20, 8)),
        ({"width": "8", "height": "9"}, (9, 8)),
        ({"resolution": "E(500),N(1000)"}, (2, 4)),
        ({"resolution": "E(300)"}, (20, 7)),
    ],
)
def test_scaling_gives_the_number_of_cells_asked_for(rasters, corine, scaling, shape):
    area = {"subset": "E(3640000:3642000),N(2400000:2402000)"}
    with opened(rasters.get(CORINE, params=area | scaling)) as image:
        assert image.shape == shape
        assert image.bounds.left == 3_640_000
        assert image.bounds.top == 2_402_000
        assert set(np.unique(image.read(1))) <= set(np.unique(corine.read(1)))
        if "resolution" in scaling:
            assert image.res[0] in (500, 300)


def test_fewer_cells_of_quantities_are_averages(rasters):
    area = {"subset": "E(600000:600020),N(6399980:6400000)", "scale-factor": "2"}
    found = rasters.get(BANDS, params=area | {"f": "covjson"}).json()["ranges"]
    # 0, 1, 4 and a missing 5; then 0, 10, 40, 50.
    assert found["tens"]["values"] == [25]


# Bands and formats.


@pytest.mark.parametrize(
    ("chosen", "names"),
    [("tens", ["tens"]), ("2,1", ["tens", "count"]), ("count,2", ["count", "tens"])],
)
def test_bands_are_chosen_by_name_or_number_in_order(rasters, chosen, names):
    params = {"properties": chosen}
    with opened(rasters.get(BANDS, params=params)) as image:
        assert list(image.descriptions) == names
        assert image.read(names.index("tens") + 1)[2].tolist() == [80, 90, 100, 110]
        assert image.nodata == -1
    document = rasters.get(BANDS, params=params | {"f": "CoverageJSON"}).json()
    assert list(document["ranges"]) == names


def test_bands_are_left_out(rasters):
    with opened(rasters.get(BANDS, params={"exclude-properties": "count"})) as image:
        assert image.descriptions == ("tens",)


def test_coveragejson_holds_the_centres_and_null_where_nothing_is_known(rasters):
    response = rasters.get(BANDS, params={"f": "covjson"})
    assert response.headers["content-type"] == "application/vnd.cov+json"
    document = response.json()
    assert document["domain"]["axes"] == {
        "x": {"start": 600_005.0, "stop": 600_035.0, "num": 4},
        "y": {"start": 6_399_995.0, "stop": 6_399_975.0, "num": 3},
    }
    (reference,) = document["domain"]["referencing"]
    assert reference["coordinates"] == ["x", "y"]
    assert reference["system"] == {"type": "ProjectedCRS", "id": f"{EPSG}/2154"}
    values = document["ranges"]["count"]
    assert values["values"] == [0, 1, 2, 3, 4, None, 6, 7, 8, 9, 10, 11]
    assert (values["dataType"], values["shape"]) == ("integer", [3, 4])
    assert set(document["parameters"]) == set(document["ranges"]) == {"count", "tens"}


def test_coveragejson_names_the_classes_and_keeps_the_axis_order_of_the_authority(rasters):
    area = {"subset": "E(3640000:3641000),N(2400000:2401000)", "f": "covjson"}
    document = rasters.get(CORINE, params=area).json()
    assert document["domain"]["referencing"][0]["coordinates"] == ["y", "x"]
    (parameter,) = document["parameters"].values()
    labels = {c["id"]: c["label"] for c in parameter["observedProperty"]["categories"]}
    (urban,) = (key for key, value in parameter["categoryEncoding"].items() if value == 112)
    assert labels[urban] == {
        "fr": "Tissu urbain discontinu",
        "en": "Discontinuous urban fabric",
    }


# What cannot be honoured.


@pytest.mark.parametrize(
    ("params", "status", "words"),
    [
        ({"bbox": "10,50,11,51"}, 404, "outside the raster"),
        ({"subset": "E(1:2),N(1:2)"}, 404, "outside the raster"),
        ({"bbox": "1,44,2"}, 400, "4 or 6 numbers"),
        ({"bbox": "1,44,2,45", "bbox-crs": "EPSG:27700"}, 400, "not served"),
        ({"bbox": "1,44,2,45", "subset": "E(1:2)"}, 400, "exclude each other"),
        ({"subset": "E(2:1)"}, 400, "low to high"),
        ({"subset": "Z(1:2)"}, 400, "no axis 'Z'"),
        ({"subset": "E(1:2),Lat(1:2)"}, 400, "mixes axes"),
        ({"subset": "E(1:2)", "subset-crs": CRS84}, 400, "Lon and Lat"),
        ({"subset": "E=1"}, 400, "must name axes"),
        ({"subset": "E(1:2),E(3:4)"}, 400, "twice"),
        ({"properties": "CLC2019"}, 400, "Did you mean 'CLC2018'"),
        ({"properties": "2"}, 400, "numbers 1 to 1"),
        ({"scale-factor": "0"}, 400, "more than 0"),
        ({"scale-factor": "5e-324"}, 400, "more than 0"),
        ({"resolution": "E(5e-324)"}, 400, "more than 0"),
        ({"scale-axes": "N(1e-300)"}, 400, "more than 0"),
        ({"scale-factor": "1e-9"}, 413, "Ask for a smaller bbox"),
        ({"width": "999999999999"}, 413, "Ask for a smaller bbox"),
        ({"scale-factor": "x"}, 400, "must be a number"),
        ({"scale-factor": "2", "width": "3"}, 400, "exclude each other"),
        ({"width": "1.5"}, 400, "whole"),
        ({"scale-factor": "0.05"}, 413, "Ask for a smaller bbox"),
        ({"f": "covjson", "scale-factor": "0.9"}, 413, "Ask for a smaller bbox"),
        ({"bboxx": "1,44,2,45"}, 400, "Did you mean 'bbox'"),
        ({"f": "netcdf"}, 400, "geotiff, covjson"),
        ({"crs": "EPSG:1"}, 400, "not a CRS"),
    ],
)
def test_what_cannot_be_honoured_is_refused_with_the_reason(rasters, params, status, words):
    response = rasters.get(CORINE, params=params)
    assert (response.status_code, response.headers["content-type"]) == (
        status,
        "application/problem+json",
    )
    assert words in response.json()["detail"]


def test_features_have_no_coverage_and_rasters_no_features(rasters):
    assert rasters.get("/collections/grid/coverage").status_code == 404
    response = rasters.get("/collections/bands/items")
    assert response.status_code == 404
    assert "coverage" in response.json()["detail"]


# Documents and clients.


def test_the_collection_describes_the_grid(rasters):
    document = rasters.get("/collections/corine-land-cover").json()
    spatial = document["extent"]["spatial"]
    assert document["storageCrs"] == f"{EPSG}/3035"
    assert spatial["storageCrsBbox"] == [[2_383_600, 3_604_900, 2_475_000, 3_702_800]]
    north, east = spatial["grid"]
    assert (north["cellsCount"], east["cellsCount"]) == (914, 979)
    assert (east["firstCoordinate"], east["resolution"]) == (3_604_950, 100)
    assert (north["firstCoordinate"], north["resolution"]) == (2_474_950, -100)
    box = transform_bounds("EPSG:3035", "OGC:CRS84", 3_604_900, 2_383_600, 3_702_800, 2_475_000)
    assert spatial["bbox"][0] == pytest.approx(box, abs=1e-3)


def test_the_schema_gives_the_bands_in_order_with_units_and_classes(rasters):
    bands = rasters.get("/collections/bands/schema").json()["properties"]
    assert [(n, b["x-ogc-propertySeq"], b["type"]) for n, b in bands.items()] == [
        ("count", 1, "integer"),
        ("tens", 2, "integer"),
    ]
    people = rasters.get("/collections/population-grid/schema?lang=fr").json()["properties"]
    assert people["population"]["x-ogc-unit"] == "inhabitants"
    assert people["population"]["title"] == "Habitants"
    (codes,) = (
        rasters.get("/collections/corine-land-cover/schema?lang=en").json()["properties"].values()
    )
    assert {"const": 112, "title": "Discontinuous urban fabric"} in codes["oneOf"]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_pages_of_rasters_are_shown(rasters, language):
    for path in ("", "/schema"):
        page = rasters.get(f"/collections/corine-land-cover{path}?f=html&lang={language}")
        assert page.status_code == 200
        assert "CLC2018" in page.text or "979 × 914" in page.text
    assert "raster" in rasters.get("/collections?f=html&lang=en").text


def test_owslib_reads_a_coverage(rasters):
    client = Coverages(str(rasters.base_url))
    assert {"bands", "clc", "corine-land-cover", "population-grid"} == set(client.coverages())
    found = client.coverage(
        "bands", properties=["tens"], subset=[("E", 600_000, 600_020)], scale_size=[("N", 3)]
    )
    with rasterio.open(BytesIO(found.read())) as image:
        assert image.read(1).tolist() == [[0, 10], [40, 50], [80, 90]]


def test_gdal_lists_no_raster_among_the_features(rasters, require_program):
    ogrinfo = require_program("ogrinfo")
    command = [ogrinfo, "-ro", f"OAPIF:{rasters.base_url}"]
    text = subprocess.run(command, capture_output=True, text=True, timeout=60).stdout
    assert ": grid" in text
    assert "corine" not in text
