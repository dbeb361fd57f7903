"""Links of the documents: only to what answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from layers.query import Query

GEOJSON, HTML, CSV = "application/geo+json", "text/html", "text/csv"
MVT = "application/vnd.mapbox-vector-tile"
REL = "http://www.opengis.net/def/rel/ogc/1.0/"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
TYPES = {"json": GEOJSON, "csv": CSV, "html": HTML}
Link = dict[str, Any]


def link(rel: str, href: str, media_type: str, title: str) -> Link:
    """Return one link."""
    return {"rel": rel, "type": media_type, "title": title, "href": href}


def document_links(href: str, texts: Mapping[str, str]) -> list[Link]:
    """Return a document in its two forms; JSON is the one at hand."""
    return [
        link("self", f"{href}?f=json", "application/json", texts["as_json"]),
        link("alternate", f"{href}?f=html", HTML, texts["as_html"]),
    ]


def landing_links(base: str, texts: Mapping[str, str]) -> list[Link]:
    """Return the links of the landing page."""
    return [
        *document_links(base, texts),
        link("service-desc", f"{base}/openapi?f=json", OPENAPI, texts["openapi"]),
        link("service-doc", f"{base}/openapi?f=html", HTML, texts["openapi"]),
        link("conformance", f"{base}/conformance", "application/json", texts["conformance"]),
        link("data", f"{base}/collections", "application/json", texts["collections"]),
        link(f"{REL}data", f"{base}/collections", "application/json", texts["collections"]),
        link(f"{REL}processes", f"{base}/processes", "application/json", texts["processes"]),
        link(f"{REL}job-list", f"{base}/jobs", "application/json", texts["jobs"]),
        link(f"{REL}ogc-catalog", f"{base}/collections/catalogue/items", GEOJSON,
             texts["catalogue"]),
        link("describedby", f"{base}/dcat", "application/ld+json", "DCAT-AP"),
        link(f"{REL}tilesets-vector", f"{base}/tiles", "application/json", texts["tilesets"]),
        link(f"{REL}tiling-schemes", f"{base}/tileMatrixSets", "application/json",
             texts["tile_matrix_sets"]),
    ]  # fmt: skip


def collection_links(base: str, layer: str, texts: Mapping[str, str], *, tiled: bool) -> list[Link]:
    """Return the links of a collection, which has tiles where it has geometry."""
    href = f"{base}/collections/{layer}"
    schema = "application/schema+json"
    return [
        *document_links(href, texts),
        link("items", f"{href}/items", GEOJSON, f"{texts['items']} (GeoJSON)"),
        link("items", f"{href}/items?f=csv", CSV, f"{texts['items']} (CSV)"),
        link("items", f"{href}/items?f=html", HTML, f"{texts['items']} (HTML)"),
        link(f"{REL}queryables", f"{href}/queryables", schema, texts["queryables"]),
        link(f"{REL}schema", f"{href}/schema", schema, texts["schema"]),
        link("describedby", f"{href}/schema", schema, texts["schema"]),
        *([link(f"{REL}tilesets-vector", f"{href}/tiles", "application/json", texts["tilesets"])]
          if tiled else []),
    ]  # fmt: skip


def page_links(
    href: str,
    parameters: Mapping[str, str],
    query: Query,
    matched: int,
    form: str,
    texts: Mapping[str, str],
) -> list[Link]:
    """Return the links of a page of items, each with all parameters of the request."""

    def to(rel: str, title: str, **changes: str) -> Link:
        wanted = {**parameters, "f": form, **changes}
        return link(rel, address(href, wanted), TYPES[wanted["f"]], texts[title])

    found = [to("self", "this_page")]
    found += [to("alternate", f"page_{other}", f=other) for other in TYPES if other != form]
    if query.offset > 0:
        # A first page of fewer rows, so that no row is on two pages.
        before = max(0, query.offset - query.limit)
        size = {"limit": str(query.offset)} if query.offset < query.limit else {}
        found.append(to("first", "first", offset="0"))
        found.append(to("prev", "prev", offset=str(before), **size))
    if query.offset + query.limit < matched:
        found.append(to("next", "next", offset=str(query.offset + query.limit)))
    collection = href.removesuffix("/items")
    return [*found, link("collection", collection, "application/json", texts["collection"])]


def item_links(
    collection: str,
    feature: str,
    parameters: Mapping[str, str],
    form: str,
    texts: Mapping[str, str],
) -> list[Link]:
    """Return the links of one feature."""
    href = f"{collection}/items/{quote(feature, safe='')}"

    def to(rel: str, form: str) -> Link:
        return link(rel, address(href, {**parameters, "f": form}), TYPES[form], texts["item"])

    other = "html" if form == "json" else "json"
    return [
        to("self", form),
        to("alternate", other),
        link("collection", collection, "application/json", texts["collection"]),
    ]


def address(href: str, parameters: Mapping[str, str]) -> str:
    """Return an address with a query string; a blank is %20, which every client reads alike."""
    return f"{href}?{urlencode(parameters, quote_via=quote)}"
