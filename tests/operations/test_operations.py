"""Health, metrics, description and log, on a real server."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import time

import httpx
import pytest
from openapi_spec_validator import validate

from layers.errors import UserError
from server.front.observing import Metrics, Observed
from server.settings import Settings, variable


@pytest.fixture(scope="module")
def client(demo_url):
    with httpx.Client(base_url=demo_url, timeout=30) as client:
        yield client


def test_health_tells_what_serves(client):
    answer = client.get("/health")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["status"] == "ready"
    assert answer.json()["layers"] > 10
    assert answer.json()["problems"] == []


def test_metrics_count_requests_by_route(client):
    path = "/ogc/collections/towns/items"
    line = r'coeurville_requests_total\{method="GET",route="(\S*?items)",status="200"\} (\S+)'

    def count():
        found = dict(re.findall(line, client.get("/metrics").text))
        return float(found.get("/ogc/collections/{layer}/items", 0))

    before = count()
    client.get(path)
    client.get(f"{path}?limit=3")
    assert count() == before + 2
    assert 'coeurville_layer_rows{layer="towns"} 244.0' in client.get("/metrics").text


def test_the_openapi_document_is_valid_and_self_contained(client):
    document = client.get("/openapi.json").json()
    validate(document)
    assert '"$ref": "http' not in json.dumps(document)
    assert "/towns" in document["paths"]
    problem = document["paths"]["/evaluate"]["post"]["responses"]
    assert "application/problem+json" in problem["400"]["content"]
    assert "422" not in problem


def test_the_documentation_needs_no_network_and_no_script(client, repository):
    answer = client.get("/docs")
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "<script" not in answer.text
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', answer.text)
    assert "/indicators/{name}/values" in answer.text
    for address in set(re.findall(r'href="(/[^"]*)"', answer.text)):
        if address.startswith("/assets/"):
            assert (repository / "server/web/static" / address[8:]).exists(), address
        else:
            assert client.get(address).status_code == 200, address


def test_every_setting_is_documented(repository):
    text = (repository / "docs" / "operating.md").read_text()
    for name in Settings.__dataclass_fields__:
        assert f"`{variable(name)}`" in text, name


def test_settings_come_from_the_environment():
    values = {"COEURVILLE_CORS": "https://a.example, https://b.example", "COEURVILLE_LOG": "off",
              "COEURVILLE_CACHE_SECONDS": "60", "COEURVILLE_QUERY_SECONDS": "2.5",
              "COEURVILLE_URL": "https://geo.example/"}  # fmt: skip
    settings = Settings.from_environment(values)
    assert settings.cors == ("https://a.example", "https://b.example")
    assert settings.cache_seconds == 60
    assert settings.query_seconds == 2.5
    assert settings.url == "https://geo.example"


@pytest.mark.parametrize(
    ("key", "text"),
    [("COEURVILLE_CACHE_SECONDS", "soon"), ("COEURVILLE_LOG", "warn"),
     ("COEURVILLE_MAX_VERTICES", "0"), ("COEURVILLE_URL", "geo.example")],
)  # fmt: skip
def test_a_bad_setting_names_its_variable(key, text):
    with pytest.raises(UserError, match=key):
        Settings.from_environment({key: text})


ONE = """
import asyncio, os, sys
from pathlib import Path
import httpx
from server.app import create_app
from server.settings import Settings
app = create_app(Settings(data=Path(sys.argv[1]), log=sys.argv[2], cors=tuple(sys.argv[3].split()),
                          cache_seconds=60))

async def main():
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        for path in ("/health?é=1", "/nothing"):
            answer = await client.get(path, headers={"Origin": "https://a.example"})
            print(dict(answer.headers))
        print(dict((await client.get("/ogc")).headers))
asyncio.run(main())
"""


def run_one(folder, log, cors):
    command = [sys.executable, "-c", ONE, str(folder), log, cors]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return [eval(line) for line in done.stdout.splitlines()], done.stderr.splitlines()


def test_each_request_is_one_line_of_json(tmp_path):
    headers, lines = run_one(tmp_path, "info", "*")
    first, second, _ = (json.loads(line) for line in lines)
    assert (first["method"], first["path"], first["status"]) == ("GET", "/health", 200)
    assert first["bytes"] == int(headers[0]["content-length"])
    assert first["id"] == headers[0]["x-request-id"]
    assert first["ms"] > 0
    assert time.strptime(first["time"][:19], "%Y-%m-%dT%H:%M:%S")
    assert (second["status"], second["level"]) == (404, "warning")


def test_a_client_that_leaves_is_no_failure_of_the_service(capsys):
    async def nothing(scope, receive, send):
        return None

    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
    asyncio.run(Observed(nothing, "info", Metrics())(scope, None, None))
    line = json.loads(capsys.readouterr().err)
    assert (line["status"], line["level"]) == (499, "warning")


def test_a_refused_record_is_a_line_of_the_log(tmp_path):
    folder = tmp_path / "config" / "layers"
    folder.mkdir(parents=True)
    (folder / "own.yml").write_text("id: own")
    _, lines = run_one(tmp_path, "off", "")
    (line,) = [json.loads(line) for line in lines]
    assert (line["level"], line["logger"]) == ("error", "layers.record_files")
    assert "own.yml:1" in line["message"]


def test_workers_add_their_metrics_up(demo_data, repository, eventually):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "COEURVILLE_DATA": str(demo_data), "COEURVILLE_LOG": "off"}
    command = [sys.executable, "-c", "from server.cli import main; main()", "serve", "--port",
               str(port), "--workers", "2"]  # fmt: skip
    process = subprocess.Popen(command, env=environment, cwd=repository, text=True)
    url = f"http://127.0.0.1:{port}"

    def answers():
        try:
            return httpx.get(f"{url}/health", timeout=60).status_code == 200
        except httpx.TransportError:
            return False

    try:
        eventually(answers)
        seen = set()
        eventually(lambda: len(seen.add(httpx.get(f"{url}/health").json()["process"]) or seen) == 2)
        for _ in range(10):
            httpx.get(f"{url}/indicators")
        text = httpx.get(f"{url}/metrics").text
        line = 'coeurville_requests_total{method="GET",route="/indicators",status="200"} 10.0'
        assert line in text
    finally:
        process.terminate()
        process.wait(60)


def test_the_log_keeps_to_its_level_and_origins_to_their_list(tmp_path):
    headers, lines = run_one(tmp_path, "warning", "https://a.example")
    assert [json.loads(line)["path"] for line in lines] == ["/nothing"]
    allowed, _, without = headers
    assert allowed["access-control-allow-origin"] == "https://a.example"
    assert "Origin" in without["vary"]
    assert "access-control-allow-origin" not in without
    assert without["cache-control"] == "public, max-age=60"
