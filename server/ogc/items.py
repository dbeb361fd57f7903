"""Features: parsed once, found in the index, sent as slices."""

from __future__ import annotations

from itertools import chain
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from layers.catalogue import Layer
from layers.crs import CRS84
from layers.errors import BadRequestError, NotFoundError
from layers.parameters import parse_query
from layers.query import Query, Selection, select
from layers.writers import formats
from layers.writers.geojson import write_feature
from server.caching import etag, unchanged, weak
from server.ogc import links
from server.ogc.documents import Documents
from server.ogc.negotiation import form_of, language_of, parameters_of, require_known
from server.ogc.pages import Pages
from server.ogc.texts import TEXTS
from server.streaming import Streamed

FORM = "application/x-www-form-urlencoded"
JSON_BODIES = ("application/json", "application/cql2+json", "application/query-cql-json")
MAX_BODY = 1_000_000
# Up to these numbers of rows, work takes about a millisecond and stays on the event loop; a thread
# would cost more than it spares.
INLINE_CANDIDATES = 8_192
INLINE_SLICES = 2_000
INLINE_REWRITTEN = 20
# A file of so many rows does not wait for the threads of large downloads.
SMALL_FILE = 1_000
HEAVY_ROWS = 100
HEAVY_BYTES = 8_000_000
FORMS = ("json", "html", *(form for form in formats() if form != "json"))
# What shapes an answer without changing which features a map of it should show.
SHAPING = ("f", "lang", "crs", "skipGeometry", "properties")


class Items:
    """The routes of features."""

    def __init__(self, documents: Documents, pages: Pages) -> None:
        self._documents = documents
        self._pages = pages

    async def page(self, request: Request) -> Response:
        """Answer a page of features."""
        layer = await self._open(request.path_params["layer"])
        body = await _body(request) if request.method == "POST" else ()
        parameters = parameters_of(chain(request.query_params.multi_items(), body))
        form = form_of(request, parameters, FORMS)
        if "profile" in parameters and form != "jsonfg":
            raise BadRequestError(f"profile goes with f=jsonfg only, not with f={form}.")
        language = language_of(request, parameters)
        headers = self._headers(request, layer, form, language)
        headers["Link"] = links.queryables_header(self._documents.base, layer.id)
        if held := unchanged(request, headers):
            return held
        whole = form != "html" and not formats()[form].paged
        query, selection = await _found(parameters, layer, whole)
        if whole:
            return await _file(layer, query, selection, form, headers)
        href = f"{self._documents.base}/collections/{layer.id}/items"
        offered = links.forms(geometry=layer.geometry_name is not None)
        words = TEXTS[language]
        found = links.page_links(href, parameters, query, selection.matched, form, words, offered)
        if form != "html":
            return await _answer(layer, query, selection, found, form, headers)
        kept = {name: value for name, value in parameters.items() if name not in SHAPING}
        drawn = links.address(href, {**kept, "f": "json"})
        return await run_in_threadpool(
            self._html, request, language, layer, query, selection, found, drawn
        )

    async def one(self, request: Request) -> Response:
        """Answer one feature."""
        layer = await self._open(request.path_params["layer"])
        parameters = parameters_of(request.query_params.multi_items())
        require_known(parameters, ("crs",))
        form = form_of(request, parameters, ("json", "html"))
        language = language_of(request, parameters)
        headers = self._headers(request, layer, form, language)
        if held := unchanged(request, headers):
            return held
        feature = request.path_params["feature"]
        row = layer.index.row_of(feature)
        if row is None:
            raise NotFoundError(f"Collection {layer.id!r} has no feature {feature!r}.")
        query = parse_query(parameters, layer)
        collection = f"{self._documents.base}/collections/{layer.id}"
        found = links.item_links(collection, feature, parameters, form, TEXTS[language])
        body = write_feature(layer, query, row, found)
        if form == "html":
            values = orjson.loads(body)
            return self._pages.render(request, "item.html", language, layer=layer, feature=values)
        return Response(body, media_type=links.GEOJSON, headers=headers | _crs(query))

    def _headers(self, request: Request, layer: Layer, form: str, language: str) -> dict[str, str]:
        """Return the headers that need no row: an ETag costs as much as hashing a line."""
        headers = {"Vary": "Accept, Accept-Language"}
        if form == "html" or request.method == "POST":
            return headers
        asked = (request.scope["path"], request.scope["query_string"], form, language)
        tag = etag(self._documents.base, layer.tag, *asked)
        # A file may hold the time of its writing, so its bytes may differ.
        return headers | {"ETag": tag if formats()[form].paged else weak(tag)}

    async def _open(self, name: str) -> Layer:
        layer = self._documents.layer(name)
        if "index" not in layer.__dict__:
            await run_in_threadpool(lambda: layer.index)
        return layer

    def _html(
        self, request: Request, language: str, layer: Layer, query: Query, selection: Selection,
        found: list[links.Link], drawn: str,
    ) -> Response:  # fmt: skip
        index = layer.index
        names = list(query.properties if query.properties is not None else index.attribute_names)
        columns = list(dict.fromkeys([index.id_field, *names]))
        rows = index.rows(selection.positions, columns).to_pylist()
        by_rel = {link["rel"]: link["href"] for link in found}
        kinds = {kind: name for name, kind in links.TYPES.items()}
        forms = {
            links.NAMES[kinds[link["type"]]]: link["href"]
            for link in found
            if link["rel"] == "alternate"
        }
        return self._pages.render(
            request, "items.html", language, layer=layer, columns=columns, rows=rows,
            matched=selection.matched, first=query.offset + 1, links=by_rel, forms=forms,
            drawn=drawn,
        )  # fmt: skip


async def _body(request: Request) -> list[tuple[str, str]]:
    """Return the parameters in the body of a search: a form, or a filter in CQL2 JSON."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind not in (FORM, *JSON_BODIES):
        raise BadRequestError(
            f"POST needs a body of type {FORM} or {JSON_BODIES[1]}, not {kind!r}."
        )
    received = bytearray()
    async for piece in request.stream():
        received += piece
        if len(received) > MAX_BODY:
            raise HTTPException(413, f"A search holds at most {MAX_BODY} bytes")
    try:
        text = received.decode()
    except UnicodeDecodeError:
        raise BadRequestError("The body is not UTF-8.") from None
    if kind == FORM:
        return parse_qsl(text, keep_blank_values=True)
    return [("filter", text), ("filter-lang", "cql2-json")]


async def _found(parameters: dict[str, str], layer: Layer, whole: bool) -> tuple[Query, Selection]:
    """Return the query of a request and its rows, found in a thread where that takes long."""
    if "filter" in parameters:
        return await run_in_threadpool(_parsed_and_selected, parameters, layer, whole)
    query = parse_query(parameters, layer, whole=whole)
    far = query.area is not None and layer.index.reach(query.area.bounds) > INLINE_CANDIDATES
    if far or query.needs_sql:
        return query, await run_in_threadpool(select, layer, query)
    return query, select(layer, query)


def _parsed_and_selected(
    parameters: dict[str, str], layer: Layer, whole: bool
) -> tuple[Query, Selection]:
    query = parse_query(parameters, layer, whole=whole)
    return query, select(layer, query)


async def _answer(
    layer: Layer, query: Query, selection: Selection, found: list[links.Link], form: str,
    headers: dict[str, str],
) -> Response:  # fmt: skip
    chosen = formats()[form]
    headers |= _crs(query)
    pieces = chosen.write(layer, query, selection, found)
    if _is_heavy(layer, query, selection):
        return Streamed(pieces, chosen.media_type, headers)
    light = _is_light(query, selection, form)
    body = b"".join(pieces) if light else await run_in_threadpool(lambda: b"".join(pieces))
    return Response(body, media_type=chosen.media_type, headers=headers)


async def _file(
    layer: Layer, query: Query, selection: Selection, form: str, headers: dict[str, str]
) -> Response:
    """Return a download of all rows that match."""
    chosen = formats()[form]
    headers |= _crs(query)
    headers["Content-Disposition"] = f'attachment; filename="{layer.id}.{chosen.attachment}"'
    headers["OGC-NumberMatched"] = str(selection.matched)
    headers["OGC-NumberReturned"] = str(len(selection.positions))
    pieces = chosen.write(layer, query, selection, [])
    if len(selection.positions) > SMALL_FILE or _is_heavy(layer, query, selection):
        return Streamed(pieces, chosen.media_type, headers)
    body = await run_in_threadpool(lambda: b"".join(pieces))
    return Response(body, media_type=chosen.media_type, headers=headers)


def _is_heavy(layer: Layer, query: Query, selection: Selection) -> bool:
    """Tell whether a page has so many bytes that it is better sent while it is made."""
    rows = selection.positions
    if len(rows) < HEAVY_ROWS:
        return False
    mean = layer.index.bytes / max(layer.index.count, 1)
    return bool(len(rows) * mean > HEAVY_BYTES)


def _is_light(query: Query, selection: Selection, form: str) -> bool:
    """Tell whether a page is so quickly written that the event loop may do it."""
    rows: Any = selection.positions
    whole = query.crs.is_storage and not query.skip_geometry and query.properties is None
    if form != "json" or not whole:
        return len(rows) <= INLINE_REWRITTEN
    return isinstance(rows, range) or len(rows) <= INLINE_SLICES


def _crs(query: Query) -> dict[str, str]:
    uri = CRS84 if query.crs.is_storage else query.crs.uri
    return {"Content-Crs": f"<{uri}>"}
