"""From rows to a version: validity, order, format, and what may never be seen half-written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from layers.errors import NotFoundError, PublishError
from layers.lake import Lake
from layers.publish import publish
from layers.tables import Table


@pytest.fixture
def lake(tmp_path):
    return Lake(tmp_path / "lake")


def read(lake, layer="places"):
    version = lake.require(layer).current
    return gpd.read_parquet(lake.folder(layer, version) / "data.parquet")


def one(geometry, crs="OGC:CRS84"):
    wkb = None if geometry is None else shapely.to_wkb(geometry)
    rows = pa.table({"code": ["a"], "geometry": pa.array([wkb], pa.binary())})
    return Table("places", [rows], crs)


def test_geopandas_reads_what_was_published(lake, make_record, make_table):
    version = publish(lake, make_record(id_field="code"), make_table(), source="synthetic")
    frame = read(lake)
    assert version.rows == len(frame) == 1000
    assert frame.crs.to_authority() == ("OGC", "CRS84")
    assert frame.set_index("code").geometry["00500"].equals(shapely.Point(2.5, 46.5))


def test_the_file_is_geoparquet_1_1_with_a_covering(lake, make_record, make_table):
    version = publish(lake, make_record(), make_table(), source="synthetic")
    path = lake.folder("places", version.id) / "data.parquet"
    geo = json.loads(pq.read_schema(path).metadata[b"geo"])
    assert geo["version"] == "1.1.0"
    column = geo["columns"]["geometry"]
    assert column["covering"]["bbox"]["xmin"] == ["bbox", "xmin"]
    assert column["geometry_types"] == ["Point"]
    some = gpd.read_parquet(path, bbox=(2.0995, 46.0995, 2.2005, 46.2005))
    assert len(some) == 101


def test_order_follows_a_hilbert_curve(lake, make_record):
    rng = np.random.default_rng(1)
    xy = rng.random((5000, 2))
    rows = pa.table({"geometry": shapely.to_wkb(shapely.points(xy))})
    publish(lake, make_record(), Table("places", [rows], "OGC:CRS84"), source="synthetic")
    frame = read(lake)
    ordered = np.column_stack([frame.geometry.x, frame.geometry.y])
    length = np.linalg.norm(np.diff(ordered, axis=0), axis=1).sum()
    shuffled = np.linalg.norm(np.diff(xy, axis=0), axis=1).sum()
    assert length < shuffled / 10


def test_batches_make_the_same_version_as_one(lake, make_record, make_table):
    publish(lake, make_record(), make_table(1000, 1), source="synthetic")
    whole = read(lake)
    publish(lake, make_record(), make_table(1000, 20), source="synthetic")
    assert read(lake).equals(whole)


def test_invalid_geometry_is_repaired_and_counted(lake, make_record):
    bow_tie = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    table = one(bow_tie)
    version = publish(lake, make_record(), table, source="synthetic")
    assert version.report["repaired"] == {"invalid geometry repaired": 1}
    assert read(lake).geometry.is_valid.all()
    assert read(lake).geometry.area.sum() == pytest.approx(2)


def test_empty_geometry_is_reported_and_its_row_kept(lake, make_record):
    version = publish(lake, make_record(), one(shapely.Point()), source="synthetic")
    assert version.report["repaired"] == {"empty geometry removed": 1}
    assert version.rows == 1


def test_coordinates_are_brought_to_crs84(lake, make_record):
    publish(
        lake, make_record(), one(shapely.Point(652_469.02, 6_862_035.26), "EPSG:2154"), source="s"
    )
    point = read(lake).geometry.iloc[0]
    assert (point.x, point.y) == pytest.approx((2.3522, 48.8566), abs=1e-6)


@pytest.mark.parametrize(
    ("geometry", "crs", "said"),
    [
        (shapely.Point(652_381, 6_862_047), "OGC:CRS84", "outside the world"),
        (shapely.Point(1, 1), None, "--crs"),
    ],
)
def test_a_wrong_or_missing_crs_is_refused(lake, make_record, geometry, crs, said):
    with pytest.raises(PublishError, match=said):
        publish(lake, make_record(), one(geometry, crs), source="synthetic")
    assert lake.manifest("places") is None


def test_repeated_ids_are_refused_and_the_former_version_serves(lake, make_record, make_table):
    record = make_record(id_field="code")
    first = publish(lake, record, make_table(10), source="synthetic")
    twice = Table("places", [*make_table(5).batches, *make_table(5).batches], "OGC:CRS84")
    with pytest.raises(PublishError, match="repeated"):
        publish(lake, record, twice, source="synthetic")
    assert lake.require("places").current == first.id


def test_an_empty_file_is_refused(lake, make_record):
    with pytest.raises(PublishError, match="no row"):
        publish(lake, make_record(), Table("places", [], "OGC:CRS84"), source="synthetic")


def test_declared_columns_must_match(lake, make_record, make_table):
    declared = [{"name": "code", "type": "string"}, {"name": "colour", "type": "string"}]
    with pytest.raises(PublishError, match=r"missing \['colour'\], unknown \['size'\]"):
        publish(lake, make_record(attributes=declared), make_table(3), source="synthetic")


def test_rollback_and_prune(lake, make_record, make_table):
    ids = [publish(lake, make_record(), make_table(n), source="s").id for n in (1, 2, 3)]
    assert lake.rollback("places").id == ids[1]
    assert len(read(lake)) == 2
    assert lake.prune("places", 1) == [ids[0]]
    assert [version.id for version in lake.versions("places")] == ids[1:]
    assert not lake.folder("places", ids[0]).exists()
    with pytest.raises(NotFoundError, match="no version before"):
        lake.rollback("places")


def test_two_publishers_at_once_both_leave_a_version(lake, make_record, make_table):
    def put(count):
        return publish(lake, make_record(), make_table(count), source="synthetic")

    with ThreadPoolExecutor(2) as pool:
        versions = list(pool.map(put, (100, 200)))
    manifest = lake.require("places")
    assert {version.id for version in manifest.versions} == {version.id for version in versions}
    assert len(read(lake)) in (100, 200)


PUBLISHER = """
    import sys, time
    from pathlib import Path
    import pyarrow as pa, shapely
    from layers.lake import Lake
    from layers.publish import publish
    from layers.records import LayerRecord
    from layers.tables import Table
    text = {"fr": "x", "en": "x"}
    record = LayerRecord(id="places", title=text, description=text, producer="p", licence="l",
                         source="s", geometry="any")
    def batches():
        for i in range(40):
            points = shapely.points([2 + j / 1e6 for j in range(2000)], [46.0] * 2000)
            yield pa.table({"n": range(2000), "geometry": shapely.to_wkb(points)})
            print("batch", flush=True)
    publish(Lake(Path(sys.argv[1])), record, Table("places", batches(), "OGC:CRS84"), source="s")
"""


@pytest.mark.parametrize("after", [1, 10, 25, 40])
def test_a_killed_publisher_leaves_the_former_version(lake, make_record, make_table, after):
    first = publish(lake, make_record(), make_table(10), source="synthetic")
    command = [sys.executable, "-c", textwrap.dedent(PUBLISHER), str(lake.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for _ in range(after):
            assert process.stdout.readline() == "batch\n"
        time.sleep(0.02 if after == 40 else 0)
        os.kill(process.pid, signal.SIGKILL)
    manifest = lake.require("places")
    current = manifest.version()
    assert current.rows in (10, 80_000)
    assert (current.id == first.id) == (current.rows == 10)
    assert len(read(lake)) == current.rows
    # The next publisher sweeps what the killed one left behind.
    publish(lake, make_record(), make_table(20), source="synthetic")
    assert len(read(lake)) == 20
    assert not list((lake.root / ".staging").iterdir())


def test_a_full_disk_is_one_clear_error(lake, make_record, make_table, monkeypatch):
    first = publish(lake, make_record(), make_table(10), source="synthetic")

    def full(*_arguments, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq.ParquetWriter, "write_table", full)
    with pytest.raises(PublishError, match=r"No space left.*former version serves"):
        publish(lake, make_record(), make_table(20), source="synthetic")
    monkeypatch.undo()
    assert lake.require("places").current == first.id
    assert len(read(lake)) == 10


def test_a_file_without_the_kind_of_geometry_of_its_record_is_refused(
    lake, make_record, make_table
):
    with pytest.raises(
        PublishError, match="holds polygons by its record, but the file holds Point"
    ):
        publish(lake, make_record(geometry="polygon"), make_table(3), source="synthetic")
    assert publish(lake, make_record(geometry="point"), make_table(3), source="s").rows == 3
