"""Rasters in the OpenAPI document: coverage, map, map tiles, legend."""

from __future__ import annotations

from typing import Any

from layers import crs
from layers.catalogue import Layer
from layers.coverages import coveragejson, geotiff
from layers.coverages.drawing import MAX_SIDE
from layers.coverages.request import band_names
from layers.coverages.systems import native_system
from layers.tiles import GRIDS

Document = dict[str, Any]
PICTURES = ("png", "webp", "jpeg")


def raster_paths(layer: Layer, problem: Document) -> Document:
    """Return the paths of a raster.

    Args:
        layer: the raster.
        problem: the response that tells what is wrong.
    """
    root, title = f"/collections/{layer.id}", layer.record.title.en
    operation = layer.id.replace("-", "_")
    pictures: Document = {f"image/{form}": {} for form in PICTURES}
    tile = [
        _path("tileMatrix", {"type": "string"}),
        _path("tileRow", {"type": "integer", "minimum": 0}),
        _path("tileCol", {"type": "integer", "minimum": 0}),
    ]
    grid = _path("tileMatrixSetId", {"type": "string", "enum": list(GRIDS)})
    cells: Document = {geotiff.MEDIA_TYPE: {}, coveragejson.MEDIA_TYPE: {}}
    legend: Document = {"application/json": {}, "image/svg+xml": {}, "image/png": {}}
    page: Document = {"text/html": {"schema": {"type": "string"}}}
    document = {"application/json": {"schema": {"type": "object"}}}
    tileset = document | {"application/vnd.tilejson+json": {"schema": {"type": "object"}}}
    schema = {"application/schema+json": {"schema": {"type": "object"}}}

    def get(summary: str, name: str, media: Document, *parameters: Document) -> Document:
        return {
            "get": {
                "summary": f"{summary} {title}",
                "operationId": f"{operation}.{name}",
                "parameters": list(parameters),
                "responses": {
                    "200": {"description": summary, "content": media},
                    "400": problem,
                    "404": problem,
                },
            }
        }

    maps = f"{root}/map/tiles"
    return {
        root: get("Raster", "collection", document | page, _form("json", "html"), _LANGUAGE),
        f"{root}/schema": get(
            "Bands of", "schema", schema | page, _form("json", "html"), _LANGUAGE
        ),
        f"{root}/coverage": _limited(
            get("Cells of", "getCoverage", cells, *_coverage(layer)), problem
        ),
        f"{root}/map": get("Map of", "collection.getMap", pictures, *_map(layer)),
        maps: get(
            "Map tilesets of",
            "collection.map.getTileSetsList",
            document | page,
            _form("json", "html"),
            _LANGUAGE,
        ),
        f"{maps}/{{tileMatrixSetId}}": get(
            "Map tileset of",
            "collection.map.getTileSet",
            tileset | page,
            grid,
            _form("json", "tilejson", "html"),
            _LANGUAGE,
        ),
        f"{maps}/{{tileMatrixSetId}}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": get(
            "Map tile of", "collection.map.getTile", pictures, grid, *tile, _form(*PICTURES)
        ),
        f"{root}/legend": get(
            "Legend of", "getLegend", legend, _form("json", "png", "svg"), _LANGUAGE
        ),
    }


def _limited(path: Document, problem: Document) -> Document:
    path["get"]["responses"]["413"] = problem
    return path


def _coverage(layer: Layer) -> list[Document]:
    positive = {"type": "number", "minimum": 0, "exclusiveMinimum": True}
    number = {"type": "integer", "minimum": 1}
    texts = {"type": "array", "items": {"type": "string"}}
    bands = {"type": "array", "items": {"type": "string", "enum": band_names(layer)}}
    return [
        _form("geotiff", "covjson"), _query("bbox", _NUMBERS), _query("bbox-crs", _crs(layer)),
        _query("subset", texts, "Such as E(600000:601000),N(6400000:6401000) or Lon(1:2)."),
        _query("subset-crs", _crs(layer)), _query("crs", _crs(layer)), _query("properties", bands),
        _query("exclude-properties", bands), _query("width", number), _query("height", number),
        _query("resolution", texts, "Such as E(100),N(100), in units of the CRS."),
        _query("scale-factor", positive, "How many cells become one along each axis."),
        _query("scale-axes", texts, "Such as E(2),N(4)."),
        _query("scale-size", texts, "Such as E(200),N(100)."),
    ]  # fmt: skip


def _map(layer: Layer) -> list[Document]:
    side = {"type": "integer", "minimum": 1, "maximum": MAX_SIDE}
    colour = {"type": "string", "pattern": "^(0x|#)?[0-9a-fA-F]{6}$"}
    return [
        _form(*PICTURES), _query("bbox", _NUMBERS), _query("bbox-crs", _crs(layer)),
        _query("crs", _crs(layer)), _query("width", side), _query("height", side),
        _query("transparent", {"type": "boolean", "default": True}), _query("bgcolor", colour),
    ]  # fmt: skip


def _crs(layer: Layer) -> Document:
    served = dict.fromkeys([native_system(layer).uri, *crs.SUPPORTED])
    return {"type": "string", "enum": list(served)}


def _form(*names: str) -> Document:
    return _query("f", {"type": "string", "enum": list(names)})


def _query(name: str, schema: Document, description: str = "") -> Document:
    found = {"name": name, "in": "query", "required": False, "schema": schema}
    found |= {"style": "form", "explode": False}
    return found | ({"description": description} if description else {})


def _path(name: str, schema: Document) -> Document:
    return {"name": name, "in": "path", "required": True, "schema": schema}


_NUMBERS = {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}
_LANGUAGE = _query("lang", {"type": "string", "enum": ["fr", "en"]})
