"""Links of the documents: only to what answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from layers.query import Query
from layers.writers import formats

GEOJSON, HTML = "application/geo+json", "text/html"
MVT = "application/vnd.mapbox-vector-tile"
PARQUET = "application/vnd.apache.parquet"
REL = "http://www.opengis.net/def/rel/ogc/1.0/"
QLR = "application/x-qgis-layer-definition"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
TYPES = {"html": HTML} | {form.id: form.media_type for form in formats().values()}
NAMES = {"html": "HTML"} | {form.id: form.title for form in formats().values()}
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
        link(f"{REL}conformance", f"{base}/conformance", "application/json", texts["conformance"]),
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
        *[link("items", f"{href}/items?f={form}", TYPES[form], f"{texts['items']} ({name})")
          for form, name in NAMES.items() if form != "json" and (tiled or form != "fgb")],
        link("enclosure", f"{href}/download", PARQUET, f"{texts['whole_layer']} (GeoParquet)"),
        link(f"{REL}queryables", f"{href}/queryables", schema, texts["queryables"]),
        link(f"{REL}schema", f"{href}/schema", schema, texts["schema"]),
        link("describedby", f"{href}/schema", schema, texts["schema"]),
        *([link(f"{REL}tilesets-vector", f"{href}/tiles", "application/json", texts["tilesets"])]
          if tiled else []),
    ]  # fmt: skip


def queryables_header(base: str, layer: str) -> str:
    """Return the header by which features, in any form, tell what filters may name."""
    address = f"{base}/collections/{layer}/queryables"
    return f'<{address}>; rel="{REL}queryables"; type="application/schema+json"'


def forms(*, geometry: bool) -> tuple[str, ...]:
    """Return the forms of a layer's features, one for each media type that it can have."""
    return _WITH_GEOMETRY if geometry else _WITHOUT_GEOMETRY


_WITH_GEOMETRY = tuple(form for form in NAMES if form != "csv-fr")
_WITHOUT_GEOMETRY = tuple(form for form in _WITH_GEOMETRY if form != "fgb")


def page_links(
    href: str,
    parameters: Mapping[str, str],
    query: Query,
    matched: int,
    form: str,
    texts: Mapping[str, str],
    offered: Iterable[str],
) -> list[Link]:
    """Return the links of a page of items, each with all parameters of the request."""
    shared = {name: value for name, value in parameters.items() if name not in ("f", "offset")}
    # What the links share is encoded once: it is a fifth of the time of a small page otherwise.
    root = f"{address(href, shared)}&" if shared else f"{href}?"
    here = f"&offset={quote(parameters['offset'])}" if "offset" in parameters else ""
    title = texts["this_page"]
    found = [link("self", f"{root}f={form}{here}", TYPES[form], title)]
    found += [
        link("alternate", f"{root}f={other}{here}", TYPES[other], f"{title} ({NAMES[other]})")
        for other in offered
        if other != form
    ]

    def to(rel: str, offset: int, root: str = root) -> Link:
        return link(rel, f"{root}f={form}&offset={offset}", TYPES[form], texts[rel])

    if query.offset > 0:
        found.append(to("first", 0))
        # A first page of fewer rows, so that no row is on two pages.
        size = {"limit": str(query.offset)} if query.offset < query.limit else {}
        before = f"{address(href, shared | size)}&" if size else root
        found.append(to("prev", max(0, query.offset - query.limit), before))
    if query.offset + query.limit < matched:
        found.append(to("next", query.offset + query.limit))
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
