"""Buses of the sample town: three lines that follow its streets and meet at the boulevards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from layers.demo.frame import Array, Geometry, placed
from layers.demo.rows import table
from layers.demo.streets import junctions, network
from layers.tables import Table

REFERENCE_DAY = date(2025, 11, 18)  # a Tuesday
SPACING = 380.0  # metres between stops
SHARED = 140.0  # stops of two lines closer than this are one
SLOWNESS = {"secondary": 1.0, "tertiary": 1.0, "residential": 2.5, "unclassified": 2.5}
HUB = (35, -272)
# Short name, long name, colour, trips of both directions, places on the way.
LINES = (
    ("1", "Les Hauts — Centre — Le Midi", "C0392B", 76,
     ((430, 1420), (60, 265), HUB, (-620, -1130))),
    ("2", "Zone d'activités — Centre — Route de l'Est", "2471A3", 58,
     ((-1380, 400), (-275, 70), HUB, (500, 400), (1080, 590))),
    ("3", "Avenue de la Gare — Centre — Pont Neuf", "1E8449", 30,
     ((-1080, 1090), (-400, 280), HUB, (1000, -480))),
)  # fmt: skip


@dataclass
class Stop:
    """A stop: where it is (m around the town hall), its lines and its departures."""

    place: Geometry
    name: str
    lines: list[str]
    departures: int = 0


@cache
def _routes() -> tuple[Geometry, ...]:
    """Return the way of each line along the streets."""
    found = network()
    start, end = junctions(found.lines)
    size = int(max(start.max(), end.max())) + 1
    cost = shapely.length(found.lines) * [SLOWNESS.get(h, 15.0) for h in found.highways]
    order = np.argsort(-cost, kind="stable")  # of two streets between two junctions, the shorter
    edges = {tuple(sorted(pair)): i for i in order for pair in [(int(start[i]), int(end[i]))]}
    kept = np.array(sorted(edges.values()))
    graph = coo_array((cost[kept], (start[kept], end[kept])), shape=(size, size)).tocsr()
    spots = np.zeros((size, 2))
    spots[start] = shapely.get_coordinates(shapely.get_point(found.lines, 0))
    spots[end] = shapely.get_coordinates(shapely.get_point(found.lines, -1))
    routes = []
    for *_, places in LINES:
        nodes = [int(np.hypot(*(spots - place).T).argmin()) for place in places]
        ways = [w for pair in pairwise(nodes) for w in _way(graph, *pair)]
        routes.append(_joined([(found.lines[edges[tuple(sorted(w))]], spots[w[0]]) for w in ways]))
    return tuple(routes)


def _way(graph: coo_array, start: int, end: int) -> list[tuple[int, int]]:
    """Return the pairs of junctions on the quickest way."""
    _, before = dijkstra(graph, directed=False, indices=start, return_predecessors=True)
    way = []
    while end != start:
        way.append((int(before[end]), end))
        end = int(before[end])
    return way[::-1]


def _joined(stretches: list[tuple[Geometry, Array]]) -> Geometry:
    """Return one line of stretches, each turned so as to start where the bus comes from."""
    coordinates = []
    for line, start in stretches:
        points = shapely.get_coordinates(line)
        coordinates.append(points if np.allclose(points[0], start) else points[::-1])
    return shapely.LineString(np.concatenate(coordinates)).simplify(0)


@cache
def _stops() -> tuple[Stop, ...]:
    stops: list[Stop] = []
    for (short, _, _, trips, _), route in zip(LINES, _routes(), strict=True):
        count = max(2, round(route.length / SPACING) + 1)
        hub = route.project(shapely.Point(HUB))
        places = np.linspace(0, route.length, count)
        places[np.abs(places - hub).argmin()] = hub
        for rank, at in enumerate(places):
            stop = _stop_at(stops, route.interpolate(at))
            if short not in stop.lines:
                stop.lines.append(short)
                # At an end, buses of one direction only leave.
                stop.departures += trips // 2 if rank in (0, count - 1) else trips
    return tuple(stops)


def _stop_at(stops: list[Stop], place: Geometry) -> Stop:
    near = [stop for stop in stops if stop.place.distance(place) < SHARED]
    if near:
        return min(near, key=lambda stop: float(stop.place.distance(place)))
    found = network()
    named = np.array([name is not None for name in found.names])
    street = shapely.STRtree(found.lines[named]).nearest(place)
    hub = place.distance(shapely.Point(HUB)) < SHARED
    name = "Centre" if hub else str(found.names[named][street])
    taken = sum(stop.name.split(" (")[0] == name for stop in stops)
    stops.append(Stop(place, f"{name} ({taken + 1})" if taken else name, []))
    return stops[-1]


def transit_stops() -> Table:
    """Return the stops with the departures of both directions."""
    stops = _stops()
    columns = {
        "stop_id": [f"EX{i + 1:03d}" for i in range(len(stops))],
        "name": [stop.name for stop in stops],
        "departures": [stop.departures for stop in stops],
        "reference_day": [REFERENCE_DAY] * len(stops),
        "lines": [";".join(stop.lines) for stop in stops],
        "wheelchair": ["yes" if len(stop.lines) > 1 else None for stop in stops],
    }
    return table("sample-transit-stops", columns, placed([stop.place for stop in stops]))


def transit_lines() -> Table:
    """Return the three bus lines."""
    columns = {
        "route_id": [f"EX-{short}" for short, *_ in LINES],
        "short_name": [short for short, *_ in LINES],
        "long_name": [name for _, name, *_ in LINES],
        "mode": ["bus"] * len(LINES),
        "trips": [trips for *_, trips, _ in LINES],
        "reference_day": [REFERENCE_DAY] * len(LINES),
        "color": [color for _, _, color, _, _ in LINES],
    }
    return table("sample-transit-lines", columns, placed(list(_routes())))
