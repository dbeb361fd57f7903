"""Links of the documents: only to what answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from layers.query import Query, Selection

GEOJSON, HTML, CSV = "application/geo+json", "text/html", "text/csv"
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
    ]


def collection_links(base: str, layer: str, texts: Mapping[str, str]) -> list[Link]:
    """Return the links of a collection."""
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
    ]


def page_links(
    href: str, parameters: Mapping[str, str], query: Query, selection: Selection, form: str
) -> list[Link]:
    """Return the links of a page of items, each with all parameters of the request."""

    def to(rel: str, title: str, **changes: str) -> Link:
        wanted = {**parameters, **changes}
        return link(rel, f"{href}?{urlencode(wanted)}", TYPES[wanted["f"]], title)

    found = [to("self", "This page", f=form)]
    found += [to("alternate", f"This page as {o.upper()}", f=o) for o in TYPES if o != form]
    if query.offset + query.limit < selection.matched:
        found.append(to("next", "Next page", f=form, offset=str(query.offset + query.limit)))
    if query.offset > 0:
        before = max(0, query.offset - query.limit)
        found.append(to("prev", "Previous page", f=form, offset=str(before)))
    found.append(link("collection", href.removesuffix("/items"), "application/json", "Collection"))
    return found


def item_links(collection: str, feature: str) -> list[Link]:
    """Return the links of one feature."""
    href = f"{collection}/items/{quote(feature, safe='')}"
    return [
        link("self", f"{href}?f=json", GEOJSON, "This feature"),
        link("alternate", f"{href}?f=html", HTML, "This feature as HTML"),
        link("collection", collection, "application/json", "Collection"),
    ]
