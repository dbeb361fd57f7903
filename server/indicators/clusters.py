"""Single-link clusters: points are together when a chain of short steps joins them."""

from __future__ import annotations

import numpy as np


def clusters(points: np.ndarray, reach: float) -> np.ndarray:
    """Return the cluster number of each of (n, 2) points in metres, for steps up to ``reach``."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    # A micrometre keeps points placed at exactly the reach together, whatever the projection.
    pairs = cKDTree(points).query_pairs(reach + 1e-6, output_type="ndarray")
    count = len(points)
    links = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    return np.asarray(connected_components(links, directed=False)[1])
