"""pygeoapi's configuration, generated from the catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from layers import crs
from layers.catalogue import Layer
from server.ogc.provider import Handle
from server.ogc.texts import TEXTS, description, keywords, title
from server.settings import Settings

DESCRIPTION = {
    "fr": "Géodonnées officielles et locales des villes moyennes, servies par OGC API.",
    "en": "Official and local geodata of medium-sized towns, served over the OGC API standards.",
}


def configuration(layers: Iterable[Layer], settings: Settings) -> dict[str, Any]:
    """Return the configuration of a server of these layers.

    Restricted layers and rasters are left out: neither has features to give.
    """
    return {
        "server": _server(settings),
        "logging": {"level": "ERROR"},
        "metadata": _metadata(settings),
        "resources": {layer.id: _collection(layer) for layer in layers},
    }


def _server(settings: Settings) -> dict[str, Any]:
    return {
        "bind": {"host": "127.0.0.1", "port": 0},
        "url": f"{settings.url}/ogc",
        "mimetype": "application/json; charset=UTF-8",
        "encoding": "utf-8",
        "languages": ["fr-FR", "en-US"],
        "pretty_print": False,
        "limits": {"default_items": 10, "max_items": 10_000, "on_exceed": "throttle"},
        "map": {"url": "", "attribution": ""},
    }


def _metadata(settings: Settings) -> dict[str, Any]:
    return {
        "identification": {
            "title": {"fr": settings.title, "en": settings.title},
            "description": DESCRIPTION,
            "keywords": {"fr": ["urbanisme"], "en": ["town planning"]},
            "keywords_type": "theme",
            "terms_of_service": settings.url,
            "url": settings.url,
        },
        "license": {"name": "per layer", "url": settings.url},
        "provider": {"name": settings.title, "url": settings.url},
        "contact": {"name": settings.title, "url": settings.url},
    }


def _collection(layer: Layer) -> dict[str, Any]:
    return {
        "type": "collection",
        "title": {language: title(layer.record, language) for language in TEXTS},
        "description": {language: description(layer.record, language) for language in TEXTS},
        "keywords": {language: keywords(layer.record, language) for language in TEXTS},
        "links": [],
        "extents": {
            "spatial": {"bbox": list(crs.outward(layer.bounds or crs.WORLD)), "crs": crs.CRS84}
        },
        "providers": [_provider(layer)],
    }


def _provider(layer: Layer) -> dict[str, Any]:
    time_field = layer.record.time_field
    return {
        "type": "feature",
        "name": "server.ogc.provider.LakeProvider",
        "data": Handle(layer),
        "id_field": layer.version.facts["id_field"],
        "crs": list(crs.offered(layer.bounds)),
        "storage_crs": crs.CRS84,
        **({"time_field": time_field} if time_field else {}),
    }
