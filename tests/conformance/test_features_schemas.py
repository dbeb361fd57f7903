"""OGC API - Features - Part 5: Schemas (OGC 23-058r1, candidate), annex A, over every collection.

Each test bears the name of the abstract test that it carries out, the conformance class first.
Both schemas of a collection, of what is returned and of what filters may name, are tested alike.
"""

from __future__ import annotations

import re

import httpx
import jsonschema
import pytest

REL = "http://www.opengis.net/def/rel/ogc/1.0/"
PART = "http://www.opengis.net/spec/ogcapi-features-5/1.0/conf"
SCHEMA = "application/schema+json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
KINDS = ("schema", "queryables")
KEYWORDS = {"$schema", "$id", "type", "title", "description", "properties", "additionalProperties",
            "format", "enum", "oneOf"}  # fmt: skip


@pytest.fixture(scope="module")
def schemas(api, collections):
    """Return, for each collection, what the addresses of its two schemas answer."""
    return {
        (c["id"], kind): api.get(f"/collections/{c['id']}/{kind}", headers={"Accept": SCHEMA})
        for c in collections
        for kind in KINDS
    }


def properties(response):
    return response.json()["properties"]


def with_role(response, role):
    return [found for found in properties(response).values() if found.get("x-ogc-role") == role]


# Class schemas.


def test_schemas_basic_schema_inspection(schemas):
    for (_, kind), response in schemas.items():
        schema = response.json()
        assert response.headers["content-type"].split(";")[0] == SCHEMA
        assert (schema["$schema"], schema["type"]) == (DIALECT, "object")
        assert re.fullmatch(rf"https?://[^?]+/{kind}", schema["$id"])
        again = httpx.get(schema["$id"], headers={"Accept": SCHEMA})
        assert again.status_code == 200
        assert again.headers["content-type"].split(";")[0] == SCHEMA
        jsonschema.Draft202012Validator.check_schema(schema)
        for name, found in schema["properties"].items():
            is_geometry = "type" not in found and "$ref" not in found
            assert not is_geometry or found["format"].startswith("geometry-"), name
            assert {k for k in found if not k.startswith("x-")} <= KEYWORDS
        assert {k for k in schema if not k.startswith("x-")} <= KEYWORDS


def test_schemas_role(schemas):
    for response in schemas.values():
        assert all(isinstance(p.get("x-ogc-role", ""), str) for p in properties(response).values())


def test_schemas_role_id(schemas):
    for response in schemas.values():
        (found,) = with_role(response, "id")
        assert found["type"] in ("string", "integer")


def test_schemas_property_seq_definition_and_nullvalues(schemas):
    """None is used where features are served; of rasters see the tests of Coverages."""
    unused = {"x-ogc-propertySeq", "x-ogc-definition", "x-ogc-nullValues"}
    for response in schemas.values():
        assert not any(unused & set(found) for found in properties(response).values())


def test_schemas_unit(schemas):
    """Units are words for readers, and say so: without a word, codes of UCUM are meant."""
    seen = 0
    for response in schemas.values():
        for found in properties(response).values():
            if "x-ogc-unit" in found or "x-ogc-unitLang" in found:
                assert found["type"] in ("integer", "number")
                assert isinstance(found["x-ogc-unit"], str)
                assert found["x-ogc-unitLang"] not in ("UCUM", "QUDT")
                seen += 1
    assert seen


# Class advanced-property-roles.


def test_advanced_property_roles_role_primary_geometry(schemas):
    for (_, kind), response in schemas.items():
        found = with_role(response, "primary-geometry")
        assert len(found) <= 1
        spatial = [p for p in properties(response).values() if "type" not in p]
        assert found or len(spatial) <= 1
        # Filters may name a geometry as GeoJSON does too, whatever the name of its column.
        assert len(spatial) <= (1 if kind == "schema" else 2)
        for schema in found:
            assert "type" not in schema
            assert schema["format"].startswith("geometry-")


def test_advanced_property_roles_role_primary_temporal(schemas):
    seen = 0
    for response in schemas.values():
        instants = with_role(response, "primary-instant")
        assert len(instants) <= 1
        for role in ("primary-interval-start", "primary-interval-end", "primary-interval"):
            assert with_role(response, role) == []
        for found in instants:
            assert found["type"] == "string"
            assert found["format"] in ("date", "date-time")
            seen += 1
    assert seen


def test_advanced_property_roles_role_type(schemas):
    for response in schemas.values():
        assert with_role(response, "type") == []


# Classes returnables-and-receivables and queryables.


@pytest.mark.parametrize(
    "name",
    ["schemas", "advanced-property-roles", "returnables-and-receivables", "queryables"],
)
def test_returnables_and_receivables_get_conformance(api, name):
    assert f"{PART}/{name}" in api.get("/conformance").json()["conformsTo"]


def link_of(api, collection, kind):
    links = api.get(f"/collections/{collection['id']}").json()["links"]
    (found,) = (link["href"] for link in links if link["rel"] == f"{REL}{kind}")
    return found.split("/ogc")[1]


def test_returnables_and_receivables_link(api, collections):
    for collection in collections:
        expected = f"/collections/{collection['id']}/schema"
        assert link_of(api, collection, "schema") == expected


def test_returnables_and_receivables_op_and_response(schemas):
    assert {response.status_code for response in schemas.values()} == {200}


def test_returnables_and_receivables_response_1(api, collections, schemas):
    """Every property that is sent is in the schema, and valid by it."""
    for collection in collections:
        schema = properties(schemas[collection["id"], "schema"])
        by_role = {p["x-ogc-role"]: p for p in schema.values() if "x-ogc-role" in p}
        path = f"/collections/{collection['id']}/items"
        features = api.get(path, params={"limit": 200}).json()["features"]
        one = api.get(f"{path}/{features[0]['id']}").json()
        assert one["properties"] == features[0]["properties"]
        for feature in features:
            assert set(feature["properties"]) <= set(schema), collection["id"]
            kind = {"integer": int, "string": str}[by_role["id"]["type"]]
            assert isinstance(feature["id"], kind)
            for name, value in feature["properties"].items():
                if value is not None:
                    jsonschema.Draft202012Validator(schema[name]).validate(value)
            if feature["geometry"]:
                allowed = by_role["primary-geometry"]["format"].removeprefix("geometry-")
                kinds = allowed.split("-or-")
                assert "any" in kinds or feature["geometry"]["type"].lower() in kinds


def test_queryables_link(api, collections):
    for collection in collections:
        expected = f"/collections/{collection['id']}/queryables"
        assert link_of(api, collection, "queryables") == expected


def test_queryables_op_and_response(schemas):
    for (_, kind), response in schemas.items():
        if kind == "queryables":
            assert response.status_code == 200
            assert response.json()["additionalProperties"] is False
            assert any("type" in found for found in properties(response).values())
