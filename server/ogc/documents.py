"""The documents about layers, made by pygeoapi's handlers and corrected to what we serve."""

from __future__ import annotations

import threading
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import orjson
from pygeoapi import api as pygeoapi_api
from pygeoapi.api import API, APIRequest
from pygeoapi.api.itemtypes import get_collection_queryables
from starlette.requests import Request

from layers import crs
from layers.catalogue import Catalogue, Layer
from layers.errors import NotFoundError, did_you_mean
from server.ogc import links
from server.ogc.configuration import DESCRIPTION, configuration
from server.ogc.conformance import conformance
from server.ogc.openapi import openapi
from server.ogc.provider import schema_properties
from server.ogc.rasters import raster_document, raster_schema
from server.ogc.record_documents import catalogue_document
from server.ogc.texts import TEXTS, description, keywords, title
from server.settings import Settings

Document = dict[str, Any]


class Documents:
    """Landing page, collections, queryables and schemas, in two languages.

    pygeoapi's API object is rebuilt when the layers change, and the documents made from it are
    kept until then.
    """

    def __init__(self, catalogue: Catalogue, settings: Settings) -> None:
        self._catalogue = catalogue
        self._settings = settings
        self.base = f"{settings.url}/ogc"
        self._lock = threading.Lock()
        self._seen: object = None
        self._api: API | None = None
        self._kept: dict[tuple[Any, ...], Document] = {}

    def layers(self) -> dict[str, Layer]:
        """Return the layers of features that this door serves."""
        return {i: layer for i, layer in self.shared().items() if is_served(layer)}

    def shared(self) -> dict[str, Layer]:
        """Return all layers that anybody may read, rasters too."""
        found = self._catalogue.layers()
        return {i: layer for i, layer in found.items() if is_shared(layer)}

    def raster(self, name: str) -> Layer:
        """Return a raster; NotFoundError where there is none of this name."""
        layer = self.any_layer(name)
        if not layer.is_raster:
            raise NotFoundError(f"{name!r} is no raster: its features are under items.")
        return layer

    def any_layer(self, name: str) -> Layer:
        """Return a layer of any kind; an unknown or restricted one raises NotFoundError."""
        with suppress(NotFoundError):
            layer = self._catalogue.layer(name)
            if is_shared(layer):
                return layer
        # The catalogue's own hint might name a restricted layer.
        raise NotFoundError(f"No collection {name!r}.{did_you_mean(name, self.shared())}")

    def layer(self, name: str) -> Layer:
        """Return a layer of features; NotFoundError where there is none of this name."""
        layer = self.any_layer(name)
        if layer.is_raster:
            raise NotFoundError(f"{name!r} is a raster, without features: see coverage or map.")
        return layer

    def landing(self, language: str) -> Document:
        """Return the landing page."""
        document = self._ask(pygeoapi_api.landing_page, language)
        words = {"title": self._settings.title, "description": DESCRIPTION[language]}
        return document | words | {"links": links.landing_links(self.base, TEXTS[language])}

    def conformance(self, language: str) -> Document:
        """Return the declared conformance classes."""
        return {"conformsTo": conformance()}

    def collections(self, language: str) -> Document:
        """Return all collections."""
        described = self._ask(pygeoapi_api.describe_collections, language)["collections"]
        layers = self.layers()
        found = [
            self._corrected(d, layers[d["id"]], language) for d in described if d["id"] in layers
        ]
        rasters = [layer for layer in self.shared().values() if layer.is_raster]
        found += [raster_document(layer, self.base, language) for layer in rasters]
        found.append(catalogue_document(self.shared(), self.base, language))
        href = f"{self.base}/collections"
        return {
            "links": links.document_links(href, TEXTS[language]),
            "collections": sorted(found, key=lambda document: str(document["id"])),
        }

    def collection(self, name: str, language: str) -> Document:
        """Return one collection."""
        layer = self.any_layer(name)
        if layer.is_raster:
            return raster_document(layer, self.base, language)
        document = self._ask(pygeoapi_api.describe_collections, language, name)
        return self._corrected(document, layer, language)

    def queryables(self, name: str, language: str) -> Document:
        """Return what filters may name, the geometry under both its names."""
        document = self._ask(get_collection_queryables, language, name)
        layer = self.layer(name)
        return self._schema(document, layer, language, "queryables") | {
            "additionalProperties": False
        }

    def schema(self, name: str, language: str) -> Document:
        """Return the schema of a collection's features, or of a raster's bands."""
        layer = self.any_layer(name)
        if layer.is_raster:
            return raster_schema(layer, self.base, language)
        document = self._ask(pygeoapi_api.get_collection_schema, language, name)
        return self._schema(document, self.layer(name), language, "schema")

    def openapi(self, language: str) -> Document:
        """Return the OpenAPI document."""
        with self._lock:
            self._current()
            if (openapi,) not in self._kept:
                self._kept[(openapi,)] = openapi(self.shared(), self._settings)
            return self._kept[(openapi,)]

    def _ask(self, handler: Any, language: str, *arguments: str) -> Document:
        """Call a handler of pygeoapi for JSON, once per language until the layers change."""
        for name in arguments:
            self.layer(name)
        with self._lock:
            api = self._current()
            key = (handler, language, *arguments)
            if key not in self._kept:
                request = APIRequest(_plain_request(language), api.locales)
                _headers, status, content = handler(api, request, *arguments)
                if status >= HTTPStatus.BAD_REQUEST:
                    # The layer was removed since it was looked for.
                    raise NotFoundError(f"No collection {arguments[0]!r}.")
                self._kept[key] = orjson.loads(content)
            return self._kept[key]

    def _current(self) -> API:
        layers = self.layers()
        seen = [(i, layer.version.id, layer.record) for i, layer in self.shared().items()]
        if self._api is None or seen != self._seen:
            self._api = API(configuration(layers.values(), self._settings), {})
            self._seen, self._kept = seen, {}
        return self._api

    def _corrected(self, document: Document, layer: Layer, language: str) -> Document:
        document, extent = dict(document), dict(document["extent"])
        if layer.bounds is None:
            del extent["spatial"]
        if interval := layer.version.facts.get("interval"):
            extent["temporal"] = {"interval": [[_instant(end) for end in interval]]}
        record = layer.record
        # pygeoapi writes < and > of a text as HTML entities, in JSON too.
        facts = {
            "title": title(record, language),
            "description": description(record, language),
            "keywords": keywords(record, language),
            "attribution": record.producer,
            "extent": extent,
            "links": links.collection_links(
                self.base, layer.id, TEXTS[language], tiled=is_tiled(layer)
            ),
            "numberItems": layer.version.rows,
            "producer": record.producer,
            "license": record.licence,
            "source": record.source,
            "vintage": layer.version.vintage,
            "updated": layer.version.created,
            "fictitious": record.fictitious,
        }
        if not layer.geometry_name:
            del document["storageCrs"]
            # The default of Part 1: what a table without geometry has to say of CRS is nothing.
            facts["crs"] = [crs.CRS84]
        return document | facts

    def _schema(self, document: Document, layer: Layer, language: str, kind: str) -> Document:
        """Return pygeoapi's schema in the dialect asked for, with titles, units and own names."""
        return document | {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"{self.base}/collections/{layer.id}/{kind}",
            "title": title(layer.record, language),
            "properties": schema_properties(layer, language, every_name=kind == "queryables"),
        }


def is_served(layer: Layer) -> bool:
    """Tell whether a layer's features may be given to anybody."""
    return is_shared(layer) and not layer.is_raster


def is_shared(layer: Layer) -> bool:
    """Tell whether a layer may be given to anybody."""
    return layer.record.access == "open"


def is_tiled(layer: Layer) -> bool:
    """Tell whether a layer has anything to draw as vector tiles."""
    return is_served(layer) and layer.bounds is not None


def _plain_request(language: str) -> Request:
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "headers": [],
        "query_string": f"f=json&lang={language}".encode(),
    }
    return Request(scope)


def _instant(text: str) -> str:
    return f"{text}T00:00:00Z" if len(text) == 10 else f"{text}Z"
