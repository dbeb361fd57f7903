"""Every indicator has a whole text in both languages; a broken text says where."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from layers.catalogue import Catalogue
from layers.errors import NotFoundError, RecordError
from layers.records import load_record
from server.indicators.registry import IndicatorText, find, indicators


def test_texts_are_whole_and_name_themes_that_exist(tmp_path: Path, repository: Path) -> None:
    folder = repository / "config" / "indicators"
    files = {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in folder.glob("*.yml")}
    assert sorted(indicators()) == sorted(files)
    themes = {record.theme for record in Catalogue(tmp_path).records().values()}
    for name, raw in files.items():
        assert raw["id"] == name
        for key in ("name", "tells", "method", "pitfalls"):
            assert all(raw[key][lang].strip() for lang in ("fr", "en")), (name, key)
        assert raw["unit"]
        assert raw["source"]
        assert set(raw["inputs"]) <= themes


@pytest.mark.parametrize("name", ["weekday-transit-supply", "Weekday-Transit-Supply", "M04", "m04"])
def test_found_by_id_or_code_whatever_the_case(name: str) -> None:
    assert find(name).text.id == "weekday-transit-supply"


@pytest.mark.parametrize(("name", "near"), [("poor-housholds", "poor-households"), ("MO4", "M04")])
def test_an_unknown_name_gets_the_nearest(name: str, near: str) -> None:
    with pytest.raises(NotFoundError, match=re.escape(repr(near))):
        find(name)


def test_a_mistyped_key_is_told_with_file_line_and_nearest(tmp_path: Path, repository: Path):
    text = (repository / "config" / "indicators" / "retail-vacancy.yml").read_text("utf-8")
    path = tmp_path / "retail-vacancy.yml"
    path.write_text(text.replace("direction:", "direccion:"), encoding="utf-8")
    line = text[: text.index("direction:")].count("\n") + 1
    with pytest.raises(RecordError, match=rf"yml:{line}: .*'direccion'.*'direction'"):
        load_record(path, IndicatorText)


def test_validation_tells_what_each_indicator_was_verified_on(repository) -> None:
    text = (repository / "docs" / "validation.md").read_text(encoding="utf-8")
    summary = text.split("## In short")[1].split("## ")[0]
    told = [line.split("|")[1].strip() for line in summary.splitlines() if line.startswith("| ")]
    assert sorted(filter(None, told)) == sorted(one.text.code for one in indicators().values())
