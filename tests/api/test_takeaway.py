"""What a planner takes away opens in the programs it is meant for, and says what it holds."""

from __future__ import annotations

import csv
import io

import geopandas as gpd
import httpx
import openpyxl
import pandas as pd
import pytest

FORMS = ("csv", "csv-fr", "xlsx", "gpkg", "parquet")


@pytest.fixture(scope="module")
def client(demo_url):
    with httpx.Client(base_url=demo_url, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def measures(client):
    return client.get("/towns/24322/indicators").raise_for_status().json()["measures"]


def taken(client, form, insee="24322", **params):
    response = client.get(f"/towns/{insee}/indicators", params={"format": form, **params})
    return response.raise_for_status()


def lines(response):
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";"))


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_a_file_named_after_town_and_perimeter(client, form):
    response = taken(client, form, perimeter="centre")
    suffix = "csv" if form == "csv-fr" else form
    name = f'attachment; filename="coeurville-24322-centre.{suffix}"'
    assert response.headers["content-disposition"] == name


def test_a_french_spreadsheet_reads_the_csv(client, measures):
    response = taken(client, "csv-fr")
    assert response.content.startswith(b"\xef\xbb\xbf")
    head, *rows = lines(response)
    assert len(rows) == len(measures)
    for row, measure in zip(rows, measures, strict=True):
        found = dict(zip(head, row, strict=True))
        text = found["Valeur, dans l'unité"]
        assert "." not in text
        if measure["value"] is None:
            assert text == ""
            assert found["Pourquoi la valeur manque"] == measure["withheld"]["fr"]
        else:
            assert float(text.replace(",", ".")) == pytest.approx(measure["value"])
            assert found["Unité"] == measure["unit"]
            assert found["Niveau de preuve"] == measure["evidence"]


def test_the_csv_speaks_english_too(client, measures):
    head, *rows = lines(taken(client, "csv-fr", lang="en"))
    missing = [row[head.index("Why the value is missing")] for row in rows]
    assert missing == [(one["withheld"] or {"en": ""})["en"] for one in measures]
    assert {row[head.index("Level of evidence")] for row in rows} <= {
        "observed", "cross-checked", "estimated",
    }  # fmt: skip


def test_programs_read_csv_and_parquet_by_url(demo_url, measures):
    root = f"{demo_url}/towns/24322/indicators?format="
    from_csv = pd.read_csv(f"{root}csv", dtype={"insee": str})
    from_parquet = pd.read_parquet(f"{root}parquet")
    expected = [one["value"] for one in measures]
    assert from_csv.value.tolist() == pytest.approx(pd.Series(expected, dtype=float), nan_ok=True)
    assert from_parquet.id.tolist() == [one["id"] for one in measures]
    assert set(from_parquet.insee) == {"24322"}


def test_the_workbook_holds_measures_sources_and_limits(client, measures):
    book = openpyxl.load_workbook(io.BytesIO(taken(client, "xlsx").content))
    assert book.sheetnames == ["Mesures", "Sources", "Limites"]
    rows = list(book["Mesures"].iter_rows(values_only=True))
    top = next(n for n, row in enumerate(rows) if row[0] == "Code INSEE de la commune")
    value, code = rows[top].index("Valeur, dans l'unité"), rows[top].index("Code de l'indicateur")
    found = {row[code]: row[value] for row in rows[top + 1 :]}
    assert found == {one["code"]: one["value"] and pytest.approx(one["value"]) for one in measures}
    assert rows[top + 1][0] == "24322"
    layers = {layer for one in measures for layer in one["vintages"]}
    assert len(list(book["Sources"].iter_rows(min_row=top + 2))) == len(layers) > 0
    assert len(list(book["Limites"].iter_rows(min_row=top + 2))) == len(measures)


def test_the_geopackage_holds_the_perimeter_with_a_column_per_indicator(client, measures, tmp_path):
    file = tmp_path / "taken.gpkg"
    file.write_bytes(taken(client, "gpkg").content)
    assert gpd.list_layers(file).name.tolist() == ["perimeter", "measures", "sources"]
    area = gpd.read_file(file, layer="perimeter")
    assert len(area) == 1
    for one in measures:
        value = area[one["id"].replace("-", "_")][0]
        assert value == pytest.approx(one["value"]) if one["value"] is not None else pd.isna(value)
    west, south, east, north = area.total_bounds
    assert west < 0.72 < east
    assert south < 45.18 < north
    table = gpd.read_file(file, layer="measures")
    assert table.code.tolist() == [one["code"] for one in measures]


def test_fictitious_data_says_so_in_every_form(client, tmp_path):
    get = lambda form: taken(client, form, insee="00001").content  # noqa: E731
    head, *rows = lines(taken(client, "csv-fr", insee="00001"))
    assert {row[head.index("Données fictives")] for row in rows} == {"oui"}
    assert pd.read_csv(io.BytesIO(get("csv"))).fictitious.all()
    assert pd.read_parquet(io.BytesIO(get("parquet"))).fictitious.all()
    book = openpyxl.load_workbook(io.BytesIO(get("xlsx")))
    assert all(sheet["A1"].value.startswith("Données fictives") for sheet in book)
    file = tmp_path / "invented.gpkg"
    file.write_bytes(get("gpkg"))
    assert gpd.read_file(file, layer="perimeter").fictitious.all()


@pytest.mark.parametrize("form", FORMS)
def test_a_drawn_perimeter_is_taken_away_too(client, form):
    shapes = client.get("/towns/24322/perimeters").json()["perimeters"]
    centre = next(one for one in shapes if one["id"] == "centre")
    body = {"perimeter": centre["geometry"], "indicators": ["H03"]}
    response = client.post("/evaluate", params={"format": form}, json=body).raise_for_status()
    assert "coeurville-24322-posted." in response.headers["content-disposition"]


def test_an_unknown_form_is_refused_with_those_that_are_known(client):
    response = client.get("/towns/24322/indicators", params={"format": "xls"})
    assert response.status_code == 400
    assert "'csv-fr'" in response.json()["detail"]
