"""The serving index against the plain answer of geopandas on the same rows."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pytest
import shapely

from layers.index import Index, ensure_index
from layers.lake import Lake
from layers.publish import publish


@pytest.fixture
def opened(tmp_path, make_record, make_table):
    lake = Lake(tmp_path / "lake")
    version = publish(lake, make_record(id_field="code"), make_table(), source="synthetic")
    parquet = lake.folder("places", version.id) / "data.parquet"
    folder = tmp_path / "index" / "places" / version.id
    ensure_index(parquet, folder)
    return Index(folder), gpd.read_parquet(parquet)


def test_a_page_is_the_geojson_of_its_rows(opened):
    index, frame = opened
    features = json.loads(b"[" + bytes(index.page(10, 13)) + b"]")
    assert [feature["id"] for feature in features] == list(frame.code[10:13])
    assert features[0]["properties"] == {"code": frame.code[10], "size": frame["size"][10]}
    assert shapely.Point(features[0]["geometry"]["coordinates"]).equals(frame.geometry[10])


def test_every_id_is_found_and_no_other(opened):
    index, frame = opened
    assert [index.row_of(code) for code in frame.code] == list(range(len(frame)))
    for stranger in ("", "0", "000000", "99999", "é", "00001\0", "x" * 99):
        assert index.row_of(stranger) is None


def test_the_parts_of_a_feature_make_it_whole(opened):
    index, _ = opened
    first, second = index.parts([7, 42])
    assert b"".join(first) == bytes(index.fragment(7))
    assert b"".join(second) == bytes(index.fragment(42))
    assert json.loads(bytes(second[1]))["type"] == "Point"


def test_rows_in_an_area_agree_with_geopandas(opened):
    index, frame = opened
    triangle = shapely.Polygon([(2.1, 46), (2.9, 46.5), (2.3, 46.9)])
    expected = np.flatnonzero(frame.intersects(triangle))
    assert len(expected) > 100
    assert np.array_equal(index.intersecting(triangle), expected)
    assert len(index.intersecting(shapely.box(10, 10, 11, 11))) == 0


def test_polygons_in_an_area_agree_with_geopandas(tmp_path, shared_data, make_record):
    import pyarrow as pa

    from layers.tables import Table

    towns = gpd.read_file(shared_data / "communes" / "communes-12-aveyron.geojson")
    rows = pa.table({"code": towns.code, "geometry": towns.geometry.to_wkb()})
    lake = Lake(tmp_path / "lake")
    version = publish(lake, make_record(), Table("places", [rows], "EPSG:4326"), source="aveyron")
    parquet = lake.folder("places", version.id) / "data.parquet"
    ensure_index(parquet, tmp_path / "index")
    frame = gpd.read_parquet(parquet)
    rodez = towns.set_index("code").geometry["12202"].buffer(0.1)
    expected = np.flatnonzero(frame.intersects(rodez))
    assert 10 < len(expected) < len(frame)
    assert np.array_equal(Index(tmp_path / "index").intersecting(rodez), expected)


def test_whole_runs_of_rows_in_an_area_agree_with_geopandas(tmp_path, make_record):
    """Rows without geometry, a hole, and a run of one place: none of them is taken with its run."""
    import pyarrow as pa

    from layers.tables import Table

    rng = np.random.default_rng(3)
    shapes = shapely.points(rng.uniform(2, 3, (20_000, 2)))
    shapes[::3] = shapely.buffer(shapes[::3], 0.001)
    shapes[1::7] = None
    shapes[:600] = shapely.Point(2.5, 2.9)
    rows = pa.table({"code": np.arange(20_000).astype(str), "geometry": shapely.to_wkb(shapes)})
    lake = Lake(tmp_path / "lake")
    version = publish(lake, make_record(), Table("places", [rows], "OGC:CRS84"), source="synthetic")
    parquet = lake.folder("places", version.id) / "data.parquet"
    ensure_index(parquet, tmp_path / "index")
    frame, index = gpd.read_parquet(parquet), Index(tmp_path / "index")
    ring = shapely.Point(2.5, 2.5).buffer(0.45) - shapely.Point(2.6, 2.5).buffer(0.1)
    assert np.array_equal(index.intersecting(ring), np.flatnonzero(frame.intersects(ring)))


def test_an_index_of_another_format_is_built_again(opened, tmp_path):
    _, frame = opened
    folder = next((tmp_path / "index" / "places").iterdir())
    meta = json.loads((folder / "meta.json").read_text())
    (folder / "meta.json").write_text(json.dumps(meta | {"format": meta["format"] - 1}))
    (folder / "vertices.bin").unlink()
    parquet = next((tmp_path / "lake" / "places").glob("*/data.parquet"))
    ensure_index(parquet, folder)
    assert json.loads((folder / "meta.json").read_text()) == meta
    assert len(Index(folder).paths.read(np.arange(10)).xy) == 10
    assert Index(folder).count == len(frame)
