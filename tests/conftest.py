"""Fixtures shared by all tests: real files and a real server."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import hypothesis
import pytest

# A run that must be the same twice tries the same examples twice.
hypothesis.settings.register_profile("ci", derandomize=True, print_blob=True)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("ci")

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED_DATA = REPOSITORY.parent / "shared" / "data"
PATIENCE = 180


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    if not SHARED_DATA.is_dir():
        pytest.skip("the folder ../shared/data is absent")
    return SHARED_DATA


@pytest.fixture(scope="session")
def run_server():
    """Give a context manager: a data folder (and workers) in, a real server's address out."""
    return _serving


@pytest.fixture(scope="session")
def demo_data(tmp_path_factory) -> Path:
    """Return a data folder that holds the demo lake, filled by the command that users run."""
    data = tmp_path_factory.mktemp("demo")
    environment = {**os.environ, "COEURVILLE_DATA": str(data)}
    command = [sys.executable, "-c", "from server.cli import main; main()", "demo", "--no-serve"]
    subprocess.run(command, env=environment, check=True, timeout=180)
    return data


@pytest.fixture(scope="session")
def demo_url(demo_data, run_server) -> Iterator[str]:
    """Return the address of a server of the demo lake."""
    with run_server(demo_data) as url:
        yield url


@pytest.fixture(scope="session")
def require_program():
    """Give a function that skips a test whose program is missing, or fails it in CI."""

    def require(*names: str) -> str:
        found = next((path for name in names if (path := shutil.which(name))), None)
        if found is None and os.environ.get("COEURVILLE_REQUIRE_PROGRAMS"):
            pytest.fail(f"{names[0]} is missing and must be there in CI")
        if found is None:
            pytest.skip(f"{names[0]} is not installed")
        return found

    return require


@pytest.fixture(scope="session")
def eventually():
    """Give a function that waits until a condition holds, and fails where it never does."""

    def wait(holds, patience: float = PATIENCE) -> None:
        end = time.monotonic() + patience
        while not holds():
            assert time.monotonic() < end, "the condition does not come to hold"
            time.sleep(0.05)

    return wait


@contextmanager
def _serving(data: Path, workers: int = 1, public: str | None = None) -> Iterator[str]:
    """Serve in a process of its own: GDAL holds the interpreter while it waits for an answer.

    ``public`` is the address that its links start with, where another than its own.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "COEURVILLE_DATA": str(data), "COEURVILLE_URL": public or url}
    command = [sys.executable, "-m", "uvicorn", "--factory", "server.app:create_app"]
    command += ["--port", str(port), "--log-level", "error", "--workers", str(workers)]
    process = subprocess.Popen(command, env=environment, cwd=REPOSITORY)
    try:
        _await(f"{url}/ogc", process)
        yield url
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert process.poll() is None, "the server stopped"
        try:
            httpx.get(url, timeout=PATIENCE)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the server did not start")
