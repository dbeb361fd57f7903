"""Any file as layers: real files of each format, their damaged copies, records that load back."""

from __future__ import annotations

import csv
import json
import shutil

import pyarrow as pa
import pytest
import shapely

from layers.errors import ReadError
from layers.opening import infer_record, open_file, save_record
from layers.records import load_layer_record


def rows(table):
    return pa.concat_tables(table.batches)


def shapes(table, found):
    return shapely.from_wkb(found.column(table.geometry_name).to_pylist())


def shapefile(shared_data, folder, *suffixes):
    """Copy some parts of the Shapefile of Rodez."""
    for suffix in suffixes:
        shutil.copy(shared_data / "rodez" / f"filosofi_200m_2015{suffix}", folder)
    return folder / "filosofi_200m_2015.shp"


def test_all_layers_of_a_geopackage_with_its_own_names(shared_data):
    import geopandas as gpd

    path = shared_data / "perigueux" / "perigueux.gpkg"
    listed = gpd.list_layers(path)
    tables = open_file(path)
    assert len(tables) == len(listed)
    for table, name in zip(tables, listed["name"], strict=True):
        expected = gpd.read_file(path, layer=name)
        found = rows(table)
        assert found.num_rows == len(expected)
        assert set(expected.columns.drop("geometry")) <= set(found.column_names)
        box = shapely.total_bounds(shapes(table, found))
        assert box == pytest.approx(expected.total_bounds)


def test_one_layer_by_name_and_the_nearest_of_a_mistyped_one(shared_data):
    import geopandas as gpd

    path = shared_data / "perigueux" / "perigueux.gpkg"
    name = gpd.list_layers(path)["name"][0]
    assert len(open_file(path, layer=name)) == 1
    with pytest.raises(ReadError, match=name):
        open_file(path, layer=name[:-1])


def test_a_shapefile_without_prj_needs_a_crs_and_one_is_proposed(shared_data, tmp_path):
    path = shapefile(shared_data, tmp_path, ".shp", ".shx", ".dbf")
    with pytest.raises(ReadError, match="--crs EPSG:2154"):
        open_file(path)
    (table,) = open_file(path, crs="EPSG:2154")
    assert table.crs == "EPSG:2154"
    assert rows(table).num_rows == 457


def test_a_shapefile_without_attributes_keeps_its_shapes(shared_data, tmp_path):
    (table,) = open_file(shapefile(shared_data, tmp_path, ".shp", ".shx", ".prj"))
    found = rows(table)
    assert len(shapes(table, found)) == 457


def test_accents_of_a_latin_1_shapefile(tmp_path):
    """Synthetic: one place whose name has an accent."""
    import geopandas as gpd

    path = tmp_path / "lieux.shp"
    frame = gpd.GeoDataFrame({"nom": ["Périgueux"]}, geometry=gpd.points_from_xy([0.7], [45.2]))
    frame.set_crs(4326).to_file(path, encoding="ISO-8859-1")
    path.with_suffix(".cpg").unlink(missing_ok=True)
    (table,) = open_file(path)
    assert rows(table).column("nom").to_pylist() == ["Périgueux"]


def test_geoparquet_keeps_types_and_crs(shared_data, tmp_path):
    import geopandas as gpd

    frame = gpd.read_file(shared_data / "rodez" / "filosofi_200m_2015.shp")
    path = tmp_path / "cells.parquet"
    frame.to_parquet(path)
    (table,) = open_file(path)
    found = rows(table)
    assert found.num_rows == 457
    assert "2154" in str(table.crs) or "Lambert" in str(table.crs)
    assert sum(found.column("men").to_pylist()) == pytest.approx(frame.men.sum())


def test_a_csv_of_degrees_has_typed_columns_and_text_codes(shared_data):
    path = shared_data / "perpignan" / "dvf_66136.csv"
    (table,) = open_file(path)
    found = rows(table)
    with path.open(encoding="utf-8", newline="") as file:
        expected = list(csv.DictReader(file))
    assert found.num_rows == len(expected) == 2000
    assert found.column("code_commune").to_pylist() == ["66136"] * 2000
    assert pa.types.is_date(found.schema.field("date_mutation").type)
    assert pa.types.is_floating(found.schema.field("longitude").type)
    first = shapes(table, found)[0]
    assert (first.x, first.y) == (float(expected[0]["longitude"]), float(expected[0]["latitude"]))


def test_codes_that_lost_their_zero_are_restored(shared_data, tmp_path):
    path = tmp_path / "accidents.csv"
    with (shared_data / "accidents" / "baac_acv_2005_2020.csv").open() as file:
        kept = [line for line in file if not line.rstrip().endswith(",,")][:500]
    # The département of Ain, whose codes begin with a zero, as a spreadsheet leaves them.
    path.write_text("".join(kept).replace(",01053,", ",1053,"))
    (table,) = open_file(path)
    codes = rows(table).column("insee_com").to_pylist()
    assert len(codes) == 499
    assert {len(code) for code in codes} == {5}


@pytest.mark.parametrize(
    ("text", "given", "point"),
    [
        ("nom;x;y\na;665 000,5;6 860 000\n", "EPSG:2154", (665000.5, 6860000.0)),
        ("nom,wkt\na,POINT (2 48)\n", "EPSG:4326", (2.0, 48.0)),
        ("nom\tlat\tlon\na\t48\t2\n", None, (2.0, 48.0)),
    ],
)
def test_synthetic_csv_of_other_coordinates(tmp_path, text, given, point):
    path = tmp_path / "places.csv"
    path.write_text(text)
    (table,) = open_file(path, crs=given)
    (shape,) = shapes(table, rows(table))
    assert (shape.x, shape.y) == point


@pytest.mark.parametrize("text", ["L’été à l’œuvre, très près", "L’été œuvre €"])
def test_windows_text_is_read_as_such(tmp_path, text):
    """Synthetic: apostrophe, œ and € of cp1252, which Latin-1 does not have."""
    path = tmp_path / "commerces.csv"
    path.write_bytes(f"nom;prix\n{text};12,5\n".encode("cp1252"))
    (table,) = open_file(path)
    found = rows(table).to_pylist()
    assert found == [{"nom": text, "prix": 12.5}]


BROKEN = {
    "empty.gpkg": b"",
    "page.geojson": b"<!DOCTYPE html><html><body>404</body></html>",
    "text.gpkg": b"a,b\n1,2\n",
    "cut.geojson": b'{"type": "FeatureCollection", "features": [{"type": "Feat',
    "cut.parquet": b"PAR1" + bytes(100),
    "archive.csv": b"PK\x03\x04" + bytes(100),
    "noise.gpkg": bytes(range(256)) * 4,
    "package.csv": b"SQLite format 3\0" + bytes(100),
    "package.shp": b"SQLite format 3\0" + bytes(100),
    "features.csv": b'{"type": "FeatureCollection", "features": []}',
    "features.shp": b'{"type": "FeatureCollection", "features": []}',
    "flat.geojson": b"fgb\x03fgb\x00" + bytes(100),
    "shapes.gpkg": b"\0\0\x27\x0a" + bytes(100),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_and_mislabelled_files_are_refused_in_one_sentence(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(BROKEN[name])
    with pytest.raises(ReadError, match=name) as caught:
        [rows(table) for table in open_file(path)]
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "right"),
    [("package.csv", "package.gpkg"), ("package.shp", "package.gpkg"), ("text.gpkg", "text.csv"),
     ("features.csv", "features.geojson"), ("features.shp", "features.geojson"),
     ("flat.geojson", "flat.fgb"), ("shapes.gpkg", "shapes.shp")],
)  # fmt: skip
def test_a_file_under_the_name_of_another_format_is_told_its_right_name(tmp_path, name, right):
    path = tmp_path / name
    path.write_bytes(BROKEN[name])
    with pytest.raises(ReadError, match=f"such as {right}"):
        open_file(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ReadError, match=r"nowhere\.gpkg"):
        open_file(tmp_path / "nowhere.gpkg")


def test_a_record_loads_back_equal(shared_data, tmp_path):
    path = shared_data / "perpignan" / "qpv_66136.geojson"
    (table,) = open_file(path)
    record = infer_record(table, path, id="quartiers", title="Quartiers : été – « test »")
    save_record(record, tmp_path / "config" / "layers")
    saved = tmp_path / "config" / "layers" / "quartiers.yml"
    assert load_layer_record(saved) == record
    assert record.title.fr == "Quartiers : été – « test »"
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    assert rows(table).num_rows == len(features) == 9
