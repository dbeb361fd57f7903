"""JSON-FG 1.0 (OGC 21-045r1): GeoJSON with the time of a feature and its place in any CRS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from layers.catalogue import Layer
from layers.query import STORAGE, Query, Selection
from layers.writers import Format
from layers.writers import batches as arrow
from layers.writers.geojson import feature_parts

MEDIA_TYPE = "application/vnd.ogc.fg+json"
SPEC = "http://www.opengis.net/spec/json-fg-1/1.0/conf/"
CONFORMANCE = (f"{SPEC}core", f"{SPEC}types-schemas")
PROFILE = "http://www.opengis.net/def/profile/OGC/0/"
_GEOMETRY = b'"geometry":'
_DIMENSIONS = {"Point": 0, "LineString": 1, "Polygon": 2}


def write_jsonfg(
    layer: Layer, query: Query, selection: Selection, links: list[dict[str, Any]]
) -> Iterator[bytes | memoryview]:
    """Yield a FeatureCollection.

    In another CRS than CRS84 the geometry is the feature's ``place``; the profile ``jsonfg-plus``
    adds the one in CRS84 as ``geometry``, for readers of GeoJSON.
    """
    head: dict[str, Any] = {"type": "FeatureCollection", "conformsTo": CONFORMANCE}
    head |= {"featureType": layer.id, "coordRefSys": query.crs.uri}
    if (dimension := _dimension(layer)) is not None:
        head["geometryDimension"] = dimension
    yield orjson.dumps(head)[:-1] + b',"features":['
    first = True
    for rows in arrow.positions(selection):
        body = b",".join(_features(layer, query, rows))
        yield body if first else b"," + body
        first = False
    tail = {
        "numberMatched": selection.matched,
        "numberReturned": len(selection.positions),
        "links": [*links, _profile(query)],
    }
    yield b"]," + orjson.dumps(tail)[1:]


def _features(layer: Layer, query: Query, rows: Any) -> Iterator[bytes]:
    kind = orjson.dumps(layer.id)
    placed = feature_parts(layer.index, query, rows)
    times = _times(layer, rows)
    plain: list[Any] = [b"null"] * len(rows)
    if query.profile == "jsonfg-plus" and not query.skip_geometry:
        plain = [shape for _, shape, _ in feature_parts(layer.index, _stored(query), rows)]
    for (start, shape, end), time, geometry in zip(placed, times, plain, strict=True):
        place, shown = (b"null", shape) if query.crs.is_storage else (shape, geometry)
        yield b"".join(
            (bytes(start)[: -len(_GEOMETRY)], b'"featureType":', kind, b',"time":', time,
             b',"place":', place, b',"geometry":', shown, end)
        )  # fmt: skip


def _stored(query: Query) -> Query:
    return Query(crs=STORAGE, properties=query.properties)


def _times(layer: Layer, rows: Any) -> list[bytes]:
    """Return the time of each row: a date, an instant in UTC, or null."""
    name = layer.record.time_field
    if not name:
        return [b"null"] * len(rows)
    option = orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z
    kind = next(a.type for a in layer.index.attributes if a.name == name)
    key = "date" if kind == "date" else "timestamp"
    values = layer.index.rows(rows, [name]).column(0).to_pylist()
    return [
        b"null" if value is None else orjson.dumps({key: value}, option=option) for value in values
    ]


def _dimension(layer: Layer) -> int | None:
    kinds = {name.removeprefix("Multi") for name in layer.version.facts["geometry_types"]}
    return _DIMENSIONS.get(kinds.pop()) if len(kinds) == 1 else None


def _profile(query: Query) -> dict[str, str]:
    return {"rel": "profile", "href": f"{PROFILE}{query.profile}"}


FORMAT = Format("jsonfg", MEDIA_TYPE, write_jsonfg, "JSON-FG", paged=True)
