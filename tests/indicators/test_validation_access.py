"""Access and transport on real files, against the raw files read and measured another way."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pyarrow as pa
import pytest
import shapely
from pyproj import Geod

from layers import crs
from layers.catalogue import Catalogue
from layers.osm_tags import cycle_way, may_walk
from layers.publish import publish
from layers.readers import source
from layers.schema import ARROW_TYPES
from layers.tables import Table
from server.indicators import proximity
from server.indicators.choices import accessibility
from server.indicators.evaluation import evaluate, explain
from server.indicators.mobilites import ROADS
from server.indicators.network import network
from server.indicators.perimeters import Perimeter

EARTH = Geod(ellps="GRS80")
L93 = f"{crs.EPSG}2154"
BOX = shapely.box(-2.2, 47.5, -1.9, 47.8)


@pytest.fixture(scope="module")
def redon(tmp_path_factory, shared_data: Path) -> Catalogue:
    catalogue = Catalogue(tmp_path_factory.mktemp("redon"))
    for table in source("osm").read([shared_data / "redon" / "redon.osm"]):
        if table.layer in ("streets", "cycle-ways", "green-spaces", "shops", "services"):
            publish(catalogue.lake, catalogue.record(table.layer), table, source="redon.osm")
    return catalogue


@pytest.fixture(scope="module")
def ways(shared_data: Path) -> list[tuple[dict, list[tuple[str, tuple[float, float]]]]]:
    """Return tags, node ids and places of each way of the raw file."""
    root = ElementTree.parse(shared_data / "redon" / "redon.osm").getroot()
    places = {n.get("id"): (float(n.get("lon")), float(n.get("lat"))) for n in root.iter("node")}
    return [
        (
            {tag.get("k"): tag.get("v") for tag in way.iter("tag")},
            [(nd.get("ref"), places[nd.get("ref")]) for nd in way.iter("nd")
             if nd.get("ref") in places],
        )
        for way in root.iter("way")
    ]  # fmt: skip


def metres(nodes) -> float:
    return sum(EARTH.inv(*a, *b)[2] for (_, a), (_, b) in pairwise(nodes))


def shortest(graph, start: str) -> dict[str, float]:
    """Return the metres from a node to all others, by plain search on the ids of the file."""
    found, waiting = {}, [(0.0, start)]
    while waiting:
        away, node = heapq.heappop(waiting)
        if node not in found:
            found[node] = away
            for other, step in graph[node]:
                heapq.heappush(waiting, (away + step, other))
    return found


def walkable(ways):
    """Return the steps from each node in metres, where the nodes are, and the best joined one."""
    graph, places = defaultdict(list), {}
    for tags, nodes in ways:
        if "highway" in tags and may_walk(tags):
            places |= dict(nodes)
            for (a, at_a), (b, at_b) in pairwise(nodes):
                step = EARTH.inv(*at_a, *at_b)[2]
                graph[a].append((b, step))
                graph[b].append((a, step))
    return graph, places, max(graph, key=lambda node: len(graph[node]))


def test_ways_in_redon_are_as_long_as_by_plain_search_on_the_ellipsoid(redon, ways) -> None:
    graph, places, start = walkable(ways)
    plain = shortest(graph, start)
    names = sorted(plain)
    move = crs.mover(crs.CRS84, L93)
    layer = redon.layer("streets")
    walked = network(layer, shapely.buffer(shapely.Point(places[start]), 0.01), L93).minutes(
        move(np.array([places[start]])), move(np.array([places[name] for name in names]))
    )
    ours, theirs = walked * 80, np.array([plain[name] for name in names])
    assert len(names) > 800
    assert np.isfinite(ours).all()
    # Lambert-93 stretches by 0.05 % here.
    assert np.abs(ours - theirs).max() < 1.5
    assert np.median(np.abs(ours / np.maximum(theirs, 1) - 1)) < 0.001


# Real places of Redon, under the codes that the BPE gives to their kind.
KINDS = {"D307": ("amenity", "pharmacy"), "C108": ("amenity", "school"),
         "D265": ("amenity", "doctors"), "B201": ("shop", "convenience"),
         "B105": ("shop", "supermarket")}  # fmt: skip
NEEDS = {"pharmacy": ["D307"], "school": ["C108"], "doctor": ["D265"], "food": ["B201", "B105"]}


@pytest.fixture(scope="module")
def corners(redon, ways):
    """Return the junctions joined to the best one, and the ways between them, in metres."""
    graph, places, start = walkable(ways)
    move = crs.mover(crs.CRS84, L93)
    joined = sorted(shortest(graph, start))
    metric = dict(zip(joined, move(np.array([places[node] for node in joined])), strict=True))
    return graph, metric


@pytest.fixture(scope="module")
def lived_in(redon, corners):
    """Publish one invented inhabitant at each junction of Redon (synthetic)."""
    _, metric = corners
    back = crs.mover(L93, crs.CRS84)
    homes = back(np.array(list(metric.values())))
    cell = {
        "idcar_200m": "synthetic",
        "ind": float(len(homes)),
        "men": float(len(homes)),
        "geometry": shapely.box(*shapely.bounds(shapely.multipoints(homes))).buffer(0.001),
    }
    buildings = [{"cleabs": str(n), "dwellings": 1, "geometry": shapely.Point(p).buffer(1e-6)}
                 for n, p in enumerate(homes)]  # fmt: skip
    for layer, rows in (("income-cells", [cell]), ("bdtopo-buildings", buildings)):
        add(redon, layer, rows)
    return redon


def add(catalogue: Catalogue, layer: str, rows: list[dict]) -> None:
    record = catalogue.record(layer)
    columns = {a.name: pa.array([row.get(a.name) for row in rows], ARROW_TYPES[a.type])
               for a in record.attributes}  # fmt: skip
    located = "geometry" in rows[0]
    if located:
        shapes = shapely.to_wkb([row["geometry"] for row in rows])
        columns["geometry"] = pa.array(shapes, pa.binary())
    table = Table(layer, [pa.table(columns)], "OGC:CRS84" if located else None,
                  geometry_name="geometry" if located else None)  # fmt: skip
    publish(catalogue.lake, record, table, source="test")


def nearest(graph, metric, starts: list[tuple[float, str]]) -> np.ndarray:
    """Return the metres from each junction to the nearest start, entered after some metres."""
    found, waiting = {}, sorted(starts)
    while waiting:
        away, node = heapq.heappop(waiting)
        if node not in found:
            found[node] = away
            for other, step in graph[node]:
                heapq.heappush(waiting, (away + step, other))
    return np.array([found[node] for node in metric])


def entries(graph, metric, point: np.ndarray) -> list[tuple[float, str]]:
    """Return both ends of the nearest way of a point, and the metres to each, by trying all."""
    best: tuple[float, list[tuple[float, str]]] = (np.inf, [])
    for a in metric:
        for b, step in graph[a]:
            line = metric[b] - metric[a]
            along = np.clip((point - metric[a]) @ line / max(line @ line, 1e-9), 0, 1)
            away = float(np.hypot(*(metric[a] + along * line - point)))
            if away < best[0]:
                best = away, [(away + along * step, a), (away + (1 - along) * step, b)]
    return best[1] if best[0] <= 100 else []


@pytest.fixture(scope="module")
def kinds_of_redon(lived_in) -> dict[str, list]:
    """Publish the real places of Redon as facilities; return them by code."""
    found: dict[str, list] = defaultdict(list)
    for code, (key, value) in KINDS.items():
        index = lived_in.layer("shops" if key == "shop" else "services").index
        kinds = index.rows(range(index.count), [key]).column(0).to_pylist()
        shapes = shapely.centroid(index.geometries(range(index.count)))
        found[code] = [s for s, kind in zip(shapes, kinds, strict=True) if kind == value]
    assert [len(found[code]) for code in ("D307", "C108", "D265")] == [4, 7, 0]
    add(lived_in, "facilities", [
        {"typequ": code, "depcom": "35236", "qualite_geoloc": "11", "geometry": shape}
        for code, shapes in found.items() for shape in shapes
    ])  # fmt: skip
    return found


@pytest.fixture(scope="module")
def plain_minutes(corners, kinds_of_redon) -> dict[str, np.ndarray]:
    """Return the minutes from each junction to the nearest place of each need, by plain search."""
    graph, metric = corners
    move = crs.mover(crs.CRS84, L93)
    minutes = {}
    for need, codes in NEEDS.items():
        points = move(shapely.get_coordinates([s for c in codes for s in kinds_of_redon[c]]))
        starts = [entry for point in points for entry in entries(graph, metric, point)]
        away = nearest(graph, metric, starts) if starts else np.full(len(metric), np.inf)
        minutes[need] = away / 80
    return minutes


def test_walks_to_real_pharmacies_schools_and_food_shops_of_redon(lived_in, plain_minutes) -> None:
    place = Perimeter("commune", "commune", "35236", "Redon", BOX, ("", ""), fictitious=False)
    told = explain(lived_in, place, "M03")
    # The extract has no doctor: nobody knows of a nearer one than the cap.
    minutes = {need: float(np.minimum(far, 30).mean()) for need, far in plain_minutes.items()}
    assert told["details"]["minutes"] == pytest.approx(minutes, rel=2e-3)
    assert told["measure"].value == pytest.approx(np.mean(list(minutes.values())), rel=2e-3)


def test_needs_within_four_minutes_in_redon(lived_in, plain_minutes, monkeypatch) -> None:
    """The extract is too small for the quarter of an hour, so four minutes are asked for."""
    monkeypatch.setattr(proximity, "accessibility", short_walks)
    add(lived_in, "facility-ranges", [
        {"typequ_group": need, "typequ": code, "range": "proximity"}
        for need, codes in NEEDS.items() for code in codes
    ])  # fmt: skip
    place = Perimeter("commune", "commune", "35236", "Redon", BOX, ("", ""), fictitious=False)
    told = explain(lived_in, place, "M02")
    shares = {need: 100 * float((far <= 4).mean()) for need, far in plain_minutes.items()}
    assert 5 < shares["pharmacy"] < 95
    assert told["details"]["share_by_group"] == pytest.approx(shares, abs=0.5)
    assert told["measure"].value == pytest.approx(np.mean(list(shares.values())) / 100, abs=0.005)


def test_junctions_within_four_minutes_of_a_square_of_redon(
    lived_in, corners, shared_data, monkeypatch
) -> None:
    monkeypatch.setattr(proximity, "accessibility", short_walks)
    (table,) = source("communes").read(sorted((shared_data / "communes").glob("*-35-*")))
    publish(lived_in.lake, lived_in.record("communes"), table, source="communes")
    graph, metric = corners
    places = np.array(list(metric.values()))
    square = shapely.box(*(np.median(places, axis=0) - 100), *(np.median(places, axis=0) + 100))
    starts = []
    for a in metric:
        for b, step in graph[a]:
            cuts = np.linspace(0, 1, int(step) + 2)
            line = metric[a] + cuts[:, None] * (metric[b] - metric[a])
            inside = shapely.contains_xy(square, *line.T)
            starts += [(float(step * cut), a) for cut in cuts[inside][:1]]
    boundary = lived_in.layer("communes").index
    commune = boundary.geometries(np.array([boundary.row_of("35236")]))[0]
    here = shapely.contains_xy(commune, *crs.mover(L93, crs.CRS84)(places).T)
    away = nearest(graph, metric, starts)[here]
    area = shapely.transform(square, crs.mover(L93, crs.CRS84))
    place = Perimeter("x", "shared", "35236", "Redon", area, ("", ""), fictitious=False)
    (measure,) = evaluate(lived_in, place, ["M01"])
    near, far = (100 * float((away <= metres).mean()) for metres in (310, 330))
    assert 5 < near < far < 95
    assert near <= measure.value <= far


def short_walks():
    return accessibility().model_copy(update={"minutes": 4})


def test_walks_to_a_real_park_of_redon(lived_in, corners, monkeypatch) -> None:
    """Doors are where ways, cut every metre, come within 15 m of a green space.

    The extract holds no public one of half a hectare, so those of 0.3 ha count here.
    """
    chosen = accessibility().model_copy(update={"green_hectares": 0.3})
    monkeypatch.setattr(proximity, "accessibility", lambda: chosen)
    graph, metric = corners
    index = lived_in.layer("green-spaces").index
    move = crs.mover(crs.CRS84, L93)
    shapes = shapely.transform(index.geometries(range(index.count)), move)
    rows = index.rows(range(index.count), ["kind", "access"]).to_pylist()
    public = [shape for shape, row in zip(shapes, rows, strict=True)
              if shape is not None and shape.area >= 3_000 and row["kind"] == "park"]  # fmt: skip
    assert [round(park.area) for park in public] == [3302]
    assert {row["access"] for row in rows if row["kind"] == "park"} == {None}
    ground = shapely.union_all(public).buffer(15)
    starts = []
    for a in metric:
        for b, step in graph[a]:
            cuts = np.linspace(0, 1, int(step) + 2)
            line = metric[a] + cuts[:, None] * (metric[b] - metric[a])
            inside = shapely.contains_xy(ground, *line.T)
            starts += [(float(step * cut), a) for cut in cuts[inside][:1]]
    away = nearest(graph, metric, starts)
    near, far = (100 * float((away <= limit).mean()) for limit in (290, 310))
    place = Perimeter("commune", "commune", "35236", "Redon", BOX, ("", ""), fictitious=False)
    (measure,) = evaluate(lived_in, place, ["U06"])
    assert 1 < near < far < 99
    assert near <= measure.value <= far


def test_cycle_ways_of_redon(redon, ways) -> None:
    place = Perimeter("commune", "commune", "35236", "Redon", BOX, ("", ""), fictitious=False)
    (measure,) = evaluate(redon, place, ["M07"])
    roads = sum(metres(nodes) for tags, nodes in ways
                if tags.get("highway") in ROADS and may_walk(tags))  # fmt: skip
    room = [(cycle_way(tags), metres(nodes)) for tags, nodes in ways if "highway" in tags]
    cycles = sum(row["sides"] / 2 * length for row, length in room if row)
    assert measure.denominator == pytest.approx(roads / 1_000, rel=0.002)
    assert measure.numerator == pytest.approx(cycles / 1_000, rel=0.002)
    assert measure.value == pytest.approx(100 * cycles / roads, rel=0.002)


def test_frequent_stops_of_perpignan(tmp_path, shared_data: Path) -> None:
    import csv
    import io
    import zipfile

    path = shared_data / "perpignan" / "perpignan.gtfs.zip"
    catalogue = Catalogue(tmp_path)
    table = next(t for t in source("gtfs").read([path]) if t.layer == "transit-stops")
    publish(catalogue.lake, catalogue.record("transit-stops"), table, source=path.name)
    index = catalogue.layer("transit-stops").index
    told = index.rows(range(index.count), ["stop_id", "departures", "reference_day"]).to_pylist()
    assert {row["reference_day"].isoweekday() for row in told} == {2}
    day = f"{told[0]['reference_day']:%Y%m%d}"

    with zipfile.ZipFile(path) as archive:

        def rows(name):
            text = io.TextIOWrapper(archive.open(f"{name}.txt"), "utf-8-sig", newline="")
            return list(csv.DictReader(text))

        weekly = rows("calendar") if "calendar.txt" in archive.namelist() else []
        served = {c["service_id"] for c in weekly
                  if c["tuesday"] == "1" and c["start_date"] <= day <= c["end_date"]}  # fmt: skip
        for change in rows("calendar_dates"):
            if change["date"] == day:
                (served.add if change["exception_type"] == "1" else served.discard)(
                    change["service_id"]
                )
        trips = {trip["trip_id"] for trip in rows("trips") if trip["service_id"] in served}
        calls = [call for call in rows("stop_times") if call["trip_id"] in trips]
    last: Counter[str] = Counter()
    for call in calls:
        last[call["trip_id"]] = max(last[call["trip_id"]], int(call["stop_sequence"]))
    counted = Counter(
        call["stop_id"] for call in calls
        if int(call["stop_sequence"]) < last[call["trip_id"]] and call.get("pickup_type") != "1"
        and 6 <= int(call["departure_time"].split(":")[0]) < 21
    )  # fmt: skip
    assert {row["stop_id"] for row in told if row["departures"] >= 30} == {
        stop for stop, count in counted.items() if count >= 30
    }
    assert sum(row["departures"] for row in told) == sum(counted.values())
