"""The mixed requests of a load: one kind for each thing that clients of all doors ask."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from bench import requests

LAYERS = ("bench-points", "bench-moving")
LEAST_ROWS = 20_000  # every layer has an item of each number up to this one
TOWN = "00001"  # the sample town
WEST, SOUTH, EAST, NORTH = -3.03, 46.48, -2.97, 46.52  # inside it, and inside its raster
OGC = "/ogc/collections"
WORDS = ("logement", "commerce", "population", "ville", "transport", "sol")


@dataclass(frozen=True)
class Ask:
    """One request; ``body`` makes it a POST. An answer with another status is an error."""

    path: str
    body: bytes | None = None
    status: tuple[int, ...] = (200,)


@dataclass(frozen=True)
class Kind:
    """Requests of one kind, ``share`` in a thousand of all.

    Attributes:
        name: what it asks.
        share: weight among the kinds.
        make: chance and a layer in, a request out.
    """

    name: str
    share: int
    make: Callable[[random.Random, str], Ask]


def some(chance: random.Random) -> tuple[str, Ask]:
    """Return the name of a kind and one of its requests."""
    kinds = KINDS
    (kind,) = chance.choices(kinds, [one.share for one in kinds])
    return kind.name, kind.make(chance, chance.choice(LAYERS))


def _page(chance: random.Random, layer: str) -> Ask:
    offset = chance.choice((0, chance.randrange(15_000)))
    return Ask(f"{OGC}/{layer}/items?limit={chance.choice((10, 100, 1000))}&offset={offset}")


def _box(chance: random.Random, layer: str) -> Ask:
    return Ask(f"{OGC}/{layer}/items?bbox={requests.box(chance.randrange(100_000))}&limit=500")


def _filter(chance: random.Random, layer: str) -> Ask:
    text = quote(f"code = 'C{chance.randrange(5000)}'")
    return Ask(f"{OGC}/{layer}/items?filter={text}")


def _filter_in_box(chance: random.Random, layer: str) -> Ask:
    text = quote(f"year > {chance.randrange(1900, 1990)} AND kind = 'shop'")
    box = requests.box(chance.randrange(100_000))
    return Ask(f"{OGC}/{layer}/items?bbox={box}&limit=500&filter={text}")


def _sorted(chance: random.Random, layer: str) -> Ask:
    box = requests.box(chance.randrange(100_000))
    return Ask(f"{OGC}/{layer}/items?bbox={box}&sortby=-value,name&limit=50")


def _moved(chance: random.Random, layer: str) -> Ask:
    crs = quote(requests.LAMBERT, safe="")
    return Ask(f"{OGC}/{layer}/items?limit=200&offset={chance.randrange(15_000)}&crs={crs}")


def _one(chance: random.Random, layer: str) -> Ask:
    return Ask(f"{OGC}/{layer}/items/{1 + chance.randrange(LEAST_ROWS)}")


def _tile(chance: random.Random, layer: str) -> Ask:
    zoom = chance.choice((10, 14, 14, 16))
    x, y = requests.tile(chance.randrange(250), zoom)
    return Ask(f"{OGC}/{layer}/tiles/WebMercatorQuad/{zoom}/{y}/{x}", status=(200, 204))


def _csv(chance: random.Random, layer: str) -> Ask:
    return Ask(f"{OGC}/{layer}/items?f=csv&limit=200&offset={chance.randrange(15_000)}")


def _export(form: str) -> Callable[[random.Random, str], Ask]:
    return lambda chance, layer: Ask(f"{OGC}/bench-moving/items?f={form}")


def _part_of_town(chance: random.Random) -> tuple[float, float, float, float]:
    x, y = chance.uniform(WEST, EAST - 0.02), chance.uniform(SOUTH, NORTH - 0.02)
    return x, y, x + 0.02, y + 0.02


def _coverage(chance: random.Random, layer: str) -> Ask:
    box = ",".join(f"{v:.5f}" for v in _part_of_town(chance))
    return Ask(f"{OGC}/sample-land-cover/coverage?bbox={box}&f={chance.choice(FORMS)}")


def _map(chance: random.Random, layer: str) -> Ask:
    box = ",".join(f"{v:.5f}" for v in _part_of_town(chance))
    return Ask(f"{OGC}/sample-land-cover/map?bbox={box}&width=256&f=png")


def _indicators(chance: random.Random, layer: str) -> Ask:
    return Ask(f"/towns/{TOWN}/indicators?perimeter={chance.choice(PERIMETERS)}")


def _evaluate(chance: random.Random, layer: str) -> Ask:
    west, south, east, north = _part_of_town(chance)
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    wanted = {
        "perimeter": {"type": "Polygon", "coordinates": [ring]},
        "indicators": chance.sample(INDICATORS, 2),
    }
    return Ask("/evaluate", json.dumps(wanted).encode())


def _records(chance: random.Random, layer: str) -> Ask:
    return Ask(f"{OGC}/catalogue/items?q={chance.choice(WORDS)}")


def _collections(chance: random.Random, layer: str) -> Ask:
    return Ask(OGC + chance.choice(("?f=json", f"/{layer}?f=json", f"/{layer}/queryables?f=json")))


def _html(chance: random.Random, layer: str) -> Ask:
    return Ask(f"{OGC}/{layer}" + chance.choice(("?f=html", "/items?f=html&limit=20")))


FORMS = ("geotiff", "covjson")
PERIMETERS = ("commune", "centre")
INDICATORS = ("H01", "H05", "D02", "E01", "V01", "S01")
KINDS = (
    Kind("items, a page", 220, _page),
    Kind("items in a bbox", 150, _box),
    Kind("items by CQL2", 80, _filter),
    Kind("items by CQL2 in a bbox", 60, _filter_in_box),
    Kind("items in a bbox, sorted", 30, _sorted),
    Kind("items in EPSG:2154", 40, _moved),
    Kind("one item", 120, _one),
    Kind("vector tile", 150, _tile),
    Kind("items as CSV", 30, _csv),
    Kind("export, GeoPackage", 2, _export("gpkg")),
    Kind("export, FlatGeobuf", 2, _export("fgb")),
    Kind("export, GeoParquet", 4, _export("parquet")),
    Kind("coverage", 20, _coverage),
    Kind("map of a raster", 20, _map),
    Kind("indicators of a town", 4, _indicators),
    Kind("evaluation of a perimeter", 8, _evaluate),
    Kind("records", 20, _records),
    Kind("collections", 20, _collections),
    Kind("HTML", 20, _html),
)
