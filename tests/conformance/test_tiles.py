"""OGC API - Tiles - Part 1: Core (OGC 20-057), annex A, over the dataset and every collection.

Each test bears the name of the abstract test that it carries out, the conformance class first.
The tile matrix sets and tileset metadata are those of OGC 17-083r4.
"""

from __future__ import annotations

import html
import io
import re

import jsonschema
import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from PIL import Image
from pyproj import CRS, Transformer

JSON, MVT, HTML = "application/json", "application/vnd.mapbox-vector-tile", "text/html"
REL = "http://www.opengis.net/def/rel/ogc/1.0/"
SPEC = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf"
KINDS = ("vector", "map", "coverage")
WHOLE = {"type": "integer", "minimum": 0}
CORNER = {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "number"}}
LINKS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["rel", "href", "type"],
        "properties": {"templated": {"type": "boolean"}},
    },
}
# The JSON encodings of OGC 17-083r4, without what this server does not send.
TILESET = {
    "type": "object",
    "required": ["dataType", "crs", "links"],
    "properties": {
        "title": {"type": "string"},
        "description": {"type": "string"},
        "dataType": {"enum": list(KINDS)},
        "crs": {"type": "string", "format": "uri"},
        "tileMatrixSetURI": {"type": "string", "format": "uri"},
        "links": LINKS,
        "mediaTypes": {"type": "array", "items": {"type": "string"}},
        "boundingBox": {
            "type": "object",
            "required": ["lowerLeft", "upperRight"],
            "properties": {"lowerLeft": CORNER, "upperRight": CORNER, "crs": {"type": "string"}},
        },
        "tileMatrixSetLimits": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tileMatrix", "minTileRow", "maxTileRow", "minTileCol", "maxTileCol"],
                "properties": {
                    "tileMatrix": {"type": "string"},
                    "minTileRow": WHOLE,
                    "maxTileRow": WHOLE,
                    "minTileCol": WHOLE,
                    "maxTileCol": WHOLE,
                },
            },
        },
        "layers": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["id", "dataType"],
                "properties": {
                    "geometryDimension": {"enum": [0, 1, 2]},
                    "propertiesSchema": {"type": "object", "required": ["properties"]},
                },
            },
        },
    },
}
LIST = {
    "type": "object",
    "required": ["tilesets"],
    "properties": {"links": LINKS, "tilesets": {"type": "array", "minItems": 1, "items": TILESET}},
}
MATRIX_SET = {
    "type": "object",
    "required": ["crs", "tileMatrices"],
    "properties": {
        "crs": {"type": "string"},
        "tileMatrices": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["id", "scaleDenominator", "cellSize", "pointOfOrigin", "tileWidth",
                             "tileHeight", "matrixWidth", "matrixHeight"],
                "properties": {"id": {"type": "string"}, "pointOfOrigin": CORNER},
            },
        },
    },
}  # fmt: skip


def href(document, rel, media_type=None):
    """Return the address of the first link of a relation (and media type)."""
    return next(
        link["href"]
        for link in document["links"]
        if link["rel"] == rel and media_type in (None, link["type"])
    )


@pytest.fixture(scope="module")
def resources(api):
    """Return what has tiles, by its path: the dataset under the empty one, and collections."""
    documents = [("", api.get("").json())]
    every = api.get("/collections").json()["collections"]
    documents += [(f"/collections/{document['id']}", document) for document in every]
    return [
        (path, document)
        for path, document in documents
        if any(
            link["rel"] == f"{REL}tilesets-{kind}" for link in document["links"] for kind in KINDS
        )
    ]


@pytest.fixture(scope="module")
def lists(api, resources):
    """Return the lists of tilesets: path of the list, document."""
    paths = [
        href(document, link["rel"]).removeprefix(str(api.base_url).rstrip("/"))
        for _, document in resources
        for link in document["links"]
        if link["rel"].startswith(f"{REL}tilesets-")
    ]
    assert len(paths) > 10
    return [(path, api.get(path).json()) for path in paths]


@pytest.fixture(scope="module")
def tilesets(api, lists):
    """Return all tilesets in full."""
    return [api.get(href(one, "self")).json() for _, found in lists for one in found["tilesets"]]


@pytest.fixture(scope="module")
def schemes(api, tilesets):
    """Return the tile matrix sets by id."""
    found = {one["tileMatrixSetId"]: href(one, f"{REL}tiling-scheme") for one in tilesets}
    return {name: api.get(address).json() for name, address in found.items()}


def vectors(tilesets):
    return [one for one in tilesets if one["dataType"] == "vector"]


def collection_of(tileset):
    """Return the id of the collection of a tileset of one, None for that of the dataset."""
    address = href(tileset, "self")
    return address.split("/collections/")[1].split("/")[0] if "/collections/" in address else None


def limits_of(tileset, zoom):
    return next(x for x in tileset["tileMatrixSetLimits"] if x["tileMatrix"] == str(zoom))


def address_of(tileset, zoom, row, column, media_type=None):
    template = href(tileset, "item", media_type)
    return template.format(tileMatrix=zoom, tileRow=row, tileCol=column)


def places(tileset, zoom):
    """Return the corners and the middle of the limits of a zoom, each once."""
    found = limits_of(tileset, zoom)
    rows, columns = (
        {found[f"min{axis}"], (found[f"min{axis}"] + found[f"max{axis}"]) // 2, found[f"max{axis}"]}
        for axis in ("TileRow", "TileCol")
    )
    return [(row, column) for row in sorted(rows) for column in sorted(columns)]


def shown(api, tileset, media_type=None):
    """Return the first tile found that holds anything."""
    tried = (
        api.get(address_of(tileset, zoom, *at, media_type))
        for zoom in (12, 8, 5, 2, 0)
        for at in places(tileset, zoom)
    )
    return next(response for response in tried if response.status_code == 200)


def ring_of(scheme, zoom, row, column, margin=0.0):
    """Return the outline of a tile in CRS84 from its matrix's definition, grown by a share."""
    matrix = next(one for one in scheme["tileMatrices"] if one["id"] == str(zoom))
    side = matrix["cellSize"] * matrix["tileWidth"]
    left, top = matrix["pointOfOrigin"]
    box = shapely.box(
        left + (column - margin) * side, top - (row + 1 + margin) * side,
        left + (column + 1 + margin) * side, top - (row - margin) * side,
    )  # fmt: skip
    outline = shapely.get_coordinates(shapely.segmentize(box, side / 8))
    system = CRS.from_authority("EPSG", scheme["crs"].rsplit("/", 1)[1])
    to = Transformer.from_crs(system, "OGC:CRS84", always_xy=True)
    return np.column_stack(to.transform(*outline.T))


def box_of(scheme, zoom, row, column):
    """Return the box in CRS84 that holds a tile."""
    ring = ring_of(scheme, zoom, row, column)
    return (*ring.min(axis=0), *ring.max(axis=0))


def layers_in(response):
    return mapbox_vector_tile.decode(response.content) if response.content else {}


# Core.


def test_core_conformance_success(api, tilesets):
    declared = set(api.get("/conformance").json()["conformsTo"])
    names = ("core", "tileset", "tilesets-list", "dataset-tilesets", "geodata-tilesets",
             "collections-selection", "datetime", "oas30", "mvt", "png", "jpeg")  # fmt: skip
    assert {uri for uri in declared if uri.startswith(SPEC)} == {f"{SPEC}/{n}" for n in names}
    kinds = {link["type"] for one in tilesets for link in one["links"] if link["rel"] == "item"}
    assert {MVT, "image/png", "image/jpeg"} <= kinds


def test_core_tc_op_and_success(api, tilesets):
    """Every tileset has tiles at its template, of a type that it names."""
    for tileset in tilesets:
        kinds = {link["type"] for link in tileset["links"] if link["rel"] == "item"}
        response = shown(api, tileset)
        assert response.headers["content-type"] in kinds
        assert response.content


def test_core_tc_success_holds_what_intersects_the_tile(api, collections, tilesets, schemes):
    """What a deep tile holds: all that meets it, and nothing beyond its margin."""
    known = {collection["id"]: collection for collection in collections}
    tried = 0
    for tileset in vectors(tilesets):
        name = collection_of(tileset)
        if name is None or not known[name]["numberItems"] <= 10_000:
            continue
        schema = api.get(f"/collections/{name}/schema").json()["properties"]
        field = next((n for n, s in schema.items() if s.get("x-ogc-role") == "id"), None)
        scheme = schemes[tileset["tileMatrixSetId"]]
        for row, column in places(tileset, 13)[:3]:
            response = api.get(address_of(tileset, 13, row, column))
            if "coeurville-thinned" in response.headers:
                continue
            features = layers_in(response).get(name, {"features": []})["features"]
            found = {str(f["properties"].get(field, f["id"])) for f in features}
            inner, outer = (
                ids_in(api, name, ring_of(scheme, 13, row, column, margin))
                for margin in (-1 / 64, 1 / 32)
            )
            assert inner <= found <= outer, (name, row, column)
            tried += len(found)
    assert tried > 500


def ids_in(api, collection, ring):
    area = f"POLYGON(({','.join(f'{x} {y}' for x, y in ring)}))"
    query = {"filter": f"S_INTERSECTS(geometry, {area})", "limit": 10_000, "skipGeometry": "true"}
    features = api.get(f"/collections/{collection}/items", params=query).json()["features"]
    return {str(feature["id"]) for feature in features}


def test_core_tc_error(api, tilesets):
    for tileset in tilesets:
        for zoom in (6, 12):
            limits = limits_of(tileset, zoom)
            beyond = [
                (limits["maxTileRow"] + 1, limits["minTileCol"]),
                (limits["minTileRow"], limits["maxTileCol"] + 1),
                (limits["minTileRow"], 2**zoom),
                (-1, limits["minTileCol"]),
            ]
            for row, column in beyond:
                assert api.get(address_of(tileset, zoom, row, column)).status_code in (400, 404)
        for zoom in ("99", "-1", "none"):
            assert api.get(address_of(tileset, zoom, 0, 0)).status_code in (400, 404)


def test_core_tc_error_an_empty_tile_is_no_error(api, tilesets):
    empty = 0
    for tileset in vectors(tilesets):
        for row, column in places(tileset, 11):
            response = api.get(address_of(tileset, 11, row, column))
            assert response.status_code in (200, 204)
            empty += response.status_code == 204
            assert bool(response.content) == (response.status_code == 200)
    assert empty


@pytest.mark.parametrize(
    ("name", "kind"), [("tileMatrix", "string"), ("tileRow", "integer"), ("tileCol", "integer")]
)
def test_core_tc_tilematrix_tilerow_and_tilecol_definition(api, name, kind):
    paths = api.get("/openapi").json()["paths"]
    operations = [o["get"] for path, o in paths.items() if path.endswith("{tileCol}")]
    assert len(operations) > 10
    for operation in operations:
        (found,) = (p for p in operation["parameters"] if p.get("name") == name)
        assert (found["in"], found["required"]) == ("path", True)
        assert found["schema"]["type"] == kind, operation["operationId"]


# Tileset, and the list of tilesets.


def test_tileset_description(api, tilesets, schemes):
    for tileset in tilesets:
        jsonschema.validate(tileset, TILESET)
        own = href(tileset, "self")
        response = api.get(own.split("?")[0], headers={"Accept": JSON})
        assert response.headers["content-type"] == JSON
        assert response.json() == tileset
        scheme = schemes[tileset["tileMatrixSetId"]]
        assert scheme["crs"] == tileset["crs"]
        if uri := scheme.get("uri"):
            assert tileset["tileMatrixSetURI"] == uri
        items = [link for link in tileset["links"] if link["rel"] == "item"]
        assert items
        for link in items:
            assert link["templated"] is True
            assert {"{tileMatrix}", "{tileRow}", "{tileCol}"} <= set(
                link["href"].split("?")[0].split("/")
            )
            response = shown(api, tileset, link["type"])
            assert response.headers["content-type"] == link["type"]


def test_tileset_limits_hold_the_bounds(tilesets, schemes):
    for tileset in tilesets:
        scheme = schemes[tileset["tileMatrixSetId"]]
        west, south, east, north = (
            *tileset["boundingBox"]["lowerLeft"], *tileset["boundingBox"]["upperRight"],
        )  # fmt: skip
        for zoom in (5, 9):
            limits = limits_of(tileset, zoom)
            first = box_of(scheme, zoom, limits["minTileRow"], limits["minTileCol"])
            last = box_of(scheme, zoom, limits["maxTileRow"], limits["maxTileCol"])
            if tileset["tileMatrixSetId"] == "WebMercatorQuad":
                # Its first tile holds the north-west corner, its last the south-east one.
                assert first[0] <= west < first[2]
                assert first[1] < north <= first[3]
                assert last[0] <= east < last[2]
                assert last[1] < south <= last[3]


def test_tilesets_list_tileset_links(api, lists, schemes):
    for path, document in lists:
        assert path.endswith("/tiles")
        response = api.get(path, headers={"Accept": JSON})
        assert (response.status_code, response.headers["content-type"]) == (200, JSON)
        jsonschema.validate(response.json(), LIST)
        for one in document["tilesets"]:
            own = href(one, "self").split("?")[0]
            assert own.endswith(f"{path}/{one['tileMatrixSetId']}")
            full = api.get(href(one, "self")).json()
            assert {name: full[name] for name in one if name in ("dataType", "crs", "title")} == {
                name: one[name] for name in one if name in ("dataType", "crs", "title")
            }
            jsonschema.validate(api.get(href(one, f"{REL}tiling-scheme")).json(), MATRIX_SET)
            if uri := schemes[one["tileMatrixSetId"]].get("uri"):
                assert one["tileMatrixSetURI"] == uri


# Where tilesets are found.


def test_dataset_tilesets_landingpage_and_operation(api):
    landing = api.get("").json()
    address = href(landing, f"{REL}tilesets-vector")
    assert address == f"{str(api.base_url).rstrip('/')}/tiles"
    assert api.get(address).json()["tilesets"]


def test_geodata_tilesets_desc_links_and_operation(api, resources):
    for path, document in resources:
        for link in document["links"]:
            if link["rel"].startswith(f"{REL}tilesets-"):
                kind = link["rel"].removeprefix(f"{REL}tilesets-")
                middle = "/map" if kind == "map" else ""
                assert link["href"].endswith(f"{path}{middle}/tiles")
                found = api.get(link["href"]).json()["tilesets"]
                assert {one["dataType"] for one in found} == {kind}


# Collections selection.


def dataset_tileset(tilesets):
    return next(one for one in vectors(tilesets) if collection_of(one) is None)


def test_collections_selection_query_collections_and_response(api, tilesets):
    whole = dataset_tileset(tilesets)
    names = [layer["id"] for layer in whole["layers"] if layer["id"].startswith("sample-")]
    sample = next(one for one in vectors(tilesets) if collection_of(one) == "sample-shops")
    place = (12, *places(sample, 12)[0])
    for chosen in (names[:1], names[1:4], names[3:0:-1], [names[-1], names[0]]):
        more = {"collections": ",".join(chosen)}
        described = api.get(href(whole, "self").split("?")[0], params=more).json()
        assert [layer["id"] for layer in described["layers"]] == chosen
        found = layers_in(api.get(address_of(described, *place)))
        assert found
        assert set(found) <= set(chosen)
        direct = api.get(address_of(whole, *place), params=more)
        assert list(layers_in(direct)) == [name for name in chosen if name in found]
    refused = api.get(address_of(whole, *place), params={"collections": f"{names[0]},none"})
    assert refused.status_code == 400


# Datetime.


def test_datetime_axis(api, collections):
    """``subset`` with the axis ``datetime`` means the same as ``datetime``."""
    dated = [c["id"] for c in collections if "temporal" in c["extent"]]
    assert dated
    for name in dated:
        (tile,) = (api.get(href(t, "item").format(tileMatrix=0, tileRow=0, tileCol=0)).url
                   for t in api.get(f"/collections/{name}/tiles").json()["tilesets"]
                   if t["tileMatrixSetId"] == "WebMercatorQuad")  # fmt: skip
        whole = api.get(tile).content
        seen = set()
        for subset, plain in (
            ('datetime("2024-01-01T00:00:00Z":"2024-12-31T23:59:59Z")',
             "2024-01-01T00:00:00Z/2024-12-31T23:59:59Z"),
            ('datetime("2024-03-01":*)', "2024-03-01/.."),
            ('datetime(*:"2024-03-01")', "../2024-03-01"),
            ('datetime("2024-02-29")', "2024-02-29"),
        ):  # fmt: skip
            found = api.get(tile, params={"subset": subset})
            expected = api.get(tile, params={"datetime": plain})
            assert found.status_code == expected.status_code in (200, 204), subset
            assert found.content == expected.content
            assert found.content != whole
            seen.add(found.content)
        assert len(seen) > 2


@pytest.mark.parametrize(
    "subset", ['date("2024-01-01")', "Lat(40:50)", "datetime", 'datetime("x")', ""]
)
def test_datetime_axis_refuses_what_is_no_datetime(api, subset):
    tile = "/collections/sample-sales/tiles/WebMercatorQuad/0/0/0"
    response = api.get(tile, params={"subset": subset})
    assert response.status_code == 400
    both = {"subset": 'datetime("2024-01-01")', "datetime": "2024-01-01"}
    assert api.get(tile, params=both).status_code == 400


# Encodings.


def test_mvt_content(api, tilesets):
    for tileset in vectors(tilesets):
        tried = [api.get(address_of(tileset, 12, *at)) for at in places(tileset, 12)]
        for response in (r for r in tried if r.status_code == 200):
            assert response.headers["content-type"] == MVT
            for layer in layers_in(response).values():
                assert layer["version"] == 2
                assert layer["features"]
                for feature in layer["features"]:
                    assert feature["geometry"]["type"]
                    assert feature["geometry"]["coordinates"]


def test_mvt_content_maps_linearly_to_the_tile(api, tilesets, schemes):
    """A point's place in the grid of a tile is its place in the tile's extent."""
    tried = 0
    for tileset in (one for one in vectors(tilesets) if collection_of(one) == "towns"):
        name = "towns"
        scheme = schemes[tileset["tileMatrixSetId"]]
        system = CRS.from_authority("EPSG", scheme["crs"].rsplit("/", 1)[1])
        to = Transformer.from_crs("OGC:CRS84", system, always_xy=True)
        page = api.get(f"/collections/{name}/items", params={"limit": 1000}).json()
        known = {f["id"]: f["geometry"]["coordinates"] for f in page["features"]}
        field = next(
            n for n, s in api.get(f"/collections/{name}/schema").json()["properties"].items()
            if s.get("x-ogc-role") == "id"
        )  # fmt: skip
        limits = limits_of(tileset, 4)
        rows = range(limits["minTileRow"], limits["maxTileRow"] + 1)
        columns = range(limits["minTileCol"], limits["maxTileCol"] + 1)
        for row, column in ((r, c) for r in rows for c in columns):
            matrix = next(m for m in scheme["tileMatrices"] if m["id"] == "4")
            side = matrix["cellSize"] * matrix["tileWidth"]
            left = matrix["pointOfOrigin"][0] + column * side
            top = matrix["pointOfOrigin"][1] - row * side
            found = layers_in(api.get(address_of(tileset, 4, row, column))).get(name)
            for feature in found["features"] if found else []:
                x, y = to.transform(*known[feature["properties"][field]])
                expected = np.array([(x - left) / side, 1 - (top - y) / side]) * found["extent"]
                moved = np.array(feature["geometry"]["coordinates"])
                assert np.abs(moved - expected).max() <= 1
                tried += 1
    assert tried > 100


@pytest.mark.parametrize(("form", "kind"), [("png", "PNG"), ("jpeg", "JPEG")])
def test_png_and_jpeg_content(api, tilesets, form, kind):
    """Each picture is one tile in the colours of the legend; what has no data is clear in PNG."""
    maps = [one for one in tilesets if one["dataType"] == "map"]
    assert maps
    for tileset in maps:
        legend = api.get(f"/collections/{collection_of(tileset)}/legend", params={"f": "json"})
        colours = {entry["color"].lower() for entry in legend.json()["classes"]}
        seen, clear = set(), False
        for zoom in (8, 12, 14):
            for row, column in places(tileset, zoom):
                response = api.get(address_of(tileset, zoom, row, column, f"image/{form}"))
                assert response.headers["content-type"] == f"image/{form}"
                with Image.open(io.BytesIO(response.content)) as image:
                    assert (image.format, image.size) == (kind, (256, 256))
                    pixels = np.array(image.convert("RGBA")).reshape(-1, 4)
                clear |= bool((pixels[:, 3] == 0).any())
                opaque = pixels[pixels[:, 3] == 255][:, :3]
                seen |= {f"#{r:02x}{g:02x}{b:02x}" for r, g, b in np.unique(opaque, axis=0)}
        if form == "png":
            assert seen <= colours
            assert clear
        assert seen


# OpenAPI.


def test_oas30_completeness(api, lists):
    paths = api.get("/openapi").json()["paths"]
    for path, _ in lists:
        place = f"{path}/{{tileMatrixSetId}}"
        tile = f"{place}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"
        for known in (path, place, tile):
            assert {"200", "400", "404"} <= set(paths[known]["get"]["responses"])
        names = {p.get("name") for p in paths[tile]["get"]["parameters"]}
        assert {"tileMatrixSetId", "tileMatrix", "tileRow", "tileCol"} <= names
    whole = {p.get("name") for p in paths["/tiles"]["get"]["parameters"]}
    assert "collections" in whole
    subset = {
        p.get("$ref", "") for p in paths["/collections/sample-sales/tiles"]["get"]["parameters"]
    }
    assert "#/components/parameters/subset" in subset


def test_oas30_operation_id(api, lists):
    paths = api.get("/openapi").json()["paths"]
    for path, document in lists:
        origin = "collection" if path.startswith("/collections/") else "dataset"
        start = f".{origin}.{document['tilesets'][0]['dataType']}"
        place = f"{path}/{{tileMatrixSetId}}"
        tile = f"{place}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"
        for known, end in ((path, "getTileSetsList"), (place, "getTileSet"), (tile, "getTile")):
            assert paths[known]["get"]["operationId"].endswith(f"{start}.{end}")
    assert paths["/tileMatrixSets"]["get"]["operationId"].endswith("getTileMatrixSetsList")
    scheme = paths["/tileMatrixSets/{tileMatrixSetId}"]["get"]
    assert scheme["operationId"].endswith("getTileMatrixSet")


# Pages (a permission of core): each document as one, with all of its links.


def test_core_tc_html(api, lists, tilesets, schemes):
    addresses = [href(one, "alternate", HTML) for _, one in lists]
    addresses += [href(one, "alternate", HTML) for one in tilesets]
    for address in addresses:
        page = api.get(address.replace("f=html", "lang=fr"), headers={"Accept": HTML})
        assert page.headers["content-type"].startswith(HTML), address
        document = api.get(address.replace("f=html", "f=json")).json()
        for link in document["links"]:
            local = link["href"] if link.get("templated") else re.sub(r"^.*?:\d+", "", link["href"])
            assert html.escape(local, quote=False) in page.text
        assert "http" not in "".join(re.findall(r'(?:src|data-tiles)="([^"]*)"', page.text))
    for path in ("", *(f"/{name}" for name in schemes)):
        page = api.get(f"/tileMatrixSets{path}", headers={"Accept": HTML})
        assert page.headers["content-type"].startswith(HTML)
        assert (path.removeprefix("/") or "WebMercatorQuad") in page.text


# Tile matrix sets (OGC 17-083r4).


def test_tms_json_tilematrixset(api, schemes):
    listed = api.get("/tileMatrixSets").json()["tileMatrixSets"]
    assert {one["id"] for one in listed} == set(schemes)
    for one in listed:
        scheme = api.get(href(one, "self")).json()
        jsonschema.validate(scheme, MATRIX_SET)
        assert (scheme["id"], scheme["crs"]) == (one["id"], one["crs"])
        for matrix in scheme["tileMatrices"]:
            # Its pixel is 0.28 mm wide at the scale that it says; both CRS are in metres.
            assert matrix["cellSize"] == pytest.approx(
                matrix["scaleDenominator"] * 0.28e-3, rel=1e-6
            )
            assert matrix["matrixWidth"] == matrix["matrixHeight"] == 2 ** int(matrix["id"])


def test_tms_json_tilematrixsetlimits_and_tilesetmetadata(tilesets, schemes):
    for tileset in tilesets:
        sizes = {m["id"]: m for m in schemes[tileset["tileMatrixSetId"]]["tileMatrices"]}
        assert tileset["tileMatrixSetLimits"]
        for limits in tileset["tileMatrixSetLimits"]:
            matrix = sizes[limits["tileMatrix"]]
            assert 0 <= limits["minTileRow"] <= limits["maxTileRow"] < matrix["matrixHeight"]
            assert 0 <= limits["minTileCol"] <= limits["maxTileCol"] < matrix["matrixWidth"]
        if tileset["dataType"] == "vector":
            assert all(layer["propertiesSchema"]["properties"] for layer in tileset["layers"])
