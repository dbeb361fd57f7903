"""What the server declares: the classes that its tests exercise, and no other."""

from __future__ import annotations

from layers.cql2 import CONFORMANCE as CQL2
from layers.writers import formats
from layers.writers.jsonfg import CONFORMANCE as JSONFG

OGC = "http://www.opengis.net/spec/"
NEWER = ("ogcapi-common-2", "ogcapi-coverages-1", "ogcapi-maps-1")
COMMON = (
    "ogcapi-common-1/1.0/conf/core", "ogcapi-common-1/1.0/conf/landing-page",
    "ogcapi-common-1/1.0/conf/json", "ogcapi-common-1/1.0/conf/html",
    "ogcapi-common-1/1.0/conf/oas30", "ogcapi-common-2/1.0/conf/collections",
    "ogcapi-common-2/1.0/conf/json", "ogcapi-common-2/1.0/conf/html",
)  # fmt: skip
FEATURES = (
    "ogcapi-features-1/1.0/conf/core", "ogcapi-features-1/1.0/conf/oas30",
    "ogcapi-features-1/1.0/conf/html", "ogcapi-features-2/1.0/conf/crs",
    "ogcapi-features-3/1.0/conf/queryables",
    "ogcapi-features-3/1.0/conf/queryables-query-parameters",
    "ogcapi-features-3/1.0/conf/filter", "ogcapi-features-3/1.0/conf/features-filter",
    "ogcapi-features-5/1.0/conf/schemas", "ogcapi-features-5/1.0/conf/advanced-property-roles",
    "ogcapi-features-5/1.0/conf/returnables-and-receivables",
    "ogcapi-features-5/1.0/conf/queryables",
)  # fmt: skip
TILES = (
    "ogcapi-tiles-1/1.0/conf/core", "ogcapi-tiles-1/1.0/conf/tileset",
    "ogcapi-tiles-1/1.0/conf/tilesets-list", "ogcapi-tiles-1/1.0/conf/dataset-tilesets",
    "ogcapi-tiles-1/1.0/conf/geodata-tilesets", "ogcapi-tiles-1/1.0/conf/collections-selection",
    "ogcapi-tiles-1/1.0/conf/datetime", "ogcapi-tiles-1/1.0/conf/mvt",
    "ogcapi-tiles-1/1.0/conf/oas30", "tms/2.0/conf/tilematrixset",
    "tms/2.0/conf/tilematrixsetlimits", "tms/2.0/conf/json-tilematrixset",
    "tms/2.0/conf/json-tilematrixsetlimits", "tms/2.0/conf/json-tilesetmetadata",
)  # fmt: skip
COVERAGES = tuple(
    f"ogcapi-coverages-1/1.0/conf/{name}"
    for name in (
        "core", "subsetting-spatial", "scaling-spatial", "field-selection", "crs", "geotiff",
        "cog", "coveragejson", "api-operations",
    )
)  # fmt: skip
MAPS = (
    "ogcapi-maps-1/1.0/conf/core", "ogcapi-maps-1/1.0/conf/collection-map",
    "ogcapi-maps-1/1.0/conf/tilesets", "ogcapi-maps-1/1.0/conf/crs",
    "ogcapi-maps-1/1.0/conf/png", "ogcapi-maps-1/1.0/conf/jpeg",
    "ogcapi-maps-1/1.0/conf/api-operations",
    "ogcapi-tiles-1/1.0/conf/png", "ogcapi-tiles-1/1.0/conf/jpeg",
)  # fmt: skip
PROCESSES = (
    "ogcapi-processes-1/1.0/conf/core", "ogcapi-processes-1/1.0/conf/ogc-process-description",
    "ogcapi-processes-1/1.0/conf/json", "ogcapi-processes-1/1.0/conf/html",
    "ogcapi-processes-1/1.0/conf/oas30", "ogcapi-processes-1/1.0/conf/job-list",
    "ogcapi-processes-1/1.0/conf/dismiss",
)  # fmt: skip
RECORDS = tuple(
    f"ogcapi-records-1/1.0/conf/{name}"
    for name in (
        "record-core", "record-collection", "record-core-query-parameters", "records-api",
        "searchable-catalog", "autodiscovery", "json", "html", "oas30",
    )
)  # fmt: skip


def conformance() -> list[str]:
    """Return the URIs of all classes, sorted."""
    families = (*COMMON, *FEATURES, *TILES, *COVERAGES, *MAPS, *RECORDS, *PROCESSES)
    found = [f"{OGC}{name}" for name in families]
    # OGC 20-058, 20-024 and 19-087 write their identifiers with https; clients know the older ones.
    newer = [name for name in (*COMMON, *COVERAGES, *MAPS) if name.startswith(NEWER)]
    found += [f"{OGC}{name}".replace("http:", "https:") for name in newer]
    found += JSONFG
    if "json" in formats():
        found.append(f"{OGC}ogcapi-features-1/1.0/conf/geojson")
    return sorted([*found, *CQL2])
