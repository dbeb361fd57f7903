"""The names of the geometry: what queryables publish is what filters of both languages take."""

from __future__ import annotations

import json

import pytest

RING = [[2, 46], [2.15, 46], [2.15, 46.15], [2, 46.15], [2, 46]]
# The geometry of one layer is called geom, that of the other geometry.
LAYERS = {"points": ("geom", "geometry"), "grid": ("geometry",)}


def client_of(layer, client, town):
    return client if layer == "points" else town


def published(api, layer):
    found = api.get(f"/collections/{layer}/queryables").json()["properties"]
    return {name for name, schema in found.items() if "geometry" in schema.get("format", "")}


@pytest.mark.parametrize("layer", LAYERS)
def test_published_geometries_filter_in_text_json_and_by_post(client, town, layer):
    api = client_of(layer, client, town)
    assert published(api, layer) == set(LAYERS[layer])
    area = [[x - 7, y + 2] for x, y in RING] if layer == "grid" else RING
    text = ",".join(f"{x} {y}" for x, y in area)
    by_bbox = api.get(
        f"/collections/{layer}/items",
        params={"bbox": f"{area[0][0]},{area[0][1]},{area[2][0]},{area[2][1]}", "limit": 1000},
    ).json()
    for name in published(api, layer):
        polygon = {"type": "Polygon", "coordinates": [area]}
        tree = {"op": "s_intersects", "args": [{"property": name}, polygon]}
        href, kind = f"/collections/{layer}/items", {"Content-Type": "application/cql2+json"}
        answers = [
            api.get(href, params={"filter": f"S_INTERSECTS({name}, POLYGON(({text})))"}),
            api.get(href, params={"filter": f'S_INTERSECTS("{name}", POLYGON(({text})))'}),
            api.get(href, params={"filter": json.dumps(tree), "filter-lang": "cql2-json"}),
            api.post(href, content=json.dumps(tree), headers=kind),
        ]
        assert [answer.status_code for answer in answers] == [200] * 4
        found = {answer.json()["numberMatched"] for answer in answers}
        assert found == {by_bbox["numberMatched"]}
        assert found != {0}


@pytest.mark.parametrize("layer", LAYERS)
def test_a_geometry_can_be_asked_whether_it_is_there(client, town, layer):
    api = client_of(layer, client, town)
    for name in published(api, layer):
        tree = {"op": "not", "args": [{"op": "isNull", "args": [{"property": name}]}]}
        counts = {
            api.get(f"/collections/{layer}/items", params=query).json()["numberMatched"]
            for query in (
                {},
                {"filter": f"{name} IS NOT NULL"},
                {"filter": json.dumps(tree), "filter-lang": "cql2-json"},
            )
        }
        assert len(counts) == 1


def test_openapi_gives_no_parameter_for_a_geometry(client):
    document = client.get("/openapi").json()
    parameters = document["paths"]["/collections/points/items"]["get"]["parameters"]
    names = {parameter.get("name") for parameter in parameters}
    assert "code" in names
    assert not names & {"geom", "geometry"}


@pytest.mark.parametrize("name", ["geom", "geometry"])
def test_properties_may_name_the_geometry_which_comes_anyway(client, name):
    page = client.get(f"/collections/points/items?limit=1&properties={name},size").json()
    (feature,) = page["features"]
    assert feature["geometry"]["type"] == "Point"
    assert list(feature["properties"]) == ["size"]


@pytest.mark.parametrize(
    ("layer", "query", "said"),
    [
        ("points", "sortby=geom", "'geom' is a geometry"),
        ("points", "sortby=-geometry", "'geometry' is a geometry"),
        ("points", "geometry=x", "'geometry' is a geometry: use bbox or a spatial filter"),
        ("points", "properties=geom&skipGeometry=true", "skipGeometry=true leaves out"),
        ("grid", "properties=geom", "no property 'geom'. Did you mean 'geometry'?"),
        ("grid", "sortby=geom", "no property 'geom'"),
        ("grid", "filter=geom IS NULL", "no property 'geom'. Did you mean 'geometry'?"),
        ("grid", "geom=x", "Unknown query parameter 'geom'"),
        ("points", "filter=geom = 1", "cannot compare property 'geom' (geometry)"),
    ],
)
def test_where_a_geometry_means_nothing_the_reason_is_given(client, town, layer, query, said):
    response = client_of(layer, client, town).get(f"/collections/{layer}/items?{query}")
    assert response.status_code == 400
    assert said in response.json()["detail"]
