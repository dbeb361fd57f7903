"""The doctor: files before they are added, and the data folder."""

from __future__ import annotations

import json
import shutil

import geopandas as gpd
import numpy as np
import pytest
import shapely

from layers.catalogue import Catalogue
from layers.doctor import examine, examine_lake
from layers.opening import infer_record, open_file, save_record
from layers.publish import publish


def write(path, shapes, crs=2154, **columns):
    """Write a synthetic GeoPackage."""
    columns = columns or {"n": range(len(shapes))}
    gpd.GeoDataFrame(columns, geometry=shapes, crs=crs).to_file(path, layer="x")
    return path


def found(findings):
    return {(f.severity, f.what.split(" (first")[0]): f.count for f in findings}


def grid(count=100, x=650_000, y=6_860_000):
    return [shapely.Point(x + 10 * i, y + 10 * (i % 7)) for i in range(count)]


@pytest.fixture
def own(tmp_path):
    """Give a catalogue with one published and indexed layer, ``x``."""
    catalogue = Catalogue(tmp_path / "data")
    path = write(tmp_path / "x.gpkg", grid())
    for _ in range(2):
        (table,) = open_file(path)
        record = infer_record(table, path)
        publish(catalogue.lake, record, table, source="x.gpkg")
    save_record(record, catalogue.own_records)
    assert catalogue.layer("x").index.count == 100
    return catalogue


def current(catalogue):
    return catalogue.lake.folder("x", catalogue.lake.require("x").current)


def test_sound_files_have_no_error_or_warning(shared_data):
    for name in (
        "perigueux/perigueux.gpkg",
        "rodez/filosofi_200m_2015.shp",
        "acv/acv_communes.csv",
        "communes/communes-46-lot.geojson",
    ):
        grave = [f for f in examine(shared_data / name) if f.severity != "info"]
        assert grave == [], name


def test_the_two_invalid_polygons_of_perpignan(shared_data):
    path = shared_data / "perpignan" / "qpv_66136.geojson"
    assert np.count_nonzero(~gpd.read_file(path).is_valid) == 2
    (finding,) = examine(path)
    assert (finding.severity, finding.count, finding.where) == ("warning", 2, "qpv_66136.geojson")
    assert finding.what.startswith("invalid geometry (first: ")
    assert "repaired" in finding.mend


def test_a_missing_crs_is_an_error_with_a_proposal(tmp_path):
    (finding,) = examine(write(tmp_path / "a.gpkg", grid(), crs=None))
    assert (finding.severity, finding.what) == ("error", "the file does not say its CRS")
    assert "--crs EPSG:2154" in finding.mend


def test_a_crs_that_contradicts_the_coordinates(tmp_path):
    (finding,) = examine(write(tmp_path / "a.gpkg", grid(), crs=4326))
    assert finding.severity == "error"
    assert "cannot be degrees" in finding.what
    assert "--crs EPSG:2154" in finding.mend
    (finding,) = examine(write(tmp_path / "b.gpkg", grid(), crs=3035))
    assert finding.what.startswith("all rows lie outside France")
    assert "--crs EPSG:2154" in finding.mend
    swapped = [shapely.Point(48 + i / 1000, 2) for i in range(10)]
    (finding,) = examine(write(tmp_path / "c.gpkg", swapped, crs=4326))
    assert finding.what == "latitude and longitude are swapped"


def test_stray_rows(tmp_path):
    far = write(tmp_path / "far.gpkg", [*grid(200), shapely.Point(660_000, 7_060_000)])
    assert found(examine(far)) == {("warning", "rows far from all the others"): 1}
    abroad = write(tmp_path / "abroad.gpkg", [*grid(200), shapely.Point(1_800_000, 6_000_000)])
    what = "rows outside France and its overseas regions"
    assert found(examine(abroad)) == {("warning", what): 1}
    overseas = [shapely.Point(2.3, 48.8)] * 5 + [shapely.Point(55.5, -21)] * 5
    path = write(tmp_path / "overseas.gpkg", overseas, crs=4326)
    assert examine(path) == []


def test_duplicates_and_repeated_identifiers(tmp_path):
    shapes = [*grid(10), *grid(3)]
    path = write(tmp_path / "a.gpkg", shapes, id=[*range(10), *range(3)])
    assert found(examine(path)) == {
        ("warning", "rows that repeat a former one entirely, geometry and attributes"): 3,
        ("info", "rows repeat a former identifier"): 3,
    }


def test_geometry_that_is_missing_or_empty(tmp_path):
    path = write(tmp_path / "a.gpkg", [*grid(5), None, shapely.Point(), None])
    assert found(examine(path)) == {
        ("info", "missing geometry"): 2,
        ("warning", "empty geometry"): 1,
    }


def test_codes_texts_and_columns(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        "insee;nom;vide\n1004;Ambérieu;\n01053;Bourg;\nXX;PÃ©rigueux;\n35236;Redon;\n",
        encoding="utf-8",
    )
    assert found(examine(path)) == {
        ("warning", "codes that lost their leading zeros"): 1,
        ("warning", "values that are no INSEE commune code"): 1,
        ("warning", "garbled accents (Ã© for é)"): 1,
        ("info", "columns without any value: vide"): 1,
    }
    path.write_text("insee;n\n01001;1\n01002;2\n")
    assert found(examine(path)) == {
        ("info", "none of its 2 communes is a town of the programme"): 2
    }


def test_an_unreadable_file_is_one_error(tmp_path, shared_data):
    path = tmp_path / "a.gpkg"
    path.write_bytes(b"")
    (finding,) = examine(path)
    assert (finding.severity, finding.where) == ("error", "a.gpkg")
    assert "empty" in finding.what
    frame = gpd.read_file(shared_data / "perpignan" / "qpv_66136.geojson")
    frame.to_file(tmp_path / "cut.fgb", driver="FlatGeobuf")
    cut = tmp_path / "cut.fgb"
    cut.write_bytes(cut.read_bytes()[:-3000])
    assert [f.severity for f in examine(cut)] == ["error"]


def test_a_sound_data_folder(own):
    assert examine_lake(own) == []


def test_a_missing_index_is_told_and_a_damaged_one_an_error(own):
    folder = own.data / "index" / "x" / own.lake.require("x").current
    (folder / "meta.json").write_text("{")
    (finding,) = examine_lake(own)
    assert (finding.severity, finding.what) == ("error", "the index is damaged")
    shutil.rmtree(folder)
    (finding,) = examine_lake(own)
    assert (finding.severity, finding.what) == ("info", "not indexed yet")


def test_a_damaged_or_missing_file_of_the_current_version(own):
    file = current(own) / "data.parquet"
    whole = file.read_bytes()
    for content, words in ((whole[:500], "cannot be read"), (b"", "cannot be read")):
        file.write_bytes(content)
        (finding,) = examine_lake(own)
        assert finding.severity == "error"
        assert words in finding.what
        assert "--rollback" in finding.mend
    file.unlink()
    (finding,) = examine_lake(own)
    assert "missing" in finding.what
    own.lake.rollback("x")
    assert [f.severity for f in examine_lake(own)] == ["info"]


def test_a_file_with_a_damaged_page_is_found_by_reading_rows(own):
    file = current(own) / "data.parquet"
    raw = bytearray(file.read_bytes())
    raw[4:400] = bytes(396)
    file.write_bytes(raw)
    assert [f.severity for f in examine_lake(own)] == ["error"]
    assert examine_lake(own, rows=False) == []


@pytest.mark.parametrize("content", ["{", "[]", '{"layer": "x", "current": "y", "versions": []}'])
def test_a_damaged_manifest(own, content):
    own.lake.manifest_path("x").write_text(content)
    (finding,) = examine_lake(own)
    assert (finding.severity, finding.where) == ("error", "x")
    assert "manifest" in finding.what


def test_records_that_are_broken_or_gone(own):
    path = own.own_records / "x.yml"
    path.write_text(path.read_text() + "licens: y\n")
    words = [finding.what for finding in examine_lake(Catalogue(own.data))]
    assert any("unknown key 'licens'" in text for text in words)
    path.unlink()
    (finding,) = examine_lake(Catalogue(own.data))
    assert finding.what == "published but without a record, so it does not serve"


def test_leftover_versions_and_a_wrong_row_count(own):
    (own.lake.root / "x" / "20200101T000000-abc").mkdir()
    (finding,) = examine_lake(own)
    assert (finding.severity, finding.what) == (
        "info",
        "version 20200101T000000-abc is in no manifest",
    )
    manifest = json.loads(own.lake.manifest_path("x").read_text())
    manifest["versions"][-1]["rows"] = 7
    own.lake.manifest_path("x").write_text(json.dumps(manifest))
    assert ("error", "data.parquet has 100 rows, its manifest says 7") in found(examine_lake(own))
