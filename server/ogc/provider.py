"""The lake as a pygeoapi provider: what its handlers ask of a collection."""

from __future__ import annotations

from typing import Any

from pygeoapi.provider.base import BaseProvider

from layers.catalogue import Layer
from layers.parameters import queryables

JSON_TYPES: dict[str, dict[str, str]] = {
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "geometry": {"format": "geometry-any"},
}


class Handle:
    """A layer inside pygeoapi's configuration, which is deep-copied; an open index is not."""

    def __init__(self, layer: Layer) -> None:
        self.layer = layer

    def __deepcopy__(self, memo: dict[int, Any]) -> Handle:
        return self


class LakeProvider(BaseProvider):  # type: ignore[misc]
    """Names and types of a layer's attributes; its rows go the shorter way of ``items``."""

    def __init__(self, definition: dict[str, Any]) -> None:
        super().__init__(definition)
        self._fields = fields(definition["data"].layer)


def fields(layer: Layer) -> dict[str, dict[str, Any]]:
    """Return the JSON schema of each attribute, with title and unit where the record has them."""
    index = layer.index
    known = {attribute.name: attribute for attribute in index.attributes}
    found: dict[str, dict[str, Any]] = {}
    for name, queryable in queryables(layer).items():
        if queryable.type == "geometry":
            continue
        schema: dict[str, Any] = dict(JSON_TYPES.get(queryable.type, {"type": queryable.type}))
        attribute = known.get(name)
        if attribute and attribute.unit:
            schema["x-ogc-unit"] = attribute.unit
        if attribute and attribute.values:
            schema["values"] = list(attribute.values)
        found[name] = schema
    return found
