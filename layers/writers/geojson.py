"""GeoJSON: a page is a slice of the index; only what a query changes is serialised again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import orjson
import shapely

from layers import crs, interruption
from layers.catalogue import Layer
from layers.index.build import properties, rounded_geojson, rounded_points
from layers.index.reader import Index
from layers.query import Query, Selection
from layers.writers import Format

MEDIA_TYPE = "application/geo+json"
RUN = 4096


def write_collection(
    layer: Layer, query: Query, selection: Selection, links: list[dict[str, Any]]
) -> Iterator[bytes | memoryview]:
    """Yield a FeatureCollection with exact counts and links."""
    yield b'{"type":"FeatureCollection","features":['
    yield from _features(layer.index, query, selection)
    tail = {
        "numberMatched": selection.matched,
        "numberReturned": len(selection.positions),
        "links": links,
    }
    yield b"]," + orjson.dumps(tail)[1:]


def write_feature(layer: Layer, query: Query, row: int, links: list[dict[str, Any]]) -> bytes:
    """Return one feature with links."""
    feature = b"".join(_features(layer.index, query, Selection(range(row, row + 1), 1)))
    return feature[:-1] + b',"links":' + orjson.dumps(links) + b"}"


def _features(index: Index, query: Query, selection: Selection) -> Iterator[bytes | memoryview]:
    positions = selection.positions
    if query.crs.is_storage and not query.skip_geometry and query.properties is None:
        yield from _as_stored(index, positions)
    else:
        # In runs, so that a whole layer in another CRS takes no more memory than a page.
        for start in range(0, len(positions), RUN):
            interruption.check()
            body = b",".join(_rewritten(index, query, positions[start : start + RUN]))
            yield b"," + body if start else body


def _as_stored(index: Index, positions: Any) -> Iterator[bytes | memoryview]:
    """Yield runs of consecutive rows as slices: a page along the Hilbert curve is a few copies."""
    if isinstance(positions, range):
        yield index.page(positions.start, positions.stop)
        return
    breaks = np.flatnonzero(np.diff(positions) != 1) + 1
    starts = positions[np.concatenate([[0], breaks])] if len(positions) else positions
    stops = positions[np.concatenate([breaks - 1, [-1]])] + 1 if len(positions) else positions
    yield b",".join(index.pages(starts, stops))


def _rewritten(index: Index, query: Query, positions: Any) -> list[bytes]:
    return [b"".join(part) for part in feature_parts(index, query, positions)]


def feature_parts(index: Index, query: Query, positions: Any) -> list[tuple[Any, Any, Any]]:
    """Return each feature up to its geometry, its geometry, and the rest, as a query wants them."""
    parts = index.parts(positions)
    shapes = _shapes(index, query, positions, parts)
    tails = [part[2] for part in parts]
    if query.properties is not None:
        table = index.rows(positions, list(query.properties))
        texts = properties(table) if query.properties else [b"{}"] * len(parts)
        tails = [memoryview(b',"properties":' + text + b"}") for text in texts]
    return [(part[0], shape, tail) for part, shape, tail in zip(parts, shapes, tails, strict=True)]


def _shapes(
    index: Index, query: Query, positions: Any, parts: list[Any]
) -> list[bytes] | list[Any]:
    if query.skip_geometry:
        return [b"null"] * len(parts)
    if query.crs.is_storage:
        return [part[1] for part in parts]
    move = crs.mover(crs.CRS84, query.crs.uri)
    if index.paths.all_points:
        return rounded_points(move(index.boxes[:2, np.asarray(positions)].T), query.crs.decimals)
    return rounded_geojson(shapely.transform(index.geometries(positions), move), query.crs.decimals)


FORMAT = Format("json", MEDIA_TYPE, write_collection, "GeoJSON", paged=True)
