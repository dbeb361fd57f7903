"""Layers change under running workers: nothing fails, and all workers follow (synthetic rows)."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import duckdb
import httpx
import psutil
import pytest
import shapely
import yaml
from starlette.requests import Request

from layers import catalogue as catalogue_module
from layers.catalogue import Catalogue
from layers.errors import NotFoundError, UserError
from layers.index import Index
from layers.lake import Lake
from layers.parameters import parse_query
from layers.publish import publish
from layers.query import select
from layers.records import LayerRecord
from layers.tables import Table
from server import warming
from server.indicators.typology import typology
from server.ogc.documents import Documents
from server.ogc.downloads import Downloads
from server.ogc.openapi import openapi
from server.ogc.tiles import _standing
from server.settings import Settings

LOAD_SECONDS = 5


def record(layer, title="Couche"):
    facts = {
        "id": layer, "title": {"fr": title, "en": title}, "producer": "tests", "licence": "CC0",
        "description": {"fr": "Données synthétiques", "en": "Synthetic data"},
        "source": "synthetic", "geometry": "point",
    }  # fmt: skip
    return LayerRecord.model_validate(facts)


def save(data, one, **changes):
    folder = data / "config" / "layers"
    folder.mkdir(parents=True, exist_ok=True)
    facts = one.model_dump(mode="json", exclude_none=True) | changes
    (folder / f"{one.id}.yml").write_text(yaml.safe_dump(facts, allow_unicode=True))


def put(data, layer, count, **about):
    import pyarrow as pa

    points = shapely.points([2 + i / 1000 for i in range(count)], [46.0] * count)
    table = pa.table({"n": list(range(count)), "geometry": shapely.to_wkb(points)})
    one = record(layer, **about)
    publish(Lake(data / "lake"), one, Table(layer, [table], "OGC:CRS84"), source="synthetic")
    save(data, one)


@pytest.fixture
def workers(tmp_path, run_server, eventually):
    """Give a data folder and one kept-alive client for each of two workers."""
    put(tmp_path, "steady", 3)
    with ExitStack() as stack:
        url = stack.enter_context(run_server(tmp_path, workers=2))
        clients = {}

        def connect():
            client = stack.enter_context(httpx.Client(base_url=url, timeout=60))
            clients.setdefault(client.get("/health").json()["process"], client)
            return len(clients) == 2

        eventually(connect)
        yield tmp_path, list(clients.values())


def collections(client):
    found = client.get("/ogc/collections", params={"lang": "fr"}).json()["collections"]
    return {one["id"]: (one["title"], one.get("numberItems")) for one in found}


def test_every_worker_follows_versions_records_and_titles(workers, eventually):
    data, clients = workers

    def all_see(expected):
        def seen():
            return all(
                {i: facts for i, facts in collections(client).items() if i in ("steady", "new")}
                == expected
                for client in clients
            )

        eventually(seen, 10)

    all_see({"steady": ("Couche", 3)})
    put(data, "steady", 5)
    put(data, "new", 2)
    all_see({"steady": ("Couche", 5), "new": ("Couche", 2)})
    save(data, record("new", "Autre titre"))
    all_see({"steady": ("Couche", 5), "new": ("Autre titre", 2)})
    for client in clients:
        assert client.get("/ogc/collections/new?lang=fr").json()["title"] == "Autre titre"
    Lake(data / "lake").rollback("steady")
    all_see({"steady": ("Couche", 3), "new": ("Autre titre", 2)})
    (data / "config" / "layers" / "new.yml").unlink()
    all_see({"steady": ("Couche", 3)})
    Lake(data / "lake").remove("steady")
    all_see({})
    assert all(client.get("/ogc/collections/steady/items").status_code == 404 for client in clients)


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"licnce": "CC0"}, "unknown key 'licnce'"), ({"time_field": "dai"}, "time_field 'dai'"),
     ({"geometry": "raster"}, "geometry 'raster'")],
)  # fmt: skip
def test_a_broken_record_is_refused_while_the_former_serves(workers, eventually, change, reason):
    data, clients = workers
    for client in clients:
        assert client.get("/ogc/collections/steady/items").status_code == 200
    save(data, record("steady", "Nouveau"), **change)
    for client in clients:
        eventually(lambda: client.get("/health").json()["status"] == "degraded", 10)  # noqa: B023
        (problem,) = client.get("/health").json()["problems"]
        assert reason in problem["reason"]
        assert collections(client)["steady"] == ("Couche", 3)
        page = client.get("/ogc/collections/steady/items?datetime=2024-01-01").json()
        assert page["numberMatched"] == 3
    save(data, record("steady", "Nouveau"))
    for client in clients:
        eventually(lambda: collections(client)["steady"][0] == "Nouveau", 10)  # noqa: B023
        assert client.get("/health").json()["status"] == "ready"


def test_a_layer_removed_before_its_first_use_fails_no_document(tmp_path):
    put(tmp_path, "steady", 2)
    put(tmp_path, "passing", 2)
    catalogue = Catalogue(tmp_path)
    listed = catalogue.layers()
    catalogue.lake.remove("passing")
    assert "/collections/passing/items" in openapi(listed, Settings(data=tmp_path))["paths"]
    assert set(listed["passing"].queryables) == {"n", "fid", "geometry"}
    with pytest.raises(NotFoundError, match="'passing' was removed"):
        _ = listed["passing"].index
    assert _standing(tuple(listed.values())) == (listed["steady"],)


def test_a_file_is_sent_whole_though_its_version_is_deleted_meanwhile(tmp_path):
    put(tmp_path, "steady", 3)
    catalogue, settings = Catalogue(tmp_path), Settings(data=tmp_path)
    downloads = Downloads(Documents(catalogue, settings), catalogue)
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
    whole, parts = catalogue.layer("steady").file.read_bytes(), []

    async def send(message):
        parts.append(message.get("body", b""))

    async def ask():
        answer = await downloads.file(Request(scope), catalogue.layer("steady"))
        catalogue.lake.remove("steady")
        await answer({**scope, "asgi": {"spec_version": "2.4"}}, None, send)
        return answer

    answer = asyncio.run(ask())
    assert b"".join(parts) == whole
    assert answer.headers["content-length"] == str(len(whole))
    assert answer._file.closed


def test_a_server_without_towns_prepares_what_it_can(tmp_path):
    put(tmp_path, "steady", 3)
    warming.warm(Catalogue(tmp_path))
    with pytest.raises(UserError, match="towns"):
        typology(Catalogue(tmp_path))


PATHS = (
    "/ogc/collections/steady/items?limit=100", "/ogc/collections/steady/items?filter=n>=0",
    "/ogc/collections/steady/items/1", "/ogc/collections/steady/items?f=gpkg",
    "/ogc/collections/steady/items?f=csv&sortby=-n", "/ogc/collections/steady/download",
    "/ogc/collections/steady/items?bbox=1,45,3,47&limit=1", "/ogc/collections/steady",
    "/ogc/collections", "/ogc/collections/steady/items?f=html", "/ogc/collections/steady/schema",
    "/ogc/openapi", "/health", "/metrics", "/ogc", "/ogc/collections/steady/tiles",
)  # fmt: skip


def test_no_request_fails_while_layers_change(workers):
    data, clients = workers
    end = time.monotonic() + LOAD_SECONDS
    failures, counts = [], []

    def load(client, start):
        at = start * 4
        while time.monotonic() < end or at < start * 4 + 4:
            path = PATHS[at % len(PATHS)]
            answer = client.get(path)
            at += 1
            counts.append(path)
            if answer.status_code != 200:
                failures.append((path, answer.status_code, answer.text[:300]))

    threads = [
        threading.Thread(target=load, args=(httpx.Client(base_url=c.base_url, timeout=60), i))
        for i, c in enumerate([*clients, *clients])
    ]
    for thread in threads:
        thread.start()
    lake, size = Lake(data / "lake"), 3
    while time.monotonic() < end:
        size += 1
        put(data, "steady", size, title=f"Titre {size}")
        lake.prune("steady", 1)
        put(data, "passing", 2)
        (data / "config" / "layers" / "broken.yml").write_text("id: [")
        lake.remove("passing")
        (data / "config" / "layers" / "broken.yml").unlink()
    for thread in threads:
        thread.join()
    assert failures == []
    assert size > 5
    assert set(counts) == set(PATHS)


def test_superseded_versions_are_released(tmp_path, monkeypatch, eventually):
    monkeypatch.setattr(catalogue_module, "GRACE_SECONDS", -30.0)
    put(tmp_path, "busy", 3)
    catalogue = Catalogue(tmp_path)

    def matched():
        layer = catalogue.layer("busy")
        query = parse_query({"filter": "n >= 0"}, layer)
        return select(layer, query).matched

    def attached():
        found = catalogue.engine.cursor().execute("SELECT count(*) FROM duckdb_databases()")
        return found.fetchone()[0]

    assert matched() == 3
    before = attached()
    for count in range(4, 14):
        put(tmp_path, "busy", count)
        assert matched() == count

    def released():
        catalogue.records()
        kept = [p for p in (tmp_path / "index" / "busy").iterdir() if p.is_dir()]
        return attached() <= before and len(kept) <= 3

    eventually(released, 20)
    assert matched() == 13


def test_a_superseded_version_that_is_searched_late_is_closed_again(
    tmp_path, monkeypatch, eventually
):
    """The lake keeps it, for a series or a slow request: each search opens it for one grace."""
    monkeypatch.setattr(catalogue_module, "GRACE_SECONDS", -29.8)
    put(tmp_path, "busy", 3)
    catalogue = Catalogue(tmp_path)
    former = catalogue.layer("busy")
    database = str(former.index.database)

    def search(text):
        return select(former, parse_query({"filter": text}, former)).matched

    def is_open():
        catalogue.records()
        found = catalogue.engine.cursor().execute("SELECT path FROM duckdb_databases()")
        return database in {path for (path,) in found.fetchall()}

    assert search("n >= 0") == 3
    put(tmp_path, "busy", 4)
    assert catalogue.layer("busy").version.id != former.version.id
    for late in range(1, 4):
        eventually(lambda: not is_open(), 20)
        assert search(f"n >= {late}") == 3 - late
        assert is_open()


def test_nothing_of_superseded_versions_stays_open_under_requests(
    tmp_path, monkeypatch, eventually
):
    monkeypatch.setattr(catalogue_module, "GRACE_SECONDS", -27.0)
    put(tmp_path, "busy", 3)
    catalogue = Catalogue(tmp_path)
    process, stop, failures = psutil.Process(), threading.Event(), []

    def read():
        while not stop.wait(0.01):
            layer = catalogue.layer("busy")
            query = parse_query({"filter": "n >= 0", "sortby": "-n"}, layer)
            found = select(layer, query)
            rows = layer.index.rows(found.positions)
            if len(rows) != min(found.matched, query.limit):
                failures.append(found)

    def used():
        paths = [Path(one.path) for one in (*process.memory_maps(), *process.open_files())]
        return {path.parent.name for path in paths if tmp_path in path.parents}

    def only_current():
        catalogue.records()
        return used() == {catalogue.layer("busy").version.id}

    threads = [threading.Thread(target=read) for _ in range(3)]
    try:
        for thread in threads:
            thread.start()
        for count in range(4, 12):
            put(tmp_path, "busy", count)
        eventually(only_current, 60)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failures == []


def test_an_open_index_holds_no_file_open(tmp_path):
    put(tmp_path, "steady", 4)
    layer, process = Catalogue(tmp_path).layer("steady"), psutil.Process()
    before = process.num_fds()
    assert layer.index.rows(range(4)).column("n").to_pylist() == [0, 1, 2, 3]
    kept = process.num_fds() - before
    assert kept == 0 if sys.version_info >= (3, 13) else kept < 20


def test_an_open_index_outlives_its_folder(tmp_path):
    import shutil

    put(tmp_path, "steady", 4)
    catalogue = Catalogue(tmp_path)
    layer = catalogue.layer("steady")
    query = parse_query({"filter": "n > 1", "sortby": "-n"}, layer)
    assert select(layer, query).matched == 2
    index: Index = layer.index
    shutil.rmtree(layer.index_folder)
    assert index.rows(range(4)).column("n").to_pylist() == [0, 1, 2, 3]
    assert bytes(index.page(0, 1)).startswith(b'{"type":"Feature"')
    other = parse_query({"filter": "n > 2"}, layer)
    assert select(layer, other).matched == 1
    assert duckdb.__version__
