"""The documents of the catalogue: what it is, and the record of each layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from layers.catalogue import Layer
from layers.crs import CRS84
from layers.discovery import TYPE, keywords_of, time_of
from layers.vocabularies import THEMES, frequency, licence, theme
from server.ogc import distributions, links
from server.ogc.configuration import DESCRIPTION
from server.ogc.texts import TEXTS, description, title

ID = "catalogue"
MEDIA_TYPE = "application/ogc-catalog+json"
RECORD = f"{links.GEOJSON}; application=ogc-record"
PROFILE = "http://www.opengis.net/def/profile/OGC/0/ogc-record"
LANGUAGES = [{"code": "fr", "name": "Français"}, {"code": "en", "name": "English"}]
Document = dict[str, Any]


def catalogue_document(layers: Mapping[str, Layer], base: str, language: str) -> Document:
    """Return the collection that the catalogue is."""
    words, href = TEXTS[language], f"{base}/collections/{ID}"
    boxes = [layer.bounds for layer in layers.values() if layer.bounds]
    return {
        "id": ID,
        "type": "Collection",
        "itemType": "record",
        "title": words["catalogue"],
        "description": DESCRIPTION[language],
        "languages": LANGUAGES,
        "numberItems": len(layers),
        **({"updated": max(x.version.created for x in layers.values())} if layers else {}),
        **({"extent": {"spatial": _around(boxes)}} if boxes else {}),
        "crs": [CRS84],
        "links": [
            *_forms(href, words),
            links.link("items", f"{href}/items", links.GEOJSON, words["catalogue"]),
            links.link("items", f"{href}/items?f=html", links.HTML, words["catalogue"]),
            links.link("alternate", f"{base}/dcat", "application/ld+json", "DCAT-AP"),
        ],
    }


def _around(boxes: list[tuple[float, float, float, float]]) -> Document:
    west, south, east, north = zip(*boxes, strict=True)
    return {"bbox": [[min(west), min(south), max(east), max(north)]], "crs": CRS84}


def _forms(href: str, words: Mapping[str, str]) -> list[links.Link]:
    own, page = links.document_links(href, words)
    return [own | {"type": MEDIA_TYPE}, page]


def record_document(layer: Layer, base: str, language: str) -> Document:
    """Return a layer's record as GeoJSON, with the core properties of OGC API Records."""
    record, version = layer.record, layer.version
    time, known = time_of(layer), licence(record)
    return {
        "id": layer.id,
        "type": "Feature",
        "conformsTo": ["http://www.opengis.net/spec/ogcapi-records-1/1.0/req/record-core"],
        "geometry": _outline(layer),
        "time": {"interval": time} if time else None,
        "properties": {
            "type": TYPE,
            "title": title(record, language),
            "description": description(record, language),
            "keywords": keywords_of(layer, language),
            "themes": [_theme(layer, language)],
            "created": version.created,
            "updated": version.created,
            "language": next(one for one in LANGUAGES if one["code"] == language),
            "languages": LANGUAGES,
            "resourceLanguages": [LANGUAGES[0]],
            "externalIds": _external_ids(layer),
            "formats": [
                {"name": one.name, "mediaType": one.media_type}
                for one in distributions.distributions(layer, base)
            ],
            "contacts": [_contact(layer)],
            **({"license": known.spdx} if known else {}),
            "rights": record.licence,
            "vintage": version.vintage,
            "updateFrequency": {"label": record.cadence, "uri": frequency(record)},
            "fictitious": record.fictitious,
        },
        "links": _links(layer, base, language),
        **(
            {"linkTemplates": templates} if (templates := _templates(layer, base, language)) else {}
        ),
    }


def _links(layer: Layer, base: str, language: str) -> list[links.Link]:
    words = TEXTS[language]
    catalogue = f"{base}/collections/{ID}"
    href, collection = f"{catalogue}/items/{layer.id}", f"{base}/collections/{layer.id}"
    found = [
        links.link("self", f"{href}?f=json", RECORD, words["record"]),
        links.link("alternate", f"{href}?f=html", links.HTML, words["record"]),
        links.link("collection", catalogue, MEDIA_TYPE, words["catalogue"]),
        links.link("profile", PROFILE, links.HTML, "OGC API Records"),
        links.link("data", collection, "application/json", words["collection"]),
        links.link(
            "describedby", f"{collection}/schema", "application/schema+json", words["schema"]
        ),
    ]
    found += [
        links.link(one.rel, one.href, one.media_type, one.name)
        for one in distributions.distributions(layer, base)
    ]
    if known := licence(layer.record):
        found.append(links.link("license", known.uri, links.HTML, layer.record.licence))
    if layer.record.source.startswith("http"):
        found.append(links.link("via", layer.record.source, links.HTML, words["source"]))
    return found


def _templates(layer: Layer, base: str, language: str) -> list[Document]:
    """Return the templated address of a layer's tiles, where it has any."""
    if layer.bounds is None:
        return []
    root = f"{base}/collections/{layer.id}"
    tiles, media_type = ("map/tiles", "image/png") if layer.is_raster else ("tiles", links.MVT)
    whole = {"type": "integer", "minimum": 0}
    return [
        {
            "rel": "item",
            "type": media_type,
            "title": TEXTS[language]["map_tiles" if layer.is_raster else "tiles"],
            "uriTemplate": f"{root}/{tiles}/WebMercatorQuad/{{tileMatrix}}/{{tileRow}}/{{tileCol}}",
            "variables": dict.fromkeys(("tileMatrix", "tileRow", "tileCol"), whole),
        }
    ]


def _outline(layer: Layer) -> Document | None:
    if layer.bounds is None:
        return None
    west, south, east, north = layer.bounds
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def _theme(layer: Layer, language: str) -> Document:
    code, words = theme(layer.record)
    concept = {"id": code, "title": getattr(words, language), "url": f"{THEMES}/{code}"}
    return {"concepts": [concept], "scheme": THEMES}


def _external_ids(layer: Layer) -> list[Document]:
    found: list[Document] = [{"value": layer.record.source}]
    if layer.record.reader:
        found.append({"scheme": "reader", "value": layer.record.reader})
    return found


def _contact(layer: Layer) -> Document:
    contact: Document = {"organization": layer.record.producer, "roles": ["publisher"]}
    if layer.record.source.startswith("http"):
        contact["links"] = [{"rel": "about", "type": links.HTML, "href": layer.record.source}]
    return contact
