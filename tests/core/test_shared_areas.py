"""Threads share areas: no geometry is prepared but a copy, or GEOS crashes the process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import shapely

from layers.geometry import prepared
from layers.index import Index
from layers.index.build import build_index
from layers.lake import Lake
from layers.publish import publish
from layers.tables import Table
from server.indicators import overlays

ROOT = Path(__file__).resolve().parents[2]
THREADS = """
import threading, numpy as np, shapely
from layers.geometry import prepared
from server.indicators import overlays

turn = np.linspace(0, 2 * np.pi, 20_000)[:-1]
ring = np.column_stack([np.cos(turn), np.sin(turn)]) * (1 + 0.1 * np.sin(50 * turn))[:, None]
lines = shapely.linestrings(np.stack([ring[::100], ring[::100] * 0.95], axis=1))
for _ in range(20):
    area, start = shapely.polygons(ring), threading.Barrier(4)
    def ask():
        start.wait()
        assert shapely.intersects(prepared(area), lines).all()
        overlays.clipped(lines, area)
        overlays.contains(area, ring)
    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
print("done")
"""


def test_threads_that_share_an_area_do_not_crash():
    ran = subprocess.run(
        [sys.executable, "-c", THREADS], cwd=ROOT, capture_output=True, text=True, timeout=400
    )
    assert (ran.returncode, ran.stdout) == (0, "done\n"), ran.stderr


def test_a_prepared_copy_is_the_same_area():
    area = shapely.Point(0, 0).buffer(1)
    copy = prepared(area)
    assert shapely.is_prepared(copy)
    assert not shapely.is_prepared(area)
    assert copy.equals(area)


@pytest.mark.parametrize(
    "ask",
    [lambda area: overlays.clipped(shapely.box([0, 2], 0, 1, 3), area),
     lambda area: overlays.contains(area, np.zeros((2, 2)))],
)  # fmt: skip
def test_overlays_leave_the_area_as_it_is(ask):
    area = shapely.Point(0, 0).buffer(1)
    ask(area)
    assert not shapely.is_prepared(area)


def test_a_search_leaves_the_area_as_it_is(tmp_path, make_record):
    lines = shapely.linestrings([[(2, 46), (2.1, 46.1)], [(3, 46), (3.1, 46.1)]])
    rows = Table("lines", [pa.table({"n": [0, 1], "geometry": shapely.to_wkb(lines)})], "OGC:CRS84")
    lake, record = Lake(tmp_path), make_record("lines")
    version = publish(lake, record, rows, source="synthetic")
    build_index(lake.folder("lines", version.id) / "data.parquet", tmp_path)
    area = shapely.Point(2, 46).buffer(0.05)
    assert len(Index(tmp_path).intersecting(area)) == 1
    assert not shapely.is_prepared(area)
