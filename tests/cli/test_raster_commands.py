"""Rasters from the command line: added, imported, listed, examined, exported, refused."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from layers.catalogue import Catalogue

COMMAND = [sys.executable, "-c", "from server.cli import main; main()"]


@pytest.fixture
def run(tmp_path):
    def run(*arguments):
        environment = {**os.environ, "COEURVILLE_DATA": str(tmp_path / "data"), "COLUMNS": "200"}
        command = [*COMMAND, *map(str, arguments)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)

    return run


def write(path, **changes):
    """Write a synthetic raster of 20 x 20 codes 1 to 3."""
    profile = {
        "driver": "GTiff", "width": 20, "height": 20, "count": 1, "dtype": "uint8", "nodata": 0,
        "crs": "EPSG:2154", "transform": from_origin(600_000, 6_400_000, 10, 10),
    } | changes  # fmt: skip
    with rasterio.open(path, "w", **profile) as image:
        image.write((np.arange(400).reshape(20, 20) % 3 + 1).astype(profile["dtype"]), 1)
    return path


def test_a_raster_is_added_listed_and_exported_with_equal_pixels(run, shared_data, tmp_path):
    file = shared_data / "cahors" / "clc.tif"
    added = run("add", file, "--id", "land-2018", "--title", "Occupation")
    assert added.returncode == 0, added.stderr
    assert "land-2018: 314 x 332 pixels, 1 band of 19 classes, EPSG:2154" in added.stdout
    listed = run("layers").stdout
    assert "land-2018" in listed
    assert "raster" in listed
    copy = tmp_path / "copy.tif"
    assert run("export", "land-2018", copy).returncode == 0
    with rasterio.open(file) as given, rasterio.open(copy) as kept:
        np.testing.assert_array_equal(kept.read(), given.read())
    refused = run("export", "land-2018", tmp_path / "copy.csv")
    assert (refused.returncode, "ends with .tif" in refused.stderr) == (1, True)
    record = Catalogue(tmp_path / "data").record("land-2018")
    assert record.title.fr == "Occupation"
    assert next(c for c in record.classes if c.code == 112).title.fr == "Tissu urbain discontinu"


def test_an_official_raster_is_imported_by_its_source(run, shared_data, tmp_path):
    file = shared_data / "cahors" / "CLC2018_Lot.tif"
    refused = run("add", file, "--id", "corine-land-cover")
    assert refused.returncode == 1
    assert "coeurville import corine-land-cover" in refused.stderr
    imported = run("import", "corine", file)
    assert imported.returncode == 0, imported.stderr
    layer = Catalogue(tmp_path / "data").layer("corine-land-cover")
    assert layer.version.vintage == "2018"


def test_a_raster_without_crs_is_refused_with_a_proposal_and_taken_with_one(run, tmp_path):
    file = write(tmp_path / "bare.tif", crs=None)
    refused = run("add", file)
    assert refused.returncode == 1
    assert "--crs EPSG:2154" in refused.stderr
    assert "--crs EPSG:2154" in run("doctor", file).stdout
    taken = run("add", file, "--crs", "EPSG:2154")
    assert taken.returncode == 0, taken.stderr
    assert "no name for 3 classes" in taken.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--id", "Not An Id"], "try 'not-an-id'"), (["--id", "catalogue"], "address of the service")],
)
def test_an_id_that_cannot_be_is_refused_in_one_line(run, tmp_path, arguments, said):
    result = run("add", write(tmp_path / "codes.tif"), *arguments)
    assert result.returncode == 1
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
