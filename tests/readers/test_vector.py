"""Vector files through GDAL: parts missing, encodings, archives, curves, odd columns, damage."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import shutil
import sqlite3
import struct
import zipfile

import geopandas as gpd
import pyarrow as pa
import pytest
import shapely

from layers.errors import ReadError
from layers.opening import open_file

RODEZ = "filosofi_200m_2015"


def rows(table):
    return pa.concat_tables(table.batches)


def all_rows(path):
    return [rows(table) for table in open_file(path)]


def shapes(table, found):
    return shapely.from_wkb(found.column(table.geometry_name).to_pylist())


def parts(shared_data, folder, *suffixes):
    for suffix in suffixes:
        shutil.copyfile(shared_data / "rodez" / (RODEZ + suffix), folder / f"cells{suffix}")
    return folder / "cells.shp"


def geojson(path, *features):
    """Write synthetic features: pairs of a geometry and properties."""
    written = [{"type": "Feature", "geometry": g, "properties": p} for g, p in features]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": written}))
    return path


def point(*coordinates):
    return {"type": "Point", "coordinates": coordinates}


def test_a_shapefile_without_shx_is_rebuilt_beside_nothing_of_the_user(shared_data, tmp_path):
    path = parts(shared_data, tmp_path, ".shp", ".dbf", ".prj")
    (table,) = open_file(path)
    found = rows(table)
    (whole,) = open_file(shared_data / "rodez" / f"{RODEZ}.shp")
    assert found.equals(rows(whole))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cells.dbf", "cells.prj", "cells.shp"]


def test_another_part_of_a_shapefile_stands_for_the_whole(shared_data, tmp_path):
    path = parts(shared_data, tmp_path, ".shp", ".shx", ".dbf", ".prj")
    (table,) = open_file(path.with_suffix(".dbf"))
    assert table.geometry_name == "geometry"
    assert table.geometry == "polygon"


def test_a_dbf_alone_is_a_table(shared_data, tmp_path):
    path = parts(shared_data, tmp_path, ".dbf").with_suffix(".dbf")
    (table,) = open_file(path)
    assert (table.geometry_name, table.crs, table.geometry) == (None, None, "none")
    assert rows(table).num_rows == 457


@pytest.mark.parametrize(("cut", "size"), [(".shp", 30_000), (".dbf", 200_000), (".shp", 20)])
def test_a_truncated_shapefile_is_refused_not_shortened(shared_data, tmp_path, cut, size):
    path = parts(shared_data, tmp_path, ".shp", ".shx", ".dbf", ".prj")
    file = path.with_suffix(cut)
    file.write_bytes(file.read_bytes()[:size])
    with pytest.raises(ReadError, match=rf"cells\{cut} is truncated"):
        open_file(path)


# é and è in the encodings that old files have; then what their .cpg may say.
@pytest.mark.parametrize(
    ("encoding", "page", "note"),
    [
        ("cp1252", None, "read as CP1252"),
        ("cp850", None, "read as CP850"),
        ("utf-8", None, "UTF-8"),
        ("utf-8", "ISO-8859-1", "UTF-8"),
        ("cp1252", "UTF-8", "Windows-1252"),
        ("latin-1", "ISO-8859-1", None),
        ("utf-8", "UTF-8", None),
    ],
)
def test_accents_survive_a_missing_or_lying_code_page(tmp_path, encoding, page, note):
    """Synthetic: one text whose bytes are replaced in the file."""
    path = tmp_path / "lieux.shp"
    text = "Hôtel de la Préfecture, très fréquenté"
    frame = gpd.GeoDataFrame({"nom": ["X" * 60]}, geometry=[shapely.Point(2, 45)], crs=4326)
    frame.to_file(path)
    table = path.with_suffix(".dbf")
    raw = bytearray(table.read_bytes())
    raw[29] = 0
    value = text.encode(encoding).ljust(60)
    table.write_bytes(bytes(raw).replace(b"X" * 60, value))
    path.with_suffix(".cpg").unlink(missing_ok=True)
    if page:
        path.with_suffix(".cpg").write_text(page)
    (opened,) = open_file(path)
    assert rows(opened).column("nom").to_pylist() == [text]
    assert len(opened.report.notes) == (note is not None)
    assert note is None or note in opened.report.notes[0]


def test_a_zip_is_read_at_any_depth(shared_data, tmp_path):
    path = tmp_path / "envoi.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in (shared_data / "rodez").glob(f"{RODEZ}.*"):
            archive.write(file, f"données/été/{file.name}")
        archive.write(shared_data / "perpignan" / "qpv_66136.geojson", "qpv.geojson")
        archive.writestr("__MACOSX/données/._x.shp", b"\0")
    tables = {table.layer: rows(table).num_rows for table in open_file(path)}
    assert tables == {"filosofi-200m-2015": 457, "qpv": 9} or tables == {
        "filosofi-200m-2015": 457,
        "qpv-66136": 9,
    }


def test_a_zip_without_geodata_says_what_it_holds(tmp_path):
    path = tmp_path / "envoi.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notice.pdf", b"%PDF")
    with pytest.raises(ReadError, match=r"notice\.pdf"):
        open_file(path)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(ReadError, match="broken or truncated ZIP"):
        open_file(path)


def test_a_gzipped_geojson(shared_data, tmp_path):
    path = tmp_path / "qpv.geojson.gz"
    path.write_bytes(gzip.compress((shared_data / "perpignan/qpv_66136.geojson").read_bytes()))
    (table,) = open_file(path)
    assert rows(table).num_rows == 9


def test_the_three_layers_of_a_geopackage_keep_their_geometry_name(shared_data):
    tables = open_file(shared_data / "perigueux" / "perigueux.gpkg")
    assert [t.layer for t in tables] == ["commune", "bdnb-batiment", "osm-building"]
    assert [t.title for t in tables] == ["commune", "bdnb_batiment", "osm_building"]
    assert [t.geometry for t in tables] == ["polygon"] * 3
    assert {t.geometry_name for t in tables} == {"geom"}
    assert {t.crs for t in tables} == {"EPSG:2154"}
    found = [rows(t) for t in tables]
    assert [f.num_rows for f in found] == [1, 10381, 14774]
    assert found[0].schema.field("DATE_APP").type == pa.timestamp("ms", "UTC")
    assert found[1].column_names[:2] == ["fid_src", "batiment_c"]


def test_styles_and_empty_layers_of_a_geopackage_are_no_data(tmp_path):
    path = tmp_path / "projet.gpkg"
    one = gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(2, 45)], crs=4326)
    one.to_file(path, layer="Été 2024")
    one.to_file(path, layer="été-2024")
    one.iloc[:0].to_file(path, layer="vide")
    one.to_file(path, layer="layer_styles")
    tables = open_file(path)
    assert [table.layer for table in tables] == ["ete-2024", "ete-2024-2"]
    assert tables[0].report.notes == ["layers without rows left out: vide"]
    with pytest.raises(ReadError, match="holds no row"):
        open_file(path, layer="vide")
    with pytest.raises(ReadError, match=r"no layer 'ete 2024'.*Été 2024"):
        open_file(path, layer="ete 2024")


def test_a_geopackage_whose_crs_is_undefined_needs_one(tmp_path):
    path = tmp_path / "plan.gpkg"
    gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(1_650_000, 5_200_000)]).to_file(path)
    with pytest.raises(ReadError, match=r"CC46.*--crs EPSG:3946"):
        open_file(path)


def test_odd_columns_keep_their_names_and_values(tmp_path):
    """Synthetic: names that differ by case, reserved names, times, lists, objects, big integers."""
    path = geojson(
        tmp_path / "odd.geojson",
        (
            point(2, 45, 7),
            {
                "A": 1, "a": "x", "bbox": "b", "geometry": "g", "d": "2024-01-02",
                "t": "2024-01-02T03:04:05+02:00", "l": ["u", "v"], "o": {"k": 1},
                "big": 9007199254740993,
            },
        ),
        (None, {"A": None}),
    )  # fmt: skip
    (table,) = open_file(path)
    found = rows(table)
    assert table.geometry_name == "geom"
    assert "heights (Z) or measures (M) of the geometry were dropped" in table.report.notes
    first, second = found.drop_columns(["geom"]).to_pylist()
    assert first == {
        "A": 1, "a": "x", "bbox": "b", "geometry": "g", "d": dt.date(2024, 1, 2),
        "t": dt.datetime(2024, 1, 2, 1, 4, 5, tzinfo=dt.UTC), "l": ["u", "v"],
        "o": '{ "k": 1 }', "big": 9007199254740993,
    }  # fmt: skip
    assert set(second.values()) == {None}
    assert shapes(table, found)[1] is None


def test_arcs_become_lines(tmp_path):
    """Synthetic: a half circle of radius 1 among straight lines, put in as OGC WKB type 8."""
    path = tmp_path / "arcs.gpkg"
    line = shapely.LineString([(0, 0), (1, 1), (2, 0)])
    frame = gpd.GeoDataFrame({"n": [1, 2, 3]}, geometry=[line] * 3, crs=2154)
    frame.to_file(path, layer="voies")
    with sqlite3.connect(path) as base:
        for (trigger,) in base.execute("SELECT name FROM sqlite_master WHERE type='trigger'"):
            base.execute(f'DROP TRIGGER "{trigger}"')
        base.execute("UPDATE gpkg_geometry_columns SET geometry_type_name = 'GEOMETRY'")
        arc = struct.pack("<BII6d", 1, 8, 3, 0, 0, 1, 1, 2, 0)
        head = b"GP\x00\x01" + struct.pack("<i", 2154)
        base.execute("UPDATE voies SET geom = ? WHERE n = 2", (head + arc,))
    (table,) = open_file(path)
    found = rows(table)
    lengths = shapely.length(shapes(table, found))
    assert lengths == pytest.approx([2 * 2**0.5, 3.1416, 2 * 2**0.5], abs=1e-3)
    assert found.column("n").to_pylist() == [1, 2, 3]
    assert "arcs were replaced by short straight lines" in table.report.notes


def test_text_in_another_encoding_inside_a_geopackage_is_read_and_counted(tmp_path):
    path = tmp_path / "latin.gpkg"
    names = gpd.GeoDataFrame({"nom": ["a", "b"]}, geometry=[shapely.Point(2, 45)] * 2, crs=4326)
    names.to_file(path, layer="lieux")
    with sqlite3.connect(path) as base:
        for (trigger,) in base.execute("SELECT name FROM sqlite_master WHERE type='trigger'"):
            base.execute(f'DROP TRIGGER "{trigger}"')
        base.execute("UPDATE lieux SET nom = CAST(x'c9676c697365' AS TEXT) WHERE nom = 'a'")
    (table,) = open_file(path)
    assert rows(table).column("nom").to_pylist() == ["Église", "b"]
    assert table.report.repaired == {"text that is not UTF-8 read as Windows-1252": 1}


def test_kml_and_flatgeobuf(shared_data, tmp_path):
    frame = gpd.read_file(shared_data / "perpignan" / "qpv_66136.geojson")
    for name, driver in (("qpv.kml", "KML"), ("qpv.fgb", "FlatGeobuf"), ("qpv.gml", "GML")):
        frame.to_file(tmp_path / name, driver=driver)
        (table,) = open_file(tmp_path / name)
        found = rows(table)
        assert found.num_rows == 9
        assert shapely.total_bounds(shapes(table, found)) == pytest.approx(frame.total_bounds)


@pytest.mark.parametrize(
    ("name", "driver"),
    [
        ("qpv.fgb", "FlatGeobuf"),
        ("qpv.geojson", "GeoJSON"),
        ("qpv.gml", "GML"),
        ("qpv.gpkg", "GPKG"),
        ("qpv.kml", "KML"),
    ],
)
def test_truncated_files_are_refused(shared_data, tmp_path, name, driver):
    path = tmp_path / name
    gpd.read_file(shared_data / "perpignan" / "qpv_66136.geojson").to_file(path, driver=driver)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    with pytest.raises(ReadError, match=name):
        all_rows(path)


def test_folders_web_pages_and_foreign_files_are_named_for_what_they_are(tmp_path):
    (tmp_path / "a.csv").write_text("x")
    with pytest.raises(ReadError, match=r"is a folder.*a\.csv"):
        open_file(tmp_path)
    for name, content, words in (
        ("image.gpkg", b"\x89PNG\r\n\x1a\n" + bytes(50), "a PNG image"),
        ("page.shp", b"<html><body>403", "a web page"),
        ("sheet.gpkg", b"insee;nom\n35236;Redon\n", r"not a \.gpkg file"),
        ("feed.osm", b'<?xml version="1.0"?>\n<osm version="0.6"></osm>', "coeurville import osm"),
        ("image.tif", b"II*\0" + bytes(50), "a raster"),
        ("note.md", b"# Title\n\nSome prose, and more of it.\n", "in no format that is read"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ReadError, match=words):
            open_file(tmp_path / name)


def test_a_crs_given_by_hand_prevails_and_is_noted(shared_data):
    path = shared_data / "rodez" / f"{RODEZ}.shp"
    (table,) = open_file(path, crs="EPSG:3035")
    assert table.crs == "EPSG:3035"
    assert table.report.notes == ["CRS given by hand: EPSG:3035 instead of EPSG:2154"]
