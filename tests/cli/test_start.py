"""What a start loads: libraries that only some requests need wait for them."""

from __future__ import annotations

import subprocess
import sys

import pytest

LATER = {"pandas", "geopandas", "matplotlib", "scipy", "dask", "typst", "openpyxl", "exactextract"}


@pytest.mark.parametrize(
    ("module", "later"),
    [
        ("server.cli", LATER | {"numpy", "pyarrow", "duckdb", "shapely", "pydantic", "fastapi"}),
        ("layers.catalogue", LATER | {"rasterio", "fastapi"}),
        ("server.app", LATER | {"rfc3987_syntax.syntax_helpers"}),
    ],
)
def test_importing_loads_none_of_the_libraries_that_can_wait(module, later) -> None:
    code = f"import sys, {module}; print(*sorted(set({sorted(later)}) & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == []
