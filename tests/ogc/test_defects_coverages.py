"""Coverages as they went wrong in pygeoapi 0.24: each of these answered 500, or wrongly."""

from __future__ import annotations

import json
from io import BytesIO

import pytest
import rasterio

BANDS = "/collections/bands/coverage"


def test_item_11_a_crs_uri_is_understood_as_bbox_crs(rasters):
    params = {
        "bbox": "600000,6399980,600020,6400000",
        "bbox-crs": "http://www.opengis.net/def/crs/EPSG/0/2154",
    }
    response = rasters.get(BANDS, params=params)
    assert response.status_code == 200
    with rasterio.open(BytesIO(response.content)) as image:
        assert image.read(2).tolist() == [[0, 10], [40, 50]]


@pytest.mark.parametrize("band", ["count", "tens", "1", "2"])
def test_item_11_one_band_of_two_is_chosen(rasters, band):
    response = rasters.get(BANDS, params={"properties": band})
    assert response.status_code == 200
    with rasterio.open(BytesIO(response.content)) as image:
        assert image.count == 1


def test_item_11_an_area_outside_is_a_404_with_the_bounds(rasters):
    response = rasters.get(BANDS, params={"bbox": "10,50,11,51"})
    assert response.status_code == 404
    assert "whose bounds" in response.json()["detail"]


def test_item_11_the_scale_factor_is_honoured(rasters):
    with rasterio.open(BytesIO(rasters.get(BANDS, params={"scale-factor": "2"}).content)) as image:
        assert image.shape == (2, 2)


def test_item_11_coveragejson_has_no_null_key(rasters):
    response = rasters.get(BANDS, params={"f": "covjson"})
    keys: list[str] = []
    json.loads(response.text, object_pairs_hook=lambda pairs: keys.extend(k for k, _ in pairs))
    assert keys
    assert "null" not in keys
