"""A small synthetic lake of many towns, and the command that computes them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
import shapely

from layers.catalogue import Catalogue
from layers.publish import publish
from layers.schema import ARROW_TYPES
from layers.tables import Table
from server.ledger import Ledger
from server.ledger.results import Result, kept
from server.settings import Settings

TOWNS = 30
PATIENCE = 120


def put(catalogue: Catalogue, layer: str, rows: list[dict], vintage: str = "2021") -> None:
    """Publish rows, located where they have a geometry of CRS84."""
    record = catalogue.record(layer)
    columns = {a.name: pa.array([row.get(a.name) for row in rows], ARROW_TYPES[a.type])
               for a in record.attributes}  # fmt: skip
    located = "geometry" in rows[0]
    if located:
        columns["geometry"] = pa.array(shapely.to_wkb([r["geometry"] for r in rows]), pa.binary())
    name = "geometry" if located else None
    table = Table(layer, [pa.table(columns)], "OGC:CRS84" if located else None, name, vintage)
    publish(catalogue.lake, record, table, source="synthetic")


def census(catalogue: Catalogue, extra: int = 0) -> None:
    """Publish dwellings: town number n has n vacant ones of a hundred, and some more."""
    rows = [{"iris": f"{code}0101", "insee": code, "dwellings": 100, "vacant_dwellings": n + extra}
            for n, code in enumerate(codes())]  # fmt: skip
    put(catalogue, "iris-housing", rows)


def codes() -> list[str]:
    return [f"12{n:03}" for n in range(1, TOWNS + 1)]


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    """Thirty towns side by side, with boundaries, dwellings and a few shops."""
    catalogue = Catalogue(tmp_path / "data")
    squares = [shapely.box(2 + n / 50, 44, 2.018 + n / 50, 44.018) for n in range(TOWNS)]
    towns = [{"insee": code, "name": f"Essai {code} (synthétique)"} for code in codes()]
    halls = [
        town | {"geometry": shapely.centroid(s)} for town, s in zip(towns, squares, strict=True)
    ]
    put(catalogue, "towns", halls)
    put(catalogue, "communes", [t | {"geometry": s} for t, s in zip(towns, squares, strict=True)])
    census(catalogue)
    spots = [shapely.Point(s.centroid.x + dx / 5_000, s.centroid.y) for s in squares
             for dx in range(20)]  # fmt: skip
    shops = [{"osm_id": f"n{i}", "shop": "bakery", "status": "active" if i % 3 else "vacant",
              "geometry": spot} for i, spot in enumerate(spots)]  # fmt: skip
    put(catalogue, "shops", shops)
    return catalogue


@pytest.fixture
def ledger(catalogue: Catalogue) -> Ledger:
    return Ledger.of(Settings(catalogue.data))


SLOW = """\
import time
import server.compute.work as slowed

measured = slowed.measured


def slowly(*given):
    time.sleep(0.1)
    return measured(*given)


slowed.measured = slowly
"""


@pytest.fixture
def slowed(tmp_path: Path, repository: Path, monkeypatch) -> None:
    """Make each measure of the processes started from now on take a tenth of a second."""
    folder = tmp_path / "slow"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(SLOW, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), str(repository)]))


@pytest.fixture
def start(catalogue: Catalogue) -> Callable[..., subprocess.Popen[str]]:
    """Give a function that starts the command of a user."""

    def start(*arguments: str, prefix: tuple[str, ...] = ()) -> subprocess.Popen[str]:
        environment = {**os.environ, "COEURVILLE_DATA": str(catalogue.data)}
        program = "from server.cli import main; main()"
        command = [*prefix, sys.executable, "-c", program, "compute", *arguments]
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True)  # fmt: skip

    return start


@pytest.fixture
def compute(start) -> Callable[..., str]:
    """Give a function that runs the command to its end and returns what it printed."""

    def run(*arguments: str, prefix: tuple[str, ...] = ()) -> str:
        process = start(*arguments, prefix=prefix)
        printed, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, printed
        return printed

    return run


def answers(ledger: Ledger) -> dict[tuple[str, str, str], tuple[str, str]]:
    """Return all that a ledger holds but the time of computing."""
    return {(r.insee, r.perimeter, r.indicator): (r.key, r.measure) for r in kept(ledger)}


def await_results(ledger: Ledger, count: int) -> list[Result]:
    """Return the results once there are so many."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = kept(ledger)
        if len(found) >= count:
            return found
        time.sleep(0.02)
    pytest.fail(f"fewer than {count} results in time")
