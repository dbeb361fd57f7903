"""How answers travel: validators, 304, encodings, HEAD, other origins, ids, limits."""

from __future__ import annotations

import gzip

import httpx
import pytest
import zstandard

ITEMS = "/collections/points/items"
PLAIN = {"Accept-Encoding": "identity"}


@pytest.mark.parametrize(
    "path",
    [ITEMS, f"{ITEMS}/00007", f"{ITEMS}?f=html", f"{ITEMS}?f=csv", "", "/collections", "/openapi",
     "/collections/points/queryables", "/collections/points/schema"],
)  # fmt: skip
def test_a_known_answer_is_a_304_without_a_body(client, path):
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    assert not again.content
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["vary"]
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_etags_differ_by_query_language_and_encoding(client):
    answers = [
        client.get(ITEMS, headers=PLAIN),
        client.get(f"{ITEMS}?limit=20", headers=PLAIN),
        client.get(f"{ITEMS}?lang=en", headers=PLAIN),
        client.get(f"{ITEMS}?crs=EPSG:4326", headers=PLAIN),
        client.get(ITEMS, headers={"Accept-Encoding": "gzip"}),
        client.get(ITEMS, headers={"Accept-Encoding": "zstd"}),
    ]
    assert len({answer.headers["etag"] for answer in answers}) == len(answers)


def test_an_error_is_neither_kept_nor_validated(client):
    answer = client.get(f"{ITEMS}?limt=3")
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers


@pytest.mark.parametrize("query", ["limt=3", "filter=siz>3", "bbox=1,2,3", "f=csv&sortby=siz"])
def test_a_wrong_request_is_told_so_whatever_the_client_holds(client, query):
    assert client.get(f"{ITEMS}?{query}", headers={"If-None-Match": "*"}).status_code == 400
    missing = client.get(f"{ITEMS}/missing", headers={"If-None-Match": "*"})
    assert missing.status_code == 404


@pytest.mark.parametrize("query", ["limit=2", "f=csv", "f=parquet", "f=html"])
def test_whoever_holds_any_answer_is_sent_none(client, query):
    answer = client.get(f"{ITEMS}?{query}", headers={"If-None-Match": "*"})
    assert (answer.status_code, answer.content) == (304, b"")
    # The connection is still good for the next request.
    assert client.get(f"{ITEMS}?{query}").status_code == 200


@pytest.mark.parametrize(
    ("asked", "used"),
    [("gzip", "gzip"), ("zstd", "zstd"), ("gzip, deflate, br, zstd", "gzip"), ("*", "gzip"),
     ("gzip;q=1, zstd;q=0.5", "gzip"), ("gzip;q=0", None), ("br", None), ("identity", None)],
)  # fmt: skip
def test_the_body_is_in_the_encoding_asked_for(client, asked, used):
    plain = client.get(f"{ITEMS}?limit=250", headers=PLAIN)
    with client.stream("GET", f"{ITEMS}?limit=250", headers={"Accept-Encoding": asked}) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers.get("content-encoding") == used
    assert "Accept-Encoding" in answer.headers["vary"]
    decode = {"gzip": gzip.decompress, "zstd": zstandard.decompress, None: bytes}[used]
    assert decode(raw) == plain.content
    assert int(answer.headers["content-length"]) == len(raw)


def test_a_small_body_is_sent_as_it_is(client):
    answer = client.get("/collections/point", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize(
    "path", ["", "/collections", ITEMS, f"{ITEMS}?f=csv", f"{ITEMS}/00007", f"{ITEMS}?f=html"]
)
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_head_has_the_headers_of_get(client, path, encoding):
    headers = {"Accept-Encoding": encoding}
    got, head = client.get(path, headers=headers), client.head(path, headers=headers)
    assert head.status_code == 200
    assert not head.content
    varying = ("date", "x-request-id", "transfer-encoding")
    kept = {name: value for name, value in got.headers.items() if name not in varying}
    assert {name: value for name, value in head.headers.items() if name not in varying} == kept


@pytest.mark.parametrize(
    "path", ["/", "/towns", "/indicators", "/health", "/docs", "/openapi.json"]
)
def test_head_answers_at_every_door(server, path):
    root = server.removesuffix("/ogc")
    answer = httpx.head(f"{root}{path}", timeout=30)
    assert answer.status_code == 200
    assert not answer.content
    assert int(answer.headers["content-length"]) > 0


def test_pages_of_other_origins_may_read(client):
    answer = client.get(ITEMS, headers={"Origin": "https://atlas.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "ETag" in answer.headers["access-control-expose-headers"]
    # A cache may keep an answer to a request without an origin for one that has some.
    assert client.get(ITEMS).headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


def test_a_preflight_allows_a_search_by_post(client):
    asked = {
        "Origin": "https://atlas.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    answer = client.options(ITEMS, headers=asked)
    assert answer.status_code == 200
    assert "POST" in answer.headers["access-control-allow-methods"]


def test_a_request_keeps_the_id_that_it_came_with(client):
    given = client.get(ITEMS, headers={"X-Request-Id": "from-proxy-42"})
    assert given.headers["x-request-id"] == "from-proxy-42"
    forged = client.get(ITEMS, headers={"X-Request-Id": 'a"b{}'})
    assert forged.headers["x-request-id"] != 'a"b{}'
    assert client.get(ITEMS).headers["x-request-id"] != client.get(ITEMS).headers["x-request-id"]


def test_answers_are_not_sniffed_nor_framed(client):
    headers = client.get(ITEMS).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "SAMEORIGIN"


def test_too_many_vertices_are_refused_with_what_to_do(client):
    ring = ", ".join(f"{2 + i / 1e6:.6f} 46" for i in range(100_001))
    answer = client.post(ITEMS, data={"filter": f"S_INTERSECTS(geom, LINESTRING({ring}))"})
    assert answer.status_code in (400, 413)
    assert answer.headers["content-type"] == "application/problem+json"


def test_too_large_a_body_is_refused(server):
    root = server.removesuffix("/ogc")
    for path in ("/evaluate", "/ogc/collections/points/items"):
        answer = httpx.post(f"{root}{path}", content=b"x" * 10_000_001, timeout=30,
                            headers={"Content-Type": "application/json"})  # fmt: skip
        assert answer.status_code == 413
        assert answer.headers["content-type"] == "application/problem+json"
