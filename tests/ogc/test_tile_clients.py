"""GDAL of Debian reads a tile."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import httpx
import pytest


@pytest.mark.gdal
def test_debians_gdal_reads_a_tile(require_program, demo_url: str, tmp_path: Path) -> None:
    program = require_program("ogr2ogr")
    file, copy = tmp_path / "16.mvt", tmp_path / "copy.geojson"
    address = f"{demo_url}/ogc/collections/communes/tiles/WebMercatorQuad/5/11/16"
    file.write_bytes(httpx.get(address).content)
    subprocess.run([program, str(copy), f"MVT:{file}"], check=True, timeout=60)
    names = {f["properties"]["name"] for f in json.loads(copy.read_text())["features"]}
    assert {"Rodez", "Cahors", "Limoges"} <= names
