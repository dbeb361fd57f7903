"""QGIS itself, without a window: layers, filters, tiles and the files made for it, drawn."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import zipfile
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pytest
from pyproj import Transformer

SESSION = Path(__file__).with_name("qgis_session.py")
PYTHON = "/usr/bin/python3"


@pytest.fixture(scope="module")
def qgis(tmp_path_factory, require_program):
    """Give a function: what to open and where, in; what QGIS saw, out."""
    require_program("qgis_process")
    if not shutil.which(PYTHON):
        pytest.skip("QGIS has no Python")
    folder = tmp_path_factory.mktemp("qgis")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder),
        "QT_QPA_PLATFORM": "offscreen",
    }

    def see(what, address):
        picture = folder / f"{what}.png"
        command = [PYTHON, str(SESSION), what, str(address), str(picture)]
        done = subprocess.run(command, env=environment, capture_output=True, timeout=180)
        lines = [line for line in done.stdout.splitlines() if line.startswith(b"{")]
        assert lines, done.stderr.decode()
        assert picture.stat().st_size > 1000
        return json.loads(lines[-1])

    return see


# What the files say, without QGIS.


def test_a_layer_definition_holds_features_and_tiles(serving):
    response = httpx.get(f"{serving.url}/ogc/collections/sample-shops/qlr")
    assert response.headers["content-type"].startswith("application/x-qgis-layer-definition")
    assert 'filename="sample-shops.qlr"' in response.headers["content-disposition"]
    root = ElementTree.fromstring(response.content)
    assert [layer.findtext("provider") for layer in root.iter("maplayer")] == [
        "OAPIF", "vectortile",
    ]  # fmt: skip
    features, tiles = (layer.findtext("datasource") for layer in root.iter("maplayer"))
    assert f"url='{serving.url}/ogc'" in features
    assert f"url={serving.url}/ogc/collections/sample-shops/tiles/WebMercatorQuad/%7Bz%7D" in tiles
    assert all("fictive" in layer.findtext("layername") for layer in root.iter("maplayer"))
    assert [c.get("value") for c in root.iter("category")] == ["active", "vacant", "disused", ""]


def test_amounts_are_in_classes_of_as_many_features_each(serving):
    root = ElementTree.fromstring(httpx.get(f"{serving.url}/ogc/collections/towns/qlr").content)
    ranges = [(float(r.get("lower")), float(r.get("upper"))) for r in root.iter("range")]
    assert len(ranges) == 5
    assert all(one[1] == other[0] for one, other in pairwise(ranges))
    page = httpx.get(f"{serving.url}/ogc/collections/towns/items?limit=500").json()
    known = [n for f in page["features"] if (n := f["properties"]["population"]) is not None]
    assert (ranges[0][0], ranges[-1][1]) == (min(known), max(known))
    counts = [sum(low < n <= high for n in known) for low, high in ranges]
    assert max(counts) - min(counts) <= 2


def test_files_are_kept_until_their_layers_change(serving):
    for path in ("ogc/collections/towns/qlr", "towns/00001/project.qgz"):
        first = httpx.get(f"{serving.url}/{path}")
        again = httpx.get(f"{serving.url}/{path}", headers={"If-None-Match": first.headers["etag"]})
        assert (first.status_code, again.status_code) == (200, 304)


@pytest.mark.parametrize("path", ["ogc/collections/nothing/qlr", "towns/99999/project.qgz"])
def test_what_is_not_there_is_a_404(serving, path):
    response = httpx.get(f"{serving.url}/{path}")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(("insee", "epsg"), [("00001", 2154), ("12202", 2154), ("97416", 2975)])
def test_a_project_is_in_the_legal_projection_and_holds_no_mix(serving, tmp_path, insee, epsg):
    response = httpx.get(f"{serving.url}/towns/{insee}/project.qgz")
    file = tmp_path / "town.qgz"
    file.write_bytes(response.content)
    root = ElementTree.fromstring(zipfile.ZipFile(file).read("project.qgs"))
    assert root.findtext("projectCrs/spatialrefsys/authid") == f"EPSG:{epsg}"
    names = [layer.findtext("layername") for layer in root.iter("maplayer")]
    assert names
    assert all(("fictive" in name) is (insee == "00001") for name in names)


# What QGIS makes of them.


@pytest.mark.qgis
def test_features_are_counted_filtered_and_drawn(qgis, serving):
    serving.clear()
    seen = qgis("features", f"typename='sample-shops' url='{serving.url}/ogc'")
    assert (seen["valid"], seen["all"], seen["vacant"]) == (True, 150, 12)
    assert 0 < seen["west"] < 150
    assert seen["painted"] > 500
    # QGIS 3.22 evaluates subset strings itself; of filters it sends the box.
    assert any("bbox" in query for query in serving.items())


@pytest.mark.qgis
def test_vector_tiles_are_drawn(qgis, serving):
    tiles = f"{serving.url}/ogc/collections/communes/tiles/WebMercatorQuad/%7Bz%7D/%7By%7D/%7Bx%7D"
    seen = qgis("tiles", f"type=xyz&url={tiles}&zmin=0&zmax=16")
    assert seen["valid"]
    assert seen["painted"] > 500


@pytest.mark.qgis
def test_a_layer_definition_opens_styled(qgis, serving, tmp_path):
    file = tmp_path / "shops.qlr"
    file.write_bytes(httpx.get(f"{serving.url}/ogc/collections/sample-shops/qlr").content)
    seen = qgis("qlr", file)
    assert seen["done"], seen["message"]
    assert [layer["valid"] for layer in seen["layers"]] == [True, True]
    assert [layer["renderer"] for layer in seen["layers"]] == ["categorizedSymbol", "basic"]
    assert seen["layers"][0]["legend"][:3] == ["active", "vacant", "disused"]
    assert seen["painted"] > 500
    assert seen["colours"] > 3


@pytest.mark.qgis
def test_the_project_of_a_town_opens_on_it(qgis, serving, tmp_path):
    file = tmp_path / "town.qgz"
    file.write_bytes(httpx.get(f"{serving.url}/towns/00001/project.qgz").content)
    seen = qgis("qgz", file)
    assert seen["done"]
    assert (seen["title"], seen["crs"]) == ("Exempleville (ville fictive)", "EPSG:2154")
    assert all(layer["valid"] for layer in seen["layers"])
    town = httpx.get(f"{serving.url}/ogc/collections/sample-communes/items").json()["features"][0]
    west, south, east, north = seen["view"]
    ring = town["geometry"]["coordinates"][0]
    ring = ring[0] if isinstance(ring[0][0], list) else ring
    to = Transformer.from_crs("OGC:CRS84", "EPSG:2154")
    assert all(west < x < east and south < y < north for x, y in (to.transform(*p) for p in ring))
    assert seen["painted"] > 10_000
    assert seen["colours"] > 20
