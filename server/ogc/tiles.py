"""Vector tiles of a collection, or of several in one request."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from layers.catalogue import Catalogue, Layer
from layers.errors import BadRequestError, NotFoundError, did_you_mean
from layers.index import FORMAT
from layers.parameters import RESERVED, parse_query
from layers.query import Query
from layers.tiles import Grid, Place, Tile, grid, make_tile
from layers.tiles.grids import Box
from server.caching import etag, unchanged
from server.indicators import perimeters
from server.ogc import links, tilesets
from server.ogc.documents import Document, Documents, is_tiled
from server.ogc.negotiation import form_of, language_of, parameters_of, require_known
from server.ogc.pages import Pages
from server.ogc.subsets import timed
from server.ogc.texts import TEXTS, description, title
from server.settings import Settings

# What a tile takes of the parameters of items; the others have no meaning in one.
HONOURED = ("f", "lang", "datetime", "filter", "filter-lang", "filter-crs", "properties")
REFUSED = tuple(name for name in RESERVED if name not in HONOURED)
DATASET = ("collections", "datetime")
SHOWN = ("f", "lang", "town")
# The index tells at most this many rows of a tile that is made on the event loop, in about 2 ms.
INLINE_ROWS = 4_096
Make = Callable[[tilesets.Source, str], Document]


class Tiles:
    """The routes of tiles."""

    def __init__(
        self, documents: Documents, catalogue: Catalogue, settings: Settings, pages: Pages
    ) -> None:
        self._documents, self._pages = documents, pages
        self._catalogue, self._settings = catalogue, settings

    async def matrix_sets(self, request: Request) -> Response:
        """Answer the list of tile matrix sets."""
        form, language = _plain(request)
        found = tilesets.tile_matrix_sets(self._documents.base, language)
        return self._shown(request, form, "tile_matrix_sets.html", language, found)

    async def matrix_set(self, request: Request) -> Response:
        """Answer one tile matrix set."""
        form, language = _plain(request)
        found = grid(request.path_params["tms"]).definition
        return self._shown(request, form, "tile_matrix_set.html", language, found)

    async def list(self, request: Request) -> Response:
        """Answer the tilesets of a collection or of all of them."""
        parameters = timed(parameters_of(request.query_params.multi_items()))
        form = form_of(request, parameters, ("json", "html"))
        language = language_of(request, parameters)
        source = await run_in_threadpool(self._source, request, parameters, language)
        found = tilesets.tilesets(source, language)
        name = f"{TEXTS[language]['tilesets']} · {source.title}"
        return self._shown(
            request, form, "tilesets.html", language, found, layer=source.only, title=name
        )

    async def tileset(self, request: Request) -> Response:
        """Answer one tileset, as OGC's metadata, as TileJSON or as a page with its map."""
        parameters = timed(parameters_of(request.query_params.multi_items()))
        form = form_of(request, parameters, ("json", "tilejson", "html"))
        language = language_of(request, parameters)
        of = grid(request.path_params["tms"])
        make = tilesets.tilejson if form == "tilejson" else tilesets.tileset
        source = await run_in_threadpool(self._source, request, parameters, language)
        found = await run_in_threadpool(make, source, of, language)
        drawn = source.tileset(of, "tilejson") if of.id == tilesets.TILEJSON_GRID else None
        return self._shown(
            request, form, "tileset.html", language, found, layer=source.only, drawn=drawn,
            maxzoom=None,
        )  # fmt: skip

    def _shown(
        self, request: Request, form: str, template: str, language: str, found: Document,
        **values: Any,
    ) -> Response:  # fmt: skip
        if form == "html":
            return self._pages.render(request, template, language, data=found, **values)
        return _json(found, language)

    async def tile(self, request: Request) -> Response:
        """Answer one tile; an empty one is 204."""
        parameters = timed(parameters_of(request.query_params.multi_items()))
        if parameters.pop("f", "mvt") != "mvt":
            raise BadRequestError("A tile comes as f=mvt only.")
        of = grid(request.path_params["tms"])
        at = of.require(_place(request.path_params))
        layers = await self._opened(request, parameters)
        _within(of, at, tilesets.union(layers))
        versions = {layer.id: layer.version.id for layer in layers}
        budget = self._settings.tile_bytes
        asked = sorted(parameters.items())
        headers = {"ETag": etag(FORMAT, versions, asked, of.id, at, budget)}
        if held := unchanged(request, headers):
            return held
        if not parameters and _is_light(layers, of, at):
            return _answer(_made(layers, parameters, of, at, budget), headers)
        tile = await run_in_threadpool(_made, layers, parameters, of, at, budget)
        return _answer(tile, headers)

    async def _opened(self, request: Request, parameters: Mapping[str, str]) -> tuple[Layer, ...]:
        """Return the layers of a tile; one that is open already needs no thread."""
        if name := request.path_params.get("layer"):
            layer = self._documents.layer(name)
            if "index" in layer.__dict__ and is_tiled(layer):
                return (layer,)
        return await run_in_threadpool(self._layers, request, parameters)

    def _source(
        self, request: Request, parameters: Mapping[str, str], language: str
    ) -> tilesets.Source:
        """Return what a tileset is made of, after a look at all parameters."""
        base = self._documents.base
        kept = {name: value for name, value in parameters.items() if name not in SHOWN}
        layers = self._layers(request, parameters)
        _queries(layers, kept)
        bounds = self._bounds(parameters, layers)
        if "layer" not in request.path_params:
            names = ", ".join(title(layer.record, language) for layer in layers)
            return tilesets.Source(base, base, layers, self._settings.title, names, kept, bounds)
        record = layers[0].record
        root = f"{base}/collections/{record.id}"
        words = title(record, language), description(record, language)
        return tilesets.Source(base, root, layers, *words, kept, bounds)

    def _layers(self, request: Request, parameters: Mapping[str, str]) -> tuple[Layer, ...]:
        """Return the layers that a request names, open."""
        if name := request.path_params.get("layer"):
            layer = self._documents.layer(name)
            if not is_tiled(layer):
                raise NotFoundError(f"Collection {name!r} has no geometry, hence no tiles.")
            found: tuple[Layer, ...] = (layer,)
        else:
            require_known(parameters, (*DATASET, "town"))
            found = self._named(parameters.get("collections"))
            if "collections" not in parameters:
                return _standing(found)
        for layer in found:
            _ = layer.index
        return found

    def _named(self, names: str | None) -> tuple[Layer, ...]:
        tiled = {i: x for i, x in self._documents.layers().items() if is_tiled(x)}
        if names is None:
            return tuple(tiled.values())
        wanted = list(dict.fromkeys(part.strip() for part in names.split(",") if part.strip()))
        for name in wanted:
            if name not in tiled:
                hint = did_you_mean(name, tiled)
                raise BadRequestError(f"collections: no collection with tiles {name!r}.{hint}")
        if not wanted:
            raise BadRequestError("collections must name at least one collection.")
        return tuple(tiled[name] for name in wanted)

    def _bounds(self, parameters: Mapping[str, str], layers: tuple[Layer, ...]) -> Box:
        """Return the box of the layers, or of a town where one is named."""
        if "town" not in parameters:
            return tilesets.union(layers)
        town = perimeters.town(self._catalogue, parameters["town"])
        west, south, east, north = perimeters.commune(self._catalogue, town).area.bounds
        return west, south, east, north


def _standing(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """Return layers, open, but those removed since they were listed."""
    found = []
    for layer in layers:
        with suppress(NotFoundError):
            _ = layer.index
            found.append(layer)
    return tuple(found)


def _plain(request: Request) -> tuple[str, str]:
    """Return form and language of a request that has no parameters of its own."""
    parameters = parameters_of(request.query_params.multi_items())
    require_known(parameters, ())
    return form_of(request, parameters, ("json", "html")), language_of(request, parameters)


def _json(document: Document, language: str) -> Response:
    headers = {"Content-Language": language, "Vary": "Accept, Accept-Language"}
    media_type = tilesets.TILEJSON if "tilejson" in document else tilesets.JSON
    return Response(orjson.dumps(document), media_type=media_type, headers=headers)


def _place(names: Mapping[str, str]) -> Place:
    """Return the tile that an address names; one that is no number raises NotFoundError."""
    for name in ("z", "row", "column"):
        if not re.fullmatch(r"\d{1,9}", names[name]):
            raise NotFoundError(f"The {name} of a tile is a whole number, not {names[name]!r}.")
    return Place(int(names["z"]), int(names["row"]), int(names["column"]))


def _within(of: Grid, at: Place, bounds: Box) -> None:
    """Refuse a tile that the layers do not reach, as the tileset's limits tell."""
    first_row, last_row, first_column, last_column = of.limits(bounds, at.z)
    if not (first_row <= at.row <= last_row and first_column <= at.column <= last_column):
        raise NotFoundError(
            f"Zoom {at.z} holds rows {first_row} to {last_row} and columns {first_column} to "
            f"{last_column}; row {at.row}, column {at.column} is outside."
        )


def _queries(layers: tuple[Layer, ...], parameters: Mapping[str, str]) -> list[Query]:
    """Return what a request asks of each layer."""
    asked = {n: v for n, v in parameters.items() if n not in ("f", "lang", *DATASET[:1])}
    for name in asked:
        if name in REFUSED:
            raise BadRequestError(f"Tiles do not take {name!r}; they take {', '.join(HONOURED)}.")
    return [parse_query(asked, layer) if asked else Query() for layer in layers]


def _is_light(layers: tuple[Layer, ...], of: Grid, at: Place) -> bool:
    """Tell whether a tile is so quickly made that the event loop may do it."""
    box = of.lonlat(at)
    return sum(layer.index.reach(box) for layer in layers) <= INLINE_ROWS


def _made(
    layers: tuple[Layer, ...], parameters: Mapping[str, str], of: Grid, at: Place, budget: int
) -> Tile:
    queries = _queries(layers, parameters)
    return make_tile(zip(layers, queries, strict=True), of, at, budget)


def _answer(tile: Tile, headers: dict[str, str]) -> Response:
    if tile.shown < tile.met:
        headers["Coeurville-Thinned"] = f"{tile.shown}/{tile.met}"
    if not tile.data:
        return Response(status_code=204, headers=headers)
    return Response(tile.data, media_type=links.MVT, headers=headers)
