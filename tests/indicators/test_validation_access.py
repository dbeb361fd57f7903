"""Access and transport on real files, against the raw files read and measured another way."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import shapely
from pyproj import Geod

from layers import crs
from layers.catalogue import Catalogue
from layers.osm_tags import cycle_way, may_walk
from layers.publish import publish
from layers.readers import source
from server.indicators.evaluation import evaluate
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
        if table.layer in ("streets", "cycle-ways"):
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


def test_ways_in_redon_are_as_long_as_by_plain_search_on_the_ellipsoid(redon, ways) -> None:
    graph, places = defaultdict(list), {}
    for tags, nodes in ways:
        if "highway" in tags and may_walk(tags):
            places |= dict(nodes)
            for (a, at_a), (b, at_b) in pairwise(nodes):
                step = EARTH.inv(*at_a, *at_b)[2]
                graph[a].append((b, step))
                graph[b].append((a, step))
    start = max(graph, key=lambda node: len(graph[node]))
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
