"""Perimeters are read from the files that planners have; hostile and mistaken ones are refused."""

from __future__ import annotations

import io
import json
import zipfile

import geopandas as gpd
import httpx
import pytest
import shapely

SQUARE = shapely.box(0.70, 45.17, 0.73, 45.19)
VRT = b'<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/hosts</SrcDataSource>'


@pytest.fixture(scope="module")
def send(demo_url):
    with httpx.Client(base_url=demo_url, timeout=60) as client:
        yield lambda content, **params: client.post(
            "/perimeters/read",
            params=params,
            content=content,
            headers={"Content-Type": "application/octet-stream"},
        )


@pytest.fixture
def frame():
    return gpd.GeoDataFrame({"nom": ["Cœur de ville"]}, geometry=[SQUARE], crs="OGC:CRS84")


def zipped(members):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return sink.getvalue()


def shapefile(frame, folder, leave_out=()):
    frame.to_file(folder / "centre.shp", encoding="UTF-8")
    return zipped({f.name: f.read_bytes() for f in sorted(folder.glob("centre.*"))
                   if f.suffix not in leave_out})  # fmt: skip


def is_the_square(response):
    (feature,) = response.raise_for_status().json()["features"]
    assert feature["properties"]["name"] == "Cœur de ville"
    found = shapely.from_geojson(json.dumps(feature["geometry"]))
    return shapely.area(shapely.symmetric_difference(found, SQUARE)) < 1e-9


def test_geojson_is_read(send, frame):
    response = send(frame.to_json().encode())
    assert response.headers["content-type"] == "application/geo+json"
    assert is_the_square(response)


def test_a_geopackage_in_lambert_93_is_read_in_degrees(send, frame, tmp_path):
    file = tmp_path / "centre.gpkg"
    frame.to_crs(2154).to_file(file)
    assert is_the_square(send(file.read_bytes()))


def test_a_zipped_shapefile_is_read(send, frame, tmp_path):
    assert is_the_square(send(shapefile(frame.to_crs(2154), tmp_path)))


def test_a_polygon_without_name_takes_that_of_the_file(send):
    bare = gpd.GeoDataFrame(geometry=[SQUARE], crs="OGC:CRS84")
    (feature,) = send(bare.to_json().encode(), name="Centre-bourg.geojson").json()["features"]
    assert feature["properties"]["name"] == "Centre-bourg.geojson"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"name;x;y\na;1;2\n", "no format that is read here"),
        (VRT, "no format that is read here"),
        (b"", "mine.gpkg is of no format"),
        (b"SQLite format 3\0" + bytes(200), "mine.gpkg"),
        (b'{"type": "FeatureCollection", "features": [', "mine.gpkg"),
        (zipped({"a.geojson": VRT}), "not what its name says"),
        (zipped({"a.kml": b"<kml/>", "a.json": b"{}"}), "a.kml"),
        (zipped({"../a.geojson": b"{}"}), "leads outside"),
        (zipped({"a.txt": b"nothing"}), "no geodata"),
        (zipped({"a.shp": b"\0\0\x27\x0a" + bytes(101_000_000)}), "too large once unpacked"),
        (b"PK\x03\x04 damaged", "archive cannot be read"),
    ],
    ids=[
        "csv",
        "vrt",
        "empty",
        "sqlite",
        "cut",
        "vrt-inside",
        "kml",
        "outside",
        "text",
        "bomb",
        "damaged",
    ],
)
def test_other_files_are_refused_with_what_to_send(send, content, said):
    response = send(content, name="mine.gpkg")
    detail = response.json()["detail"]
    assert response.status_code == 400
    assert said in detail
    assert "/tmp" not in detail


def test_points_are_no_perimeter(send):
    points = gpd.GeoDataFrame(geometry=[shapely.Point(0.7, 45.1)], crs="OGC:CRS84")
    response = send(points.to_json().encode())
    assert response.status_code == 400
    assert "no polygon" in response.json()["detail"]


def test_a_shapefile_without_crs_says_what_it_needs(send, frame, tmp_path):
    response = send(shapefile(frame.to_crs(2154), tmp_path, leave_out=(".prj",)))
    assert response.status_code == 400
    assert ".prj" in response.json()["detail"]


def test_a_large_file_is_refused(send):
    assert send(b"{" + b" " * 5_000_000).status_code == 413
