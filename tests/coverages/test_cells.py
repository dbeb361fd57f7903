"""Cells of synthetic rasters without a server: masks, palettes, and whatever a request may say."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rasterio.transform import from_origin
from rasterio.warp import transform

from layers.catalogue import Catalogue, Layer
from layers.coverages.coveragejson import write_coveragejson
from layers.coverages.geotiff import write_geotiff
from layers.coverages.reading import read_cells
from layers.coverages.request import PARAMETERS, parse_request
from layers.coverages.systems import native_system
from layers.coverages.warping import warped
from layers.errors import UserError
from layers.raster_adding import add_raster

MERCATOR = "http://www.opengis.net/def/crs/EPSG/0/3857"
FEW = 10_000


@pytest.fixture(scope="module")
def painted(tmp_path_factory: pytest.TempPathFactory) -> Layer:
    """Codes 1 to 3 with a palette, without a mark for missing values."""
    folder = tmp_path_factory.mktemp("painted")
    profile = {
        "driver": "GTiff", "width": 30, "height": 20, "count": 1, "dtype": "uint8",
        "crs": "EPSG:2154", "transform": from_origin(600_000, 6_400_000, 10, 10),
    }  # fmt: skip
    path = Path(folder / "painted.tif")
    with rasterio.open(path, "w", **profile) as image:
        image.write((np.arange(600).reshape(20, 30) % 3 + 1).astype("uint8"), 1)
        image.write_colormap(1, {1: (255, 0, 0), 2: (0, 255, 0), 3: (0, 0, 255)})
    catalogue = Catalogue(folder / "data")
    record, _ = add_raster(catalogue, path)
    return catalogue.layer(record.id)


def cells(layer: Layer, **parameters: str):
    asked = {name.replace("_", "-"): value for name, value in parameters.items()}
    return read_cells(layer, parse_request(asked, layer), FEW)


def test_the_palette_stays_with_a_part(painted):
    with rasterio.open(BytesIO(write_geotiff(painted, cells(painted, width="5")))) as image:
        assert image.colormap(1)[3][:3] == (0, 0, 255)
        assert image.colorinterp[0].name == "palette"


def test_what_lies_outside_a_turned_raster_is_masked_where_no_value_says_missing(painted):
    found = cells(painted, crs=MERCATOR)
    with rasterio.open(BytesIO(write_geotiff(painted, found))) as image:
        assert image.nodata is None
        mask = image.dataset_mask()
        assert set(np.unique(mask)) == {0, 255}
        assert set(np.unique(image.read(1)[mask == 255])) == {1, 2, 3}
    assert b"null" in write_coveragejson(painted, found)


@pytest.mark.parametrize("kind", ["uint8", "uint16", "int16", "int32", "float32"])
def test_cells_of_any_type_are_missing_exactly_outside_the_raster(tmp_path, kind):
    profile = {
        "driver": "GTiff", "width": 40, "height": 40, "count": 1, "dtype": kind,
        "crs": "EPSG:2154", "transform": from_origin(200_000, 6_800_000, 1000, 1000),
    }  # fmt: skip
    with rasterio.open(tmp_path / "full.tif", "w", **profile) as image:
        image.write(np.full((40, 40), 7, kind), 1)
    catalogue = Catalogue(tmp_path / "data")
    add_raster(catalogue, tmp_path / "full.tif")
    found = cells(catalogue.layer("full"), crs=MERCATOR)
    step = found.grid.transform
    columns, rows = np.meshgrid(np.arange(found.grid.width), np.arange(found.grid.height))
    x, y = step.c + (columns + 0.5) * step.a, step.f + (rows + 0.5) * step.e
    e, n = (np.array(v) for v in transform("EPSG:3857", "EPSG:2154", x.ravel(), y.ravel()))
    inside = (abs(e - 220_000) < 20_000) & (abs(n - 6_780_000) < 20_000)
    known = ~np.ma.getmaskarray(found.values)[0].ravel()
    assert 0.5 < inside.mean() < 1
    # A cell whose centre lies within rounding of the edge may fall on either side.
    assert (known != inside).sum() <= 2
    assert set(found.values.compressed()) == {7}


def test_a_map_of_a_large_raster_is_drawn_from_its_overviews(tmp_path):
    """Alternating columns of 0 and 100 are 50 in every overview, which takes the average."""
    side = 2048
    profile = {
        "driver": "GTiff", "width": side, "height": side, "count": 1, "dtype": "float32",
        "crs": "EPSG:2154", "transform": from_origin(600_000, 6_400_000, 10, 10),
    }  # fmt: skip
    with rasterio.open(tmp_path / "stripes.tif", "w", **profile) as image:
        image.write(np.tile(np.array([0.25, 100.25], "float32"), (side, side // 2)), 1)
    catalogue = Catalogue(tmp_path / "data")
    add_raster(catalogue, tmp_path / "stripes.tif")
    layer = catalogue.layer("stripes")
    native = native_system(layer)
    bounds = (600_000, 6_379_520, 620_480, 6_400_000)
    values = warped(layer.file, native, native, bounds, (64, 64), (1,), "nearest")
    assert set(values.compressed()) == {50.25}


def test_parts_side_by_side_are_the_whole(painted):
    """No cell is lost or given twice between two subsets that share an edge."""
    west = cells(painted, subset="E(600000:600150)").values
    east = cells(painted, subset="E(600150:600300)").values
    np.testing.assert_array_equal(np.concatenate([west, east], axis=2), cells(painted).values)


def test_a_box_a_little_larger_than_cells_takes_the_cells_that_it_touches(painted):
    grid = cells(painted, subset="E(600009:600021),N(6399999:6399999.5)").grid
    assert grid.bounds == (600_000, 6_399_990, 600_030, 6_400_000)


NUMBERS = st.floats(allow_nan=True).map(str) | st.integers(-(10**18), 10**18).map(str)
AXES = st.sampled_from(["E", "N", "Lon", "Lat", "x", "Q"])
CALLS = st.builds("{}({}:{})".format, AXES, NUMBERS, NUMBERS) | st.builds(
    "{}({})".format, AXES, NUMBERS
)
VALUES = (
    st.text(max_size=20)
    | NUMBERS
    | st.lists(NUMBERS, min_size=4, max_size=6).map(",".join)
    | st.lists(CALLS, min_size=1, max_size=3).map(",".join)
    | st.sampled_from(["EPSG:2154", "EPSG:4326", MERCATOR, "[OGC:CRS84]", "1", "painted"])
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(PARAMETERS), VALUES, max_size=4))
def test_any_request_is_answered_or_refused_with_a_reason(painted, parameters):
    try:
        found = read_cells(painted, parse_request(parameters, painted), FEW)
    except UserError:
        return
    assert 0 < found.values.size <= FEW
