"""Times on the street network, by foot or by cycle.

Ways join where they share a vertex, so a bridge does not join the street that passes below it.
Every vertex is a node; long segments are cut, so that an area which a street crosses holds some of
its nodes. Distances are metres in the town's legal projection.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from cachetools import LRUCache
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from layers import crs
from layers.catalogue import Layer

SNAP_M = 100.0
SPACING_M = 20.0
# Ways that meet no other, shorter than this and than this share of the longest network.
FRAGMENT_M, FRAGMENT_SHARE = 500.0, 0.05
NODES_KEPT = 2_000_000
# A network is read for whole squares of this size, so that the perimeters of a town share it.
SQUARE_DEGREES = 0.1


@dataclass(frozen=True)
class Mode:
    """A way of travelling: its speed, and the speeds of kinds of way where it is another.

    Attributes:
        kmh: speed on a street.
        other: speed by ``highway`` value; 0 for a kind of way that is not used.
    """

    name: str
    kmh: float
    other: tuple[tuple[str, float], ...] = ()


WALK = Mode("walk", 4.8)
# A cycle is pushed on pavements and in pedestrian streets; one-way streets are not known.
CYCLE = Mode("cycle", 15.0, (("steps", 0.0), ("corridor", 0.0), ("footway", 4.8),
                             ("pedestrian", 4.8)))  # fmt: skip


class Network:
    """Nodes and the minutes between them, both ways alike.

    Attributes:
        nodes: (n, 2) places in metres.
    """

    def __init__(self, lines: np.ndarray, kinds: Sequence[str | None], mode: Mode = WALK) -> None:
        """Build it from lines in metres and the ``highway`` value of each."""
        speeds = _speeds(kinds, mode)
        used = (speeds > 0) & ~shapely.is_missing(lines)
        self.nodes, self._ends, way = _segments(np.asarray(lines, dtype=object)[used])
        self._pace = 60 / (mode.kmh * 1_000)
        steps = self.nodes[self._ends[0]] - self.nodes[self._ends[1]]
        self._minutes = np.hypot(*steps.T) * 60 / (speeds[used][way] * 1_000)
        self._graph = _graph(self._ends, self._minutes, len(self.nodes))
        self._doors = _outside_fragments(self._graph, self._ends, np.hypot(*steps.T))
        places = np.stack([self.nodes[end[self._doors]] for end in self._ends], axis=1)
        self._tree = shapely.STRtree(shapely.linestrings(places) if len(places) else [])

    def snap(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (n, 2) both ends of the nearest segment of each point, and the minutes to them.

        The way to the segment and along it is counted; ∞ beyond SNAP_M.
        """
        node = np.zeros((len(points), 2), dtype=np.int64)
        minutes = np.full((len(points), 2), np.inf)
        (point, segment), away = self._tree.query_nearest(
            shapely.points(points), max_distance=SNAP_M, return_distance=True, all_matches=False
        )
        segment = self._doors[segment]
        node[point] = self._ends[:, segment].T
        start, end = (self.nodes[self._ends[i, segment]] for i in (0, 1))
        step = end - start
        length = np.maximum((step**2).sum(axis=1), 1e-12)
        along = np.clip(((points[point] - start) * step).sum(axis=1) / length, 0, 1)
        share = np.stack([along, 1 - along], axis=1)
        minutes[point] = away[:, None] * self._pace + share * self._minutes[segment, None]
        return node, minutes

    def minutes(
        self, sources: np.ndarray, targets: np.ndarray, limit: float = np.inf
    ) -> np.ndarray:
        """Return the minutes from each target to the nearest source, both snaps counted.

        Args:
            sources: (m, 2) places in metres.
            targets: (n, 2) places in metres.
            limit: longer ways than this are not looked for: ∞.
        """
        node, stop = self.snap(np.asarray(targets, dtype=float).reshape(-1, 2))
        found = (self.field(sources, limit)[node] + stop).min(axis=1)
        return np.where(found <= limit, found, np.inf)

    def field(self, sources: np.ndarray, limit: float = np.inf) -> np.ndarray:
        """Return the minutes from each node to the nearest source; ∞ beyond the limit."""
        node, start = self.snap(np.asarray(sources, dtype=float).reshape(-1, 2))
        reached = np.isfinite(start)
        if not reached.any():
            return np.full(max(len(self.nodes), 1), np.inf)
        return self._from(node[reached], start[reached], limit)

    def _from(self, nodes: np.ndarray, start: np.ndarray, limit: float) -> np.ndarray:
        """Return the minutes from the nearest of some nodes, each entered after a start."""
        count = len(self.nodes)
        # One more node stands before all sources: its edges are the ways to the network.
        order = np.lexsort((start, nodes))
        nodes, first = np.unique(nodes[order], return_index=True)
        entry = np.maximum(start[order][first], 1e-9)  # a sparse graph forgets edges of 0
        graph = self._graph
        data = np.concatenate([graph.data, entry])
        indices = np.concatenate([graph.indices, nodes.astype(graph.indices.dtype)])
        indptr = np.append(graph.indptr, len(data))
        whole = csr_array((data, indices, indptr), shape=(count + 1, count + 1))
        return np.asarray(dijkstra(whole, indices=count, limit=limit)[:count])


def network(layer: Layer, area: Any, projection: str, mode: Mode = WALK) -> Network:
    """Return the network of a layer of streets around an area of CRS84, kept for the next call."""
    west, south, east, north = np.array(shapely.bounds(area)) / SQUARE_DEGREES
    box = tuple(float(round(edge * SQUARE_DEGREES, 6)) for edge in
                (np.floor(west), np.floor(south), np.ceil(east), np.ceil(north)))  # fmt: skip
    key = (layer.index_folder, box, projection, mode)
    with _lock:
        if key in _kept:
            return _kept[key]
    rows = layer.index.in_box(box)
    move = crs.mover(crs.CRS84, projection)
    shapes = layer.index.geometries(rows)
    lines = shapely.transform(shapes, move)
    kinds = layer.index.rows(rows, ["highway"]).column(0).to_pylist()
    built = Network(lines, kinds, mode)
    with _lock:
        _kept[key] = built
    return built


def _speeds(kinds: Sequence[str | None], mode: Mode) -> np.ndarray:
    other = dict(mode.other)
    return np.array([other.get(kind or "", mode.kmh) for kind in kinds], dtype=float)


def _segments(lines: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (n, 2) nodes, (2, m) nodes at the ends of each segment and (m,) its line.

    Vertices at one place are one node; those that cut a long segment are of their line alone.
    """
    points, owner = shapely.get_coordinates(lines, return_index=True)
    # A millimetre is far below any mapping.
    _, first, number = np.unique(
        np.rint(points * 1_000).astype(np.int64), axis=0, return_index=True, return_inverse=True
    )
    same = owner[1:] == owner[:-1]
    start, end = number.ravel()[:-1][same], number.ravel()[1:][same]
    nodes = points[first]
    steps = nodes[end] - nodes[start]
    pieces = np.maximum(np.ceil(np.hypot(*steps.T) / SPACING_M), 1).astype(int)
    part = np.arange(pieces.sum()) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    segment = np.repeat(np.arange(len(pieces)), pieces)
    inner = part > 0
    share = part[inner] / pieces[segment[inner]]
    cuts = nodes[start[segment[inner]]] + steps[segment[inner]] * share[:, None]
    before, after = start[segment], end[segment]
    before[inner] = after[np.flatnonzero(inner) - 1] = len(nodes) + np.arange(len(cuts))
    return np.vstack([nodes, cuts]), np.stack([before, after]), owner[1:][same][segment]


def _graph(ends: np.ndarray, minutes: np.ndarray, count: int) -> csr_array:
    """Return the minutes along each segment, both ways, the fastest of several."""
    ends, both = np.hstack([ends, ends[::-1]]), np.concatenate([minutes, minutes])
    order = np.lexsort((both, ends[1], ends[0]))
    ends, both = ends[:, order], both[order]
    fresh = ends[0] != ends[1]
    fresh[1:] &= (ends[:, 1:] != ends[:, :-1]).any(axis=0)
    return csr_array((both[fresh], (ends[0][fresh], ends[1][fresh])), shape=(count, count))


def _outside_fragments(graph: csr_array, ends: np.ndarray, metres: np.ndarray) -> np.ndarray:
    """Return the segments that are not of a fragment, such as a path mapped on its own."""
    if not len(metres):
        return np.empty(0, dtype=np.int64)
    part = connected_components(graph, directed=False)[1][ends[0]]
    length = np.bincount(part, metres)
    return np.flatnonzero(length[part] >= min(FRAGMENT_M, FRAGMENT_SHARE * length.max()))


def _size(built: Network) -> int:
    return min(len(built.nodes) + 1, NODES_KEPT)


_kept: LRUCache[Any, Network] = LRUCache(NODES_KEPT, getsizeof=_size)
_lock = threading.Lock()
