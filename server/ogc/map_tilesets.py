"""The documents about map tiles of rasters: tilesets and TileJSON."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from layers.catalogue import Layer
from layers.crs import CRS84
from layers.errors import BadRequestError, NotFoundError
from layers.tiles import GRIDS, Grid, Place
from server.ogc import links
from server.ogc.texts import TEXTS, description, title

JSON = "application/json"
TILEJSON = "application/vnd.tilejson+json"
TILEJSON_GRID = "WebMercatorQuad"
TILE_SIDE = 256
# Metres of a pixel of zoom 0 at the equator.
ZOOM_0 = 156543.03392804097
Document = dict[str, Any]


def place(names: Mapping[str, str]) -> Place:
    """Return the tile that an address names; one that is no number raises NotFoundError."""
    for name in ("z", "row", "column"):
        if not re.fullmatch(r"\d{1,9}", names[name]):
            raise NotFoundError(f"The {name} of a tile is a whole number, not {names[name]!r}.")
    return Place(int(names["z"]), int(names["row"]), int(names["column"]))


def tilesets(layer: Layer, base: str, language: str) -> Document:
    """Return the list of the map tilesets of a raster, one for each tile matrix set."""
    words = TEXTS[language]
    return {
        "links": links.document_links(_root(layer, base), words),
        "tilesets": [
            _common(layer, of, language) | {"links": _links(layer, of, base, words)}
            for of in GRIDS.values()
        ],
    }


def tileset(layer: Layer, of: Grid, base: str, language: str) -> Document:
    """Return the metadata of one map tileset."""
    west, south, east, north = _bounds(layer)
    return _common(layer, of, language) | {
        "description": description(layer.record, language),
        "mediaTypes": ["image/png", "image/webp", "image/jpeg"],
        "boundingBox": {"lowerLeft": [west, south], "upperRight": [east, north], "crs": CRS84},
        "tileMatrixSetLimits": [_limits(layer, of, z) for z in range(of.max_zoom + 1)],
        "links": _links(layer, of, base, TEXTS[language]),
    }


def tilejson(layer: Layer, of: Grid, base: str, language: str) -> Document:
    """Return a map tileset as TileJSON 3.0.0.

    Raises:
        BadRequestError: another tile matrix set than TileJSON's own is asked for.
    """
    if of.id != TILEJSON_GRID:
        raise BadRequestError(
            f"TileJSON can only describe {TILEJSON_GRID}; ask {of.id} for f=json."
        )
    west, south, east, north = _bounds(layer)
    return {
        "tilejson": "3.0.0",
        "name": title(layer.record, language),
        "description": description(layer.record, language),
        "attribution": layer.record.producer,
        "legend": f"{base}/collections/{layer.id}/legend?f=svg&lang={language}",
        "scheme": "xyz",
        "tiles": [drawn(layer, of, base)],
        "minzoom": 0,
        "maxzoom": deepest_zoom(layer, of),
        "bounds": [west, south, east, north],
        "center": [(west + east) / 2, (south + north) / 2, 8],
    }


def drawn(layer: Layer, of: Grid, base: str) -> str | None:
    """Return the address of tiles that a map can draw, which knows one tile matrix set."""
    return (
        f"{_root(layer, base)}/{of.id}/{{z}}/{{y}}/{{x}}?f=png" if of.id == TILEJSON_GRID else None
    )


def deepest_zoom(layer: Layer, of: Grid) -> int:
    """Return the zoom at which every pixel of the raster has at least four of its own."""
    west, south, east, north = _bounds(layer)
    columns = layer.version.facts["shape"][1]
    metres = math.cos(math.radians((south + north) / 2)) * (east - west) * 111_320 / columns
    return max(0, min(of.max_zoom, math.ceil(math.log2(ZOOM_0 / metres)) + 1))


def _common(layer: Layer, of: Grid, language: str) -> Document:
    uri = of.definition.get("uri")
    return {
        "title": f"{title(layer.record, language)} ({of.id})",
        "dataType": "map",
        "crs": of.crs,
        "tileMatrixSetId": of.id,
        **({"tileMatrixSetURI": uri} if uri else {}),
        "attribution": layer.record.producer,
        "license": layer.record.licence,
    }


def _links(layer: Layer, of: Grid, base: str, words: Mapping[str, str]) -> list[links.Link]:
    root = _root(layer, base)
    tiles = f"{root}/{of.id}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"
    scheme = f"{base}/tileMatrixSets/{of.id}"
    found = [
        links.link("self", f"{root}/{of.id}?f=json", JSON, words["tileset"]),
        links.link("alternate", f"{root}/{of.id}?f=html", links.HTML, words["as_html"]),
        *(
            links.link("item", f"{tiles}?f={form}", f"image/{form}", words["map_tiles"])
            | {"templated": True}
            for form in ("png", "webp", "jpeg")
        ),
        links.link(
            f"{links.REL}tiling-scheme", scheme, JSON, f"{words['tile_matrix_set']} {of.id}"
        ),
    ]
    if of.id == TILEJSON_GRID:
        found.append(links.link("alternate", f"{root}/{of.id}?f=tilejson", TILEJSON, "TileJSON"))
    return found


def _limits(layer: Layer, of: Grid, z: int) -> Document:
    first_row, last_row, first_column, last_column = of.limits(_bounds(layer), z)
    return {
        "tileMatrix": str(z),
        "minTileRow": first_row,
        "maxTileRow": last_row,
        "minTileCol": first_column,
        "maxTileCol": last_column,
    }


def _bounds(layer: Layer) -> tuple[float, float, float, float]:
    assert layer.bounds
    return layer.bounds


def _root(layer: Layer, base: str) -> str:
    return f"{base}/collections/{layer.id}/map/tiles"
