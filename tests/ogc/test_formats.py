"""Each format of features, read by the library that users read it with."""

from __future__ import annotations

import io
import json
import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
from pyproj import Transformer

ITEMS = "/collections/points/items"
COUNT = 250
READERS = {
    "gpkg": lambda body: gpd.read_file(body),
    "fgb": lambda body: gpd.read_file(io.BytesIO(body)),
    "parquet": lambda body: gpd.read_parquet(io.BytesIO(body)),
}
FILES = ("gpkg", "fgb", "parquet", "csv", "csv-fr")


def read(client, form, path=ITEMS, **parameters):
    answer = client.get(path, params={"f": form, **parameters})
    assert answer.status_code == 200, answer.text
    return READERS[form](answer.content)


def codes(client, form, **parameters):
    answer = client.get(ITEMS, params={"f": form, **parameters})
    assert answer.status_code == 200, answer.text
    if form in READERS:
        return list(READERS[form](answer.content).code)
    if form.startswith("csv"):
        separator = ";" if form == "csv-fr" else ","
        return list(pd.read_csv(io.BytesIO(answer.content), sep=separator, dtype=str).code)
    return [feature["properties"]["code"] for feature in answer.json()["features"]]


@pytest.mark.parametrize("form", FILES)
def test_a_file_holds_all_rows_unless_limited(client, form):
    assert len(codes(client, form)) == COUNT
    assert len(codes(client, form, limit=7, offset=3)) == 7


@pytest.mark.parametrize("form", [*FILES, "jsonfg"])
@pytest.mark.parametrize(
    "query",
    [{"filter": "size > 120"}, {"bbox": "2,46,2.1,46.1"}, {"datetime": "2020-01-01/2020-01-10"},
     {"filter": "name LIKE '%7%'", "sortby": "-code", "limit": "9"}, {"filter": "size < 0"}],
)  # fmt: skip
def test_every_format_selects_and_sorts_as_geojson_does(client, form, query):
    limited = {"limit": "250", **query}
    expected = codes(client, "json", **limited)
    found = codes(client, form, **limited)
    # FlatGeobuf's spatial index has an order of its own, which gives way to one asked for.
    in_order = form != "fgb" or "sortby" in query
    assert (found if in_order else sorted(found)) == (expected if in_order else sorted(expected))


@pytest.mark.parametrize("form", READERS)
@pytest.mark.parametrize("code", [2154, 3857, 4326])
def test_files_are_in_the_crs_asked_for_x_before_y(client, form, code):
    frame = read(client, form, crs=f"EPSG:{code}", filter="code = '00100'")
    assert frame.crs.to_epsg() == code
    move = Transformer.from_crs("OGC:CRS84", f"EPSG:{code}", always_xy=True)
    point = frame.geometry.iloc[0]
    assert np.allclose((point.x, point.y), move.transform(2.4, 46.4), atol=1e-3)


@pytest.mark.parametrize("form", READERS)
def test_types_survive(client, form):
    frame = read(client, form).sort_values("code").reset_index(drop=True)
    assert frame.name[7] == "<b>n°7</b> & co"
    assert frame["size"][7] == 3.5
    assert np.isnan(frame["size"][10])
    assert str(frame.day[3])[:10] == "2020-01-04"
    assert frame.geometry[100].x == pytest.approx(2.4)


def test_properties_can_be_chosen_and_geometry_left_out(client):
    frame = pq.read_table(io.BytesIO(client.get(ITEMS, params={
        "f": "parquet", "properties": "size", "skipGeometry": "true"}).content))  # fmt: skip
    assert frame.column_names == ["code", "size"]
    table = pyogrio.read_dataframe(
        io.BytesIO(client.get(ITEMS, params={"f": "gpkg", "skipGeometry": "true"}).content)
    )
    assert "geometry" not in table.columns
    assert len(table) == COUNT


@pytest.mark.parametrize("form", ["gpkg", "parquet", "csv", "csv-fr", "jsonfg"])
def test_tables_without_geometry_come_in_each_format_that_can(client, form):
    answer = client.get("/collections/facts/items", params={"f": form})
    assert answer.status_code == 200
    if form == "gpkg":
        assert list(pyogrio.read_dataframe(io.BytesIO(answer.content)).n) == [1, 2, 3]
    if form == "parquet":
        assert pq.read_table(io.BytesIO(answer.content))["n"].to_pylist() == [1, 2, 3]
    if form == "jsonfg":
        assert [feature["place"] for feature in answer.json()["features"]] == [None] * 3


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_flatgeobuf_of_a_table_is_refused_with_what_to_do(client, method):
    answer = client.request(method, "/collections/facts/items?f=fgb")
    assert answer.status_code == 400
    if method == "GET":
        assert "f=csv" in answer.json()["detail"]


def test_french_csv_opens_in_a_french_spreadsheet(client):
    answer = client.get(ITEMS, params={"f": "csv-fr", "sortby": "code"})
    assert answer.content.startswith("\ufeff".encode())
    assert answer.headers["content-type"].startswith("text/csv")
    first, *lines = answer.content.decode("utf-8-sig").splitlines()
    assert first == '"code";"name";"size";"day";"lon";"lat"'
    assert lines[1] == '"00001";"<b>n°1</b> & co";"0,5";2020-01-02;"2,004";"46,004"'
    frame = pd.read_csv(io.BytesIO(answer.content), sep=";", decimal=",", dtype={"code": str})
    assert frame["size"][7] == 3.5


def test_an_empty_csv_has_its_header(client):
    text = client.get(ITEMS, params={"f": "csv", "filter": "size < 0"}).text
    assert text == '"code","name","size","day","lon","lat"\n'


def test_jsonfg_gives_time_and_place(client):
    answer = client.get(ITEMS, params={"f": "jsonfg", "sortby": "code", "limit": 2})
    assert answer.headers["content-type"] == "application/vnd.ogc.fg+json"
    page = answer.json()
    assert "http://www.opengis.net/spec/json-fg-1/1.0/conf/core" in page["conformsTo"]
    assert page["featureType"] == "points"
    assert page["geometryDimension"] == 0
    feature = page["features"][1]
    assert feature["time"] == {"date": "2020-01-02"}
    assert feature["place"] is None
    assert feature["geometry"]["coordinates"] == [2.004, 46.004]
    assert feature["properties"]["code"] == "00001"
    assert [link["href"] for link in page["links"] if link["rel"] == "next"]


def test_jsonfg_in_another_crs_has_its_geometry_as_place(client):
    uri = "http://www.opengis.net/def/crs/EPSG/0/2154"
    asked = {"f": "jsonfg", "crs": uri, "filter": "code = '00100'"}
    plain = client.get(ITEMS, params=asked).json()
    both = client.get(ITEMS, params={**asked, "profile": "jsonfg-plus"}).json()
    expected = Transformer.from_crs("OGC:CRS84", "EPSG:2154").transform(2.4, 46.4)
    assert plain["coordRefSys"] == uri
    for page in (plain, both):
        assert np.allclose(page["features"][0]["place"]["coordinates"], expected, atol=1e-3)
    assert plain["features"][0]["geometry"] is None
    assert both["features"][0]["geometry"]["coordinates"] == [2.4, 46.4]
    assert client.get(f"{ITEMS}?profile=jsonfg-plus").status_code == 400
    assert client.get(f"{ITEMS}?f=jsonfg&profile=jsonfg-pus").status_code == 400


def test_downloads_have_a_name_counts_and_a_validator(client):
    answer = client.get(ITEMS, params={"f": "gpkg", "filter": "size > 120"})
    assert answer.headers["content-disposition"] == 'attachment; filename="points.gpkg"'
    assert answer.headers["ogc-numbermatched"] == str(len(READERS["gpkg"](answer.content)))
    known = {"If-None-Match": answer.headers["etag"]}
    again = client.get(ITEMS, params={"f": "gpkg", "filter": "size > 120"}, headers=known)
    assert again.status_code == 304


def test_every_form_is_offered_and_answers(client):
    page = client.get(ITEMS).json()
    alternates = [link for link in page["links"] if link["rel"] == "alternate"]
    assert {link["type"].split(";")[0] for link in alternates} == {
        "text/html", "text/csv", "application/vnd.ogc.fg+json", "application/vnd.flatgeobuf",
        "application/geopackage+sqlite3", "application/vnd.apache.parquet",
    }  # fmt: skip
    for link in alternates:
        answer = client.get(link["href"])
        assert answer.headers["content-type"].split(";")[0] == link["type"].split(";")[0]
        by_header = client.get(ITEMS, headers={"Accept": link["type"].split(";")[0]})
        assert by_header.headers["content-type"] == answer.headers["content-type"]


def test_the_whole_layer_is_the_file_of_the_lake(client):
    links = client.get("/collections/points").json()["links"]
    (href,) = [link["href"] for link in links if link["rel"] == "enclosure"]
    whole = client.get(href)
    assert whole.headers["accept-ranges"] == "bytes"
    assert len(gpd.read_parquet(io.BytesIO(whole.content))) == COUNT
    part = client.get(href, headers={"Range": "bytes=0-3", "Accept-Encoding": "gzip"})
    assert (part.status_code, part.content) == (206, b"PAR1")
    assert part.headers["content-range"] == f"bytes 0-3/{len(whole.content)}"
    resumed = {"Range": "bytes=4-", "If-Range": whole.headers["etag"]}
    assert client.get(href, headers=resumed).content == whole.content[4:]
    changed = {"Range": "bytes=4-", "If-Range": '"another"'}
    assert client.get(href, headers=changed).content == whole.content
    assert client.get(href, headers={"Range": f"bytes={10**9}-"}).status_code == 416
    assert client.get(href, headers={"If-None-Match": whole.headers["etag"]}).status_code == 304
    head = client.head(href)
    assert head.headers["content-length"] == str(len(whole.content))


def test_restricted_layers_cannot_be_downloaded(client):
    assert client.get("/collections/secret/download").status_code == 404
    assert client.get("/collections/secret/items?f=gpkg").status_code == 404


def test_gdal_reads_jsonfg(client):
    text = client.get(ITEMS, params={"f": "jsonfg", "limit": 250}).text
    assert len(gpd.read_file(io.BytesIO(text.encode()))) == COUNT
    assert json.loads(text)["numberMatched"] == COUNT


def test_the_documented_way_to_read_a_whole_layer_needs_geopandas_alone(demo_url, repository):
    text = (repository / "docs" / "formats.md").read_text(encoding="utf-8")
    snippet = next(s for s in re.findall(r"```python\n(.*?)```", text, re.S) if "read_parquet" in s)
    told: dict = {}
    exec(snippet.replace("http://127.0.0.1:8000", demo_url), told)
    assert len(told["communes"]) == 244
    assert told["communes"].crs.to_epsg() in (4326, None)
