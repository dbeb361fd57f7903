"""The real layers of the demo lake, from official data that ship with the package.

``docs/demo-data.md`` tells their sources, vintages and licence.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from importlib.resources import files
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from layers.tables import GEOMETRY, Table

CRS = "OGC:CRS84"
YEAR = "2026"
CENSUS = "2021"
COMMUNES = "data/communes.parquet"
IRIS = "data/iris.parquet"


def read(name: str) -> pa.Table:
    """Return one of the Parquet files of this package."""
    return pq.read_table(io.BytesIO(files("layers.demo").joinpath(name).read_bytes()))


def listed_towns() -> list[dict[str, str]]:
    """Return the rows of ``config/towns.csv``: the towns of the programme."""
    text = files("config").joinpath("towns.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def towns() -> Table:
    """Return the towns of the programme at their town halls; what is unknown of one is missing."""
    listed = listed_towns()
    facts = {row["insee"]: row for row in read(COMMUNES).drop_columns("boundary").to_pylist()}
    rows = [{**facts.get(town["insee"], {}), **town} for town in listed]
    signed = [date.fromisoformat(town["signed"]) if town["signed"] else None for town in listed]
    columns = {name: _texts(rows, name) for name in ("insee", "name", "site_id", "site_name")}
    columns["signed"] = pa.array(signed, type=pa.date32())
    for name in ("department", "department_name", "region", "region_name", "epci", "epci_name"):
        columns[name] = _texts(rows, name)
    columns["population"] = pa.array([row.get("population") for row in rows], type=pa.int64())
    columns[GEOMETRY] = pa.array([row.get("town_hall") for row in rows], type=pa.binary())
    return Table("towns", [pa.table(columns)], CRS, GEOMETRY, YEAR)


def _texts(rows: Sequence[dict[str, Any]], name: str) -> pa.Array:
    return pa.array([row.get(name) for row in rows], type=pa.string())


def communes() -> Table:
    """Return the boundaries of the towns' communes."""
    names = ["insee", "name", "department", "region", "epci", "epci_name", "population"]
    shipped = read(COMMUNES)
    kept = shipped.select(names).append_column(GEOMETRY, shipped["boundary"])
    return Table("communes", [kept], CRS, GEOMETRY, YEAR)


def iris_housing() -> Table:
    """Return the dwellings of the towns by IRIS; four towns of Mayotte have none published."""
    return _iris(
        "iris-housing",
        ("dwellings", "main_residences", "second_homes", "vacant_dwellings", "houses", "flats"),
    )


def iris_population() -> Table:
    """Return the population of the towns by IRIS; four towns of Mayotte have none published."""
    return _iris("iris-population", ("population", "age_0_19", "age_20_64", "age_65_plus"))


def _iris(layer: str, measures: Sequence[str]) -> Table:
    """Return columns of the census; its files give IRIS no name, so that column stays empty."""
    shipped = read(IRIS)
    nameless = pa.nulls(shipped.num_rows, pa.string())
    kept = shipped.select(["iris", "insee"]).append_column("name", nameless)
    kept = kept.append_column("type", shipped["type"])
    for name in measures:
        kept = kept.append_column(name, shipped[name].cast(pa.float64()))
    return Table(layer, [kept], None, None, CENSUS)
