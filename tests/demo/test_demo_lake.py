"""Publishing the demo: deterministic, once, and never over someone else's version."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
import shapely

from layers.catalogue import Catalogue
from layers.demo import demo_tables, fill_lake, fingerprint
from layers.parameters import parse_query
from layers.publish import publish
from layers.query import select
from layers.tables import Table


def digest() -> str:
    """Return a hash of every value of every table."""
    found = hashlib.sha256(fingerprint().encode())
    for layer, source, table in demo_tables():
        found.update(f"{layer} {source}".encode())
        sink = pa.BufferOutputStream()
        for batch in table.batches:
            with pa.ipc.new_stream(sink, batch.schema) as stream:
                stream.write_table(batch)
        found.update(sink.getvalue())
    return found.hexdigest()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("demo")
    steps = list(fill_lake(folder))
    assert [done for done, _, _ in steps] == list(range(len(steps)))
    assert steps[-1][0] == steps[-1][1]
    return folder


def test_two_processes_make_the_same_tables() -> None:
    command = [sys.executable, "-c", "import test_demo_lake as t; print(t.digest())"]
    other = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=Path(__file__).parent
    )
    assert other.stdout.split() == [digest()]


def test_all_of_it_serves(data: Path) -> None:
    catalogue = Catalogue(data)
    serving = catalogue.layers()
    assert set(serving) == {layer for layer, _, _ in demo_tables()} | {"sample-land-cover"}
    rows = {layer: serving[layer].version.rows for layer in serving}
    assert (rows["towns"], rows["communes"]) == (244, 244)
    assert (rows["iris-housing"], rows["iris-population"]) == (3302, 3302)
    assert rows["sample-shops"] == 150
    for layer in serving.values():
        assert layer.file.stat().st_size > 500
        assert layer.version.source.startswith(f"coeurville demo {fingerprint()[:12]}: ")
        assert layer.record.fictitious == layer.id.startswith("sample-")
        assert layer.version.report.get("repaired", {}) == {}


def test_queries_find_rows(data: Path) -> None:
    catalogue = Catalogue(data)
    towns = catalogue.layer("towns")
    found = select(towns, parse_query({"epci": "200040392"}, towns))
    assert found.matched == 1
    assert "Périgueux".encode() in bytes(towns.index.fragment(int(found.positions[0])))
    shops = catalogue.layer("sample-shops")
    assert select(shops, parse_query({"status": "vacant"}, shops)).matched == 12
    sales = catalogue.layer("sample-sales")
    year = parse_query({"datetime": "2024-01-01/2024-12-31"}, sales)
    assert 0 < select(sales, year).matched < (sales.version.rows or 0)
    box = parse_query({"bbox": "-3.01,46.49,-2.99,46.51"}, shops)
    assert select(shops, box).matched > 120
    assert shapely.box(-3.1, 46.4, -2.9, 46.6).contains(shapely.box(*(shops.bounds or ())))
    assert catalogue.themed("shops")[0].id == "sample-shops"


def test_a_second_run_publishes_nothing(data: Path) -> None:
    catalogue = Catalogue(data)
    before = {layer: catalogue.lake.versions(layer) for layer in catalogue.lake.layers()}
    list(fill_lake(data))
    assert {layer: catalogue.lake.versions(layer) for layer in catalogue.lake.layers()} == before


def test_an_older_demo_is_replaced(data: Path) -> None:
    catalogue = Catalogue(data)
    record = catalogue.record("sample-communes")
    table = next(t for layer, _, t in demo_tables() if layer == record.id)
    publish(catalogue.lake, record, table, source="coeurville demo 000000000000: older")
    list(fill_lake(data))
    assert fingerprint()[:12] in catalogue.lake.require(record.id).version().source


def test_a_users_own_version_is_left_alone(data: Path) -> None:
    catalogue = Catalogue(data)
    columns = {"perimeter_id": ["x"], "insee": ["00001"], "name": ["Mine"]}
    columns |= {"kind": ["centre"], "source": ["me"]}
    mine = pa.table(columns).append_column(
        "geometry", pa.array([shapely.to_wkb(shapely.box(0, 0, 1, 1))])
    )
    record = catalogue.record("sample-centre-perimeters")
    table = Table(record.id, [mine], "EPSG:4326")
    publish(catalogue.lake, record, table, source="mine.geojson")
    list(fill_lake(data))
    assert catalogue.lake.require(record.id).version().source == "mine.geojson"
