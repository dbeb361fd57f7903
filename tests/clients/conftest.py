"""A server of the demo lake whose received requests can be read back from its log."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl
from uuid import uuid4

import httpx
import pytest

PATIENCE = 60


class Asked:
    """A server and what it was asked since ``clear``."""

    def __init__(self, url: str, log: Path) -> None:
        self.url = url
        self._log = log
        self._start = 0

    def clear(self) -> None:
        self._settle()
        self._start = self._log.stat().st_size

    def _settle(self) -> None:
        """Wait for the lines of all former requests: one is written after its answer is read."""
        mark, end = uuid4().hex, time.monotonic() + PATIENCE
        httpx.get(f"{self.url}/health", params={"mark": mark}).raise_for_status()
        while mark.encode() not in self._log.read_bytes():
            assert time.monotonic() < end, "a request does not show in the log"
            time.sleep(0.01)

    def requests(self) -> list[tuple[str, dict[str, str]]]:
        """Return path and parameters of each request, in order."""
        self._settle()
        lines = self._log.read_bytes()[self._start :].splitlines()
        entries = [json.loads(line) for line in lines if line.startswith(b"{")]
        asked = [(e["path"], dict(parse_qsl(e["query"]))) for e in entries]
        return [(path, query) for path, query in asked if "mark" not in query]

    def items(self) -> list[dict[str, str]]:
        """Return the parameters of each request for features."""
        return [query for path, query in self.requests() if path.endswith("/items")]


@pytest.fixture(scope="session")
def serving(demo_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    log = tmp_path_factory.mktemp("log") / "requests.log"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "COEURVILLE_DATA": str(demo_data), "COEURVILLE_URL": url}
    environment["COEURVILLE_LOG"] = "info"
    command = [sys.executable, "-m", "uvicorn", "--factory", "server.app:create_app"]
    command += ["--port", str(port), "--log-level", "error"]
    with log.open("wb") as stream:
        process = subprocess.Popen(command, env=environment, stderr=stream)
    try:
        end = time.monotonic() + PATIENCE
        while not _answers(url):
            assert process.poll() is None
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.2)
        yield Asked(url, log)
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/ogc", timeout=PATIENCE).is_success
    except httpx.TransportError:
        return False


@pytest.fixture
def asked(serving: Asked) -> Asked:
    serving.clear()
    return serving
