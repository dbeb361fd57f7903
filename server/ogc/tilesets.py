"""The documents about tiles: tile matrix sets, tilesets and TileJSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from layers.catalogue import Layer
from layers.crs import CRS84
from layers.errors import BadRequestError
from layers.tiles import GRIDS, Grid
from layers.tiles.grids import Box
from server.ogc import links
from server.ogc.provider import schema_properties
from server.ogc.texts import TEXTS, description, title

JSON = "application/json"
TILEJSON = "application/vnd.tilejson+json"
TILEJSON_GRID = "WebMercatorQuad"
# A map of a deeper zoom draws the tiles of this one, which hold the units of 15 centimetres.
TILEJSON_ZOOM = 16
DIMENSIONS = {"point": 0, "line": 1, "polygon": 2}
Document = dict[str, Any]


@dataclass(frozen=True)
class Source:
    """What a tileset is made of.

    Attributes:
        base: address of the door.
        root: address of the resource that has the tiles.
        layers: the layers in it.
        title: of the resource.
        parameters: of the request, which the addresses of tiles repeat.
        bounds: box of CRS84, of all layers or of a town.
    """

    base: str
    root: str
    layers: tuple[Layer, ...]
    title: str
    description: str
    parameters: Mapping[str, str]
    bounds: Box

    @property
    def only(self) -> Layer | None:
        """Return the layer of a source that has one."""
        return self.layers[0] if len(self.layers) == 1 else None

    def tiles(self, grid: Grid, *, xyz: bool = False) -> str:
        """Return the templated address of tiles, with the names of OGC or those of TileJSON."""
        place = "{z}/{y}/{x}" if xyz else "{tileMatrix}/{tileRow}/{tileCol}"
        return self._with_parameters(f"{self.root}/tiles/{grid.id}/{place}")

    def tileset(self, grid: Grid, form: str) -> str:
        """Return the address of a tileset in one of its forms."""
        return self._with_parameters(f"{self.root}/tiles/{grid.id}", f=form)

    def tilesets(self, form: str) -> str:
        """Return the address of the list of tilesets in one of its forms."""
        return self._with_parameters(f"{self.root}/tiles", f=form)

    def _with_parameters(self, href: str, **more: str) -> str:
        wanted = {**self.parameters, **more}
        return f"{href}?{urlencode(wanted)}" if wanted else href


def union(layers: tuple[Layer, ...]) -> Box:
    """Return the box of CRS84 that holds all layers."""
    boxes = [layer.bounds for layer in layers if layer.bounds]
    if not boxes:
        return (-180.0, -85.0, 180.0, 85.0)
    low, high = (
        zip(*(box[:2] for box in boxes), strict=True),
        zip(*(b[2:] for b in boxes), strict=True),
    )
    (west, south), (east, north) = (min(v) for v in low), (max(v) for v in high)
    return west, south, east, north


def tile_matrix_sets(base: str, language: str) -> Document:
    """Return the list of tile matrix sets."""
    return {
        "links": links.document_links(f"{base}/tileMatrixSets", TEXTS[language]),
        "tileMatrixSets": [
            {
                "id": grid.id,
                "title": grid.title,
                "uri": _uri(base, grid),
                "crs": grid.crs,
                "links": [links.link("self", _scheme(base, grid), JSON, grid.id)],
            }
            for grid in GRIDS.values()
        ],
    }


def tilesets(source: Source, language: str) -> Document:
    """Return the list of the tilesets of a resource, one for each tile matrix set."""
    words = TEXTS[language]
    return {
        "links": [
            links.link("self", source.tilesets("json"), JSON, words["as_json"]),
            links.link("alternate", source.tilesets("html"), links.HTML, words["as_html"]),
        ],
        "tilesets": [
            _common(source, grid, language)
            | {
                # OGC's own test suite looks for the limits in this list too.
                "tileMatrixSetLimits": [_limits(source.bounds, grid, z) for z in _zooms(grid)],
                "links": _links(source, grid, words),
            }
            for grid in GRIDS.values()
        ],
    }


def tileset(source: Source, grid: Grid, language: str) -> Document:
    """Return the metadata of one tileset."""
    west, south, east, north = source.bounds
    return _common(source, grid, language) | {
        "description": source.description,
        "mediaTypes": [links.MVT],
        "boundingBox": {"lowerLeft": [west, south], "upperRight": [east, north], "crs": CRS84},
        "tileMatrixSetLimits": [_limits(source.bounds, grid, z) for z in _zooms(grid)],
        "layers": [_layer(layer, grid, language) for layer in source.layers],
        "links": _links(source, grid, TEXTS[language]),
    }


def tilejson(source: Source, grid: Grid, language: str) -> Document:
    """Return a tileset as TileJSON 3.0.0, which knows one tile matrix set.

    Raises:
        BadRequestError: another one is asked for.
    """
    if grid.id != TILEJSON_GRID:
        raise BadRequestError(
            f"TileJSON can only describe {TILEJSON_GRID}; ask {grid.id} for f=json."
        )
    west, south, east, north = source.bounds
    return {
        "tilejson": "3.0.0",
        "name": source.title,
        "description": source.description,
        "attribution": ", ".join(dict.fromkeys(x.record.producer for x in source.layers)),
        "scheme": "xyz",
        "tiles": [source.tiles(grid, xyz=True)],
        "minzoom": 0,
        "maxzoom": TILEJSON_ZOOM,
        "bounds": [west, south, east, north],
        "center": [(west + east) / 2, (south + north) / 2, 10],
        "vector_layers": [
            {
                "id": layer.id,
                "description": title(layer.record, language),
                "fields": {a.name: _field(a.type) for a in layer.attributes},
                "minzoom": 0,
                "maxzoom": TILEJSON_ZOOM,
            }
            for layer in source.layers
        ],
    }


def _field(kind: str) -> str:
    return {"integer": "Number", "number": "Number", "boolean": "Boolean"}.get(kind, "String")


def _zooms(grid: Grid) -> range:
    return range(grid.max_zoom + 1)


def _common(source: Source, grid: Grid, language: str) -> Document:
    return {
        "title": f"{source.title} ({grid.id})",
        "dataType": "vector",
        "crs": grid.crs,
        "tileMatrixSetId": grid.id,
        "tileMatrixSetURI": _uri(source.base, grid),
        "attribution": ", ".join(dict.fromkeys(x.record.producer for x in source.layers)),
        "license": ", ".join(dict.fromkeys(x.record.licence for x in source.layers)),
    }


def _uri(base: str, grid: Grid) -> str:
    """Return the registered URI of a grid, or where it has none its address here."""
    return str(grid.definition.get("uri") or _scheme(base, grid))


def _links(source: Source, grid: Grid, words: Mapping[str, str]) -> list[links.Link]:
    rel = f"{links.REL}tiling-scheme"
    found: list[links.Link] = [
        links.link("self", source.tileset(grid, "json"), JSON, words["tileset"]),
        links.link("alternate", source.tileset(grid, "html"), links.HTML, words["as_html"]),
        links.link("item", source.tiles(grid), links.MVT, words["tiles"]) | {"templated": True},
        links.link(rel, _scheme(source.base, grid), JSON, f"{words['tile_matrix_set']} {grid.id}"),
    ]
    if grid.id == TILEJSON_GRID:
        found.append(links.link("describedby", source.tileset(grid, "tilejson"), JSON, "TileJSON"))
    for layer in source.layers:
        href = f"{source.base}/collections/{layer.id}"
        found.append(links.link(f"{links.REL}geodata", href, JSON, layer.id))
    return found


def _scheme(base: str, grid: Grid) -> str:
    return f"{base}/tileMatrixSets/{grid.id}"


def _limits(bounds: Box, grid: Grid, z: int) -> Document:
    first_row, last_row, first_column, last_column = grid.limits(bounds, z)
    return {
        "tileMatrix": str(z),
        "minTileRow": first_row,
        "maxTileRow": last_row,
        "minTileCol": first_column,
        "maxTileCol": last_column,
    }


def _layer(layer: Layer, grid: Grid, language: str) -> Document:
    properties = schema_properties(layer, language, every_name=False)
    geometry = layer.geometry_name
    kinds = {name.lower().removeprefix("multi") for name in layer.version.facts["geometry_types"]}
    dimensions = {{"linestring": 1}.get(kind, DIMENSIONS.get(kind)) for kind in kinds}
    dimension = dimensions.pop() if len(dimensions) == 1 else None
    return {
        "id": layer.id,
        "title": title(layer.record, language),
        "description": description(layer.record, language),
        "dataType": "vector",
        **({"geometryDimension": dimension} if dimension is not None else {}),
        "minTileMatrix": "0",
        "maxTileMatrix": str(grid.max_zoom),
        "propertiesSchema": {
            "type": "object",
            "properties": {name: s for name, s in properties.items() if name != geometry},
        },
    }
