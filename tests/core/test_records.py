"""Records: valid ones load, wrong ones name file, line and the nearest key."""

from __future__ import annotations

from importlib.resources import files

import pytest

from layers.errors import RecordError
from layers.records import kebab, load_layer_record

GOOD = """\
id: places
title: {fr: Lieux, en: Places}
description: {fr: Lieux synthétiques, en: Synthetic places}
producer: tests
licence: CC0
source: synthetic
geometry: point
attributes:
  - name: code
    type: string
"""


@pytest.fixture
def load(tmp_path):
    def load(text, name="places"):
        path = tmp_path / f"{name}.yml"
        path.write_text(text, encoding="utf-8")
        return load_layer_record(path)

    return load


def test_a_good_record_loads_and_is_frozen(load):
    record = load(GOOD)
    assert record.attributes[0].name == "code"
    with pytest.raises(ValueError, match="frozen"):
        record.id = "other"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("producer:", "producter:"), "4: unknown key 'producter'. Did you mean 'producer'?"),
        (("    type: string", "    tipe: x"), "10: unknown key 'attributes.0.tipe'. Did you mean"),
        (("geometry: point", "geometry: dot"), "7: geometry:"),
        (("producer: tests\n", ""), "the key 'producer' is missing"),
        (("id: places", "id: other"), "must be the file's name"),
        (("{fr: Lieux, en", "{fr: Lieux, en: ["), "not valid YAML"),
    ],
)  # fmt: skip
def test_a_wrong_record_says_where_and_what(load, tmp_path, change, said):
    with pytest.raises(RecordError) as caught:
        load(GOOD.replace(*change))
    assert str(caught.value).startswith(str(tmp_path / "places.yml"))
    assert said in str(caught.value)


def test_every_packaged_record_loads_with_both_languages():
    paths = sorted((files("config") / "layers").iterdir())
    assert len(paths) >= 15
    for path in paths:
        record = load_layer_record(path)
        assert record.title.fr != ""
        assert record.title.en != ""
        assert all(attribute.title for attribute in record.attributes)


def test_kebab():
    assert kebab("Été_2024") == "ete-2024"
    assert kebab("bdnbBatiment") == "bdnb-batiment"
    assert kebab("***") == "layer"
