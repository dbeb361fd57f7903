"""The walk times of ``bench.walks`` by pandana, in an environment of its own (``walks.txt``).

``python -m bench.walks_pandana GRAPH ANSWER`` reads the graph and the places of an ``.npz``, and
writes the distances and the times taken to another.
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Any

import numpy as np
import pandana
import pandas as pd

from bench.timing import timed


def main(graph: str, answer: str) -> None:
    """Build the network, then find the nearest place of each kind from every node."""
    given = np.load(graph)
    network, build = timed(built, given)
    limit, distances, queries = float(given["limit"]), [], []
    for kind, at in enumerate(given["xy"][given["places"]]):
        found, times = timed(nearest, network, str(kind), at, limit)
        distances.append(found)
        queries.append(times)
    np.savez(answer, distances=distances, build=build, queries=queries,
             version=version("pandana"))  # fmt: skip


def built(given: Any) -> Any:
    """Return the network of a graph, both ways alike."""
    x, y = (pd.Series(column) for column in given["xy"].T)
    start, end = (pd.Series(side) for side in given["ends"])
    return pandana.Network(x, y, start, end, pd.DataFrame({"metres": given["metres"]}))


def nearest(network: Any, kind: str, at: np.ndarray, limit: float) -> np.ndarray:
    """Return the metres from each node to the nearest of (m, 2) places; the limit beyond it."""
    network.set_pois(kind, limit, 1, *(pd.Series(column) for column in at.T))
    return np.asarray(network.nearest_pois(limit, kind, num_pois=1)[1])


if __name__ == "__main__":
    main(*sys.argv[1:])
