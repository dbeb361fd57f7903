"""A value can be traced to rows: as a document, on a map, in a worksheet that recomputes it."""

from __future__ import annotations

import io
import re
from pathlib import Path
from statistics import geometric_mean, median
from typing import Any

import httpx
import openpyxl
import pytest
import shapely

from layers.licences import output_licence
from server.indicators.registry import indicators

SHOWN = ["E04", "E10", "H03", "H05", "M04"]
WEIGHTED = ["D01", "D02", "D03", "D04", "E03", "H04", "H07", "H08", "M06", "M07", "S01", "S02",
            "U01", "U02", "U03", "U07", "U08"]  # fmt: skip
AREA = "surface du périmètre / area of the perimeter"


@pytest.fixture(scope="module")
def client(demo_url):
    with httpx.Client(base_url=demo_url, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def explain(client):
    def explain(name: str, what: str = "") -> httpx.Response:
        return client.get(f"/indicators/{name}/explain{what}", params={"town": "00001"})

    return explain


@pytest.fixture(scope="module")
def measures(client) -> dict[str, dict]:
    """Return the measures of the sample town by code."""
    return {m["code"]: m for m in client.get("/towns/00001/indicators").json()["measures"]}


@pytest.mark.parametrize("name", sorted(one.text.code for one in indicators().values()))
def test_every_indicator_is_explained_as_it_is_measured(explain, name, measures) -> None:
    answers = [explain(name, what) for what in ("", "/features", ".xlsx")]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    told, shown = answers[0].json(), answers[1].json()
    measure = told["measure"]
    assert measure == measures[name]
    assert len(answers[0].content) < 150_000
    given = {part["part"]: part["value"] for part in told["parts"]}
    if measure["value"] is not None:
        parts = ("numerator", "denominator", "n")
        assert given == {part: measure[part] for part in parts if measure[part] is not None}
    for part in told["parts"]:
        if part["function"] == "count":
            assert part["value"] in [rows["count"] for rows in told["rows"]]
    for rows, layer in zip(told["rows"], shown["layers"], strict=True):
        assert (rows["layer"], rows["count"]) == (layer["layer"], layer["count"])
        assert len(rows["features"]) == rows["shown"] <= layer["shown"] <= rows["count"]
    published = value_in(answers[2].content)
    assert published == pytest.approx(measure["value"]) if measure["value"] else not published


@pytest.mark.parametrize("name", SHOWN)
def test_an_explanation_is_whole(explain, name) -> None:
    told = explain(name).json()
    for key in ("next_check", "limits", "sources", "licence", "parts"):
        assert told[key], key
    assert {"fr", "en"} == set(told["next_check"])
    for source in told["sources"]:
        assert source["licence"]
        assert source["source"]
        assert "vintage" in source


@pytest.mark.parametrize("name", SHOWN)
def test_the_features_are_the_rows_counted(explain, name) -> None:
    told = explain(name).json()
    answer = explain(name, "/features")
    assert answer.headers["content-type"] == "application/geo+json"
    shown = answer.json()
    assert [layer["count"] for layer in shown["layers"]] == [r["count"] for r in told["rows"]]
    assert len(shown["features"]) == sum(layer["shown"] for layer in shown["layers"])
    assert shown["features"]


def test_vacant_premises_on_the_map_are_the_numerator(explain) -> None:
    measure = explain("E04").json()["measure"]
    features = explain("E04", "/features").json()["features"]
    vacant = [f for f in features if f["properties"]["status"] in ("vacant", "disused")]
    assert len(vacant) == measure["numerator"]
    assert len(features) == measure["denominator"]


def test_secret_rows_are_never_shown(explain) -> None:
    shown = explain("H10", "/features").json()
    secret = next(layer for layer in shown["layers"] if "income" in layer["layer"])
    assert secret["shown"] == 0
    assert "secrecy" in secret["reason"]["en"]
    assert not [f for f in shown["features"] if f["layer"] == secret["layer"]]
    sheets = openpyxl.load_workbook(io.BytesIO(explain("H10", ".xlsx").content))
    assert "men_pauv" not in str([[c.value for c in row] for row in sheets["Lignes 1"].rows])


@pytest.mark.parametrize("name", [*SHOWN, *WEIGHTED])
def test_the_worksheet_recomputes_the_value(explain, name, tmp_path: Path) -> None:
    measure = explain(name).json()["measure"]
    content = explain(name, ".xlsx").content
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert {"Lisez-moi", "Mesure", "Lignes 1", "Sources"} <= set(book.sheetnames)
    lines = {str(row[0].value): row for row in book["Mesure"].iter_rows(min_row=2)}
    value = next(row for key, row in lines.items() if key.startswith("value"))
    assert str(value[1].value).startswith("="), "the value must be a live formula"
    assert computed(book, value[1].value) == pytest.approx(measure["value"], rel=1e-9)
    for part in ("numerator", "denominator"):
        if measure[part] is not None and lines[part][3].value != AREA:
            assert str(lines[part][1].value).startswith("=")
            assert computed(book, lines[part][1].value) == pytest.approx(measure[part])


@pytest.mark.parametrize("name", WEIGHTED)
def test_what_each_feature_adds_gives_the_parts(explain, name) -> None:
    """The document shows the first rows, the features all of them: both tell the same terms."""
    told, shown = explain(name).json(), explain(name, "/features").json()["features"]
    for part in told["parts"]:
        if part["function"] == "sum" and part["column"] in ("numerator", "denominator"):
            terms = [f["terms"].get(part["column"], 0) for f in shown
                     if f["layer"] == part["layer"]]  # fmt: skip
            assert sum(terms) == pytest.approx(part["value"])
    recipe, measure = told["recipe"], told["measure"]
    if recipe["function"] == "ratio":
        ratio = measure["numerator"] / measure["denominator"]
        assert recipe["scale"] * ratio == pytest.approx(measure["value"])
    first = told["rows"][0]
    for term, values in first["terms"].items():
        assert values == [f["terms"][term] for f in shown[: first["shown"]]]


def test_the_index_of_concentration_is_the_sum_of_what_rows_add(explain) -> None:
    told = explain("D04").json()
    assert told["recipe"] == {"function": "sum", "scale": 1.0}
    assert sum(told["rows"][0]["terms"]["value"]) == pytest.approx(told["measure"]["value"])


def test_a_part_whose_rows_are_secret_says_so_in_the_worksheet(explain) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(explain("H10", ".xlsx").content))["Mesure"]
    line = next(row for row in sheet.iter_rows(min_row=2) if row[0].value == "numerator")
    assert "secrecy" in line[3].value


def test_a_changed_row_changes_the_value(explain) -> None:
    book = openpyxl.load_workbook(io.BytesIO(explain("H03", ".xlsx").content))
    value = next(r for r in book["Mesure"].iter_rows(min_row=2) if "value" in str(r[0].value))
    before = computed(book, value[1].value)
    heading = [cell.value for cell in book["Lignes 1"][1]].index("vacant_dwellings") + 1
    book["Lignes 1"].cell(2, heading).value += 50
    assert computed(book, value[1].value) > before


@pytest.mark.parametrize(
    ("inputs", "output"),
    [
        (["Licence Ouverte 2.0", "Etalab 2.0"], "Licence Ouverte 2.0"),
        (["Licence Ouverte 2.0", "ODbL 1.0"], "ODbL 1.0"),
        (["Licence Ouverte 2.0", "CC BY 4.0"], "CC BY 4.0"),
        (["CC BY-SA 4.0", "ODbL 1.0", "CC0 1.0"], "ODbL 1.0 + CC BY-SA 4.0"),
        (["Licence Ouverte 2.0", "Accord local"], "Licence Ouverte 2.0 + Accord local"),
        (["CC0 1.0"], "CC0 1.0"),
        ([], None),
    ],
)
def test_the_licence_of_a_result_follows_from_its_inputs(inputs, output) -> None:
    assert output_licence(inputs) == output


def value_in(content: bytes) -> float | None:
    """Return the published value of a worksheet, None where it is withheld."""
    lines = openpyxl.load_workbook(io.BytesIO(content))["Mesure"].iter_rows(min_row=2)
    found = [row[2].value for row in lines if str(row[0].value).startswith("value")]
    return found[0] if found else None


def computed(book: openpyxl.Workbook, formula: Any) -> float:
    """Evaluate a formula of the few kinds that a worksheet holds."""
    if not str(formula).startswith("="):
        return float(formula)
    text = str(formula)[1:]
    call = re.fullmatch(r"(SUM|ROWS|MEDIAN|1/GEOMEAN)\('(.+)'!([A-Z]+\d+:[A-Z]+\d+)\)", text)
    if call:
        function, sheet, cells = call.groups()
        values = [cell.value for (cell,) in book[sheet][cells]]
        known = [value for value in values if value is not None]
        functions = {"SUM": sum, "ROWS": lambda _: len(values), "MEDIAN": median,
                     "1/GEOMEAN": lambda known: 1 / geometric_mean(known)}  # fmt: skip
        return float(functions[function](known))
    ratio = re.fullmatch(r"([\d.]+)\*(B\d+)/(B\d+)", text)
    if ratio:
        scale, part, whole = ratio.groups()
        sheet = book["Mesure"]
        return float(scale) * computed(book, sheet[part].value) / computed(book, sheet[whole].value)
    same = re.fullmatch(r"B\d+", text)
    assert same, f"unknown formula {formula}"
    return computed(book, book["Mesure"][text].value)


CIRCLE = shapely.buffer(shapely.Point(-3, 46.5), 0.005)


def test_a_drawn_perimeter_is_explained_as_it_is_measured(client) -> None:
    body = {"perimeter": shapely.geometry.mapping(CIRCLE)}
    asked = body | {"indicators": ["E04"]}
    (measure,) = client.post("/evaluate", json=asked).json()["measures"]
    told = client.post("/indicators/E04/explain", json=body).json()
    assert told["measure"] == measure
    assert (
        0 < measure["n"] < client.get("/indicators/E04/explain?town=00001").json()["measure"]["n"]
    )
    shown = client.post("/indicators/E04/explain/features", json=body).json()["features"]
    assert len(shown) == told["rows"][0]["count"]
    assert all(shapely.intersects(CIRCLE, shapely.geometry.shape(x["geometry"])) for x in shown)
    sheet = client.post("/indicators/E04/explain.xlsx", json=body)
    assert value_in(sheet.content) == pytest.approx(measure["value"])


def test_secret_rows_of_a_drawn_perimeter_stay_secret(client) -> None:
    body = {"perimeter": shapely.geometry.mapping(CIRCLE)}
    told = client.post("/indicators/H10/explain", json=body).json()
    assert [rows["features"] for rows in told["rows"] if rows["secret"]] == [[]]


def test_a_drawn_perimeter_stands_among_the_centres_of_its_towns_peers(client) -> None:
    hall = client.get("/towns/35236").json()["town_hall"]
    body = {"perimeter": shapely.geometry.mapping(shapely.buffer(shapely.Point(hall), 0.01))}
    found = client.post("/evaluate?peers=nearest", json=body).json()
    assert found["peers"] == client.get("/towns/35236/indicators?peers=nearest").json()["peers"]
    assert {one["perimeter"] for one in found["positions"].values()} == {"centre"}
