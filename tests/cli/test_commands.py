"""The command line as users run it: in a process of its own, errors in one line."""

from __future__ import annotations

import csv
import os
import socket
import subprocess
import sys

import httpx
import pytest

COMMAND = [sys.executable, "-c", "from server.cli import main; main()"]


def run(data, *arguments):
    environment = {**os.environ, "COEURVILLE_DATA": str(data), "COLUMNS": "200"}
    return subprocess.run(
        [*COMMAND, *arguments], env=environment, capture_output=True, text=True, timeout=120
    )


def one_line(result):
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("coeurville: ")
    return result.stderr


def test_the_demo_lists_real_and_fictitious_layers(demo_data):
    listed = run(demo_data, "layers").stdout
    for layer in ("towns", "communes", "iris-housing", "sample-shops", "sample-land-cover"):
        assert f"\n{layer} " in listed


def test_the_demo_is_idempotent(demo_data):
    before = sorted(path for path in (demo_data / "lake").rglob("*.parquet"))
    assert run(demo_data, "demo", "--no-serve").returncode == 0
    assert sorted(path for path in (demo_data / "lake").rglob("*.parquet")) == before


def test_a_layer_is_exported(demo_data, tmp_path):
    result = run(demo_data, "export", "towns", str(tmp_path / "towns.csv"))
    assert "244 rows" in result.stdout
    with (tmp_path / "towns.csv").open(encoding="utf-8", newline="") as file:
        names = {row["insee"]: row["name"] for row in csv.DictReader(file)}
    assert names["24322"] == "Périgueux"


@pytest.mark.parametrize("suffix", ["parquet", "gpkg", "geojson"])
def test_exports_are_read_by_geopandas(demo_data, tmp_path, suffix):
    import geopandas as gpd

    path = tmp_path / f"communes.{suffix}"
    assert run(demo_data, "export", "communes", str(path)).returncode == 0
    frame = gpd.read_parquet(path) if suffix == "parquet" else gpd.read_file(path)
    assert len(frame) == 244


def test_mistyped_names_get_the_nearest(demo_data, tmp_path):
    wrong = run(demo_data, "export", "twns", str(tmp_path / "t.csv"))
    assert "Did you mean 'towns'" in one_line(wrong)
    assert ".parquet" in one_line(run(demo_data, "export", "towns", str(tmp_path / "t.doc")))


def test_a_busy_port_is_one_line(demo_data):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        error = one_line(run(demo_data, "serve", "--port", str(port)))
    assert f"Port {port}" in error


def test_the_demo_is_served(demo_url):
    with httpx.Client(base_url=demo_url, timeout=30) as client:
        assert client.get("/").text.startswith("<!doctype html>")
        listed = client.get("/ogc/collections").json()["collections"]
        ids = {collection["id"]: collection for collection in listed}
        assert ids["towns"]["numberItems"] == 244
        assert ids["sample-shops"]["fictitious"] is True
        assert (
            "fictitious" in ids["sample-shops"]["title"]
            or "fictive" in ids["sample-shops"]["title"]
        )
        town = client.get("/ogc/collections/towns/items/24322").json()
        assert town["properties"]["name"] == "Périgueux"
        assert client.get("/nowhere").headers["content-type"] == "application/problem+json"
