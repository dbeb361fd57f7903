"""OGC API - Features - Part 3: Filtering (OGC 19-079r2), annex A, over every collection.

Each test bears the name of the abstract test that it carries out, the conformance class first.
The languages themselves are those of ``test_cql2.py``.
"""

from __future__ import annotations

import jsonschema
import numpy as np
import pytest
import shapely
from pyproj import Transformer

REL = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
PART = "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf"
SCHEMA = "application/schema+json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
GEOJSON = "application/geo+json"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
SIMPLE = ("point", "multipoint", "linestring", "multilinestring", "polygon", "multipolygon",
          "geometrycollection", "any", "point-or-multipoint", "linestring-or-multilinestring",
          "polygon-or-multipolygon")  # fmt: skip
WRONG = {"integer": "many", "number": "much", "boolean": "perhaps"}


def path(collection):
    return f"/collections/{collection['id']}/items"


@pytest.fixture(scope="module")
def queryables(api, collections):
    """Return the queryables of each collection, by its id."""
    return {c["id"]: api.get(f"/collections/{c['id']}/queryables").json() for c in collections}


def plain(schema):
    """Return the queryables that have a type, in order."""
    return {name: found for name, found in schema["properties"].items() if "type" in found}


def spatial_name(schema):
    return next((n for n, found in schema["properties"].items() if "type" not in found), None)


def matched(api, collection, **parameters):
    named = {name.replace("filter_", "filter-"): value for name, value in parameters.items()}
    response = api.get(path(collection), params=named)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == GEOJSON
    return response.json()


@pytest.mark.parametrize(
    "name", ["queryables", "queryables-query-parameters", "filter", "features-filter"]
)
def test_get_conformance(api, name):
    assert f"{PART}/{name}" in api.get("/conformance").json()["conformsTo"]


# Class queryables.


def test_queryables_get_queryables_uris(api, collections):
    for collection in collections:
        response = api.head(path(collection))
        assert response.status_code == 200
        links = [link for link in response.links.values() if link.get("rel") == REL]
        assert [link["url"].split("/ogc")[1] for link in links] == [
            f"/collections/{collection['id']}/queryables"
        ]


def test_queryables_get_queryables(api, collections):
    for collection in collections:
        address = f"/collections/{collection['id']}/queryables"
        response = api.get(address, headers={"Accept": SCHEMA})
        assert response.headers["content-type"].split(";")[0] == SCHEMA
        schema = response.json()
        assert (schema["$schema"], schema["type"]) == (DIALECT, "object")
        assert schema["$id"].endswith(f"/ogc{address}")
        assert schema["properties"]
        for found in schema["properties"].values():
            kind = found.get("format", "").removeprefix("geometry-")
            assert "type" in found or kind in SIMPLE
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["additionalProperties"] is False


# Class queryables-query-parameters.


def test_queryables_query_parameters_query_param(api, collections, queryables):
    for collection in collections:
        page = matched(api, collection, limit=50)
        for name, found in plain(queryables[collection["id"]]).items():
            values = [f["properties"].get(name) for f in page["features"]]
            values = [v for v in values if v is not None]
            if values and isinstance(values[0], str | int | float | bool):
                text = str(values[0]).lower() if isinstance(values[0], bool) else str(values[0])
                answer = matched(api, collection, **{name: text}, limit=50)
                assert answer["features"], (collection["id"], name)
                assert all(f["properties"][name] == values[0] for f in answer["features"])
            if wrong := WRONG.get(found["type"]):
                assert api.get(path(collection), params={name: wrong}).status_code == 400


# Class filter, by way of class features-filter: on items, in GeoJSON, 200 or 400.


def test_filter_filter_param(api, collections, queryables):
    for collection in collections:
        every = matched(api, collection)["numberMatched"]
        for name in list(plain(queryables[collection["id"]]))[:4]:
            empty = matched(api, collection, filter=f'"{name}" IS NULL', filter_lang="cql2-text")
            full = matched(api, collection, filter=f'"{name}" IS NOT NULL', filter_lang="cql2-text")
            assert all(f["properties"].get(name) is None for f in empty["features"])
            assert empty["numberMatched"] + full["numberMatched"] == every
        wrong = {"filter": "THIS IS NOT A FILTER", "filter-lang": "cql2-text"}
        assert api.get(path(collection), params=wrong).status_code == 400


def test_filter_filter_lang_default(api, collections, queryables):
    for collection in collections:
        name = next(iter(plain(queryables[collection["id"]])))
        said, silent = (
            matched(api, collection, filter=f'"{name}" IS NOT NULL', **more)
            for more in ({"filter_lang": "cql2-text"}, {})
        )
        assert said["features"] == silent["features"]
        wrong = api.get(path(collection), params={"filter": "THIS IS NOT A FILTER"})
        assert wrong.status_code == 400


def test_filter_expression_construction(api, collections):
    for collection in collections:
        response = api.get(path(collection), params={"filter": "this_is_not_a_queryable IS NULL"})
        assert response.status_code == 400
        assert "this_is_not_a_queryable" in response.json()["detail"]


def test_filter_filter_crs_wgs84(api, spatial, queryables):
    for collection in spatial:
        name = spatial_name(queryables[collection["id"]])
        box = ",".join(map(str, collection["extent"]["spatial"]["bbox"][0]))
        found = matched(api, collection, filter=f"S_INTERSECTS({name},BBOX({box}))", limit=100)
        placed = matched(api, collection, filter=f"{name} IS NOT NULL", limit=100)
        assert found["features"] == placed["features"]
        metres = f"S_INTERSECTS({name},BBOX(1000000,1000000,2000000,2000000))"
        assert api.get(path(collection), params={"filter": metres}).status_code == 400


def test_filter_filter_crs_param(api, spatial, queryables):
    """The box around a collection in each of its CRS holds all that has a place there.

    The abstract test moves two corners, which leaves out what the moved edges bend around: here
    the box holds the moved vertices.
    """
    for collection in spatial:
        name = spatial_name(queryables[collection["id"]])
        features = matched(api, collection, limit=10_000)["features"]
        features = [f for f in features if f["geometry"]]
        shapes = np.array([shapely.geometry.shape(f["geometry"]) for f in features])
        for uri in collection["crs"]:
            code = "OGC:CRS84" if uri == CRS84 else uri.replace(EPSG, "EPSG:")
            to = Transformer.from_crs("OGC:CRS84", code)
            moved = shapely.transform(
                shapes, lambda xy, to=to: np.column_stack(to.transform(*xy.T))
            )
            west, south, east, north = shapely.total_bounds(moved)
            # Edges of thousands of kilometres are followed to some centimetres.
            margin = 1e-6 if code in ("OGC:CRS84", "EPSG:4326") else 0.1
            box = f"{west - margin},{south - margin},{east + margin},{north + margin}"
            answer = api.get(path(collection), params={
                "filter": f"S_INTERSECTS({name},BBOX({box}))", "filter-crs": uri, "limit": 10_000,
            })  # fmt: skip
            if answer.status_code == 400:
                # Of places all over the world a projection cannot hold the box.
                assert "cannot be placed" in answer.json()["detail"]
                assert east - west > 5e6
                continue
            found = {f["id"] for f in answer.json()["features"]}
            assert found == {f["id"] for f in features}, (collection["id"], uri)
        wrong = {"filter": f"S_INTERSECTS({name},BBOX(1,2,3,4))",
                 "filter-crs": "http://www.opengis.net/def/crs/OGC/0/does_not_exist"}  # fmt: skip
        assert api.get(path(collection), params=wrong).status_code == 400


def test_filter_get_functions(api):
    """No custom function is offered, so there is no list of them, and none is accepted."""
    assert api.get("/functions").status_code == 404
    response = api.get("/collections/towns/items", params={"filter": "own_function(1) = 1"})
    assert response.status_code == 400


# Class features-filter.


def test_features_filter_get_collections_and_collection(api, collections):
    for collection in collections:
        alone = api.get(f"/collections/{collection['id']}").json()
        found = [link["href"] for link in alone["links"] if link["rel"] == REL]
        assert [link.split("/ogc")[1] for link in found] == [
            f"/collections/{collection['id']}/queryables"
        ]


def test_features_filter_mixing_expression(api, spatial, queryables):
    for collection in spatial:
        name = spatial_name(queryables[collection["id"]])
        west, south, east, north = collection["extent"]["spatial"]["bbox"][0]
        within = f"S_INTERSECTS({name},BBOX({west},{south},{east},{north}))"
        both = matched(api, collection, filter=within, bbox=f"{west},{south},{east},{north}")
        placed = matched(api, collection, filter=f"{name} IS NOT NULL")
        assert both["features"] == placed["features"]
        elsewhere = f"{east + 1},{south},{east + 2},{north}"
        none = matched(api, collection, filter=within, bbox=elsewhere)
        assert (none["numberMatched"], none["features"]) == (0, [])
