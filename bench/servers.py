"""The servers of a run: each in processes of its own, on a free port, ended by its own handle."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from server.memory import ARROW_POOL

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Server:
    """A server that runs, with how long its first answer took (s)."""

    name: str
    url: str
    process: subprocess.Popen[bytes]
    cold_start: float

    def memory(self) -> int:
        """Return the resident memory of all its processes (MiB)."""
        return int(sum(p.memory_info().rss for p in self._processes())) >> 20

    def memory_kinds(self) -> dict[str, int]:
        """Return the resident memory of all its processes (MiB) by kind.

        ``own`` is what they allocated. ``mapped`` are files mapped to memory, which the system
        shares and takes back as it likes; each process that touched a page counts it.
        """
        status = "\n".join(Path(f"/proc/{p.pid}/status").read_text() for p in self._processes())
        kinds = {"own": r"RssAnon|RssShmem", "mapped": "RssFile"}
        return {
            name: sum(map(int, re.findall(rf"(?:{lines}):\s+(\d+) kB", status))) >> 10
            for name, lines in kinds.items()
        }

    def _processes(self) -> list[psutil.Process]:
        process = psutil.Process(self.process.pid)
        return [process, *process.children(True)]


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    name: str, command: list[str], port: int, path: str, environment: Mapping[str, str], log: Path
) -> Iterator[Server]:
    """Start a server, wait for its first answer, and end it and its children."""
    start = time.perf_counter()
    with log.open("wb") as sink:
        process = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _await(url + path, process, log)
        yield Server(name, url, process, time.perf_counter() - start)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def _await(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(1200):
        if process.poll() is not None:
            raise RuntimeError(f"server stopped:\n{log.read_text()[-2000:]}")
        try:
            if httpx.get(url, timeout=60).status_code < 500:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError(f"no answer from {url}")


def uvicorn(python: Path | str, app: str, port: int, workers: int, *more: str) -> list[str]:
    """Return a command that serves an application."""
    return [
        str(python),
        "-m",
        "uvicorn",
        app,
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--workers",
        str(workers),
        "--log-level",
        "warning",
        "--no-access-log",
        "--timeout-keep-alive",
        "300",
        *more,
    ]


@contextmanager
def ours(data: Path, workers: int, log: Path) -> Iterator[Server]:
    """Serve a data folder with this project."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = uvicorn(sys.executable, "server.app:create_app", port, workers, "--factory")
    # Of the others no request is logged either.
    environment = {"COEURVILLE_DATA": str(data), "COEURVILLE_URL": url, "COEURVILLE_LOG": "warning",
                   "PYTHONPATH": str(ROOT), **ARROW_POOL}  # fmt: skip
    with running("coeurville", command, port, "/ogc", environment, log) as server:
        yield server


@contextmanager
def bare(folder: Path, log: Path) -> Iterator[Server]:
    """Serve files of a folder as they are, from memory: the limit of this stack."""
    port = free_port()
    command = uvicorn(sys.executable, "bench.bare:app", port, 1)
    environment = {"BENCH_BODIES": str(folder), "PYTHONPATH": str(ROOT)}
    with running("bare ASGI", command, port, "/", environment, log) as server:
        yield server


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """Run a PostgreSQL cluster of our own; give the address of a database with PostGIS."""
    binaries = _binaries()
    cluster, port = folder / "cluster", free_port()
    account: list[str] = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    shutil.rmtree(cluster, ignore_errors=True)
    cluster.mkdir(parents=True)
    if account:
        for place in (folder, cluster):
            shutil.chown(place, "postgres")
    options = "-U bench -A trust -E UTF8 --locale=C.UTF-8"
    create = [*account, str(binaries / "initdb"), "-D", str(cluster), *options.split()]
    subprocess.run(create, check=True, capture_output=True)
    options = "-c shared_buffers=1GB -c work_mem=64MB -c jit=off -c max_wal_size=4GB"
    places = ["-D", str(cluster), "-k", str(cluster), "-p", str(port)]
    command = [*account, str(binaries / "postgres"), *places, *options.split()]
    with (folder / "postgres.log").open("wb") as sink:
        process = subprocess.Popen(command, stdout=sink, stderr=sink, start_new_session=True)
    try:
        for _ in range(300):
            ready = [
                str(binaries / "pg_isready"),
                "-h",
                "127.0.0.1",
                "-p",
                str(port),
                "-U",
                "bench",
            ]
            if subprocess.run(ready, capture_output=True).returncode == 0:
                break
            time.sleep(0.1)
        yield f"postgresql://bench@127.0.0.1:{port}/postgres"
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(60)


def _binaries() -> Path:
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if not folders:
        raise RuntimeError(
            "PostgreSQL is not installed: apt install postgresql postgresql-15-postgis-3"
        )
    return folders[0]
