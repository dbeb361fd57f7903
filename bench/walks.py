"""Walk times on street networks, ours against pandana: the same graph, the same places."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from bench.servers import ROOT
from bench.timing import Times, timed
from layers import crs
from layers.demo.lake import demo_layers
from layers.readers import source
from layers.tables import GEOMETRY
from server.indicators.choices import accessibility
from server.indicators.network import WALK, Network

REQUIREMENTS = Path(__file__).with_name("walks.txt")
REDON = ROOT.parent / "shared" / "data" / "redon" / "redon.osm"
SEED = 20260101
KINDS, PLACES = 30, 50
SIDE, GAP_M, TURN = 3, 500.0, 0.3  # sample towns side by side, ground between them, radians
METRES_A_MINUTE = WALK.kmh * 1_000 / 60
LIMIT_M = accessibility().cap_minutes * METRES_A_MINUTE
# pandana counts in thousandths of a metre, and a way has some hundred steps.
TOLERANCE_M = 0.5


@dataclass(frozen=True)
class Graph:
    """Streets, and what both sides are told of them.

    Attributes:
        lines, kinds: the streets in metres and their ``highway`` values.
        xy: (n, 2) their vertices.
        ends: (2, m) vertices at the ends of each segment.
        places: (KINDS, PLACES) vertices where there is something to walk to.
        joined: vertices of the largest part that hangs together, where answers are compared.
    """

    name: str
    lines: np.ndarray
    kinds: list[str | None]
    xy: np.ndarray
    ends: np.ndarray
    places: np.ndarray
    joined: np.ndarray


@dataclass
class Walk:
    """What was measured on a graph: times by side; distances compared, how many differ, the most.

    ``peer`` is the version of pandana; ``build`` makes the network; ``first`` and ``queries`` find
    the nearest place of one kind, and of all kinds, from every node.
    """

    graph: Graph
    peer: str = ""
    build: dict[str, list[Times]] = field(default_factory=lambda: {"ours": [], "peer": []})
    first: dict[str, list[Times]] = field(default_factory=lambda: {"ours": [], "peer": []})
    queries: dict[str, list[Times]] = field(default_factory=lambda: {"ours": [], "peer": []})
    compared: int = 0
    apart: int = 0
    most: float = 0.0


def measured(python: Path, folder: Path, rounds: int) -> Iterator[Walk]:
    """Yield each graph with its times, both sides in turn.

    Args:
        python: that of pandana's environment.
        folder: where graphs and answers go.
        rounds: how often.
    """
    for graph in graphs():
        walk = Walk(graph)
        for _ in range(rounds):
            ours, theirs = our_side(walk), peer_side(walk, python, folder)
            compare(walk, ours, theirs)
        yield walk


def our_side(walk: Walk) -> np.ndarray:
    """Time our side; return (KINDS, n) metres from each vertex to the nearest place."""
    graph = walk.graph
    network, build = timed(Network, graph.lines, graph.kinds)
    minutes = LIMIT_M / METRES_A_MINUTE
    times = [timed(network.field, at, minutes)[1] for at in graph.xy[graph.places]]
    _note(walk, "ours", build, times)
    found = [network.minutes(at, graph.xy, minutes) for at in graph.xy[graph.places]]
    return np.array(found) * METRES_A_MINUTE


def peer_side(walk: Walk, python: Path, folder: Path) -> np.ndarray:
    """Time pandana in a process of its own; return the same."""
    graph, given, answer = walk.graph, folder / "graph.npz", folder / "answer.npz"
    start, end = graph.xy[graph.ends]
    np.savez(given, xy=graph.xy, ends=graph.ends, places=graph.places, limit=LIMIT_M,
             metres=np.hypot(*(start - end).T))  # fmt: skip
    command = [str(part) for part in (python, "-m", "bench.walks_pandana", given, answer)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(command, check=True, cwd=ROOT, env=environment, capture_output=True)
    found = np.load(answer)
    walk.peer = str(found["version"])
    _note(walk, "peer", Times(*found["build"]), [Times(*each) for each in found["queries"]])
    return np.asarray(found["distances"])


def _note(walk: Walk, side: str, build: Times, queries: list[Times]) -> None:
    walk.build[side].append(build)
    walk.first[side].append(queries[0])
    walk.queries[side].append(Times(*map(sum, zip(*queries, strict=True))))


def compare(walk: Walk, ours: np.ndarray, theirs: np.ndarray) -> None:
    """Note how many distances differ; a way longer than the limit counts as the limit."""
    joined = walk.graph.joined
    apart = np.abs(np.minimum(ours, LIMIT_M) - np.minimum(theirs, LIMIT_M))[:, joined]
    walk.compared, walk.most = apart.size, float(apart.max())
    walk.apart = int(np.count_nonzero(apart > TOLERANCE_M))


def graphs() -> Iterator[Graph]:
    """Yield Redon where its file is there, the sample town, and many sample towns in one."""
    if REDON.exists():
        yield _graph("Redon, OpenStreetMap", *_redon())
    streets = next(layer for layer in demo_layers() if layer.id == "sample-streets").make()
    table = pa.concat_tables(list(streets.batches))
    lines, kinds = shapely.from_wkb(table[GEOMETRY].to_numpy()), table["highway"].to_pylist()
    yield _graph("the sample town, synthetic", lines, kinds)
    yield _graph(f"{SIDE**2} sample towns, synthetic", *_side_by_side(lines, kinds))


def _redon() -> tuple[np.ndarray, list[str | None]]:
    streets = next(table for table in source("osm").read([REDON]) if table.layer == "streets")
    table = pa.concat_tables(list(streets.batches))
    move = crs.mover(crs.CRS84, f"{crs.EPSG}2154")
    lines = shapely.transform(shapely.from_wkb(table[GEOMETRY].to_numpy()), move)
    return lines, table["highway"].to_pylist()


def _side_by_side(
    lines: np.ndarray, kinds: list[str | None]
) -> tuple[np.ndarray, list[str | None]]:
    """Return copies of a town in a square, the middle of each joined by road to the next ones."""
    xy = shapely.get_coordinates(lines)
    step, middle = np.ptp(xy, axis=0).max() + GAP_M, _middle(xy)
    cells = [(i, j) for i in range(SIDE) for j in range(SIDE)]
    # Along no street, so that no road passes through a crossing that it does not join.
    turned = np.array([[np.cos(TURN), np.sin(TURN)], [-np.sin(TURN), np.cos(TURN)]]) * step
    copies = [shapely.transform(lines, lambda xy, by=by: xy + by) for by in cells @ turned]
    roads = [shapely.LineString(middle + np.array([one, other]) @ turned)
             for one in cells for other in cells
             if other in ((one[0] + 1, one[1]), (one[0], one[1] + 1))]  # fmt: skip
    return np.concatenate([*copies, roads]), [*kinds * SIDE**2, *["primary"] * len(roads)]


def _middle(xy: np.ndarray) -> np.ndarray:
    """Return the vertex nearest to the middle."""
    return np.asarray(xy[np.hypot(*(xy - np.median(xy, axis=0)).T).argmin()])


def _graph(name: str, lines: np.ndarray, kinds: list[str | None]) -> Graph:
    """Return the graph of some streets; vertices at the same millimetre are one."""
    points, owner = shapely.get_coordinates(lines, return_index=True)
    _, first, number = np.unique(
        np.rint(points * 1_000).astype(np.int64), axis=0, return_index=True, return_inverse=True
    )
    same = owner[1:] == owner[:-1]
    ends = np.stack([number.ravel()[:-1][same], number.ravel()[1:][same]])
    size = (len(first), len(first))
    part = connected_components(csr_array((np.ones(ends.shape[1]), tuple(ends)), shape=size))[1]
    joined = np.flatnonzero(part == np.bincount(part).argmax())
    places = np.random.default_rng(SEED).choice(joined, (KINDS, PLACES))
    return Graph(name, lines, kinds, points[first], ends, places, joined)
