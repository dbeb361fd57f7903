"""Files that planners take away and bring, over HTTP."""

from __future__ import annotations

import csv
import io
import json

import geopandas as gpd
import httpx
import openpyxl
import pyogrio
import pytest
import shapely

SQUARE = shapely.box(-3.005, 46.495, -2.995, 46.505)


def _file(url: str, form: str, **wanted: str) -> httpx.Response:
    answer = httpx.get(f"{url}/towns/00001/indicators.{form}", params=wanted, timeout=60)
    assert answer.status_code == 200
    return answer


def _send(url: str, body: bytes, name: str) -> httpx.Response:
    return httpx.post(f"{url}/perimeters/read", params={"name": name}, content=body,
                      headers={"Content-Type": "application/octet-stream"}, timeout=60)  # fmt: skip


def test_csv_is_what_french_spreadsheets_read(demo_url):
    text = _file(demo_url, "csv").content.decode("utf-8-sig")
    rows = {
        row["Code de l'indicateur"]: row for row in csv.DictReader(io.StringIO(text), delimiter=";")
    }
    assert rows["E04"]["Valeur, dans l'unité"] == "12,0"
    assert rows["E04"]["Unité"] == "%"
    assert rows["E04"]["Données fictives"] == "oui"
    assert rows["H06"]["Valeur, dans l'unité"] == ""
    assert "commune" in rows["H06"]["Pourquoi la valeur manque"]


def test_english_csv_has_commas_and_decimal_points(demo_url):
    text = _file(demo_url, "csv", lang="en").content.decode("utf-8-sig")
    rows = {row["Code of the indicator"]: row for row in csv.DictReader(io.StringIO(text))}
    assert float(rows["E04"]["Value, in the unit"]) == 12


def test_a_workbook_holds_numbers_and_empty_cells(demo_url):
    book = openpyxl.load_workbook(io.BytesIO(_file(demo_url, "xlsx").content))
    heads, *lines = book.active.iter_rows(values_only=True)
    rows = {line[heads.index("Code de l'indicateur")]: line for line in lines}
    value = heads.index("Valeur, dans l'unité")
    assert rows["E04"][value] == 12
    assert rows["H06"][value] is None
    assert rows["E04"][heads.index("Code INSEE de la commune")] == "00001"


def test_a_geopackage_holds_the_perimeter_and_the_measures(demo_url, tmp_path):
    path = tmp_path / "m.gpkg"
    path.write_bytes(_file(demo_url, "gpkg", perimeter="centre").content)
    assert {name for name, _ in pyogrio.list_layers(path)} == {"perimeter", "measures"}
    assert len(gpd.read_file(path, layer="perimeter")) == 1
    assert len(gpd.read_file(path, layer="measures")) == 45


@pytest.mark.parametrize(("driver", "suffix"), [("GPKG", "gpkg"), ("GeoJSON", "geojson")])
def test_a_perimeter_is_read_from_a_file_of_any_crs(demo_url, tmp_path, driver, suffix):
    path = tmp_path / f"p.{suffix}"
    frame = gpd.GeoDataFrame(geometry=[SQUARE], crs="OGC:CRS84")
    (frame.to_crs(2154) if driver == "GPKG" else frame).to_file(path, driver=driver)
    found = _send(demo_url, path.read_bytes(), path.name)
    shape = shapely.from_geojson(json.dumps(found.json()["geometry"]))
    assert shape.symmetric_difference(SQUARE).area < 1e-9


@pytest.mark.parametrize("body", [b"<OGRVRTDataSource/>", b"", b"SQLite format 3\x00broken"])
def test_what_is_no_perimeter_is_refused_by_name(demo_url, body):
    refused = _send(demo_url, body, "mine.gpkg")
    assert refused.status_code == 400
    assert "mine.gpkg" in refused.json()["detail"]


def test_points_are_no_perimeter(demo_url, tmp_path):
    path = tmp_path / "p.gpkg"
    gpd.GeoDataFrame(geometry=[shapely.Point(-3, 46.5)], crs="OGC:CRS84").to_file(path)
    assert "no polygon" in _send(demo_url, path.read_bytes(), "p.gpkg").json()["detail"]
