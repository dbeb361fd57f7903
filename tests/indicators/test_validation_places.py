"""Shops and services on the real places of Redon, against plain counts in the raw file.

No file of Sirene or of the BPE is at hand: the places, their kinds and positions are real, the
codes and dates are given here, and files in the official layouts bring them to the readers.
"""

from __future__ import annotations

import json
from collections import Counter
from math import exp, log
from pathlib import Path
from xml.etree import ElementTree

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from layers.catalogue import Catalogue
from layers.publish import publish
from layers.readers import source
from server.indicators.evaluation import evaluate, explain
from server.indicators.perimeters import Perimeter

# A star of the centre, so that places lie on both sides of its notches (degrees).
STAR = ((-2.0890, 47.6477), (-2.0862, 47.6497), (-2.0855, 47.6526), (-2.0846, 47.6505),
        (-2.0815, 47.6510), (-2.0842, 47.6492), (-2.0846, 47.6468), (-2.0860, 47.6484))  # fmt: skip
# Activity (NAF) and family of a kind of shop or service; kinds that keep no storefront have none.
TRADES = {
    "bakery": ("10.71C", "food"), "butcher": ("47.22Z", "food"), "convenience": ("47.11B", "food"),
    "supermarket": ("47.11D", "food"), "clothes": ("47.71Z", "clothing"),
    "shoes": ("47.72A", "clothing"), "jewelry": ("47.77Z", "clothing"),
    "florist": ("47.76Z", "home"), "books": ("47.61Z", "culture"), "cinema": ("59.14Z", "culture"),
    "hairdresser": ("96.02A", "health"), "beauty": ("96.02B", "health"),
    "optician": ("47.78A", "health"), "pharmacy": ("47.73Z", "health"),
    "restaurant": ("56.10A", "hospitality"), "fast_food": ("56.10C", "hospitality"),
    "cafe": ("56.30Z", "hospitality"), "bar": ("56.30Z", "hospitality"),
    "bank": ("64.19Z", "services"), "estate_agent": ("68.31Z", "services"),
    "car_repair": ("45.20A", None), "doctors": ("86.21Z", None), "school": ("85.20Z", None),
}  # fmt: skip
# Code of the BPE, and group of the proximity range if it is in one.
FACILITIES = {
    "bakery": ("B207", "bakery"), "hairdresser": ("A501", "hair"), "beauty": ("A507", "beauty"),
    "restaurant": ("A504", "eating"), "fast_food": ("A504", "eating"),
    "estate_agent": ("A505", "estate"), "pharmacy": ("D307", "pharmacy"),
    "post_office": ("A206", "post"), "library": ("F307", "library"), "school": ("C108", "school"),
    "supermarket": ("B105", None), "bank": ("A203", None), "cinema": ("F303", None),
    "theatre": ("F315", None), "police": ("A101", None),
}  # fmt: skip
CULTURE = {"library", "cinema", "theatre"}
Place = tuple[str, float, float]


def is_in(ring, lon: float, lat: float) -> bool:
    """Tell by the crossings of a ray to the east."""
    inside = False
    for (x1, y1), (x2, y2) in zip(ring, (*ring[1:], ring[0]), strict=True):
        if (y1 > lat) != (y2 > lat) and lon < x1 + (lat - y1) * (x2 - x1) / (y2 - y1):
            inside = not inside
    return inside


@pytest.fixture(scope="module")
def boundary(shared_data: Path) -> list[tuple[float, float]]:
    """Return the outline of Redon in the raw file."""
    text = (shared_data / "communes" / "communes-35-ille-et-vilaine.geojson").read_text()
    (commune,) = (f for f in json.loads(text)["features"] if f["properties"]["code"] == "35236")
    return [tuple(point) for point in commune["geometry"]["coordinates"][0]]


@pytest.fixture(scope="module")
def places(shared_data: Path) -> list[Place]:
    """Return kind, longitude and latitude of the shops and services mapped as points."""
    root = ElementTree.parse(shared_data / "redon" / "redon.osm").getroot()
    found = []
    for node in root.iter("node"):
        tags = {tag.get("k"): tag.get("v") for tag in node.iter("tag")}
        kind = tags.get("shop") or tags.get("amenity")
        if kind in TRADES or kind in FACILITIES:
            found.append((kind, float(node.get("lon")), float(node.get("lat"))))
    return found


@pytest.fixture(scope="module")
def redon(tmp_path_factory, shared_data, repository, places) -> Catalogue:
    folder = tmp_path_factory.mktemp("places")
    catalogue = Catalogue(folder)
    boundaries = shared_data / "communes" / "communes-35-ille-et-vilaine.geojson"
    ranges = repository / "config" / "facility-ranges.csv"
    for name, files in {
        "communes": [boundaries], "bpe-ranges": [ranges], "bpe": [bpe(folder, places)],
        "sirene": sirene(folder, places), "filosofi": [cell(folder)],
    }.items():  # fmt: skip
        for table in source(name).read(files):
            publish(catalogue.lake, catalogue.record(table.layer), table, source="test")
    return catalogue


def bpe(folder: Path, places: list[Place]) -> Path:
    rows = ["TYPEQU;DEPCOM;LONGITUDE;LATITUDE;QUALITE_GEOLOC"]
    rows += [f"{FACILITIES[kind][0]};35236;{lon};{lat};11"
             for kind, lon, lat in places if kind in FACILITIES]  # fmt: skip
    path = folder / "BPE25.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


def sirene(folder: Path, places: list[Place]) -> list[Path]:
    """Every third is closed, every other one an employer."""
    traded = [(TRADES[kind][0], lon, lat) for kind, lon, lat in places if kind in TRADES]
    numbers = range(len(traded))
    siret = [f"{number:014d}" for number in numbers]
    stock = {
        "siret": siret, "statutDiffusionEtablissement": ["O"] * len(traded),
        "activitePrincipaleEtablissement": [activity for activity, _, _ in traded],
        "etatAdministratifEtablissement": ["F" if n % 3 == 2 else "A" for n in numbers],
        "caractereEmployeurEtablissement": ["O" if n % 2 else "N" for n in numbers],
        "dateCreationEtablissement": ["2010-01-01"] * len(traded),
        "dateDebut": ["2018-01-01"] * len(traded),
        "codeCommuneEtablissement": ["35236"] * len(traded),
    }  # fmt: skip
    position = {
        "siret": siret, "qualite_xy": ["11"] * len(traded), "epsg": ["2154"] * len(traded),
        "x": [0.0] * len(traded), "y": [0.0] * len(traded),
        "x_longitude": [lon for _, lon, _ in traded], "y_latitude": [lat for _, _, lat in traded],
    }  # fmt: skip
    paths = [folder / "StockEtablissement_2019-09.parquet", folder / "Geolocalisation.parquet"]
    for path, columns in zip(paths, (stock, position), strict=True):
        pq.write_table(pa.table(columns), path)
    return paths


def cell(folder: Path) -> Path:
    """Return a cell of 2,000 invented inhabitants near the middle of the star."""
    path = folder / "Filosofi2021.csv"
    path.write_text(
        "idcar_200m,lcog_geo,i_est_200,ind,men\nCRS3035RES200mN2800200E3417000,35236,0,2000,900\n"
    )
    return path


@pytest.fixture(scope="module")
def star() -> Perimeter:
    return Perimeter("star", "posted", "35236", "Star", shapely.Polygon(STAR), ("", ""), False)


@pytest.fixture(scope="module")
def shops(places, boundary) -> list[tuple[str, bool, bool]]:
    """Return family, employer and inside of each open storefront of the commune, found plainly."""
    traded = [(TRADES[kind][1], lon, lat) for kind, lon, lat in places if kind in TRADES]
    return [
        (family, bool(n % 2), is_in(STAR, lon, lat))
        for n, (family, lon, lat) in enumerate(traded)
        if family and n % 3 != 2 and is_in(boundary, lon, lat)
    ]


def test_the_star_cuts_the_places_of_redon(places) -> None:
    inside = sum(is_in(STAR, lon, lat) for _, lon, lat in places)
    assert len(places) > 100
    assert 40 < inside < len(places) - 20


def test_storefronts_as_by_a_plain_count(redon, star, shops) -> None:
    inner = [shop for shop in shops if shop[2]]
    families = Counter(family for family, *_ in inner)
    parts = [count / len(inner) for count in families.values()]
    told = {one.code: one for one in evaluate(redon, star, ["E01", "E03", "E08", "E09"])}
    assert told["E01"].value == len(inner)
    assert told["E03"].value == pytest.approx(exp(-sum(p * log(p) for p in parts)))
    assert told["E08"].value == sum(employer for _, employer, _ in inner)
    assert (told["E09"].numerator, told["E09"].denominator) == (len(inner), len(shops))
    assert told["E09"].value == pytest.approx(100 * len(inner) / len(shops))
    counted = explain(redon, star, "E03")["details"]["families"]
    assert {name: count for name, count in counted.items() if count} == families


def test_facilities_as_by_a_plain_count(redon, star, places) -> None:
    served = [place for place in places if place[0] in FACILITIES]
    inner = [kind for kind, lon, lat in served if is_in(STAR, lon, lat)]
    groups = {FACILITIES[kind][1] for kind in inner} - {None}
    told = {one.code: one for one in evaluate(redon, star, ["S01", "S03", "S04", "H01"])}
    assert (told["S01"].value, told["S01"].denominator) == (len(groups), 26)
    assert (told["S03"].numerator, told["S03"].denominator) == (len(inner), len(served))
    culture = sum(kind in CULTURE for kind in inner)
    assert culture > 0
    assert told["S04"].numerator == culture
    assert told["S04"].value == pytest.approx(10_000 * culture / told["H01"].value)
