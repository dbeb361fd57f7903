"""Geometry of a tile: placed on its units, clipped, tidied, valid."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import shapely

from layers.index.paths import HOLE, LINE, POINT, SHELL, Paths, paths_of, ranges
from layers.mvt.wire import sums
from layers.tiles.grids import BUFFER, EXTENT

LOW, HIGH = -BUFFER, EXTENT + BUFFER
# What reaches no further than this past the tile is not worth cutting: clients clip what they draw.
REACH = 512
# Rounding moves each vertex by half a diagonal at most, and the edge that it might meet as far.
SAFE_CLEARANCE = 1.5


@dataclass(frozen=True)
class Shapes:
    """Paths on whole units of a tile, rings without their last vertex.

    Attributes:
        xy: (v, 2) int64.
        lengths: (p) number of vertices of each path.
        kinds: (p) POINT, LINE, SHELL or HOLE.
        rows: (p) the row of each path, ascending.
    """

    xy: np.ndarray
    lengths: np.ndarray
    kinds: np.ndarray
    rows: np.ndarray


def place(paths: Paths, clearance: np.ndarray) -> Shapes:
    """Return paths in the units of a tile as they are drawn in it.

    Args:
        paths: coordinates in units of the tile, not yet whole.
        clearance: of each row, in units; polygons with little are checked after rounding.
    """
    if (paths.kinds == POINT).all():
        return _points(paths)
    clipped = _clip(paths)
    shapes = _tidied(_rounded(clipped))
    return _mended(shapes, clearance)


def _points(paths: Paths) -> Shapes:
    xy = np.floor(paths.xy + 0.5).astype(np.int64)
    keep = _within(xy)
    return Shapes(xy[keep], paths.lengths[keep], paths.kinds[keep], paths.rows[keep])


def _clip(paths: Paths) -> Paths:
    """Return paths cut at the buffer; rows that reach little past the tile pass as they are."""
    starts = np.cumsum(paths.lengths) - paths.lengths
    low = np.minimum.reduceat(paths.xy, starts)
    high = np.maximum.reduceat(paths.xy, starts)
    out = ((low < -REACH) | (high > EXTENT + REACH)).any(axis=1)
    if not out.any():
        return paths
    crosses = np.zeros(int(paths.rows[-1]) + 1, dtype=bool)
    crosses[paths.rows[out]] = True
    crossing = crosses[paths.rows]
    inner, outer = _take(paths, ~crossing), _take(paths, crossing)
    return _merged(inner, _cut(outer))


def _cut(paths: Paths) -> Paths:
    """Cut rows one by one: points are chosen, lines and polygons clipped by GEOS."""
    dimensions = np.minimum(paths.kinds, SHELL)
    pieces = []
    for dimension in np.flatnonzero(np.bincount(dimensions)).tolist():
        part = _take(paths, dimensions == dimension)
        pieces.append(_chosen(part) if dimension == POINT else _cut_one(part, dimension))
    return functools.reduce(_merged, pieces)


def _cut_one(paths: Paths, dimension: int) -> Paths:
    geometries, rows = _geometries(paths, dimension)
    cut = _named(_turned(_areal_valid(_clipped(geometries), dimension), dimension), rows)
    return _take(cut, np.minimum(cut.kinds, SHELL) == dimension)


def _clipped(geometries: np.ndarray) -> np.ndarray:
    """Return what lies within the buffer.

    Of a ring that the grid of the world made invalid GEOS's quick way may return what lies
    outside, so such rings are repaired first.
    """
    bad = (shapely.get_dimensions(geometries) == 2) & ~shapely.is_valid(geometries)
    if bad.any():
        geometries[bad] = _repaired(geometries[bad])
    return np.asarray(shapely.clip_by_rect(geometries, LOW, LOW, HIGH, HIGH))


def _chosen(points: Paths) -> Paths:
    return _take(points, _within(points.xy))


def _within(xy: np.ndarray) -> np.ndarray:
    """Tell which vertices lie in the buffer (column by column, as short rows cost numpy most)."""
    x, y = xy[:, 0], xy[:, 1]
    return np.asarray((x >= LOW) & (x <= HIGH) & (y >= LOW) & (y <= HIGH))


def _areal_valid(cut: np.ndarray, dimension: int) -> np.ndarray:
    """Return clipped polygons rounded to whole units and valid; lines as they are."""
    if dimension != SHELL:
        return cut
    rounded = shapely.transform(cut, lambda xy: np.floor(xy + 0.5))
    bad = ~shapely.is_valid(rounded)
    if not bad.any():
        return np.asarray(rounded)
    rounded[bad] = shapely.set_precision(_repaired(cut[bad]), 1.0)
    return np.asarray(rounded)


def _repaired(geometries: np.ndarray) -> np.ndarray:
    return np.asarray(shapely.make_valid(geometries, method="structure", keep_collapsed=False))


def _turned(geometries: np.ndarray, dimension: int) -> np.ndarray:
    """Return parts of one dimension, shells positive where y goes down."""
    if dimension != SHELL:
        return geometries
    return np.asarray(shapely.orient_polygons(geometries, exterior_cw=False))


def _named(geometries: np.ndarray, rows: np.ndarray) -> Paths:
    paths = paths_of(geometries)
    return Paths(paths.xy, paths.lengths, paths.kinds, rows[paths.rows])


def _geometries(paths: Paths, dimension: int) -> tuple[np.ndarray, np.ndarray]:
    """Return lines or polygons of the rows of paths, and the rows; rings are closed."""
    ends = np.concatenate([[0], np.cumsum(paths.lengths)])
    rows, first = np.unique(paths.rows, return_index=True)
    if dimension == LINE:
        offsets = (ends, np.append(first, len(paths.rows)))
        kind = shapely.GeometryType.MULTILINESTRING
        return np.asarray(shapely.from_ragged_array(kind, paths.xy, offsets)), rows
    shells = np.flatnonzero(paths.kinds == SHELL)
    polygons = np.append(shells, len(paths.rows))
    owners = np.append(np.searchsorted(shells, first), len(shells))
    kind = shapely.GeometryType.MULTIPOLYGON
    found = shapely.from_ragged_array(kind, paths.xy, (ends, polygons, owners))
    return np.asarray(found), rows


def _take(paths: Paths, keep: np.ndarray) -> Paths:
    if keep.all():
        return paths
    vertices = np.repeat(keep, paths.lengths)
    return Paths(paths.xy[vertices], paths.lengths[keep], paths.kinds[keep], paths.rows[keep])


def _merged(one: Paths, other: Paths) -> Paths:
    """Return two sets of paths as one, ascending by row."""
    xy = np.concatenate([one.xy, other.xy])
    lengths = np.concatenate([one.lengths, other.lengths])
    kinds = np.concatenate([one.kinds, other.kinds])
    rows = np.concatenate([one.rows, other.rows])
    order = np.argsort(rows, kind="stable")
    starts = np.cumsum(lengths) - lengths
    at = ranges(starts[order], lengths[order])
    return Paths(xy[at], lengths[order], kinds[order], rows[order])


def _rounded(paths: Paths) -> Shapes:
    """Return paths on whole units, rings without the vertex that closes them."""
    xy = np.floor(paths.xy + 0.5).astype(np.int64)
    rings = paths.kinds >= SHELL
    if not rings.any():
        return Shapes(xy, paths.lengths, paths.kinds, paths.rows)
    keep = np.ones(len(xy), dtype=bool)
    keep[np.cumsum(paths.lengths)[rings] - 1] = False
    return Shapes(xy[keep], paths.lengths - rings, paths.kinds, paths.rows)


def _tidied(shapes: Shapes) -> Shapes:
    """Return shapes without repeated and needless vertices, and without what has no extent."""
    shapes = _without(shapes, _repeated(shapes))
    straight = _straight(shapes)
    if straight.any():
        shapes = _without(shapes, straight)
        shapes = _without(shapes, _repeated(shapes))
    return _without_collapsed(shapes)


def _steps(shapes: Shapes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the step to each vertex, cyclic in rings, with where paths start and end."""
    ends = np.cumsum(shapes.lengths)
    first, last = ends - shapes.lengths, ends - 1
    step = np.empty_like(shapes.xy)
    step[1:] = shapes.xy[1:] - shapes.xy[:-1]
    some = shapes.lengths > 0
    step[first[some]] = shapes.xy[first[some]] - shapes.xy[last[some]]
    return step, first[some], last[some]


def _repeated(shapes: Shapes) -> np.ndarray:
    step, first, last = _steps(shapes)
    repeated = np.asarray((step[:, 0] == 0) & (step[:, 1] == 0))
    open_ = shapes.kinds[shapes.lengths > 0] < SHELL
    # A path that is one vertex many times keeps it, as lines and points start somewhere.
    repeated[first[open_ | (first == last)]] = False
    return repeated


def _straight(shapes: Shapes) -> np.ndarray:
    """Tell the vertices amid a straight stretch, and in rings the tips of spikes."""
    step, first, last = _steps(shapes)
    following = np.empty_like(step)
    following[:-1] = step[1:]
    following[last] = step[first]
    straight = step[:, 0] * following[:, 1] == step[:, 1] * following[:, 0]
    kinds = np.repeat(shapes.kinds, shapes.lengths)
    ahead = step[:, 0] * following[:, 0] + step[:, 1] * following[:, 1] > 0
    straight &= (kinds >= SHELL) | (ahead & (kinds == LINE))
    open_ = shapes.kinds[shapes.lengths > 0] < SHELL
    straight[first[open_]] = straight[last[open_]] = False
    return np.asarray(straight)


def _without(shapes: Shapes, dropped: np.ndarray) -> Shapes:
    if not dropped.any():
        return shapes
    kept = ~dropped
    lengths = sums(kept, shapes.lengths)
    return Shapes(shapes.xy[kept], lengths, shapes.kinds, shapes.rows)


def areas(shapes: Shapes) -> np.ndarray:
    """Return twice the signed area of each path, positive for shells."""
    ends = np.cumsum(shapes.lengths)
    following = np.arange(1, len(shapes.xy) + 1)
    some = shapes.lengths > 0
    following[ends[some] - 1] = (ends - shapes.lengths)[some]
    x, y = shapes.xy[:, 0], shapes.xy[:, 1]
    cross = np.concatenate([[0], np.cumsum(x * y[following] - x[following] * y)])
    return np.asarray(cross[ends] - cross[ends - shapes.lengths])


def _without_collapsed(shapes: Shapes) -> Shapes:
    """Drop lines of one vertex, rings without area, and the holes of dropped shells."""
    area = areas(shapes)
    least = np.array([0, 1, 2, 3, 3])[shapes.kinds]
    keep = shapes.lengths >= least
    keep &= (shapes.kinds < SHELL) | (area != 0)
    shells = shapes.kinds != HOLE
    owner = np.cumsum(shells) - 1
    keep &= keep[np.flatnonzero(shells)][owner]
    if keep.all():
        return shapes
    vertices = np.repeat(keep, shapes.lengths)
    return Shapes(shapes.xy[vertices], shapes.lengths[keep], shapes.kinds[keep], shapes.rows[keep])


def _mended(shapes: Shapes, clearance: np.ndarray) -> Shapes:
    """Return shapes whose polygons are valid; those with room to spare are not looked at."""
    risky = (shapes.kinds >= SHELL) & (clearance[shapes.rows] < SAFE_CLEARANCE)
    if not risky.any():
        return shapes
    geometries, rows = _geometries(_closed(shapes, risky), SHELL)
    # A sliver may have turned over by rounding, which its area tells.
    area = areas(shapes)
    wrong = ((shapes.kinds == SHELL) & (area < 0)) | ((shapes.kinds == HOLE) & (area > 0))
    bad = ~shapely.is_valid(geometries) | np.isin(rows, shapes.rows[wrong])
    if not bad.any():
        return shapes
    mended = shapely.set_precision(_repaired(geometries[bad]), 1.0)
    paths = _named(_turned(mended, SHELL), rows[bad])
    keep = ~((shapes.kinds >= SHELL) & np.isin(shapes.rows, rows[bad]))
    kept = _take(Paths(shapes.xy, shapes.lengths, shapes.kinds, shapes.rows), keep)
    merged = _merged(kept, _open(paths))
    return _without_collapsed(Shapes(merged.xy, merged.lengths, merged.kinds, merged.rows))


def _open(paths: Paths) -> Paths:
    shapes = _rounded(_take(paths, paths.kinds >= SHELL))
    return Paths(shapes.xy, shapes.lengths, shapes.kinds, shapes.rows)


def _closed(shapes: Shapes, keep: np.ndarray) -> Paths:
    """Return some rings with their first vertex repeated at the end."""
    starts = (np.cumsum(shapes.lengths) - shapes.lengths)[keep]
    lengths = shapes.lengths[keep] + 1
    at = ranges(starts, lengths)
    at[np.cumsum(lengths) - 1] = starts
    return Paths(shapes.xy[at].astype(np.float64), lengths, shapes.kinds[keep], shapes.rows[keep])
