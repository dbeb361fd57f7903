"""The lake as a pygeoapi provider: what its handlers ask of a collection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pygeoapi.provider.base import BaseProvider

from layers.catalogue import Layer
from layers.records import Attribute
from server.ogc.texts import UNITS

JSON_TYPES: dict[str, dict[str, str]] = {
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
}
NUMBERS: dict[str, Callable[[str], Any]] = {"integer": int, "number": float}


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
        found = schema_properties(definition["data"].layer, "en", every_name=False)
        self._fields = {name: schema for name, schema in found.items() if "type" in schema}


def schema_properties(
    layer: Layer, language: str, *, every_name: bool
) -> dict[str, dict[str, Any]]:
    """Return the JSON schema of each property, with title, unit, values and role.

    Args:
        layer: the layer.
        language: of the titles.
        every_name: give the geometry under ``geometry`` too, as filters may name it so.
    """
    known = {attribute.name: attribute for attribute in layer.attributes}
    roles = {layer.record.time_field: "primary-instant", layer.id_field: "id"}
    found: dict[str, dict[str, Any]] = {}
    for name, queryable in layer.queryables.items():
        if queryable.type == "geometry":
            if name == layer.geometry_name or every_name:
                found[name] = _geometry(layer, primary=name == layer.geometry_name)
            continue
        found[name] = _attribute(known.get(name), queryable.type, language)
        if name in roles:
            found[name]["x-ogc-role"] = roles[name]
    return found


def _attribute(attribute: Attribute | None, kind: str, language: str) -> dict[str, Any]:
    schema: dict[str, Any] = dict(JSON_TYPES.get(kind, {"type": kind}))
    if attribute and attribute.title:
        schema["title"] = getattr(attribute.title, language)
    if attribute and attribute.unit:
        schema |= {"x-ogc-unit": attribute.unit, "x-ogc-unitLang": UNITS}
    if attribute and attribute.values:
        schema["enum"] = list(map(NUMBERS.get(kind, str), attribute.values))
    return schema


def _geometry(layer: Layer, *, primary: bool) -> dict[str, Any]:
    """Return the schema of a geometry, of the narrowest type that holds all of the layer's."""
    types = {name.lower() for name in layer.version.facts["geometry_types"]}
    single = {name.removeprefix("multi") for name in types}
    name = "any"
    if len(types) == 1:
        name = types.pop()
    elif len(single) == 1:
        name = f"{(one := single.pop())}-or-multi{one}"
    role = {"x-ogc-role": "primary-geometry"} if primary else {}
    return {"format": f"geometry-{name}", **role}
