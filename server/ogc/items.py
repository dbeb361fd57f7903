"""Features: parsed once, found in the index, sent as slices."""

from __future__ import annotations

from urllib.parse import parse_qsl

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from layers.catalogue import Layer
from layers.crs import CRS84
from layers.errors import BadRequestError, NotFoundError
from layers.parameters import parse_query
from layers.query import Query, Selection, select
from layers.writers import formats
from layers.writers.geojson import write_feature
from server.ogc import links
from server.ogc.documents import Documents
from server.ogc.negotiation import form_of, language_of, parameters_of, require_known
from server.ogc.pages import Pages

FORM = "application/x-www-form-urlencoded"
JSON_BODIES = ("application/json", "application/cql2+json", "application/query-cql-json")
# Beyond this many rows, writing a page would hold up the event loop.
INLINE_ROWS = 2_000


class Items:
    """The routes of features."""

    def __init__(self, documents: Documents, pages: Pages) -> None:
        self._documents = documents
        self._pages = pages

    async def page(self, request: Request) -> Response:
        """Answer a page of features."""
        layer = await self._open(request.path_params["layer"])
        parameters = parameters_of(request.query_params.multi_items())
        if request.method == "POST":
            parameters |= await _body(request)
        form = form_of(request, parameters, ("json", "html", "csv"))
        query = parse_query(parameters, layer)
        selection = await _selected(layer, query)
        href = f"{self._documents.base}/collections/{layer.id}/items"
        kept = {name: value for name, value in parameters.items() if name != "f"}
        found = links.page_links(href, {**kept, "f": form}, query, selection, form)
        if form == "html":
            return await self._html(request, layer, query, selection, found, parameters)
        return await _answer(layer, query, selection, found, form)

    async def one(self, request: Request) -> Response:
        """Answer one feature."""
        layer = await self._open(request.path_params["layer"])
        parameters = parameters_of(request.query_params.multi_items())
        require_known(parameters, ("crs",))
        form = form_of(request, parameters, ("json", "html"))
        feature = request.path_params["feature"]
        row = layer.index.row_of(feature)
        if row is None:
            raise NotFoundError(f"Collection {layer.id!r} has no feature {feature!r}.")
        query = parse_query({k: v for k, v in parameters.items() if k == "crs"}, layer)
        collection = f"{self._documents.base}/collections/{layer.id}"
        body = write_feature(layer, query, row, links.item_links(collection, feature))
        if form == "html":
            language = language_of(request, parameters)
            values = orjson.loads(body)
            return self._pages.render(request, "item.html", language, layer=layer, feature=values)
        return Response(body, media_type=links.GEOJSON, headers=_headers(query))

    async def _open(self, name: str) -> Layer:
        layer = self._documents.layer(name)
        if "index" not in layer.__dict__:
            await run_in_threadpool(lambda: layer.index)
        return layer

    async def _html(
        self, request: Request, layer: Layer, query: Query, selection: Selection,
        found: list[links.Link], parameters: dict[str, str],
    ) -> Response:  # fmt: skip
        index = layer.index
        names = list(query.properties if query.properties is not None else index.attribute_names)
        columns = list(dict.fromkeys([index.id_field, *names]))
        rows = index.rows(selection.positions, columns).to_pylist()
        by_rel = {link["rel"]: link["href"] for link in found}
        geojson = next((link["href"] for link in found if "f=json" in link["href"]), "")
        return self._pages.render(
            request, "items.html", language_of(request, parameters), layer=layer, columns=columns,
            rows=rows, matched=selection.matched, first=query.offset + 1, links=by_rel,
            geojson=geojson,
        )  # fmt: skip


async def _body(request: Request) -> dict[str, str]:
    """Return the parameters in the body of a search: a form, or a filter in CQL2 JSON."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind not in (FORM, *JSON_BODIES):
        raise BadRequestError(
            f"POST needs a body of type {FORM} or {JSON_BODIES[1]}, not {kind!r}."
        )
    try:
        text = (await request.body()).decode()
    except UnicodeDecodeError:
        raise BadRequestError("The body is not UTF-8.") from None
    if kind == FORM:
        return parameters_of(parse_qsl(text, keep_blank_values=True))
    return {"filter": text, "filter-lang": "cql2-json"}


async def _selected(layer: Layer, query: Query) -> Selection:
    if query.needs_sql:
        return await run_in_threadpool(select, layer, query)
    return select(layer, query)


async def _answer(
    layer: Layer, query: Query, selection: Selection, found: list[links.Link], form: str
) -> Response:
    chosen = formats()[form]
    headers = _headers(query)
    if chosen.attachment:
        headers["Content-Disposition"] = f'inline; filename="{layer.id}.{chosen.attachment}"'
    pieces = chosen.write(layer, query, selection, found)
    plain = isinstance(selection.positions, range) and query.crs.is_storage
    if plain or len(selection.positions) < INLINE_ROWS:
        return Response(b"".join(pieces), media_type=chosen.media_type, headers=headers)
    return StreamingResponse(
        (bytes(piece) for piece in pieces), media_type=chosen.media_type, headers=headers
    )


def _headers(query: Query) -> dict[str, str]:
    uri = CRS84 if query.crs.is_storage else query.crs.uri
    return {"Content-Crs": f"<{uri}>", "Vary": "Accept, Accept-Language"}
