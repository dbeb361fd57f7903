"""Towns and indicators over HTTP, on the demo lake and a real server."""

from __future__ import annotations

import csv

import httpx
import pandas as pd
import pytest

from server.indicators.registry import indicators


@pytest.fixture(scope="module")
def client(demo_url):
    with httpx.Client(base_url=demo_url, timeout=60) as client:
        yield client


def test_towns_are_the_programme_and_the_fictitious_one(client):
    towns = client.get("/towns").json()["towns"]
    assert len(towns) == 245
    assert [town["insee"] for town in towns if town["fictitious"]] == ["00001"]


@pytest.mark.parametrize("text", ["perigueux", "PÉRIGUEUX", "24322"])
def test_towns_are_found_whatever_accents_and_case(client, text):
    found = client.get("/towns", params={"q": text}).json()["towns"]
    assert [town["name"] for town in found] == ["Périgueux"]


def test_an_unknown_town_gets_the_nearest(client):
    response = client.get("/towns/Rodez")
    assert response.status_code == 404
    assert "Rodez is 12202" in response.json()["detail"]


def test_housing_vacancy_agrees_with_the_official_file(client, shared_data):
    sums: dict[str, list[float]] = {}
    path = shared_data / "iris" / "base-ic-logement-2021.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            vacant, all_ = sums.setdefault(row["COM"], [0.0, 0.0])
            sums[row["COM"]] = [vacant + float(row["P21_LOGVAC"]), all_ + float(row["P21_LOG"])]
    values = client.get("/indicators/H03/values").json()["values"]
    real = {row["insee"]: row for row in values if not row["fictitious"]}
    assert len(real) == 244
    missing = {insee for insee, row in real.items() if row["value"] is None}
    assert missing == set(real) - set(sums)
    assert len(missing) == 4
    assert all(insee.startswith("976") for insee in missing)
    for insee, (vacant, all_) in sums.items():
        assert real[insee]["value"] == pytest.approx(100 * vacant / all_, abs=0.05)


def test_pandas_reads_values_by_url(demo_url):
    root = f"{demo_url}/indicators/housing-vacancy/values"
    table = pd.read_csv(f"{root}?format=csv", dtype={"insee": str})
    assert len(table) == 245
    assert table.set_index("insee").value["24322"] == pytest.approx(12.5, abs=0.1)
    exact = pd.read_parquet(f"{root}?format=parquet")
    assert list(exact.insee) == list(table.insee)
    assert exact.withheld.notna().sum() == 4


def test_a_measure_has_its_keys(client):
    answer = client.get("/towns/00001/indicators").json()
    assert len(answer["measures"]) == len(indicators())
    keys = {"id", "code", "value", "unit", "numerator", "denominator", "n", "coverage",
            "imputed_share", "interval", "vintages", "evidence", "withheld"}  # fmt: skip
    for measure in answer["measures"]:
        assert keys <= set(measure)
        assert measure["fictitious"] is True
        # A commune has no rest to compare its prices with; an invented town has no real peers.
        assert (measure["value"] is None) == (measure["withheld"] is not None), measure
        if measure["value"] is None:
            allowed = {"whole-commune": "H06", "fictitious-town": measure["code"]}
            assert allowed[measure["withheld"]["reason"]] == measure["code"]
        assert measure["code"][0] != "V" or measure["withheld"]["reason"] == "fictitious-town"


@pytest.mark.parametrize("perimeter", ["commune", "centre"])
def test_every_value_is_explained(client, perimeter):
    query = {"perimeter": perimeter}
    measures = client.get("/towns/00001/indicators", params=query).json()["measures"]
    for measure in measures:
        address = f"/indicators/{measure['id']}/explain"
        told = client.get(address, params={"town": "00001"} | query)
        assert told.status_code == 200, measure["id"]
        assert told.json()["measure"] == measure
        assert bool(told.json()["sources"]) == (measure["value"] is not None)


def test_a_posted_perimeter_gives_what_the_shared_one_gives(client):
    perimeters = client.get("/towns/00001/perimeters").json()["perimeters"]
    assert {p["properties"]["kind"] for p in perimeters} == {"commune", "shared", "centre"}
    shared = next(p for p in perimeters if p["properties"]["kind"] == "shared")
    body = {"perimeter": shared["geometry"], "indicators": ["E04", "poor-households"]}
    posted = client.post("/evaluate", json=body).json()["measures"]
    known = client.get(f"/towns/00001/indicators?perimeter={shared['id']}").json()["measures"]
    by_code = {measure["code"]: measure for measure in known}
    assert [measure["code"] for measure in posted] == ["E04", "H10"]
    for measure in posted:
        assert measure["value"] == pytest.approx(by_code[measure["code"]]["value"], rel=1e-4)


def test_an_explanation_gives_rows_sources_and_licence(client):
    answer = client.get("/indicators/E04/explain?town=00001").json()
    assert answer["rows"][0]["count"] == answer["measure"]["n"]
    assert answer["sources"][0]["fictitious"] is True
    assert answer["licence"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/indicators/H99", None, 404),
        ("GET", "/indicators/H03/values?format=xml", None, 400),
        ("GET", "/indicators/H03/values?fromat=csv", None, 400),
        ("GET", "/indicators/H03/explain", None, 400),
        ("GET", "/towns/00001/indicators?perimeter=center", None, 404),
        ("POST", "/evaluate", {"perimeter": {"type": "Point", "coordinates": [1, 2]}}, 400),
        ("POST", "/evaluate", {"perimetre": {}}, 400),
        ("POST", "/evaluate", [], 400),
    ],
)
def test_bad_requests_are_problems_that_say_why(client, method, path, body, status):
    response = client.request(method, path, json=body)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert len(response.json()["detail"]) > 10


def test_peers_are_listed_and_may_be_chosen(client):
    answer = client.get("/towns/24322/peers", params={"k": 5, "variables": "population,aged"})
    found = answer.json()
    assert len(found["peers"]) == 5
    assert [one["id"] for one in found["variables"]] == ["population", "aged"]
    assert {"insee", "name", "distance", "stability", "values"} == set(found["peers"][0])
    chosen = client.get("/towns/24322/peers", params={"peers": "12202,35236"}).json()
    assert {one["insee"] for one in chosen["peers"]} == {"12202", "35236"}
    assert client.get("/towns/24322/peers", params={"k": 0}).status_code == 400
    assert client.get("/towns/99999/peers").status_code == 404


def test_measures_are_placed_among_peers(client):
    asked = {"peers": "12202,35236,87085"}
    found = client.get("/towns/24322/indicators", params=asked).json()
    place = found["positions"]["housing-vacancy"]
    assert (place["n"], place["perimeter"]) == (3, "commune")
    values = {
        insee: {
            m["id"]: m["value"] for m in client.get(f"/towns/{insee}/indicators").json()["measures"]
        }
        for insee in ("24322", "12202", "35236", "87085")
    }
    own = values.pop("24322")["housing-vacancy"]
    below = sum(other["housing-vacancy"] < own for other in values.values())
    assert place["percentile"] == pytest.approx(100 * below / 3)
    assert "rank" not in place
    assert "positions" not in client.get("/towns/24322/indicators").json()


def test_the_fictitious_town_is_compared_with_none(client):
    for path in ("peers", "resources"):
        found = client.get(f"/towns/00001/{path}").json()
        assert found[path] == []
        assert found["withheld"]["reason"] == "fictitious-town"
    found = client.get("/towns/00001/indicators", params={"peers": "nearest"}).json()
    assert found["positions"] == {}


def test_the_typology_holds_every_town_once(client):
    found = client.get("/typology").json()
    towns = [insee for one in found["classes"] for insee in one["towns"]]
    assert len(towns) == len(set(towns)) == 244 - len(found["unclassed"])
    assert all(one["name"]["fr"] and one["name"]["en"] for one in found["classes"])


def test_resources_are_what_a_town_has_more_of(client):
    found = client.get("/towns/24322/resources").json()
    assert found["resources"]
    assert all(one["position"]["percentile"] >= 75 for one in found["resources"])


def test_the_axes_of_a_town_make_the_whole(client):
    path = "/towns/00001/indicators?perimeter=centre"
    whole = {one["id"]: one for one in client.get(path).json()["measures"]}
    axes = {one["axis"] for one in client.get("/indicators").json()["indicators"]}
    assert len(axes) == 7
    found = [one for axis in axes for one in client.get(f"{path}&axis={axis}").json()["measures"]]
    assert len(found) == len(whole) == 45
    assert {one["id"]: one for one in found} == whole
    unknown = client.get(f"{path}&axis=habitats")
    assert unknown.status_code == 400
    assert "habitat" in unknown.json()["detail"]
