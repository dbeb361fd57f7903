"""The outline of a town's centre: its cluster of storefronts around the town hall.

``config/centre.yml`` tells what each distance is; ``docs/centre.md`` shows what it gives.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import shapely
from pydantic import Field

from layers.records import Frozen
from server.indicators.choices import read
from server.indicators.clusters import clusters


class CentreChoices(Frozen):
    """``config/centre.yml``; distances in metres."""

    reach: float = Field(gt=0)
    link: float = Field(gt=0)
    least_share: float = Field(ge=0, le=1)
    hall: float = Field(gt=0)
    join: float = Field(ge=0)
    join_share: float = Field(ge=0, le=1)
    edge: float = Field(gt=0)
    smooth: float = Field(ge=0)
    fallback: float = Field(gt=0)
    services: tuple[str, ...]


@cache
def choices() -> CentreChoices:
    """Return ``config/centre.yml``; a mistake in it raises RecordError."""
    return read("centre.yml", CentreChoices)


def outline(points: np.ndarray, hall: Any, chosen: CentreChoices) -> Any:
    """Return the outline of the centre, one polygon without holes, all in metres.

    Args:
        points: (n, 2) storefronts, at least one.
        hall: the town hall.
        chosen: the distances.
    """
    kept = _central(_dense(points, chosen), hall, chosen)
    # Closing: what lies between storefronts a step apart is theirs too.
    reach = _discs(kept, max(chosen.link, chosen.join))
    ground = shapely.buffer(reach, chosen.edge - max(chosen.link, chosen.join))
    ground = shapely.union_all([ground, _discs(kept, chosen.edge)])
    smoothed = shapely.buffer(shapely.buffer(ground, chosen.smooth), -2 * chosen.smooth)
    smoothed = shapely.buffer(smoothed, chosen.smooth)
    parts = shapely.get_parts(smoothed if not shapely.is_empty(smoothed) else ground)
    largest = parts[np.argmax(shapely.area(parts))]
    return shapely.simplify(shapely.polygons(shapely.get_exterior_ring(largest)), 2)


def _discs(points: np.ndarray, radius: float) -> Any:
    """Return the ground within a distance of points; far quicker than to buffer all as one."""
    return shapely.union_all(shapely.buffer(shapely.points(points), radius))


def _dense(points: np.ndarray, chosen: CentreChoices) -> np.ndarray:
    """Return the points that have enough neighbours, next to the point that has most."""
    from scipy.spatial import cKDTree

    tree = cKDTree(points)
    near = tree.query_ball_point(points, chosen.link, return_length=True)
    return np.asarray(points[near >= chosen.least_share * near.max()])


def _central(points: np.ndarray, hall: Any, chosen: CentreChoices) -> np.ndarray:
    """Return the points of the main cluster and of those that belong to it."""
    from scipy.spatial import cKDTree

    labels = clusters(points, chosen.link)
    away = np.hypot(points[:, 0] - shapely.get_x(hall), points[:, 1] - shapely.get_y(hall))
    sizes = np.bincount(labels)
    near = [n for n in range(len(sizes)) if away[labels == n].min() <= chosen.hall]
    main = max(near, key=lambda n: int(sizes[n])) if near else int(labels[np.argmin(away)])
    steps = cKDTree(points[labels == main]).query(points)[0]
    joined = [
        n
        for n in range(len(sizes))
        if n == main
        or (steps[labels == n].min() <= chosen.join and sizes[n] >= chosen.join_share * sizes[main])
    ]
    return np.asarray(points[np.isin(labels, joined)])
