"""GeoPackage: the perimeter with a column per indicator, and the whole measures as a table."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from server.api.takeaway.taken import SOURCE_TITLES, TITLES, Taken


def write(taken: Taken) -> bytes:
    """Return a database with the layer ``perimeter`` (EPSG:4326), ``measures`` and ``sources``."""
    import geopandas as gpd
    import pandas as pd
    import pyogrio

    with tempfile.TemporaryDirectory(prefix="coeurville-take-") as folder:
        path = Path(folder) / "taken.gpkg"
        frame = gpd.GeoDataFrame([_facts(taken)], geometry=[taken.area.area], crs="EPSG:4326")
        values = [column(measure.id) for measure in taken.measures]
        frame[values] = frame[values].astype("float64")
        frame.to_file(path, layer="perimeter", driver="GPKG")
        for name, rows, titles in (
            ("measures", taken.rows(), TITLES),
            ("sources", taken.sources(), SOURCE_TITLES),
        ):
            table = pd.DataFrame(rows, columns=list(titles))
            pyogrio.write_dataframe(table, path, layer=name, driver="GPKG")
        return path.read_bytes()


def column(indicator: str) -> str:
    """Return the column that holds an indicator's value: hyphens would need quotes in SQL."""
    return indicator.replace("-", "_")


def _facts(taken: Taken) -> dict[str, Any]:
    area = taken.area
    facts = {"insee": area.insee, "name": area.name, "perimeter": area.id,
             "basis": area.basis[0 if taken.lang == "fr" else 1],
             "fictitious": area.fictitious}  # fmt: skip
    return facts | {column(measure.id): measure.value for measure in taken.measures}
