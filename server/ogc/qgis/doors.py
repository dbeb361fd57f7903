"""The routes of QGIS's files."""

from __future__ import annotations

from collections.abc import Callable

import shapely
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from layers import crs
from layers.catalogue import Catalogue, Layer
from server.caching import etag, unchanged
from server.indicators import perimeters
from server.ogc.documents import Documents
from server.ogc.links import QLR
from server.ogc.negotiation import language_of, parameters_of, require_known
from server.ogc.qgis.documents import Box, layer_definition, project

QGZ = "application/x-qgis-project"
# The view of a town: its commune and this share of its size on each side.
MARGIN = 0.05
Make = Callable[[str], bytes]


class Qgis:
    """Layer definitions of collections and projects of towns."""

    def __init__(self, documents: Documents, catalogue: Catalogue) -> None:
        self._documents = documents
        self._catalogue = catalogue

    async def definition(self, request: Request) -> Response:
        """Answer the layer definition of a collection."""
        layer = self._documents.layer(request.path_params["layer"])
        base = self._documents.base

        def make(language: str) -> bytes:
            return layer_definition(layer, base, language)

        return await _answer(request, base, make, QLR, f"{layer.id}.qlr", [layer])

    async def project(self, request: Request) -> Response:
        """Answer the project of a town."""
        insee = request.path_params["insee"]
        town = await run_in_threadpool(perimeters.town, self._catalogue, insee)
        area = await run_in_threadpool(perimeters.commune, self._catalogue, town)
        layers = self._around(area.area.bounds, fictitious=town.fictitious)
        labelled = not town.fictitious or "fictive" in town.name
        name = town.name if labelled else f"{town.name} (données fictives)"

        def make(language: str) -> bytes:
            epsg = crs.legal_projection(town.insee)
            view = _view(area.projected)
            return project(name, layers, self._documents.base, view, epsg, language)

        return await _answer(request, self._documents.base, make, QGZ, f"{town.insee}.qgz", layers)

    def _around(self, box: Box, *, fictitious: bool) -> list[Layer]:
        """Return the layers that meet a town: its own if it is fictitious, else the real ones."""
        area = shapely.box(*box)
        return [
            layer
            for layer in self._documents.layers().values()
            if layer.record.fictitious == fictitious
            and (layer.bounds is None or area.intersects(shapely.box(*layer.bounds)))
        ]


def _view(area: shapely.Geometry) -> Box:
    west, south, east, north = shapely.bounds(area)
    x, y = MARGIN * (east - west), MARGIN * (north - south)
    return west - x, south - y, east + x, north + y


async def _answer(
    request: Request, base: str, make: Make, media_type: str, name: str, layers: list[Layer]
) -> Response:
    """Answer a file that changes only with its layers, so that a client may keep it."""
    parameters = parameters_of(request.query_params.multi_items())
    require_known(parameters, ())
    language = language_of(request, parameters)
    headers = {
        "ETag": etag(base, name, language, *((layer.id, layer.tag) for layer in layers)),
        "Vary": "Accept-Language",
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    if held := unchanged(request, headers):
        return held
    body = await run_in_threadpool(make, language)
    return Response(body, media_type=media_type, headers=headers)
