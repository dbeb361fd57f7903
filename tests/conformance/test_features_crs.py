"""OGC API - Features - Part 2: CRS by reference (OGC 18-058r1), annex A, over every collection."""

from __future__ import annotations

import httpx
import numpy as np
import pytest
import shapely
from pyproj import CRS, Transformer

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"


def path(collection):
    return f"/collections/{collection['id']}/items"


def shapes(page):
    return [shapely.geometry.shape(feature["geometry"]) for feature in page["features"]]


def area_of_use(uri):
    area = CRS.from_user_input(uri.replace(EPSG, "EPSG:").replace(CRS84, "OGC:CRS84")).area_of_use
    return shapely.box(*area.bounds)


def moved(geometry, source, target):
    """Move a geometry by an independent call of PROJ, in the axis order of the authority."""
    names = [uri.replace(EPSG, "EPSG:").replace(CRS84, "OGC:CRS84") for uri in (source, target)]
    to = Transformer.from_crs(*names)
    return shapely.transform(geometry, lambda xy: np.column_stack(to.transform(*xy.T)))


def test_crs_uri_and_default_crs(spatial):
    for collection in spatial:
        assert collection["crs"][0] == CRS84
        assert all(uri.startswith("http://www.opengis.net/def/crs/") for uri in collection["crs"])


def test_storage_crs(spatial):
    for collection in spatial:
        assert collection["storageCrs"] in collection["crs"]


def test_crs_parameter_default(api, collections):
    for collection in collections:
        page = api.get(path(collection), params={"limit": 1})
        assert page.headers["content-crs"] == f"<{CRS84}>"
        feature = page.json()["features"][0]["id"]
        assert api.get(f"{path(collection)}/{feature}").headers["content-crs"] == f"<{CRS84}>"


def test_crs_parameter_and_transform(api, spatial):
    for collection in spatial:
        plain = api.get(path(collection), params={"limit": 5}).json()
        for uri in collection["crs"]:
            response = api.get(path(collection), params={"limit": 5, "crs": uri})
            assert response.headers["content-crs"] == f"<{uri}>"
            for before, after in zip(shapes(plain), shapes(response.json()), strict=True):
                tolerance = 1e-6 if uri in (CRS84, f"{EPSG}4326") else 0.02
                expected = moved(before, CRS84, uri)
                assert np.isfinite(shapely.bounds(after)).all()
                if area_of_use(uri).covers(before):
                    assert expected.equals_exact(after, tolerance), (collection["id"], uri)
            one = f"{path(collection)}/{plain['features'][0]['id']}"
            alone = api.get(one, params={"crs": uri})
            assert alone.headers["content-crs"] == f"<{uri}>"
            assert alone.json()["geometry"] == response.json()["features"][0]["geometry"]


def test_crs_parameter_invalid(api, collections):
    for collection in collections:
        response = api.get(path(collection), params={"crs": f"{EPSG}unsupported"})
        assert response.status_code == 400
        response = api.get(path(collection), params={"bbox": "1,1,2,2", "bbox-crs": f"{EPSG}1234"})
        assert response.status_code == 400


def test_bbox_crs_parameter_default(api, spatial):
    for collection in spatial:
        box = ",".join(map(str, collection["extent"]["spatial"]["bbox"][0]))
        pages = [
            api.get(path(collection), params={"bbox": box, "limit": 50} | more).json()
            for more in ({}, {"bbox-crs": CRS84})
        ]
        assert pages[0]["features"] == pages[1]["features"]
        assert pages[0]["features"]


def test_bbox_crs_parameter(api, spatial):
    """A box of another CRS matches what intersects it when the features are moved there."""
    for collection in spatial:
        every = api.get(path(collection), params={"limit": 10_000}).json()["features"]
        every = [feature for feature in every if feature["geometry"]]
        geometries = np.array([shapely.geometry.shape(f["geometry"]) for f in every])
        for uri in collection["crs"]:
            there = moved(geometries, CRS84, uri)
            centre = np.median(shapely.get_coordinates(shapely.centroid(there)), axis=0)
            half = np.ptp(shapely.get_coordinates(there), axis=0) / 8
            low, high = centre - half, centre + half
            if not usable(uri, low, high):
                continue
            box = ",".join(f"{value:.6f}" for value in (*low, *high))
            page = api.get(
                path(collection), params={"bbox": box, "bbox-crs": uri, "limit": 10_000}
            ).json()
            found = {feature["id"] for feature in page["features"]}
            inside = shapely.box(*low, *high)
            expected = {f["id"] for f, g in zip(every, there, strict=True) if inside.intersects(g)}
            # What only touches the box within a millimetre may fall on either side.
            edge = inside.boundary.buffer(1e-7 if uri == f"{EPSG}4326" else 0.05)
            unsure = {f["id"] for f, g in zip(every, there, strict=True) if edge.intersects(g)}
            assert found - unsure == expected - unsure, (collection["id"], uri)


def test_bbox_crs_parameter_with_the_extent(api, spatial):
    """A box that two corners of the extent span in another CRS selects nothing outside of it."""
    for collection in spatial:
        west, south, east, north = collection["extent"]["spatial"]["bbox"][0]
        for uri in collection["crs"]:
            corners = shapely.get_coordinates(
                moved(shapely.points([west, east], [south, north]), CRS84, uri)
            )
            if not (np.isfinite(corners).all() and (corners[1] > corners[0]).all()):
                continue
            box = ",".join(f"{value:.7f}" for value in corners.ravel())
            query = {"bbox": box, "bbox-crs": uri, "limit": 10_000}
            features = api.get(path(collection), params=query).json()["features"]
            there = moved(np.array(shapes({"features": features})), CRS84, uri)
            grown = shapely.box(*corners.ravel()).buffer(1e-7 if uri.endswith("4326") else 0.05)
            assert shapely.intersects(there, grown).all(), (collection["id"], uri)


def usable(uri, low, high):
    """Tell whether a box lies where its CRS gives every position one meaning."""
    if uri in (CRS84, f"{EPSG}4326"):
        return True
    if not (high > low).all():
        return False
    back = moved(shapely.segmentize(shapely.box(*low, *high), np.ptp((low, high)) / 16), uri, CRS84)
    again = moved(back, CRS84, uri)
    return bool(
        np.isfinite(shapely.get_coordinates(again)).all()
        and shapely.hausdorff_distance(again, shapely.box(*low, *high)) < 1
    )


@pytest.mark.parametrize("form", ["http", "urn"])
def test_latitude_comes_first_in_epsg_4326(api, form):
    names = {"http": f"{EPSG}4326", "urn": "urn:ogc:def:crs:EPSG::4326"}
    query = {"bbox": "47,-2,48,0", "bbox-crs": names[form], "limit": 500}
    found = api.get("/collections/towns/items", params=query).json()["features"]
    plain = httpx.get(
        str(api.base_url.join("collections/towns/items")),
        params={"bbox": "-2,47,0,48", "limit": 500},
    )
    assert [f["id"] for f in found] == [f["id"] for f in plain.json()["features"]]
    assert found
