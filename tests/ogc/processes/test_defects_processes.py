"""Defects that other servers of processes have, and that this one must not."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from server.ledger import Ledger, jobs
from server.settings import Settings

ASYNC = {"Prefer": "respond-async"}


def run(client: httpx.Client, process: str, inputs: dict, headers=None, **more) -> httpx.Response:
    body = {"inputs": inputs, **more}
    return client.post(f"/ogc/processes/{process}/execution", json=body, headers=headers)


def await_status(client: httpx.Client, job: str, *wanted: str) -> dict:
    end = time.monotonic() + 90
    while time.monotonic() < end:
        status = client.get(f"/ogc/jobs/{job}").json()
        if status["status"] in wanted:
            return status
        time.sleep(0.1)
    pytest.fail(f"the job is {status['status']}, not {wanted}")


def test_item_9_concurrent_executions_never_swap_results(client) -> None:
    codes = [f"1200{n}" for n in (1, 2, 3, 4, 5)] * 6

    def value(code: str) -> float:
        return run(client, "housing-vacancy", {"town": code}).json()["measures"][0]["value"]

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(value, codes)) == [float(code[-1]) - 1 for code in codes]
    started = {code: run(client, "housing-vacancy", {"town": code}, ASYNC).json()["jobID"]
               for code in ("12003", "12005")}  # fmt: skip
    for code, job in started.items():
        await_status(client, job, "successful")
        (found,) = client.get(f"/ogc/jobs/{job}/results").json()["measures"]
        assert (found["insee"], found["value"]) == (code, float(code[-1]) - 1)


@pytest.mark.parametrize(
    ("process", "inputs", "said"),
    [
        ("housing-vacancy", {"towns": "12001"}, "'towns'. Did you mean 'town'"),
        ("housing-vacancy", {"town": 12001}, "Input 'town': 12001 is not of type 'string'"),
        ("housing-vacancy", {"town": "1200"}, "Input 'town'"),
        ("housing-vacancy", {"town": "12009"}, "Input 'town': No town '12009'"),
        ("housing-vacancy", {"town": "12001", "perimeter": "center"}, "Did you mean 'centre'"),
        ("evaluate-perimeter", {}, "Input 'perimeter' of process 'evaluate-perimeter' is missing"),
        ("evaluate-perimeter", {"perimeter": {"type": "Point"}}, "Input 'perimeter'['type']"),
        ("evaluate-perimeter", {"perimeter": {"type": "Polygon", "coordinates": []}}, "empty"),
        ("evaluate-perimeter", [], "inputs must be an object"),
    ],
)
@pytest.mark.parametrize("headers", [{}, ASYNC])
def test_item_10_inputs_are_validated_before_any_work(
    client, process, inputs, said, headers
) -> None:
    answer = run(client, process, inputs, headers)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"outputs": {"measure": {}}}, "No output 'measure'"),
        ({"outputs": {"measures": {"format": {"mediaType": "text/xml"}}}}, "mediaType must be"),
        ({"outputs": {"measures": {"transmissionMode": "reference"}}}, "value only"),
        ({"respons": "raw"}, "Did you mean 'response'"),
        ({"response": "rough"}, "raw or document"),
        ({"subscriber": {}}, "Call-backs"),
    ],
)
def test_item_10_what_cannot_be_honoured_is_refused(client, more, said) -> None:
    answer = run(client, "housing-vacancy", {"town": "12001"}, **more)
    assert answer.status_code == 400
    assert said in answer.json()["detail"]


def test_unknown_names_are_typed_problems(client) -> None:
    for path, kind in (("processes/housing-vacency", "no-such-process"), ("jobs/x", "no-such-job"),
                       ("jobs/x/results", "no-such-job")):  # fmt: skip
        answer = client.get(f"/ogc/{path}")
        assert answer.status_code == 404
        assert answer.json()["type"].endswith(f"ogcapi-processes-1/1.0/{kind}")


def test_item_20_job_lists_honour_limit_offset_and_filters(client) -> None:
    for code in ("12001", "12002", "12003"):
        job = run(client, "housing-vacancy", {"town": code}, ASYNC).json()["jobID"]
        await_status(client, job, "successful")
    pages, href = [], f"{client.base_url}/ogc/jobs?limit=2&processID=housing-vacancy"
    while href:
        page = client.get(href).json()
        assert len(page["jobs"]) <= 2
        pages += [one["jobID"] for one in page["jobs"]]
        href = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
    assert len(pages) == len(set(pages)) == page["numberMatched"] >= 3
    assert client.get("/ogc/jobs?status=failed").json()["numberMatched"] == 0
    assert client.get("/ogc/jobs?datetime=../2020-01-01T00:00:00Z").json()["jobs"] == []
    assert client.get("/ogc/jobs?minDuration=3600").json()["jobs"] == []
    for wrong in ("limit=0", "limit=x", "status=done", "processID=housing", "datetime=now",
                  "type=x", "page=2"):  # fmt: skip
        assert client.get(f"/ogc/jobs?{wrong}").status_code == 400


def test_item_20_dismissing_ends_the_work(slow_server, tmp_path) -> None:
    with slow_server(tmp_path) as (client, _):
        job = run(client, "housing-vacancy", {}, ASYNC).json()["jobID"]
        await_status(client, job, "running")
        (worker,) = workers(job)
        dismissed = client.delete(f"/ogc/jobs/{job}")
        assert dismissed.json()["status"] == "dismissed"
        end = time.monotonic() + 20
        while Path(f"/proc/{worker}").exists() and time.monotonic() < end:
            time.sleep(0.1)
        assert not Path(f"/proc/{worker}").exists()
        assert client.get(f"/ogc/jobs/{job}").json()["status"] == "dismissed"
        assert client.get(f"/ogc/jobs/{job}/results").status_code == 404


def test_item_20_the_queue_is_bounded(slow_server, tmp_path) -> None:
    with slow_server(tmp_path) as (client, _):
        ledger = Ledger.of(Settings(tmp_path))
        answers = [run(client, "housing-vacancy", {"town": "12001"}, ASYNC) for _ in range(3)]
        assert {answer.status_code for answer in answers} == {201}
        while jobs.add(ledger, "housing-vacancy", '{"inputs": {}}', 100):
            pass
        full = run(client, "housing-vacancy", {"town": "12001"}, ASYNC)
        assert full.status_code == 503
        assert int(full.headers["retry-after"]) > 0
        assert client.get("/ogc/jobs?status=accepted,running").json()["numberMatched"] == 100


def test_jobs_of_a_killed_server_are_run_by_the_next(slow_server, tmp_path) -> None:
    with slow_server(tmp_path) as (client, server):
        job = run(client, "housing-vacancy", {"town": "12002"}, ASYNC).json()["jobID"]
        await_status(client, job, "running")
        (worker,) = workers(job)
        server.kill()
        end = time.monotonic() + 20
        while Path(f"/proc/{worker}").exists() and time.monotonic() < end:
            time.sleep(0.1)
        assert not Path(f"/proc/{worker}").exists()
    with slow_server(tmp_path, slow=False) as (client, _):
        status = await_status(client, job, "successful", "failed")
        assert status["status"] == "successful"
        (found,) = client.get(f"/ogc/jobs/{job}/results").json()["measures"]
        assert found["value"] == 1.0


def test_two_owners_never_claim_the_same_job(tmp_path) -> None:
    ledger = Ledger.of(Settings(tmp_path))
    for _ in range(20):
        jobs.add(ledger, "housing-vacancy", "{}", 100)
    program = (
        "import sys; from server.ledger import Ledger, jobs; ledger = Ledger(sys.argv[1])\n"
        "while (job := jobs.claim(ledger, sys.argv[2])): print(job.id)"
    )
    owners = [subprocess.Popen([sys.executable, "-c", program, str(ledger.url), name],
                               stdout=subprocess.PIPE, text=True) for name in "ab"]  # fmt: skip
    claimed = [owner.communicate(timeout=60)[0].split() for owner in owners]
    assert sorted(claimed[0] + claimed[1]) == sorted(set(claimed[0] + claimed[1]))
    assert len(claimed[0] + claimed[1]) == 20


def test_a_job_that_breaks_its_process_again_and_again_fails(tmp_path) -> None:
    ledger = Ledger.of(Settings(tmp_path))
    job = jobs.add(ledger, "housing-vacancy", "{}", 100)
    for _ in range(jobs.ATTEMPTS):
        assert jobs.claim(ledger, "owner").id == job.id
        jobs.release(ledger, job.id, fault=True)
    assert jobs.get(ledger, job.id).status == "failed"
    assert "stopped" in jobs.get(ledger, job.id).message


def workers(job: str) -> list[int]:
    """Return the processes that run a job."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"server.compute.job" in command and job.encode() in command:
            found.append(int(path.parent.name))
    return found
