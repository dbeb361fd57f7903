"""A real server over five synthetic towns, as it is or slowed down."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pyarrow as pa
import pytest
import shapely

from layers.catalogue import Catalogue
from layers.publish import publish
from layers.schema import ARROW_TYPES
from layers.tables import Table

TOWNS = 5
PATIENCE = 60
# What makes each measure take two seconds in a server and in the processes of its jobs.
SLOW = """\
import time
import server.compute.processes as slowed

measured = slowed.measured


def slowly(*given):
    time.sleep(2)
    return measured(*given)


slowed.measured = slowly
"""


def put(catalogue: Catalogue, layer: str, rows: list[dict]) -> None:
    record = catalogue.record(layer)
    columns = {a.name: pa.array([row.get(a.name) for row in rows], ARROW_TYPES[a.type])
               for a in record.attributes}  # fmt: skip
    located = "geometry" in rows[0]
    if located:
        columns["geometry"] = pa.array(shapely.to_wkb([r["geometry"] for r in rows]), pa.binary())
    name = "geometry" if located else None
    table = Table(layer, [pa.table(columns)], "OGC:CRS84" if located else None, name, "2021")
    publish(catalogue.lake, record, table, source="synthetic")


@pytest.fixture(scope="session")
def towns_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five towns side by side: number n (from 0) has n vacant dwellings of a hundred."""
    catalogue = Catalogue(tmp_path_factory.mktemp("towns"))
    codes = [f"1200{n}" for n in range(1, TOWNS + 1)]
    squares = [shapely.box(2 + n / 50, 44, 2.018 + n / 50, 44.018) for n in range(TOWNS)]
    towns = [{"insee": code, "name": f"Essai {code} (synthétique)"} for code in codes]
    put(catalogue, "towns", [t | {"geometry": shapely.centroid(s)}
                             for t, s in zip(towns, squares, strict=True)])  # fmt: skip
    put(catalogue, "communes", [t | {"geometry": s} for t, s in zip(towns, squares, strict=True)])
    put(catalogue, "iris-housing", [
        {"iris": f"{code}0101", "insee": code, "dwellings": 100, "vacant_dwellings": n}
        for n, code in enumerate(codes)])  # fmt: skip
    for layer in catalogue.layers().values():
        assert layer.index.count
    return catalogue.data


@pytest.fixture(scope="module")
def processes_url(towns_data: Path, tmp_path_factory, run_server) -> Iterator[str]:
    data = tmp_path_factory.mktemp("served")
    shutil.copytree(towns_data, data, dirs_exist_ok=True)
    with run_server(data) as url:
        yield url


@pytest.fixture(scope="module")
def client(processes_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=processes_url, timeout=PATIENCE) as client:
        yield client


@pytest.fixture
def slow_server(towns_data: Path, tmp_path_factory, repository) -> Callable:
    """Give a context manager: a data folder in, a client and the process of a slow server out."""
    folder = tmp_path_factory.mktemp("slow")
    (folder / "sitecustomize.py").write_text(SLOW, encoding="utf-8")

    @contextmanager
    def serving(data: Path, slow: bool = True) -> Iterator[tuple[httpx.Client, subprocess.Popen]]:
        if not (data / "lake").exists():
            shutil.copytree(towns_data, data, dirs_exist_ok=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        path = os.pathsep.join([str(folder)] * slow + [str(repository)])
        environment = {**os.environ, "COEURVILLE_DATA": str(data), "COEURVILLE_URL": url,
                       "PYTHONPATH": path}  # fmt: skip
        command = [sys.executable, "-m", "uvicorn", "--factory", "server.app:create_app",
                   "--port", str(port), "--log-level", "error"]  # fmt: skip
        process = subprocess.Popen(command, env=environment, cwd=repository)
        try:
            with httpx.Client(base_url=url, timeout=PATIENCE) as client:
                _await(client, process)
                yield client, process
        finally:
            process.terminate()
            process.wait(PATIENCE)

    return serving


def _await(client: httpx.Client, process: subprocess.Popen) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert process.poll() is None, "the server stopped"
        try:
            client.get("/ogc/jobs")
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the server did not start")
