"""OGC API Processes on a real server, read by real clients."""

from __future__ import annotations

import time

import httpx
import pytest
from jsonschema import Draft202012Validator

SQUARE = {"type": "Polygon", "coordinates": [[[2.0, 44.0], [2.018, 44.0], [2.018, 44.018],
                                              [2.0, 44.018], [2.0, 44.0]]]}  # fmt: skip
ASYNC = {"Prefer": "respond-async"}


def run(client: httpx.Client, process: str, inputs: dict, headers=None, **more) -> httpx.Response:
    body = {"inputs": inputs, **more}
    return client.post(f"/ogc/processes/{process}/execution", json=body, headers=headers)


def finished(client: httpx.Client, job: str) -> dict:
    end = time.monotonic() + 90
    while time.monotonic() < end:
        status = client.get(f"/ogc/jobs/{job}").json()
        if status["status"] not in ("accepted", "running"):
            return status
        time.sleep(0.2)
    pytest.fail("the job did not end")


def test_every_indicator_is_a_process(client) -> None:
    known = client.get("/ogc/processes").json()["processes"]
    indicators = client.get("/indicators").json()["indicators"]
    assert {p["id"] for p in known} == {i["id"] for i in indicators} | {"evaluate-perimeter"}
    for summary in known:
        described = client.get(f"/ogc/processes/{summary['id']}").json()
        assert described["jobControlOptions"] == ["sync-execute", "async-execute", "dismiss"]
        for one in described["inputs"].values():
            Draft202012Validator.check_schema(one["schema"])
    page = client.get("/ogc/processes?limit=2&offset=2").json()
    assert [p["id"] for p in page["processes"]] == [p["id"] for p in known[2:4]]


def test_a_process_gives_what_the_service_gives(client) -> None:
    inputs = {"town": ["12001", "12002"], "perimeter": "commune"}
    answer = run(client, "housing-vacancy", inputs)
    assert answer.status_code == 200
    found = answer.json()["measures"]
    assert [(m["insee"], m["value"]) for m in found] == [("12001", 0.0), ("12002", 1.0)]
    (known,) = [m for m in client.get("/towns/12002/indicators").json()["measures"]
                if m["code"] == "H03"]  # fmt: skip
    assert {k: found[1][k] for k in known} == known
    assert len(run(client, "housing-vacancy", {}).json()["measures"]) == 5
    assert run(client, "H03", inputs).json() == answer.json()
    refused = run(client, "H03", {"town": "2432"})
    assert (refused.status_code, refused.json()["detail"]) == (
        400, "Input 'town': '2432' is no INSEE code such as 24322."
    )  # fmt: skip


def test_results_come_in_the_form_asked_for(client) -> None:
    def asked(media: str, **more) -> httpx.Response:
        outputs = {"measures": {"format": {"mediaType": media}}}
        return run(client, "housing-vacancy", {"town": "12002"}, outputs=outputs, **more)

    table = asked("text/csv")
    assert table.headers["content-type"].startswith("text/csv")
    assert table.text.splitlines()[0].startswith('"insee","town"')
    features = asked("application/geo+json").json()["features"]
    assert features[0]["properties"]["value"] == 1.0
    assert features[0]["geometry"]["type"] == "Polygon"
    document = asked("text/csv", response="document").json()
    assert document["measures"] == {"mediaType": "text/csv", "value": table.text}


def test_a_job_runs_tells_its_progress_and_gives_its_result(client) -> None:
    body = {"perimeter": SQUARE, "indicators": ["H03", "E04"]}
    created = run(client, "evaluate-perimeter", body, ASYNC)
    assert created.status_code == 201
    assert created.headers["preference-applied"] == "respond-async"
    job = created.json()["jobID"]
    assert created.headers["location"].endswith(f"/ogc/jobs/{job}")
    status = finished(client, job)
    assert (status["status"], status["progress"]) == ("successful", 100)
    assert status["created"] <= status["started"] <= status["finished"]
    at_once = run(client, "evaluate-perimeter", body).json()
    assert client.get(f"/ogc/jobs/{job}/results").json() == at_once
    features = client.get(f"/ogc/jobs/{job}/results?f=geojson").json()["features"]
    assert features[0]["geometry"]["coordinates"] == SQUARE["coordinates"]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_pages_exist_in_both_languages(client, lang) -> None:
    job = run(client, "housing-vacancy", {"town": "12001"}, ASYNC).json()["jobID"]
    for path in ("processes", "processes/evaluate-perimeter", "jobs", f"jobs/{job}"):
        page = client.get(f"/ogc/{path}?f=html&lang={lang}")
        assert page.status_code == 200
        assert f'<html lang="{lang}">' in page.text


def test_the_declared_classes_are_those_that_work(client) -> None:
    declared = client.get("/ogc/conformance").json()["conformsTo"]
    found = {uri.rsplit("/", 1)[1] for uri in declared if "processes-1" in uri}
    assert found == {"core", "ogc-process-description", "json", "html", "oas30", "job-list",
                     "dismiss"}  # fmt: skip
    document = client.get("/ogc/openapi").json()
    assert {"get", "delete"} <= set(document["paths"]["/jobs/{jobID}"])
    rels = {link["rel"] for link in client.get("/ogc").json()["links"]}
    assert "http://www.opengis.net/def/rel/ogc/1.0/processes" in rels


def test_owslib_describes_and_executes(processes_url) -> None:
    from owslib.ogcapi.processes import Processes

    service = Processes(f"{processes_url}/ogc")
    assert "housing-vacancy" in [p["id"] for p in service.processes()]
    assert "town" in service.process("housing-vacancy")["inputs"]
    found = service.execute("housing-vacancy", inputs={"town": ["12002"]})
    assert found["measures"]["value"]["measures"][0]["value"] == 1.0
