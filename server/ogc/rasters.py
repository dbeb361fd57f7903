"""The documents about a raster: its collection, the schema of its bands, its links."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from layers import crs
from layers.catalogue import Layer
from layers.coverages import coveragejson, geotiff
from layers.coverages.request import band_names
from layers.coverages.systems import native_system
from layers.raster_legends import holds_classes, legend
from server.ogc import links
from server.ogc.texts import TEXTS, UNITS, description, keywords, title

Document = dict[str, Any]
COVERAGE = f"{links.REL}coverage"


def raster_document(layer: Layer, base: str, language: str) -> Document:
    """Return the collection of a raster, with its grid."""
    record, version = layer.record, layer.version
    native = native_system(layer)
    return {
        "id": layer.id,
        "title": title(record, language),
        "description": description(record, language),
        "keywords": keywords(record, language),
        "attribution": record.producer,
        "dataType": "coverage",
        # By this older name GDAL's driver of features knows that there are none.
        "layerDataType": "Coverage",
        "extent": {"spatial": _extent(layer)},
        "crs": list(dict.fromkeys([native.uri, *crs.SUPPORTED])),
        "storageCrs": native.uri,
        "links": raster_links(base, layer.id, TEXTS[language]),
        "producer": record.producer,
        "license": record.licence,
        "source": record.source,
        "vintage": version.vintage,
        "updated": version.created,
        "fictitious": record.fictitious,
    }


def raster_schema(layer: Layer, base: str, language: str) -> Document:
    """Return the schema of a raster's bands, which are the fields of its coverage."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{base}/collections/{layer.id}/schema",
        "type": "object",
        "title": title(layer.record, language),
        "properties": {
            name: _band(layer, at, name, language) for at, name in enumerate(band_names(layer))
        },
    }


def raster_links(base: str, layer: str, texts: Mapping[str, str]) -> list[links.Link]:
    """Return the links of a raster's collection."""
    href = f"{base}/collections/{layer}"
    schema = "application/schema+json"
    return [
        *links.document_links(href, texts),
        links.link(COVERAGE, f"{href}/coverage?f=geotiff", geotiff.MEDIA_TYPE, "GeoTIFF"),
        links.link(COVERAGE, f"{href}/coverage?f=covjson", coveragejson.MEDIA_TYPE, "CoverageJSON"),
        *(
            links.link(f"{links.REL}map", f"{href}/map?f={form}", f"image/{form}", texts["map"])
            for form in ("png", "webp", "jpeg")
        ),
        links.link(
            f"{links.REL}tilesets-map",
            f"{href}/map/tiles",
            "application/json",
            texts["map_tilesets"],
        ),
        links.link(
            f"{links.REL}legend", f"{href}/legend?f=json", "application/json", texts["legend"]
        ),
        links.link(f"{links.REL}legend", f"{href}/legend?f=svg", "image/svg+xml", texts["legend"]),
        links.link(f"{links.REL}schema", f"{href}/schema", schema, texts["schema"]),
        links.link("describedby", f"{href}/schema", schema, texts["schema"]),
    ]


def _extent(layer: Layer) -> Document:
    facts = layer.version.facts
    native = native_system(layer)
    west, south, east, north = facts["native_bounds"]
    rows, columns = facts["shape"]
    cell = facts["resolution"]
    grid = [
        {"cellsCount": columns, "resolution": cell[0], "firstCoordinate": west + cell[0] / 2},
        {"cellsCount": rows, "resolution": -cell[1], "firstCoordinate": north - cell[1] / 2},
    ]
    box = native.swapped((west, south, east, north))
    return {
        "bbox": [list(facts["bounds"])],
        "crs": crs.CRS84,
        "storageCrsBbox": [list(box)],
        "grid": grid[::-1] if native.is_y_first else grid,
    }


def _band(layer: Layer, at: int, name: str, language: str) -> Document:
    facts = layer.version.facts["bands"][at]
    attributes = layer.record.attributes
    declared = attributes[at] if at < len(attributes) else None
    found: Document = {
        "title": getattr(declared.title, language) if declared and declared.title else name,
        "type": "integer" if "int" in facts["dtype"] else "number",
        "x-ogc-propertySeq": at + 1,
        "x-ogc-variableType": "continuous",
    }
    if known := (declared.unit if declared else None) or facts["unit"]:
        found |= {"x-ogc-unit": known, "x-ogc-unitLang": UNITS}
    if at == 0 and holds_classes(layer):
        classes = legend(layer).classes
        found["x-ogc-variableType"] = "categoricalNominal"
        found["oneOf"] = [{"const": c.value, "title": getattr(c.title, language)} for c in classes]
    return found
