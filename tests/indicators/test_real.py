"""Indicators on real files, against counts made another way."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections import defaultdict
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any
from xml.etree import ElementTree

import pytest
import shapely
from pyproj import Geod

from layers.catalogue import Catalogue
from layers.publish import publish
from layers.readers import source
from server.indicators.evaluation import evaluate, explain
from server.indicators.perimeters import Perimeter

EARTH = Geod(ellps="GRS80")


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory):
    """Give a function: a source, a file and a layer in, the catalogue that serves it out."""

    def load(name: str, path: Path, layer: str) -> Catalogue:
        catalogue = Catalogue(tmp_path_factory.mktemp(name))
        table = next(t for t in source(name).read([path]) if t.layer == layer)
        publish(catalogue.lake, catalogue.record(layer), table, source=path.name)
        return catalogue

    return load


def area(insee: str, shape: Any) -> Perimeter:
    return Perimeter("commune", "commune", insee, insee, shape, ("", ""), fictitious=False)


def test_median_price_of_perpignan(imported, shared_data: Path) -> None:
    path = shared_data / "perpignan" / "dvf_66136.csv"
    catalogue = imported("dvf", path, "sales")
    (measure,) = evaluate(catalogue, area("66136", shapely.box(2.8, 42.6, 3, 42.8)), ["H05"])

    groups = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    newest = date.fromisoformat(max(row["date_mutation"] for row in rows))
    for row in rows:
        if row["nature_mutation"].startswith("Vente") and row["code_type_local"] in ("1", "2", "4"):
            groups[row["id_mutation"]].append(row)
    prices = []
    for sold in groups.values():
        lands = [(*dwelling(row), row["surface_terrain"]) for row in sold]
        recent = (newest - date.fromisoformat(sold[0]["date_mutation"])).days <= 1_096
        single = len({dwelling(row) for row in sold}) == 1 and len(set(lands)) == len(lands)
        if recent and single and sold[0]["code_type_local"] != "4":
            prices.append(float(sold[0]["valeur_fonciere"]) / float(sold[0]["surface_reelle_bati"]))
    assert measure.n == len(prices) > 300
    assert measure.value == pytest.approx(median(prices))
    assert measure.interval[0] < measure.value < measure.interval[1]


def dwelling(row: dict[str, str]) -> tuple[str, ...]:
    names = ("id_parcelle", "code_type_local", "surface_reelle_bati", "nombre_pieces_principales")
    return tuple(row[name] for name in names)


def test_shops_of_redon(imported, shared_data: Path) -> None:
    path = shared_data / "redon" / "redon.osm"
    catalogue = imported("osm", path, "shops")
    place = area("35236", shapely.box(-2.2, 47.5, -1.9, 47.8))
    vacancy, continuity = evaluate(catalogue, place, ["E04", "E10"])

    tags = [
        {tag.get("k"): tag.get("v") for tag in thing.findall("tag")}
        for thing in ElementTree.parse(path).getroot()
    ]
    vacant = sum(t.get("shop") == "vacant" or "disused:shop" in t for t in tags)
    active = sum(t.get("shop", "vacant") != "vacant" for t in tags)
    assert (vacancy.numerator, vacancy.denominator) == (vacant, vacant + active)
    assert vacancy.value == pytest.approx(100 * vacant / (vacant + active))
    assert vacancy.evidence == "estimé"

    (rows,) = explain(catalogue, place, "E10")["rows"]
    points = [feature["geometry"]["coordinates"] for feature in rows["features"]]
    assert len(points) == active
    grouped = sum(len(group) for group in linked(points, 50) if len(group) >= 5)
    assert (continuity.numerator, continuity.n) == (grouped, active)
    assert 0 < grouped < active


def linked(points: list[list[float]], reach: float) -> list[set[int]]:
    """Return groups of points joined by steps on the ellipsoid, by plain search."""
    left, groups = set(range(len(points))), []
    while left:
        group, fresh = set(), {left.pop()}
        while fresh:
            one = fresh.pop()
            group.add(one)
            near = {n for n in left if EARTH.inv(*points[one], *points[n])[2] <= reach}
            left -= near
            fresh |= near
        groups.append(group)
    return groups


def test_poor_households_of_rodez(imported, shared_data: Path) -> None:
    import pyogrio

    path = shared_data / "rodez" / "filosofi_200m_2015.shp"
    catalogue = imported("filosofi", path, "income-cells")
    (whole,) = evaluate(catalogue, area("12202", shapely.box(2.3, 44.2, 2.8, 44.6)), ["H10"])
    cells = pyogrio.read_dataframe(path, read_geometry=False)
    assert whole.numerator == pytest.approx(cells["men_pauv"].sum())
    assert whole.denominator == pytest.approx(cells["men"].sum())
    assert whole.imputed_share is None  # the 2015 layout does not tell it

    text = (shared_data / "communes" / "communes-12-aveyron.geojson").read_text(encoding="utf-8")
    features = json.loads(text)["features"]
    rodez = next(f["geometry"] for f in features if f["properties"]["code"] == "12202")
    commune = shapely.from_geojson(json.dumps(rodez))
    halves = [shapely.box(2.3, 44.2, 2.57, 44.6), shapely.box(2.57, 44.2, 2.8, 44.6)]
    shapes = [commune, *(shapely.intersection(commune, half) for half in halves)]
    town, west, east = (evaluate(catalogue, area("12202", s), ["H10"])[0] for s in shapes)
    assert 0 < west.denominator < town.denominator < whole.denominator
    assert west.denominator + east.denominator == pytest.approx(town.denominator, rel=1e-5)
    assert west.numerator + east.numerator == pytest.approx(town.numerator, rel=1e-5)


def test_departures_near_a_place_of_perpignan(imported, shared_data: Path) -> None:
    path = shared_data / "perpignan" / "perpignan.gtfs.zip"
    catalogue = imported("gtfs", path, "transit-stops")
    centre = (2.894, 42.698)
    place = area("66136", shapely.buffer(shapely.Point(centre), 1e-7))
    (measure,) = evaluate(catalogue, place, ["M04"])
    told = explain(catalogue, place, "M04")
    assert told["details"]["reference_days"] == ["2025-04-29"]

    with zipfile.ZipFile(path) as archive:
        services = running(archive, "20250429")
        trips = {t["trip_id"] for t in table(archive, "trips") if t["service_id"] in services}
        places = {
            stop["stop_id"]: (float(stop["stop_lon"]), float(stop["stop_lat"]))
            for stop in table(archive, "stops")
        }
        calls = [c for c in table(archive, "stop_times") if c["trip_id"] in trips]
    near = {stop for stop, at in places.items() if EARTH.inv(*centre, *at)[2] <= 300}
    last: dict[str, int] = defaultdict(int)
    for call in calls:
        last[call["trip_id"]] = max(last[call["trip_id"]], int(call["stop_sequence"]))
    expected = sum(
        call["stop_id"] in near
        and int(call["stop_sequence"]) < last[call["trip_id"]]
        and 6 <= int(call["departure_time"].split(":")[0]) < 21
        and call.get("pickup_type") != "1"
        for call in calls
    )
    assert measure.value == expected > 100


def table(archive: zipfile.ZipFile, name: str) -> Any:
    with archive.open(f"{name}.txt") as file:
        yield from csv.DictReader(io.TextIOWrapper(file, "utf-8-sig", newline=""))


def running(archive: zipfile.ZipFile, day: str) -> set[str]:
    """Return the services of a Tuesday."""
    found = set()
    if "calendar.txt" in archive.namelist():
        found = {c["service_id"] for c in table(archive, "calendar")
                 if c["tuesday"] == "1" and c["start_date"] <= day <= c["end_date"]}  # fmt: skip
    changed = [c for c in table(archive, "calendar_dates") if c["date"] == day]
    found |= {c["service_id"] for c in changed if c["exception_type"] == "1"}
    return found - {c["service_id"] for c in changed if c["exception_type"] == "2"}
