"""Small lists that a planner may correct: the CSV files of ``config``."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType


@cache
def pairs(name: str, key: str, value: str) -> Mapping[str, str]:
    """Return two columns of a list of ``config`` as a mapping."""
    text = (files("config") / name).read_text(encoding="utf-8")
    return MappingProxyType({row[key]: row[value] for row in csv.DictReader(text.splitlines())})
