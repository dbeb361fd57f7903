"""What ``/conformance`` declares: each class once, with all that it depends on, and honoured."""

from __future__ import annotations

from pathlib import Path

import pytest

OGC = "http://www.opengis.net/spec/"
CORE = "ogcapi-features-1/1.0/conf/core"
TILES = "ogcapi-tiles-1/1.0/conf/"
RECORDS = "ogcapi-records-1/1.0/conf/"
PROCESSES = "ogcapi-processes-1/1.0/conf/"
# The dependencies that the standards' requirements classes name.
DEPENDS = {
    CORE: ["ogcapi-common-1/1.0/conf/core"],
    **{f"ogcapi-features-1/1.0/conf/{name}": [CORE] for name in ("geojson", "html", "oas30")},
    "ogcapi-features-2/1.0/conf/crs": [CORE],
    "ogcapi-features-3/1.0/conf/features-filter": [
        CORE, "ogcapi-features-3/1.0/conf/filter", "ogcapi-features-3/1.0/conf/queryables",
    ],
    "ogcapi-features-3/1.0/conf/queryables-query-parameters": [
        "ogcapi-features-3/1.0/conf/queryables"
    ],
    "ogcapi-features-5/1.0/conf/returnables-and-receivables": [
        "ogcapi-features-5/1.0/conf/schemas"
    ],
    "ogcapi-features-5/1.0/conf/queryables": ["ogcapi-features-5/1.0/conf/schemas"],
    "ogcapi-features-5/1.0/conf/advanced-property-roles": ["ogcapi-features-5/1.0/conf/schemas"],
    **{f"{TILES}{name}": [f"{TILES}core"]
       for name in ("tileset", "tilesets-list", "collections-selection", "datetime", "mvt", "png",
                    "jpeg")},
    f"{TILES}tilesets-list": [f"{TILES}tileset"],
    f"{TILES}dataset-tilesets": [f"{TILES}tilesets-list", "ogcapi-common-1/1.0/conf/core"],
    f"{TILES}geodata-tilesets": [
        f"{TILES}tilesets-list", "ogcapi-common-2/1.0/conf/collections",
    ],
    f"{TILES}oas30": ["ogcapi-common-1/1.0/conf/oas30"],
    "ogcapi-maps-1/1.0/conf/collection-map": [
        "ogcapi-maps-1/1.0/conf/core", "ogcapi-common-2/1.0/conf/collections",
    ],
    "ogcapi-maps-1/1.0/conf/tilesets": ["ogcapi-maps-1/1.0/conf/core", f"{TILES}core"],
    f"{RECORDS}records-api": [CORE],
    f"{RECORDS}searchable-catalog": [
        f"{RECORDS}{name}" for name in
        ("records-api", "record-core", "record-collection", "record-core-query-parameters")
    ],
    **{f"{PROCESSES}{name}": [f"{PROCESSES}core"]
       for name in ("json", "html", "oas30", "job-list", "dismiss", "ogc-process-description")},
    "cql2/1.0/conf/advanced-comparison-operators": ["cql2/1.0/conf/basic-cql2"],
    "cql2/1.0/conf/basic-spatial-functions-plus": ["cql2/1.0/conf/basic-spatial-functions"],
    "cql2/1.0/conf/spatial-functions": ["cql2/1.0/conf/basic-spatial-functions"],
}  # fmt: skip
# Classes that are not honoured in full, hence not declared.
ABSENT = [
    "ogcapi-maps-1/1.0/conf/background", "ogcapi-maps-1/1.0/conf/scaling",
    "ogcapi-maps-1/1.0/conf/spatial-subsetting", "ogcapi-maps-1/1.0/conf/dataset-map",
    f"{PROCESSES}callback", f"{RECORDS}sorting", f"{TILES}geojson", f"{TILES}tiff",
    "ogcapi-features-4/1.0/conf/create-replace-delete", "ogcapi-edr-1/1.1/conf/core",
    "cql2/1.0/conf/array-functions", "cql2/1.0/conf/functions",
]  # fmt: skip

# Where the abstract tests of a standard are; a test's name begins with that of its class.
FILES = {
    "ogcapi-common-1": "test_common.py", "ogcapi-common-2": "test_common.py",
    "ogcapi-features-1": "test_features_core.py", "ogcapi-features-2": "test_features_crs.py",
    "ogcapi-features-3": "test_features_filtering.py", "ogcapi-tiles-1": "test_tiles.py",
    "tms": "test_tiles.py", "ogcapi-coverages-1": "test_coverages.py",
    "ogcapi-maps-1": "test_maps.py", "ogcapi-records-1": "test_records.py",
    "ogcapi-processes-1": "test_processes.py", "cql2": "test_cql2.py",
    "ogcapi-features-5": "test_features_schemas.py", "json-fg-1": "../ogc/test_formats.py",
}  # fmt: skip
# Classes whose tests have another name, by what their names begin with.
NAMED = {
    "ogcapi-features-1/1.0/conf/core": "fc_", "ogcapi-features-1/1.0/conf/geojson": "fc_op",
    "ogcapi-tiles-1/1.0/conf/jpeg": "png_and_jpeg",
    **{f"tms/2.0/conf/{name}": "tms_json_tilematrixset"
       for name in ("tilematrixset", "tilematrixsetlimits", "json-tilematrixset",
                    "json-tilematrixsetlimits", "json-tilesetmetadata")},
    **{f"cql2/1.0/conf/{name}": "predicates_match" for name in (
        "cql2-text", "cql2-json", "basic-cql2", "advanced-comparison-operators",
        "case-insensitive-comparison", "accent-insensitive-comparison",
        "basic-spatial-functions", "basic-spatial-functions-plus", "spatial-functions",
        "temporal-functions", "arithmetic", "property-property")},
    **{f"json-fg-1/1.0/conf/{name}": "jsonfg" for name in ("core", "types-schemas")},
}  # fmt: skip


@pytest.fixture(scope="module")
def declared(api):
    return api.get("/conformance").json()["conformsTo"]


def test_each_class_is_declared_once(declared):
    assert len(declared) == len(set(declared))
    assert all("/conf/" in uri for uri in declared)


@pytest.mark.parametrize("name", DEPENDS)
def test_a_class_is_declared_with_those_that_it_depends_on(declared, name):
    assert f"{OGC}{name}" in declared
    assert {f"{OGC}{other}" for other in DEPENDS[name]} <= set(declared)


def test_each_declared_class_has_its_tests(declared):
    without = []
    for uri in declared:
        name = uri.split("/spec/")[1]
        standard, tail = name.split("/")[0], name.rsplit("/", 1)[1]
        begins = NAMED.get(name, tail.replace("-", "_"))
        text = (Path(__file__).parent / FILES[standard]).read_text(encoding="utf-8")
        if f"\ndef test_{begins}" not in text:
            without.append(name)
    assert without == []


@pytest.mark.parametrize("name", ABSENT)
def test_what_is_not_honoured_in_full_is_not_declared(declared, name):
    assert f"{OGC}{name}" not in declared


@pytest.mark.parametrize("standard", ["common-2", "coverages-1", "maps-1"])
def test_classes_are_declared_under_the_scheme_of_their_standard_too(declared, standard):
    """OGC 20-024, 19-087 and 20-058 write identifiers with https; clients know the older ones."""
    plain = {uri for uri in declared if uri.startswith(f"{OGC}ogcapi-{standard}/")}
    assert plain
    assert {uri.replace("http:", "https:") for uri in plain} <= set(declared)
