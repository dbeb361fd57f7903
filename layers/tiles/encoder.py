"""From shapes and tags to the bytes of one layer of a tile."""

from __future__ import annotations

import numpy as np

from layers.index.paths import POINT, SHELL, ranges
from layers.mvt import wire
from layers.tiles.grids import EXTENT
from layers.tiles.shapes import Shapes
from layers.tiles.values import Tags

MOVE_TO, LINE_TO, CLOSE_PATH = 1, 2, 7


def encode(name: str, shapes: Shapes, ids: np.ndarray | None, tags: Tags) -> bytes:
    """Return one layer of a tile.

    Args:
        name: of the layer.
        shapes: the geometry, ``rows`` counting in ``ids`` and ``tags``.
        ids: uint64 id of each row, None where ids are no whole numbers.
        tags: the attributes of each row.

    A row of several dimensions (a collection) becomes a feature of each, with the same id.
    """
    # A feature is a row's paths of one dimension: points, lines or polygons.
    dimension = np.minimum(shapes.kinds, SHELL).astype(np.int64)
    starts = _starts(shapes.rows * (SHELL + 1) + dimension)
    paths = np.diff(np.append(starts, len(shapes.rows)))
    rows = shapes.rows[starts]
    geometry, geometry_counts = _commands(shapes, starts, paths)
    features = _features(
        None if ids is None else ids[rows], *_repeated(tags, rows), dimension[starts], geometry,
        geometry_counts,
    )  # fmt: skip
    content = [
        bytes([wire.LAYER_VERSION, 2]),
        wire.block(wire.LAYER_NAME, name.encode()),
        features,
        tags.keys,
        tags.values,
        bytes([wire.LAYER_EXTENT]) + wire.varint(EXTENT),
    ]
    return wire.block(wire.TILE_LAYER, b"".join(content))


def _repeated(tags: Tags, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the tags of features and how many each has, from those of their rows."""
    if len(rows) == len(tags.counts):
        return tags.tokens, tags.counts
    counts = tags.counts[rows]
    return tags.tokens[ranges((np.cumsum(tags.counts) - tags.counts)[rows], counts)], counts


def _starts(keys: np.ndarray) -> np.ndarray:
    new = np.ones(len(keys), dtype=bool)
    new[1:] = keys[1:] != keys[:-1]
    return np.flatnonzero(new)


def _commands(
    shapes: Shapes, features: np.ndarray, paths: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the geometry tokens of all features, and how many each has."""
    lengths, kinds = shapes.lengths, shapes.kinds
    if len(features) == len(kinds) == len(shapes.xy):  # lines and rings have more vertices
        return _single_points(shapes.xy)
    points, rings = kinds == POINT, kinds >= SHELL
    leading = np.zeros(len(lengths), dtype=bool)
    leading[features] = True
    # The points of a feature share one command; a line has two, a ring three.
    extra = np.where(points, leading, 2 + rings.astype(np.int64))
    counts = 2 * lengths + extra
    ends = np.cumsum(counts)
    starts = ends - counts
    tokens = np.empty(int(ends[-1]), dtype=np.uint32)

    first = np.cumsum(lengths) - lengths
    tokens[starts[points & leading]] = (np.repeat(paths, paths)[points & leading] << 3) | MOVE_TO
    tokens[starts[~points]] = (1 << 3) | MOVE_TO
    tokens[starts[~points] + 3] = ((lengths[~points] - 1) << 3) | LINE_TO
    tokens[ends[rings] - 1] = (1 << 3) | CLOSE_PATH

    steps = shapes.xy.copy()
    steps[1:] -= shapes.xy[:-1]
    steps[first[features]] = shapes.xy[first[features]]
    within = np.arange(len(shapes.xy)) - np.repeat(first, lengths)
    shift = np.where(points, leading, 1)
    at = np.repeat(starts + shift, lengths) + 2 * within + (within > 0)
    tokens[at] = wire.zigzag(steps[:, 0])
    tokens[at + 1] = wire.zigzag(steps[:, 1])
    return tokens, wire.sums(counts, paths)


def _single_points(xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    tokens = np.empty((len(xy), 3), dtype=np.uint32)
    tokens[:, 0] = (1 << 3) | MOVE_TO
    tokens[:, 1:] = wire.zigzag(xy)
    return tokens.ravel(), np.full(len(xy), 3)


def _features(
    ids: np.ndarray | None,
    tags: np.ndarray,
    tag_counts: np.ndarray,
    types: np.ndarray,
    geometry: np.ndarray,
    geometry_counts: np.ndarray,
) -> bytes:
    """Return all features as fields of the layer, written as one stream of integers."""
    count = len(types)
    head = 2 if ids is None else 4
    has_tags = np.where(tag_counts > 0, 2, 0)
    totals = head + has_tags + tag_counts + 4 + geometry_counts
    starts = np.cumsum(totals) - totals
    large = ids is not None and int(ids.max()) >> 32
    tokens = np.empty(int(totals.sum()), dtype=np.uint64 if large else np.uint32)
    tokens[starts] = wire.LAYER_FEATURE
    if ids is not None:
        tokens[starts + 2] = wire.FEATURE_ID
        tokens[starts + 3] = ids
    tag_start = starts + head
    some = tag_counts > 0
    tag_bytes = wire.sums(wire.varint_sizes(tags), tag_counts)
    tokens[tag_start[some]] = wire.FEATURE_TAGS
    tokens[tag_start[some] + 1] = tag_bytes[some]
    _put(tokens, tag_start + has_tags, tag_counts, tags)

    after = tag_start + has_tags + tag_counts
    tokens[after], tokens[after + 1] = wire.FEATURE_TYPE, types
    tokens[after + 2] = wire.FEATURE_GEOMETRY
    tokens[after + 3] = wire.sums(wire.varint_sizes(geometry), geometry_counts)
    _put(tokens, after + 4, geometry_counts, geometry)

    # A feature's length counts the bytes of its tokens after the length itself.
    tokens[starts + 1] = 0
    sizes = wire.varint_sizes(tokens)
    tokens[starts + 1] = wire.sums(sizes, totals) - 2
    sizes[starts + 1] = wire.varint_sizes(tokens[starts + 1])
    return wire.varints(tokens, sizes).tobytes() if count else b""


def _put(tokens: np.ndarray, starts: np.ndarray, counts: np.ndarray, values: np.ndarray) -> None:
    """Write runs of values, each at its start; runs of one length at even steps as one block."""
    first, step = int(starts[0]), len(tokens) // len(starts)
    even = (starts == np.arange(len(starts)) * step + first).all() and first < step
    if even and (counts == counts[0]).all():
        block = tokens[: len(starts) * step].reshape(-1, step)
        block[:, first : first + int(counts[0])] = values.reshape(len(starts), -1)
    else:
        tokens[ranges(starts, counts)] = values
