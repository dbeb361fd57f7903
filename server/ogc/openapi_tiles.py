"""The tiles' part of the OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from layers.catalogue import Layer
from layers.tiles import GRIDS
from server.ogc.links import MVT

Document = dict[str, Any]
FILTERS = ("datetime", "subset", "filter", "filter-lang", "filter-crs", "properties")


def tile_paths(layers: Iterable[Layer], problem: Document) -> Document:
    """Return the paths of tiles.

    Args:
        layers: those that have tiles.
        problem: the response of a refused request.
    """
    layers = list(layers)
    matrix_sets, shown = "/tileMatrixSets", [_reference("f"), _reference("lang")]
    paths = {
        matrix_sets: _get("Tile matrix sets", "getTileMatrixSetsList", problem, shown),
        f"{matrix_sets}/{{tileMatrixSetId}}": _get(
            "One tile matrix set", "getTileMatrixSet", problem, [_grid(), *shown]
        ),
    }
    names = [layer.id for layer in layers]
    texts = {"type": "array", "items": {"type": "string", "enum": names}}
    collections = _query("collections", texts)
    whole = [collections, _reference("datetime"), _reference("subset")]
    paths |= _tileset("", "all.dataset.vector", "all layers", problem, whole)
    for layer in layers:
        operation = f"{layer.id.replace('-', '_')}.collection.vector"
        own = [_reference(name) for name in FILTERS]
        root, title = f"/collections/{layer.id}", layer.record.title.en
        paths |= _tileset(root, operation, title, problem, own)
    return paths


def _tileset(
    root: str, operation: str, title: str, problem: Document, parameters: list[Document]
) -> Document:
    tiles, lang = f"{root}/tiles", _reference("lang")
    one = f"{tiles}/{{tileMatrixSetId}}"
    form = _query("f", {"type": "string", "enum": ["json", "tilejson", "html"]})
    town = [] if root else [_query("town", {"type": "string"})]
    described = [_grid(), form, lang, *town, *parameters]
    place = [_path(name, {"type": "integer", "minimum": 0}) for name in ("tileRow", "tileCol")]
    zoom = _path("tileMatrix", {"type": "string"})
    mvt = _query("f", {"type": "string", "enum": ["mvt"]})
    tile = _get(f"A tile of {title}", f"{operation}.getTile", problem,
                [_grid(), zoom, *place, mvt, *parameters], MVT)  # fmt: skip
    tile["get"]["responses"]["204"] = {"description": "Nothing is in this tile."}
    listed = f"{operation}.getTileSetsList"
    return {
        tiles: _get(f"Tilesets of {title}", listed, problem, [_reference("f"), lang, *parameters]),
        one: _get(f"A tileset of {title}", f"{operation}.getTileSet", problem, described),
        f"{one}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": tile,
    }


def _get(
    summary: str, operation: str, problem: Document, parameters: list[Document],
    media_type: str = "application/json",
) -> Document:  # fmt: skip
    schema: Document = {"type": "object"}
    if media_type == MVT:
        schema = {"type": "string", "format": "binary"}
    content: Document = {media_type: {"schema": schema}}
    if media_type != MVT:
        content["text/html"] = {"schema": {"type": "string"}}
    answer = {"description": summary, "content": content}
    return {
        "get": {
            "summary": summary,
            "operationId": operation,
            "parameters": parameters,
            "responses": {"200": answer, "400": problem, "404": problem},
        }
    }


def _reference(name: str) -> Document:
    return {"$ref": f"#/components/parameters/{name}"}


def _grid() -> Document:
    return _path("tileMatrixSetId", {"type": "string", "enum": list(GRIDS)})


def _path(name: str, schema: Document) -> Document:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _query(name: str, schema: Document) -> Document:
    style = {"style": "form", "explode": False}
    return {"name": name, "in": "query", "required": False, "schema": schema, **style}
