"""How much of shapes lies in an area: plane geometry in metres, vectorised."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from layers.geometry import prepared

INTERIORS_MEET = "2********"  # DE-9IM: they have ground in common


def clipped(shapes: np.ndarray, area: Any) -> np.ndarray:
    """Return the parts of (n,) shapes that lie in a polygon; only those on its edge are cut."""
    area = prepared(area)
    whole = shapely.contains_properly(area, shapes)
    parts = np.array(shapes, dtype=object)
    parts[~whole] = shapely.intersection(parts[~whole], area)
    return parts


def area_inside(shapes: np.ndarray, area: Any) -> np.ndarray:
    """Return the surface of each shape inside a polygon, in square metres."""
    return np.asarray(shapely.area(clipped(shapes, area)), dtype=np.float64)


def covered(shapes: np.ndarray) -> float:
    """Return the ground that (n,) polygons cover, in m²: what several cover counts once.

    Few buildings overlap, so only those that share more than a wall are united.
    """
    first, second = shapely.STRtree(shapes).query(shapes)
    other = first < second
    first, second = first[other], second[other]
    overlap = shapely.relate_pattern(shapes[first], shapes[second], INTERIORS_MEET)
    shared = np.zeros(len(shapes), dtype=bool)
    shared[first[overlap]] = shared[second[overlap]] = True
    alone = shapely.area(shapes[~shared]).sum()
    return float(alone + shapely.area(shapely.disjoint_subset_union_all(shapes[shared])))


def contains(area: Any, points: np.ndarray) -> np.ndarray:
    """Tell which of (n, 2) coordinates lie in a polygon."""
    return np.asarray(shapely.contains_xy(prepared(area), points[:, 0], points[:, 1]))
