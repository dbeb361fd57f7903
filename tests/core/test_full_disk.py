"""A disk that is really full: a small file system of its own, where the system lets us make one."""

from __future__ import annotations

import hashlib
import os
import subprocess

import duckdb
import pyarrow.parquet as pq
import pytest

from layers.catalogue import Catalogue
from layers.errors import PublishError
from layers.index import ensure_index
from layers.lake import Lake
from layers.publish import publish


@pytest.fixture
def small_disk(tmp_path):
    """Give a folder on a file system of 2 MiB."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a file system")
    folder = tmp_path / "disk"
    folder.mkdir()
    options = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder]
    if subprocess.run(options, capture_output=True).returncode:
        pytest.skip("this system lets nobody mount a file system")
    yield folder
    # Lazily: what an error still holds open must not keep the test from ending.
    subprocess.run(["umount", "-l", folder], check=True)


def noise(count: int) -> list[str]:
    """Return texts that no compression makes small."""
    return [hashlib.sha256(str(i).encode()).hexdigest() for i in range(count)]


def test_a_version_that_does_not_fit_leaves_the_former(small_disk, make_record, make_table):
    lake = Lake(small_disk / "lake")
    first = publish(lake, make_record(), make_table(10), source="synthetic")
    with pytest.raises(PublishError, match="former version serves"):
        publish(lake, make_record(), make_table(40_000, note=noise(40_000)), source="synthetic")
    assert lake.require("places").current == first.id
    assert pq.read_metadata(lake.folder("places", first.id) / "data.parquet").num_rows == 10
    assert not list((lake.root / ".staging").iterdir())


def test_a_version_whose_index_does_not_fit_leaves_the_former(small_disk, make_record, make_table):
    catalogue = Catalogue(small_disk)
    first = catalogue.publish(make_record(), make_table(10), source="synthetic")
    with pytest.raises(PublishError, match="former version serves"):
        catalogue.publish(make_record(), make_table(5_000), source="synthetic")
    assert catalogue.lake.require("places").current == first.id
    assert [folder.name for folder in (small_disk / "index" / "places").iterdir()] == [first.id]


def test_an_index_that_does_not_fit_leaves_no_part(small_disk, tmp_path, make_record, make_table):
    lake = Lake(tmp_path / "lake")
    version = publish(lake, make_record(), make_table(40_000), source="synthetic")
    folder = small_disk / "index" / "places" / version.id
    with pytest.raises((OSError, duckdb.Error), match=r"(?i)space|write"):
        ensure_index(lake.folder("places", version.id) / "data.parquet", folder)
    assert not folder.exists()
