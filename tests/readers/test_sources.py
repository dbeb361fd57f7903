"""Every source is described to users, and every layer that it fills has a record that names it."""

from __future__ import annotations

import re

import pytest

from layers.errors import ReadError
from layers.readers import source, sources
from layers.record_files import load_records


@pytest.fixture(scope="module")
def records(repository):
    found, errors = load_records([repository / "config" / "layers"])
    assert errors == []
    return found


@pytest.fixture(scope="module")
def described(repository):
    """Return the lines of the table of sources by id, as lists of cells."""
    text = (repository / "docs" / "sources.md").read_text(encoding="utf-8")
    lines = re.findall(r"^\| `([a-z-]+)` \|(.*)\|$", text, re.MULTILINE)
    return {name: [cell.strip() for cell in rest.split("|")] for name, rest in lines}


def test_every_source_is_described_with_its_command_and_layers(described):
    assert set(described) == set(sources())
    for name, (what, command, layers, _licence) in described.items():
        assert what
        assert f"import {name} " in command
        assert tuple(re.findall(r"`([a-z0-9-]+)`", layers)) == sources()[name].layers
        assert ("fetch" in command) == (sources()[name].address is not None)


def test_every_layer_of_a_source_has_a_record_that_names_it(records):
    filled = {layer: found.id for found in sources().values() for layer in found.layers}
    named = {record.id: record.reader for record in records.values() if record.reader}
    assert filled == named


def test_every_source_says_where_to_get_its_files():
    for found in sources().values():
        assert len(found.hint) > 30, found.id
        for address in found.address("97411") if found.address else ():
            assert address.startswith("https://")


@pytest.mark.parametrize("name", ["oso", "imperviousness", "corine"])
def test_rasters_refuse_what_is_no_raster(name, written):
    with pytest.raises(ReadError, match=r"x\.csv: no raster"):
        source(name).read([written("x.csv", "a,b\n1,2\n")])
