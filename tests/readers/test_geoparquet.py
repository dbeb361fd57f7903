"""GeoParquet of both versions and encodings, and Parquet without metadata."""

from __future__ import annotations

import json

import geopandas as gpd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from layers.errors import ReadError
from layers.opening import open_file

SHAPES = {
    "point": shapely.Point(2, 45),
    "linestring": shapely.LineString([(2, 45), (3, 46)]),
    "polygon": shapely.box(2, 45, 3, 46).difference(shapely.box(2.4, 45.4, 2.6, 45.6)),
    "multipoint": shapely.MultiPoint([(2, 45), (3, 46)]),
    "multilinestring": shapely.MultiLineString([[(2, 45), (3, 46)], [(4, 45), (5, 46)]]),
    "multipolygon": shapely.MultiPolygon([shapely.box(2, 45, 3, 46), shapely.box(4, 45, 5, 46)]),
}


def rows(table):
    return pa.concat_tables(table.batches)


def shapes(table, found):
    return shapely.from_wkb(found.column(table.geometry_name).to_pylist())


def rewritten(path, change):
    """Change the geometry metadata of a file."""
    table = pq.read_table(path)
    geo = json.loads(table.schema.metadata[b"geo"])
    change(geo)
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), path)


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("encoding", ["WKB", "geoarrow"])
def test_every_encoding_gives_the_same_shapes(tmp_path, name, encoding):
    """Synthetic: one shape and a gap."""
    path = tmp_path / "x_2023.parquet"
    frame = gpd.GeoDataFrame({"n": [1, 2]}, geometry=[SHAPES[name], None], crs=2154)
    frame.rename_geometry("geom").to_parquet(path, geometry_encoding=encoding)
    (table,) = open_file(path)
    found = rows(table)
    assert (table.layer, table.geometry_name, table.crs) == ("x-2023", "geom", "EPSG:2154")
    assert table.vintage == "2023"
    first, second = shapes(table, found)
    assert first.equals(SHAPES[name])
    assert second is None
    assert table.geometry == name.removeprefix("multi").removesuffix("string")


def test_real_cells_with_a_covering_keep_values_and_lose_the_covering(shared_data, tmp_path):
    frame = gpd.read_file(shared_data / "rodez" / "filosofi_200m_2015.shp")
    path = tmp_path / "cells.parquet"
    frame.to_parquet(path, write_covering_bbox=True, schema_version="1.1.0")
    assert "bbox" in pq.read_schema(path).names
    (table,) = open_file(path)
    found = rows(table)
    assert "bbox" not in found.column_names
    assert found.column("depcom").to_pylist().count("12202") == 152
    assert sum(found.column("men").to_pylist()) == pytest.approx(frame.men.sum())


def test_the_crs_of_the_metadata_counts_absent_null_and_any(tmp_path):
    path = tmp_path / "x.parquet"
    frame = gpd.GeoDataFrame({"n": [1]}, geometry=[shapely.Point(2, 45)], crs="OGC:CRS84")
    frame.to_parquet(path)
    rewritten(path, lambda geo: geo["columns"]["geometry"].pop("crs"))
    assert open_file(path)[0].crs == "OGC:CRS84"
    rewritten(path, lambda geo: geo["columns"]["geometry"].update(crs=None))
    with pytest.raises(ReadError, match=r"WGS 84.*--crs EPSG:4326"):
        open_file(path)
    custom = gpd.GeoSeries([], crs="+proj=laea +lat_0=46 +lon_0=2 +ellps=GRS80").crs
    crs = custom.to_json_dict()
    rewritten(path, lambda geo: geo["columns"]["geometry"].update(crs=crs))
    from pyproj import CRS

    assert CRS.from_user_input(open_file(path)[0].crs) == custom


def test_parquet_without_metadata(tmp_path):
    path = tmp_path / "x.parquet"
    shape = shapely.Point(652_000, 6_862_000)
    pq.write_table(pa.table({"n": [1], "geom": [shape.wkb]}), path)
    with pytest.raises(ReadError, match="--crs EPSG:2154"):
        open_file(path)
    (table,) = open_file(path, crs="EPSG:2154")
    assert shapes(table, rows(table))[0].equals(shape)
    pq.write_table(pa.table({"insee": [1004], "n": [{"a": 1}]}), path)
    (table,) = open_file(path)
    found = rows(table)
    assert table.geometry_name is None
    assert found.column("insee").to_pylist() == ["01004"]


def test_parquet_of_longitudes_and_latitudes_is_placed(tmp_path):
    """Synthetic: the second row has no position."""
    path = tmp_path / "bornes.parquet"
    pq.write_table(pa.table({"lon": [2.0, None], "lat": [45.0, None], "n": [1, 2]}), path)
    (table,) = open_file(path)
    found = rows(table)
    assert (table.crs, table.geometry_name, table.geometry) == ("EPSG:4326", "geometry", "point")
    first, second = shapes(table, found)
    assert (first.x, first.y, second) == (2.0, 45.0, None)
    assert found.column("lon").to_pylist() == [2.0, None]


@pytest.mark.parametrize("change", ["truncated", "page", "metadata", "empty"])
def test_damaged_files_are_refused(tmp_path, change):
    path = tmp_path / "x.parquet"
    frame = gpd.GeoDataFrame(
        {"n": range(50_000)}, geometry=[shapely.Point(2, 45)] * 50_000, crs=4326
    )
    (frame.iloc[:0] if change == "empty" else frame).to_parquet(path)
    if change == "truncated":
        path.write_bytes(path.read_bytes()[:10_000])
    elif change == "page":
        raw = bytearray(path.read_bytes())
        raw[4:5_000] = bytes(4_996)
        path.write_bytes(raw)
    elif change == "metadata":
        rewritten(path, lambda geo: geo.pop("columns"))
    with pytest.raises(ReadError, match=r"x\.parquet"):
        rows(open_file(path)[0])
