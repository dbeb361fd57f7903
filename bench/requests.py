"""The requests of a run: the same question in each server's own words."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

import numpy as np

from bench import volume

LAMBERT = "http://www.opengis.net/def/crs/EPSG/0/2154"
# A box of this half side (degrees) around a town holds about 500 of its 4,000 points.
HALF = 0.0102
Make = Callable[[int], str]
# How many first items, and how many times the peers' speed is wanted.
FIRST = ((10, 100), (100, None), (1_000, 100), (10_000, 60))
TILES = (("points", 10), ("points", 14), ("points", 16), ("buildings", 14), ("buildings", 16))


@dataclass(frozen=True)
class Request:
    """One kind of request.

    Attributes:
        name: what it asks.
        paths: per server, the address of its i-th variation.
        target: the least ratio to reach, per peer.
    """

    name: str
    paths: dict[str, Make]
    target: dict[str, float]


def _items(server: str) -> str:
    roots = {
        "coeurville": "/ogc/collections/bench-points/items",
        "tipg": "/collections/public.points/items",
    }
    return roots.get(server, f"/collections/{server.removeprefix('pygeoapi ')}/items")


def _ask(servers: list[str], query: Callable[[int], dict[str, str]]) -> dict[str, Make]:
    forms = {"coeurville": "json", "tipg": "geojson"}

    def make(server: str) -> Make:
        return lambda i: (
            f"{_items(server)}?{urlencode({'f': forms.get(server, 'json')} | query(i))}"
        )

    return {server: make(server) for server in servers}


def box(i: int) -> str:
    """Return the i-th centre as a bbox; each is a little elsewhere, so that no answer is kept."""
    random = np.random.default_rng(i)
    x, y = volume.towns()[random.integers(volume.TOWNS)] + random.uniform(-1e-3, 1e-3, 2)
    return ",".join(f"{v:.6f}" for v in (x - HALF, y - HALF, x + HALF, y + HALF))


def tile(i: int, zoom: int) -> tuple[int, int]:
    """Return column and row of the tile that holds the i-th town."""
    lon, lat = volume.towns()[i % volume.TOWNS]
    n = 2**zoom
    y = math.asinh(math.tan(math.radians(lat)))
    return int((lon + 180) / 360 * n), int((1 - y / math.pi) / 2 * n)


def catalogue(peers: list[str]) -> list[Request]:
    """Return all kinds of requests; ``peers`` are the pygeoapi collections that run."""
    every = ["coeurville", "tipg", *peers]
    sql = ["coeurville", "tipg", "pygeoapi points-pg"]
    offset = _ask(every, lambda i: {"limit": "10", "offset": str(500_000 + i)})
    return [
        *(_first(every, count, target) for count, target in FIRST),
        Request("bbox of a centre, counted",
                _ask(every, lambda i: {"bbox": box(i), "limit": "1000"}), {"tipg": 40}),
        Request("CQL2 in a bbox", _ask(sql, _filter_in_box), {}),
        Request("attribute filter over all",
                _ask(sql, lambda i: {"limit": "100", **_cql2(f"code = 'C{i % 5000}'")}), {}),
        Request("one item", {server: _one(server) for server in every}, {"tipg": 4}),
        Request("offset 500,000", offset, {"tipg": 500, "pygeoapi points-pg": 500}),
        Request("1,000 items in EPSG:2154",
                _ask([server for server in every if server != "tipg"], _moved), {}),
        *(_tiles(layer, zoom) for layer, zoom in TILES),
    ]  # fmt: skip


def _first(servers: list[str], count: int, target: float | None) -> Request:
    """Return the request of the first items, as many as ``count``."""
    targets = {"tipg": target, "pygeoapi points-pg": target} if target else {}
    return Request(f"{count:,} items", _ask(servers, lambda i: {"limit": str(count)}), targets)


def _cql2(text: str) -> dict[str, str]:
    return {"filter-lang": "cql2-text", "filter": text}


def _filter_in_box(i: int) -> dict[str, str]:
    return {"bbox": box(i), "limit": "1000", **_cql2(f"year > {1900 + i % 90} AND kind = 'shop'")}


def _moved(i: int) -> dict[str, str]:
    return {"limit": "1000", "offset": str(i), "crs": LAMBERT}


def _one(server: str) -> Make:
    form = "geojson" if server == "tipg" else "json"
    return lambda i: f"{_items(server)}/{1 + i * 7919 % volume.POINTS}?f={form}"


def _tiles(layer: str, zoom: int) -> Request:
    def ours(i: int) -> str:
        x, y = tile(i, zoom)
        return f"/ogc/collections/bench-{layer}/tiles/WebMercatorQuad/{zoom}/{y}/{x}"

    def tipg(i: int) -> str:
        x, y = tile(i, zoom)
        return f"/collections/public.{layer}/tiles/WebMercatorQuad/{zoom}/{x}/{y}"

    target = {"tipg": 5.0 if layer == "buildings" else 4.0}
    return Request(f"tile of {layer}, z{zoom}", {"coeurville": ours, "tipg": tipg}, target)
