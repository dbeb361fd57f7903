"""What the server declares: the classes that its tests exercise, and no other."""

from __future__ import annotations

from layers.cql2 import CONFORMANCE as CQL2
from layers.writers import formats

OGC = "http://www.opengis.net/spec/"
COMMON = (
    "ogcapi-common-1/1.0/conf/core", "ogcapi-common-1/1.0/conf/landing-page",
    "ogcapi-common-1/1.0/conf/json", "ogcapi-common-1/1.0/conf/html",
    "ogcapi-common-1/1.0/conf/oas30", "ogcapi-common-2/1.0/conf/collections",
)  # fmt: skip
FEATURES = (
    "ogcapi-features-1/1.0/conf/core", "ogcapi-features-1/1.0/conf/oas30",
    "ogcapi-features-1/1.0/conf/html", "ogcapi-features-2/1.0/conf/crs",
    "ogcapi-features-3/1.0/conf/queryables",
    "ogcapi-features-3/1.0/conf/queryables-query-parameters",
    "ogcapi-features-3/1.0/conf/filter", "ogcapi-features-3/1.0/conf/features-filter",
    "ogcapi-features-5/1.0/conf/schemas", "ogcapi-features-5/1.0/conf/core-roles-features",
    "ogcapi-features-5/1.0/conf/returnables-and-receivables",
    "ogcapi-features-5/1.0/conf/queryables",
)  # fmt: skip


def conformance() -> list[str]:
    """Return the URIs of all classes, sorted."""
    found = [f"{OGC}{name}" for name in (*COMMON, *FEATURES)]
    if "json" in formats():
        found.append(f"{OGC}ogcapi-features-1/1.0/conf/geojson")
    return sorted([*found, *CQL2])
