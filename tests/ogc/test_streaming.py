"""Long answers come in pieces, take bounded memory, and stop with their client (synthetic rows)."""

from __future__ import annotations

import asyncio
import threading

import httpx
import pyarrow as pa
import pytest
import shapely

from layers import interruption
from layers.catalogue import Catalogue
from layers.interruption import InterruptedWorkError
from layers.query import Query, select
from layers.writers import formats
from server.ogc.items import _file
from server.streaming import THREADS, Streamed

COUNT = 60_000


def wide(count):
    """Lines of 60 vertices: a page of 10,000 weighs more than 8 MB."""
    lines = [shapely.linestrings([(2 + i / 1e5 + j / 1e4, 46 + j / 1e3) for j in range(60)])
             for i in range(100)]  # fmt: skip
    shapes = shapely.to_wkb([lines[i % 100] for i in range(count)])
    return pa.table({"n": list(range(count)), "geometry": shapes})


@pytest.fixture(scope="module")
def data(tmp_path_factory, publish_as):
    folder = tmp_path_factory.mktemp("wide")
    publish_as(folder, "wide", wide(COUNT), id_field="n",
               attributes=[{"name": "n", "type": "integer"}])  # fmt: skip
    return folder


def test_a_heavy_page_is_sent_in_pieces_and_whole(data, run_server):
    with run_server(data) as url, httpx.Client(timeout=120) as client:
        href = f"{url}/ogc/collections/wide/items"
        with client.stream("GET", f"{href}?limit=10000") as answer:
            assert "content-length" not in answer.headers
            assert answer.headers["etag"]
            body = b"".join(answer.iter_bytes())
        assert len(body) > 8_000_000
        answer = httpx.Response(200, content=body).json()
        assert len(answer["features"]) == answer["numberReturned"] == 10_000
        # A client that leaves does not disturb the next one.
        with client.stream("GET", f"{href}?f=gpkg") as left:
            assert left.status_code == 200
        light = client.get(f"{href}?f=csv&properties=n&skipGeometry=true")
        assert len(light.text.splitlines()) == COUNT + 1


@pytest.mark.parametrize("form", ["csv", "parquet", "gpkg", "fgb", "jsonfg"])
def test_work_stops_when_its_client_has_gone(data, form, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    layer = Catalogue(data).layer("wide")
    query = Query(limit=COUNT)
    gone = threading.Event()
    seen = []

    def check():
        seen.append(1)
        if len(seen) > 2:
            raise InterruptedWorkError

    monkeypatch.setattr(interruption, "check", check)
    interruption.watch(gone)
    with pytest.raises(InterruptedWorkError):
        list(formats()[form].write(layer, query, select(layer, query), []))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_pieces_stay_small(data, form):
    layer = Catalogue(data).layer("wide")
    query = Query(limit=COUNT)
    sizes = [len(p) for p in formats()[form].write(layer, query, select(layer, query), [])]
    assert len(sizes) > 3
    assert max(sizes) < sum(sizes) / 2


def test_a_disconnected_client_ends_the_iterator():
    closed = threading.Event()
    sent = []

    def endless():
        try:
            while True:
                yield b"x" * 1000
        finally:
            closed.set()

    async def leave():
        await asyncio.sleep(0.1)
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    answer = Streamed(endless(), "text/plain", {})
    asyncio.run(answer({"type": "http", "method": "GET"}, leave, send))
    assert closed.is_set()
    assert sent[0]["type"] == "http.response.start"


def test_temporary_files_are_removed(data, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    layer = Catalogue(data).layer("wide")
    query = Query(limit=100)
    pieces = formats()["gpkg"].write(layer, query, select(layer, query), [])
    next(pieces)
    assert list(tmp_path.iterdir())
    pieces.close()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("limit", "waits"), [(3, False), (COUNT, True)])
def test_a_small_file_does_not_wait_for_large_ones(data, limit, waits):
    layer, sent = Catalogue(data).layer("wide"), []
    query = Query(limit=limit)

    async def send(message):
        sent.append(message["type"])

    async def never():
        await asyncio.Event().wait()

    async def asked():
        busy = [object() for _ in range(int(THREADS.total_tokens))]
        for one in busy:
            await THREADS.acquire_on_behalf_of(one)
        answer = await _file(layer, query, select(layer, query), "csv", {})
        work = asyncio.create_task(answer({"type": "http", "method": "GET"}, never, send))
        await asyncio.sleep(0.1)
        before = list(sent)
        for one in busy:
            THREADS.release_on_behalf_of(one)
        await work
        return before

    before = asyncio.run(asked())
    assert (before == []) is waits
    assert sent[0] == "http.response.start"
