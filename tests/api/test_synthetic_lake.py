"""The routes over a small synthetic lake, in an application of their own on a real server."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import httpx
import pandas as pd
import pyarrow as pa
import pytest
import shapely
import uvicorn
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError

from layers.catalogue import Catalogue
from layers.errors import UserError
from layers.publish import publish
from layers.schema import ARROW_TYPES
from layers.tables import Table
from server import api, problems
from server.indicators.registry import indicators
from server.settings import Settings

TOWNS = {"12202": "Essai-Été (synthétique)", "12145": "Sans limite (synthétique)"}
IRIS = {"122020101": (400, 30), "122020102": (100, 20), "121450101": (1_000, 100)}
PATIENCE = 30
POLYGON = '{"perimeter": {"type": "Polygon", "coordinates": %s}}'


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """Two towns, the boundary of just one, and their census."""
    catalogue = Catalogue(tmp_path_factory.mktemp("api"))
    towns = [{"insee": insee, "name": name} for insee, name in TOWNS.items()]
    halls = [shapely.Point(2.57, 44.35), shapely.Point(3.08, 44.10)]
    put(catalogue, "towns", towns, halls)
    put(catalogue, "communes", towns[:1], [shapely.box(2.5, 44.3, 2.6, 44.4)])
    rows = [{"iris": code, "insee": code[:5], "dwellings": all_, "vacant_dwellings": vacant}
            for code, (all_, vacant) in IRIS.items()]  # fmt: skip
    put(catalogue, "iris-housing", rows)
    return catalogue


def put(catalogue: Catalogue, layer: str, rows: list[dict], shapes: list | None = None) -> None:
    record = catalogue.record(layer)
    columns = {a.name: pa.array([row.get(a.name) for row in rows], ARROW_TYPES[a.type])
               for a in record.attributes}  # fmt: skip
    name = "geometry" if shapes else None
    if shapes:
        columns["geometry"] = pa.array(shapely.to_wkb(shapes), pa.binary())
    table = Table(layer, [pa.table(columns)], "OGC:CRS84" if shapes else None, name, vintage="2021")
    publish(catalogue.lake, record, table, source="synthetic")


@pytest.fixture(scope="module")
def url(catalogue: Catalogue) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        app = FastAPI(docs_url=None, redoc_url=None)
        app.add_exception_handler(UserError, problems.handle_user_error)
        app.add_exception_handler(RequestValidationError, problems.handle_invalid_request)
        app.include_router(api.router(catalogue, Settings(catalogue.data, address)))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        end = time.monotonic() + PATIENCE
        while not server.started and time.monotonic() < end:
            time.sleep(0.02)
        yield address
        server.should_exit = True
        thread.join(PATIENCE)


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=PATIENCE) as client:
        yield client


def test_values_have_a_row_for_every_town_in_every_format(client, url) -> None:
    address = f"{url}/indicators/h03/values"
    rows = client.get(address).json()["values"]
    texts = pd.read_csv(f"{address}?format=csv", dtype={"insee": str}).set_index("insee")
    exact = pd.read_parquet(f"{address}?format=parquet").set_index("insee")
    assert [row["insee"] for row in rows] == ["12145", "12202"]
    for table in (pd.DataFrame(rows).set_index("insee"), texts, exact):
        assert list(table.index) == ["12145", "12202"]
        assert table.loc["12202", "value"] == pytest.approx(10)
        assert table.loc["12202", "denominator"] == 500
        assert table.loc["12202", "vintage"] in ("2021", 2021)
        assert pd.isna(table.loc["12145", "value"])
        assert table.loc["12145", "withheld"] == "no-boundary"


def test_an_answer_has_the_keys_of_the_stable_surface(client) -> None:
    answer = client.get("/towns/12202/indicators").json()
    assert set(answer) == {"town", "perimeter", "measures"}
    measures = {measure["code"]: measure for measure in answer["measures"]}
    assert sorted(measures) == sorted(one.text.code for one in indicators().values())
    for measure in measures.values():
        assert set(measure) == {
            "id", "code", "value", "unit", "numerator", "denominator", "n", "coverage",
            "imputed_share", "interval", "vintages", "evidence", "withheld", "fictitious",
        }  # fmt: skip
    assert measures["H03"]["value"] == pytest.approx(10)
    assert measures["M04"]["withheld"]["reason"] == "missing-layer"
    assert set(measures["M04"]["withheld"]) == {"reason", "fr", "en"}


@pytest.mark.parametrize("text", ["essai ete", "ÉTÉ", "été", "12202"])
def test_towns_are_searched_whatever_accents_and_hyphens(client, text) -> None:
    found = client.get("/towns", params={"q": text}).json()["towns"]
    assert [town["insee"] for town in found] == ["12202"]


def test_an_explanation_counts_what_the_value_counts(client) -> None:
    told = client.get("/indicators/H03/explain", params={"town": "12202"}).json()
    (rows,) = told["rows"]
    assert sum(f["properties"]["dwellings"] for f in rows["features"]) == 500
    assert told["measure"]["denominator"] == 500
    assert (told["licence"], told["sources"][0]["vintage"]) == ("Licence Ouverte 2.0", "2021")
    assert told["indicator"]["formula"]


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("/towns/12022", 404, "'12202'"),
        ("/towns?Q=rodez", 400, "'q'"),
        ("/towns/12202/indicators?perimetre=centre", 400, "'perimeter'"),
        ("/towns/12202/indicators?perimeter=center", 404, "'centre'"),
        ("/towns/12145/indicators", 404, "boundary"),
        ("/indicators/housing-vacency", 404, "'housing-vacancy'"),
        ("/indicators/H03/explain", 400, "town"),
        ("/indicators/H03/values?format=xlsx", 400, "parquet"),
    ],
)
def test_a_request_that_cannot_be_honoured_says_why(client, address, status, said) -> None:
    response = client.get(address)
    problem = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert (response.status_code, problem["status"]) == (status, status)
    assert said in problem["detail"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (POLYGON % "[[[NaN, 1], [2, 3], [4, 5]]]", "read"),
        (POLYGON % ("[" * 900 + "]" * 900), "read"),
        (POLYGON % "null", "read"),
        ('{"perimeter": {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}}', "LineString"),
        ('{"perimeter": {}, "indicator": ["H03"]}', "indicator"),
        ("{", "JSON"),
        ("", "body"),
    ],
)  # fmt: skip
def test_a_bad_body_is_the_senders_error(client, body, said) -> None:
    headers = {"content-type": "application/json"}
    response = client.post("/evaluate", content=body, headers=headers)
    assert response.status_code == 400
    assert said in response.json()["detail"]


def test_a_posted_polygon_is_evaluated(client) -> None:
    ring = [[2.51, 44.31], [2.55, 44.31], [2.55, 44.35], [2.51, 44.31]]
    body = {"perimeter": {"type": "Polygon", "coordinates": [ring]}, "indicators": ["H03", "e04"]}
    measures = client.post("/evaluate", json=body).json()["measures"]
    assert [(m["code"], m["withheld"]["reason"]) for m in measures] == [
        ("H03", "no-contours"),
        ("E04", "missing-layer"),
    ]
