"""Rasters over HTTP: OGC API Coverages."""

from __future__ import annotations

import re

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from layers.catalogue import Layer
from layers.coverages import coveragejson, geotiff
from layers.coverages.reading import MAX_CELLS, read_cells
from layers.coverages.request import PARAMETERS, parse_request
from server.caching import etag, unchanged
from server.ogc.documents import Documents
from server.ogc.downloads import Downloads, placed
from server.ogc.negotiation import form_of, parameters_of, require_known

FORMS = ("geotiff", "covjson")
NAMES = {"tiff": "geotiff", "tif": "geotiff", "coveragejson": "covjson", "json": "covjson"}


class Coverages:
    """The route of coverages."""

    def __init__(self, documents: Documents, downloads: Downloads) -> None:
        self._documents = documents
        self._downloads = downloads

    async def coverage(self, request: Request) -> Response:
        """Answer cells of a raster; without parameters its own file, by ranges if asked so."""
        layer = self._documents.raster(request.path_params["layer"])
        parameters = _parameters(request)
        require_known(parameters, PARAMETERS)
        form = form_of(request, parameters, FORMS)
        if form == "geotiff" and _asks_all(parameters):
            return await self._downloads.file(request, layer)
        tag = etag(layer.id, layer.version.id, layer.record, sorted(parameters.items()), form)
        kept = {"ETag": tag, "Vary": "Accept"}
        if held := unchanged(request, kept):
            return held
        return await run_in_threadpool(_answer, layer, parameters, form, kept)


def _parameters(request: Request) -> dict[str, str]:
    """Return parameters by name; several ``subset`` count as one, as the standard asks."""
    pairs = request.query_params.multi_items()
    subsets = [value for name, value in pairs if name == "subset"]
    others = [pair for pair in pairs if pair[0] != "subset"]
    found = parameters_of([*others, *([("subset", ",".join(subsets))] if subsets else [])])
    if "f" in found:
        found["f"] = NAMES.get(found["f"].lower(), found["f"].lower())
    return found


def _asks_all(parameters: dict[str, str]) -> bool:
    """Tell whether the raster's own cells are asked for, all of them."""
    native = re.fullmatch(r"(\w+\(\),?)*", parameters.get("resolution", ""))
    return native is not None and not set(parameters) - {"f", "lang", "resolution"}


def _answer(layer: Layer, parameters: dict[str, str], form: str, kept: dict[str, str]) -> Response:
    most = MAX_CELLS if form == "geotiff" else coveragejson.MAX_VALUES
    cells = read_cells(layer, parse_request(parameters, layer), most)
    headers = kept | placed(cells.grid.system, cells.grid.bounds)
    if form == "covjson":
        body = coveragejson.write_coveragejson(layer, cells)
        return Response(body, media_type=coveragejson.MEDIA_TYPE, headers=headers)
    headers["Content-Disposition"] = f'attachment; filename="{layer.id}.tif"'
    body = geotiff.write_geotiff(layer, cells)
    return Response(body, media_type=geotiff.MEDIA_TYPE, headers=headers)
