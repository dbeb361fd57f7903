"""Official files published in a real lake, and what came of their rows."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest

from layers.lake import Lake
from layers.publish import publish
from layers.readers import source
from layers.records import load_layer_record


class Imported:
    """The layers that one import published: rows and versions by layer id."""

    def __init__(self, lake, versions):
        self.lake, self.versions = lake, versions

    def rows(self, layer):
        path = self.lake.folder(layer, self.versions[layer].id) / "data.parquet"
        return pq.read_table(path).to_pylist()

    def report(self, layer):
        return self.versions[layer].report


@pytest.fixture
def imported(tmp_path, repository):
    """Give a function: source and files in, published layers out."""
    lake = Lake(tmp_path / "lake")

    def run(name, *paths):
        versions = {}
        for table in source(name).read(paths):
            record = load_layer_record(repository / "config" / "layers" / f"{table.layer}.yml")
            versions[table.layer] = publish(lake, record, table, source="test")
        return Imported(lake, versions)

    return run


@pytest.fixture
def written(tmp_path):
    """Give a function that writes a synthetic file and returns its path."""

    def write(name, text, encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return path

    return write
