"""The routes of the door."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from layers.catalogue import Catalogue
from server.compute.dispatcher import Dispatcher
from server.ledger import Ledger
from server.ogc import links
from server.ogc.coverages import Coverages
from server.ogc.dcat import Dcat
from server.ogc.documents import Documents
from server.ogc.downloads import Downloads
from server.ogc.items import Items
from server.ogc.maps import Maps
from server.ogc.negotiation import form_of, language_of, parameters_of, require_known
from server.ogc.pages import Pages
from server.ogc.processes import Processes
from server.ogc.qgis import Qgis
from server.ogc.records import Records
from server.ogc.tiles import Tiles
from server.settings import Settings

STATIC = Path(__file__).parent / "static"
RASTER_TEMPLATES = {"collection.html": "raster.html"}
SCHEMA = "application/schema+json"
JSON = "application/json"
Make = Callable[..., dict[str, Any]]
Endpoint = Callable[[Request], Awaitable[Response]]


def routes(catalogue: Catalogue, settings: Settings, dispatcher: Dispatcher) -> list[BaseRoute]:
    """Return all routes under ``/ogc``; the address without a trailing slash answers too."""
    documents = Documents(catalogue, settings)
    pages = Pages(settings)
    downloads = Downloads(documents, catalogue)
    items = Items(documents, pages)
    qgis = Qgis(documents, catalogue)

    def document(make: Make, template: str, media_type: str = JSON) -> Endpoint:
        return _document(make, template, media_type, documents, pages)

    landing = document(documents.landing, "landing.html")
    collection = "/ogc/collections/{layer}"
    # Routes are tried in turn: those of features and tiles answer most requests.
    return [
        *_catalogue_routes(Records(documents, pages)),
        _route(f"{collection}/items", items.page, "POST"),
        _route(f"{collection}/items/{{feature:path}}", items.one),
        *_tile_routes(Tiles(documents, catalogue, settings, pages)),
        _route("/ogc", landing),
        _route("/ogc/", landing),
        _route("/ogc/conformance", document(documents.conformance, "conformance.html")),
        _route("/ogc/openapi", document(documents.openapi, "openapi.html", links.OPENAPI)),
        _route("/ogc/collections", document(documents.collections, "collections.html")),
        _route("/ogc/dcat", Dcat(documents, settings).catalogue),
        _route(collection, document(documents.collection, "collection.html")),
        _route(f"{collection}/queryables", document(documents.queryables, "schema.html", SCHEMA)),
        _route(f"{collection}/schema", document(documents.schema, "schema.html", SCHEMA)),
        _route(f"{collection}/download", downloads.whole),
        _route(f"{collection}/qlr", qgis.definition),
        _route("/towns/{insee}/project.qgz", qgis.project),
        *_raster_routes(Coverages(documents, downloads), Maps(documents, pages)),
        *_process_routes(
            Processes(catalogue, Ledger.of(settings), dispatcher, documents.base, pages)
        ),
        Mount("/ogc/static", StaticFiles(directory=STATIC)),
    ]


def _catalogue_routes(records: Records) -> list[BaseRoute]:
    """Return the routes of the catalogue, which come before those of collections."""
    root = "/ogc/collections/catalogue"
    return [
        _route(root, records.catalogue),
        _route(f"{root}/items", records.records),
        _route(f"{root}/items/{{record}}", records.record),
    ]


def _raster_routes(coverages: Coverages, maps: Maps) -> list[BaseRoute]:
    """Return the routes of rasters: their cells, their pictures, their legend."""
    root = "/ogc/collections/{layer}"
    return [
        _route(f"{root}/coverage", coverages.coverage),
        _route(f"{root}/legend", maps.legend),
        _route(f"{root}/map", maps.map),
        _route(f"{root}/map/tiles", maps.tilesets),
        _route(f"{root}/map/tiles/{{tms}}", maps.tileset),
        _route(f"{root}/map/tiles/{{tms}}/{{z}}/{{row}}/{{column}}", maps.tile),
    ]


def _tile_routes(tiles: Tiles) -> list[BaseRoute]:
    """Return the routes of tiles, of one collection and of all."""
    found: list[BaseRoute] = [
        _route("/ogc/tileMatrixSets", tiles.matrix_sets),
        _route("/ogc/tileMatrixSets/{tms}", tiles.matrix_set),
    ]
    for root in ("/ogc", "/ogc/collections/{layer}"):
        found += [
            _route(f"{root}/tiles", tiles.list),
            _route(f"{root}/tiles/{{tms}}", tiles.tileset),
            _route(f"{root}/tiles/{{tms}}/{{z}}/{{row}}/{{column}}", tiles.tile),
        ]
    return found


def _process_routes(processes: Processes) -> list[BaseRoute]:
    process, job = "/ogc/processes/{process}", "/ogc/jobs/{job}"
    return [
        _route("/ogc/processes", processes.list),
        _route(process, processes.describe),
        Route(f"{process}/execution", processes.execute, methods=["POST"]),
        _route("/ogc/jobs", processes.list_jobs),
        _route(job, processes.job, "DELETE"),
        _route(f"{job}/results", processes.results),
    ]


def _route(path: str, endpoint: Endpoint, *more: str) -> Route:
    """Return a route for GET, HEAD and more methods; OPTIONS tells which."""
    methods = ["GET", "HEAD", *more, "OPTIONS"]

    async def answer(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": ", ".join(methods)})
        return await endpoint(request)

    return Route(path, answer, methods=methods)


def _document(
    make: Make, template: str, media_type: str, documents: Documents, pages: Pages
) -> Endpoint:
    """Return an endpoint that answers a document as JSON or as a page."""

    async def answer(request: Request) -> Response:
        parameters = parameters_of(request.query_params.multi_items())
        require_known(parameters, ())
        form = form_of(request, parameters, ("json", "html"))
        language = language_of(request, parameters)
        names = list(request.path_params.values())
        found = await run_in_threadpool(make, *names, language)
        if form == "html":
            layer = documents.any_layer(names[0]) if names else None
            chosen = (
                RASTER_TEMPLATES.get(template, template) if layer and layer.is_raster else template
            )
            return pages.render(request, chosen, language, data=found, layer=layer)
        headers = {"Content-Language": language, "Vary": "Accept, Accept-Language"}
        return Response(orjson.dumps(found), media_type=media_type, headers=headers)

    return answer
