"""Every library that the packages import is one that the project itself names."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OWN = {"server", "layers", "config"}


def imported():
    for file in (path for name in ("server", "layers") for path in (ROOT / name).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and not node.level:
                yield str(node.module).split(".")[0]
            elif isinstance(node, ast.Import):
                yield from (alias.name.split(".")[0] for alias in node.names)


def canonical(name):
    return name.casefold().replace("_", "-")


def test_what_is_imported_is_named():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {canonical(re.split(r"[^\w-]", line)[0]) for line in project["dependencies"]}
    owners = packages_distributions()
    libraries = set(imported()) - OWN - set(sys.stdlib_module_names)
    unnamed = {one for one in libraries if not names & set(map(canonical, owners.get(one, [])))}
    assert unnamed == set()
    assert {"shapely", "jinja2", "distributed"} <= libraries
