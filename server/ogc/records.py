"""The catalogue over HTTP: OGC API Records, one record for each layer."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from layers.catalogue import Layer
from layers.crs import CRS84, reference
from layers.discovery import PARAMETERS, parse_search
from layers.errors import BadRequestError, NotFoundError, did_you_mean
from layers.parameters import DEFAULT_LIMIT, MAX_LIMIT
from server.ogc import links
from server.ogc.documents import Documents
from server.ogc.negotiation import form_of, language_of, parameters_of, require_known
from server.ogc.pages import Pages
from server.ogc.record_documents import (
    ID,
    MEDIA_TYPE,
    RECORD,
    Document,
    catalogue_document,
    record_document,
)
from server.ogc.texts import TEXTS


class Records:
    """The routes of the catalogue."""

    def __init__(self, documents: Documents, pages: Pages) -> None:
        self._documents = documents
        self._pages = pages
        self._base = documents.base
        self._href = f"{documents.base}/collections/{ID}"

    async def catalogue(self, request: Request) -> Response:
        """Answer what the catalogue is."""
        parameters = parameters_of(request.query_params.multi_items())
        require_known(parameters, ())
        form = form_of(request, parameters, ("json", "html"))
        language = language_of(request, parameters)
        layers = await run_in_threadpool(self._documents.shared)
        document = catalogue_document(layers, self._base, language)
        if form == "json":
            return _json(document, MEDIA_TYPE, language)
        return self._page(request, language, document, list(layers.values()), len(layers))

    async def records(self, request: Request) -> Response:
        """Answer the records that a search finds, page by page."""
        parameters = parameters_of(request.query_params.multi_items())
        require_known(parameters, (*PARAMETERS, "limit", "offset", "crs"))
        if not reference(parameters.get("crs", CRS84)).is_storage:
            raise BadRequestError(f"Records come in {CRS84} only.")
        form = form_of(request, parameters, ("json", "html"))
        language = language_of(request, parameters)
        search = parse_search(parameters)
        limit = min(_whole("limit", parameters, DEFAULT_LIMIT, 1), MAX_LIMIT)
        offset = _whole("offset", parameters, 0, 0)
        layers = await run_in_threadpool(self._documents.shared)
        found = [layer for layer in layers.values() if search.finds(layer)]
        page = found[offset : offset + limit]
        shown = self._page_links(parameters, limit, offset, len(found), language)
        if form == "html":
            document = catalogue_document(layers, self._base, language) | {"links": shown}
            return self._page(request, language, document, page, len(found))
        body = {
            "type": "FeatureCollection",
            "features": [record_document(layer, self._base, language) for layer in page],
            "numberMatched": len(found),
            "numberReturned": len(page),
            "links": shown,
        }
        return _json(body, links.GEOJSON, language)

    async def record(self, request: Request) -> Response:
        """Answer one record."""
        parameters = parameters_of(request.query_params.multi_items())
        require_known(parameters, ())
        form = form_of(request, parameters, ("json", "html"))
        language = language_of(request, parameters)
        name = request.path_params["record"]
        layers = await run_in_threadpool(self._documents.shared)
        if name not in layers:
            raise NotFoundError(f"No record {name!r}.{did_you_mean(name, layers)}")
        document = record_document(layers[name], self._base, language)
        if form == "json":
            return _json(document, RECORD, language)
        return self._pages.render(
            request, "record.html", language, layer=layers[name], data=document
        )

    def _page(
        self, request: Request, language: str, document: Document, layers: list[Layer], matched: int
    ) -> Response:
        found = [record_document(layer, self._base, language) for layer in layers]
        asked = request.query_params.get("q", "")
        return self._pages.render(
            request, "records.html", language, data=document, records=found, matched=matched,
            asked=asked,
        )  # fmt: skip

    def _page_links(
        self, parameters: Mapping[str, str], limit: int, offset: int, matched: int, language: str
    ) -> list[links.Link]:
        words = TEXTS[language]

        def to(rel: str, form: str, text: str, **more: str) -> links.Link:
            href = links.address(f"{self._href}/items", {**parameters, "f": form, **more})
            return links.link(rel, href, links.TYPES[form], words[text])

        found = [to("self", "json", "this_page"), to("alternate", "html", "as_html")]
        if offset:
            found.append(to("prev", "json", "prev", offset=str(max(0, offset - limit))))
        if offset + limit < matched:
            found.append(to("next", "json", "next", offset=str(offset + limit)))
        return [
            *found,
            links.link("collection", self._href, "application/json", words["catalogue"]),
        ]


def _whole(name: str, parameters: Mapping[str, str], default: int, least: int) -> int:
    text = parameters.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 16) or int(text) < least:
        raise BadRequestError(f"{name} must be a whole number of at least {least}, not {text!r}.")
    return int(text)


def _json(document: Document, media_type: str, language: str) -> Response:
    headers = {"Content-Language": language, "Vary": "Accept, Accept-Language"}
    if media_type in (links.GEOJSON, RECORD):
        headers["Content-Crs"] = f"<{CRS84}>"
    return Response(orjson.dumps(document), media_type=media_type, headers=headers)
