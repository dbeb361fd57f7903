"""Pictures of rasters over HTTP: OGC API Maps, map tiles and legends."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from layers.catalogue import Layer
from layers.coverages.drawing import draw
from layers.coverages.legends import legend_json, legend_png, legend_svg
from layers.coverages.request import parse_area
from layers.coverages.systems import GEOGRAPHIC, Box, System, moved_box, native_system, system
from layers.errors import BadRequestError, NotFoundError
from layers.raster_legends import legend
from layers.tiles import Grid, Place, grid
from server.caching import etag, unchanged
from server.ogc import map_tilesets
from server.ogc.documents import Documents
from server.ogc.downloads import placed
from server.ogc.negotiation import form_of, language_of, parameters_of, require_known
from server.ogc.pages import Pages
from server.ogc.texts import TEXTS, title

PICTURES = ("png", "webp", "jpeg")
MAP = ("bbox", "bbox-crs", "crs", "width", "height", "transparent", "bgcolor")
DEFAULT_WIDTH = 1024
TILE_SIDE = 256
# A box with a smaller side, in units of its CRS, is none: its shape would have no number.
SMALLEST = 1e-9


class Maps:
    """The routes of maps, map tiles and legends."""

    def __init__(self, documents: Documents, pages: Pages) -> None:
        self._documents, self._pages = documents, pages

    async def map(self, request: Request) -> Response:
        """Answer a picture of a box, by default of the whole raster."""
        layer, parameters = self._asked(request, MAP)
        form = form_of(request, parameters, PICTURES)
        return await run_in_threadpool(_map, request, layer, parameters, form)

    async def tile(self, request: Request) -> Response:
        """Answer a tile of 256 pixels."""
        layer, parameters = self._asked(request, ())
        form = form_of(request, parameters, PICTURES)
        of = grid(request.path_params["tms"])
        at = of.require(map_tilesets.place(request.path_params))
        _require_met(layer, of, at)
        bounds = of.box(at)
        drawn = system(of.crs, native_system(layer))
        return await run_in_threadpool(
            _picture, request, layer, bounds, drawn, (TILE_SIDE, TILE_SIDE), form, None
        )

    async def tilesets(self, request: Request) -> Response:
        """Answer the list of map tilesets."""
        layer, parameters = self._asked(request, ())
        form = form_of(request, parameters, ("json", "html"))
        language = language_of(request, parameters)
        found = map_tilesets.tilesets(layer, self._documents.base, language)
        if form == "json":
            return _json(found)
        name = f"{TEXTS[language]['map_tilesets']} · {title(layer.record, language)}"
        return self._pages.render(
            request, "tilesets.html", language, layer=layer, data=found, title=name
        )

    async def tileset(self, request: Request) -> Response:
        """Answer one map tileset, as OGC's metadata, as TileJSON or as a page with its map."""
        layer, parameters = self._asked(request, ())
        form = form_of(request, parameters, ("json", "tilejson", "html"))
        language = language_of(request, parameters)
        make = map_tilesets.tilejson if form == "tilejson" else map_tilesets.tileset
        of, base = grid(request.path_params["tms"]), self._documents.base
        found = make(layer, of, base, language)
        if form != "html":
            return _json(found)
        return self._pages.render(
            request, "tileset.html", language, layer=layer, data=found,
            drawn=map_tilesets.drawn(layer, of, base),
            maxzoom=map_tilesets.deepest_zoom(layer, of),
        )  # fmt: skip

    async def legend(self, request: Request) -> Response:
        """Answer the legend as data or as a picture."""
        layer, parameters = self._asked(request, ())
        form = form_of(request, parameters, ("json", "png", "svg"))
        language = language_of(request, parameters)
        found, words = legend(layer), title(layer.record, language)
        if form == "json":
            return _json(legend_json(found))
        if form == "svg":
            return _legend(legend_svg(found, words, language).encode(), "image/svg+xml")
        picture = await run_in_threadpool(legend_png, found, words, language)
        return _legend(picture, "image/png")

    def _asked(self, request: Request, known: tuple[str, ...]) -> tuple[Layer, dict[str, str]]:
        layer = self._documents.raster(request.path_params["layer"])
        parameters = parameters_of(request.query_params.multi_items())
        require_known(parameters, known)
        if parameters.get("f") == "jpg":
            parameters["f"] = "jpeg"
        return layer, parameters


def _map(request: Request, layer: Layer, parameters: Mapping[str, str], form: str) -> Response:
    native = native_system(layer)
    drawn = system(parameters["crs"], native) if "crs" in parameters else native
    bounds = moved_box(*_box(parameters, layer, native), drawn)
    return _picture(
        request, layer, bounds, drawn, _size(parameters, bounds), form, _ground(parameters)
    )


def _box(parameters: Mapping[str, str], layer: Layer, native: System) -> tuple[Box, System]:
    if "bbox" not in parameters:
        west, south, east, north = layer.version.facts["native_bounds"]
        return (west, south, east, north), native
    name = parameters.get("bbox-crs")
    return parse_area(parameters["bbox"], system(name, native) if name else GEOGRAPHIC, layer)


def _size(parameters: Mapping[str, str], bounds: Box) -> tuple[int, int]:
    """Return width and height; where one is not given, pixels are square."""
    across, down = bounds[2] - bounds[0], bounds[3] - bounds[1]
    if min(across, down) < SMALLEST:
        raise BadRequestError("bbox is empty: a map needs a width and a height.")
    width, height = (_side(name, parameters) for name in ("width", "height"))
    if width is None:
        width = round((height or 0) * across / down) or DEFAULT_WIDTH
    return width, height or max(1, round(width * down / across))


def _side(name: str, parameters: Mapping[str, str]) -> int | None:
    text = parameters.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or int(text[:9]) == 0:
        raise BadRequestError(f"{name} must be a whole number of pixels, not {text!r}.")
    return int(text[:9])


def _ground(parameters: Mapping[str, str]) -> str | None:
    """Return the colour behind missing values; none where it is to be clear, as is the default."""
    clear = parameters.get("transparent", "false" if "bgcolor" in parameters else "true").lower()
    if clear not in ("true", "false"):
        raise BadRequestError(f"transparent must be true or false, not {clear!r}.")
    return None if clear == "true" else parameters.get("bgcolor", "ffffff").removeprefix("0x")


def _require_met(layer: Layer, of: Grid, at: Place) -> None:
    assert layer.bounds
    rows = of.limits(layer.bounds, at.z)
    if not (rows[0] <= at.row <= rows[1] and rows[2] <= at.column <= rows[3]):
        raise NotFoundError(
            f"Zoom {at.z} holds rows {rows[0]} to {rows[1]} and columns {rows[2]} to {rows[3]}; "
            f"row {at.row}, column {at.column} is outside."
        )


def _picture(
    request: Request, layer: Layer, bounds: Box, drawn: System, size: tuple[int, int], form: str,
    ground: str | None,
) -> Response:  # fmt: skip
    look = layer.record.model_dump(include={"classes", "legend", "stretch"})
    tag = etag(layer.id, layer.version.id, look, bounds, drawn.uri, size, form, ground)
    headers = {"ETag": tag, "Vary": "Accept"}
    if held := unchanged(request, headers):
        return held
    headers |= placed(drawn, bounds)
    picture = draw(layer, bounds, drawn, size, form, ground)
    return Response(picture, media_type=f"image/{form}", headers=headers)


def _json(document: map_tilesets.Document) -> Response:
    media_type = map_tilesets.TILEJSON if "tilejson" in document else map_tilesets.JSON
    return _legend(orjson.dumps(document), media_type)


def _legend(body: bytes, media_type: str) -> Response:
    return Response(body, media_type=media_type, headers={"Vary": "Accept, Accept-Language"})
