"""The OpenAPI document: self-contained, and only what exists."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from layers import crs
from layers.catalogue import Layer
from layers.parameters import DEFAULT_LIMIT, MAX_LIMIT, PROFILES
from server.ogc.links import NAMES, OPENAPI, PARQUET, QLR, TYPES, forms
from server.ogc.openapi_catalogue import catalogue_paths
from server.ogc.openapi_processes import process_paths, process_schemas
from server.ogc.openapi_rasters import raster_paths
from server.ogc.openapi_tiles import tile_paths
from server.ogc.provider import JSON_TYPES
from server.settings import Settings

Document = dict[str, Any]
PROBLEM = {"description": "A problem: what is wrong and what to do.", "content": {
    "application/problem+json": {"schema": {"$ref": "#/components/schemas/problem"}}}}  # fmt: skip

PAGE = {"text/html": {"schema": {"type": "string"}}}


def openapi(layers: Mapping[str, Layer], settings: Settings) -> Document:
    """Return the OpenAPI 3.0 document of the OGC API door."""
    paths: Document = {
        "/": _get("Landing page", "landing"),
        "/conformance": _get("Conformance classes", "conformance"),
        "/openapi": _get("This document", "openapi", OPENAPI),
        "/collections": _get("Collections", "collections"),
    }
    paths |= process_paths(PROBLEM)
    paths |= catalogue_paths(PROBLEM)
    for layer in layers.values():
        paths |= raster_paths(layer, PROBLEM) if layer.is_raster else _collection_paths(layer)
    paths |= tile_paths((x for x in layers.values() if x.bounds and not x.is_raster), PROBLEM)
    return {
        "openapi": "3.0.3",
        "info": {"title": settings.title, "version": version("coeurville")},
        "servers": [{"url": f"{settings.url}/ogc"}],
        "paths": paths,
        "components": {"parameters": _components(), "schemas": _schemas() | process_schemas()},
    }


def _collection_paths(layer: Layer) -> Document:
    root, title = f"/collections/{layer.id}", layer.record.title.en
    operation = layer.id.replace("-", "_")
    items = _get(f"Features of {title}", f"items_{operation}", "application/geo+json")
    items["get"]["parameters"] = _item_parameters(layer)
    items["get"]["responses"]["200"]["content"] = _contents(layer)
    item = _get(f"One feature of {title}", f"item_{operation}", "application/geo+json")
    feature = {"name": "featureId", "in": "path", "required": True, "schema": {"type": "string"}}
    item["get"]["parameters"] = [feature, _reference("f"), _reference("lang"), _reference("crs")]
    items["post"] = _search(layer)
    return {
        root: _get(title, f"collection_{operation}"),
        f"{root}/queryables": _get(
            "Queryables", f"queryables_{operation}", "application/schema+json"
        ),
        f"{root}/schema": _get("Schema", f"schema_{operation}", "application/schema+json"),
        f"{root}/items": items,
        f"{root}/download": _download(operation),
        f"{root}/qlr": _definition(operation),
        f"{root}/items/{{featureId}}": item,
    }


def _contents(layer: Layer) -> Document:
    """Return the media types that the features of a layer come in."""
    kinds = [TYPES[form] for form in forms(geometry=layer.geometry_name is not None)]
    return {
        kind: {"schema": {"type": "object"} if "json" in kind else {"type": "string"}}
        for kind in kinds
    }


def _definition(operation: str) -> Document:
    found = _get("The layer as QGIS opens it", f"qlr_{operation}")
    found["get"]["responses"]["200"]["content"] = {QLR: {"schema": {"type": "string"}}}
    found["get"]["parameters"] = [_reference("lang")]
    return found


def _download(operation: str) -> Document:
    found = _get("The whole layer as GeoParquet, or ranges of it", f"download_{operation}")
    answers = found["get"]["responses"]
    answers["200"]["content"] = {PARQUET: {"schema": {"type": "string", "format": "binary"}}}
    answers["206"] = {"description": "The range asked for."}
    found["get"]["parameters"] = []
    return found


def _search(layer: Layer) -> Document:
    """Return the same search with its parameters in a form, or its filter in the body."""
    summary = f"Search {layer.record.title.en}"
    found: Document = _get(summary, "search", "application/geo+json")["get"]
    members = {name: parameter["schema"] for name, parameter in _parameters().items()}
    bodies = {"application/x-www-form-urlencoded": {"type": "object", "properties": members}}
    bodies |= {name: {"type": "object"} for name in ("application/cql2+json", "application/json")}
    found["responses"]["200"]["content"] = _contents(layer)
    return found | {
        "operationId": f"search_{layer.id.replace('-', '_')}",
        "parameters": _item_parameters(layer),
        "requestBody": {"content": {name: {"schema": body} for name, body in bodies.items()}},
    }


def _get(summary: str, operation: str, media_type: str = "application/json") -> Document:
    return {
        "get": {
            "summary": summary,
            "operationId": operation,
            "parameters": [_reference("f"), _reference("lang")],
            "responses": {
                "200": {
                    "description": summary,
                    "content": {media_type: {"schema": {"type": "object"}}, **PAGE},
                },
                "400": PROBLEM,
                "404": PROBLEM,
            },
        }
    }


def _item_parameters(layer: Layer) -> list[Document]:
    shared = [_reference("items-f" if name == "f" else name) for name in _parameters()]
    taken = set(_parameters())
    own = [
        {"name": name, "in": "query", "required": False, "schema": _schema(queryable.type)}
        for name, queryable in layer.queryables.items()
        if queryable.type != "geometry" and name not in taken
    ]
    return shared + own


def _schema(kind: str) -> Document:
    return dict(JSON_TYPES.get(kind, {"type": kind}))


def _reference(name: str) -> Document:
    return {"$ref": f"#/components/parameters/{name}"}


def _parameters() -> Document:
    numbers = {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}
    texts = {"type": "array", "items": {"type": "string"}}
    uri = {"type": "string", "format": "uri", "enum": list(crs.SUPPORTED), "default": crs.CRS84}
    schemas: dict[str, Document] = {
        "f": {"type": "string", "enum": ["json", "html"]},
        "lang": {"type": "string", "enum": ["fr", "en"]},
        "limit": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
        "offset": {"type": "integer", "minimum": 0, "default": 0},
        "bbox": numbers,
        "bbox-crs": uri,
        "crs": uri,
        "datetime": {"type": "string"},
        "sortby": texts,
        "properties": texts,
        "skipGeometry": {"type": "boolean", "default": False},
        "filter": {"type": "string"},
        # GDAL pushes filters to the server only where this enumeration names a language it speaks.
        "filter-lang": {
            "type": "string",
            "enum": ["cql2-text", "cql2-json", "cql-text"],
            "default": "cql2-text",
        },
        "filter-crs": uri,
        "profile": {"type": "string", "enum": list(PROFILES), "default": PROFILES[0]},
    }
    return {name: _parameter(name, schema) for name, schema in schemas.items()}


def _components() -> Document:
    """Return all parameters by the key that others refer to."""
    wanted: Document = {"type": "string", "enum": list(NAMES)}
    # Tiles may be asked for a time in this way too; items have no axes.
    subset = {"type": "string", "pattern": r"^datetime\(.+\)$"}
    own = {"items-f": _parameter("f", wanted), "subset": _parameter("subset", subset)}
    return _parameters() | own


def _parameter(name: str, schema: Document) -> Document:
    style = {"style": "form", "explode": False}
    return {"name": name, "in": "query", "required": False, "schema": schema, **style}


def _schemas() -> Document:
    members = {name: {"type": "string"} for name in ("type", "title", "detail")}
    members["status"] = {"type": "integer"}
    return {"problem": {"type": "object", "properties": members}}
