"""Commune boundaries, from any GDAL file with a code and a name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from layers.codes import COMMUNE, restore_codes
from layers.errors import ReadError
from layers.opening import open_file
from layers.readers import Source
from layers.report import Report
from layers.tables import GEOMETRY, Table

NAMES = {
    "insee": ("insee", "code", "code_insee", "insee_com", "codgeo"),
    "name": ("name", "nom", "nom_com", "libgeo"),
    "department": ("department", "departement", "insee_dep", "dep"),
    "region": ("region", "insee_reg", "reg"),
    "epci": ("epci", "code_epci", "siren_epci"),
    "epci_name": ("epci_name", "nom_epci"),
    "population": ("population", "pmun"),
}


def read(paths: Sequence[Path]) -> Iterable[Table]:
    """Return the layer ``communes``; facts that the files lack are missing, not zero.

    Raises:
        ReadError: a file has no column of codes or of names.
    """
    report = Report()
    opened = [table for path in paths for table in open_file(path)]
    systems = {table.crs for table in opened}
    if len(systems) > 1:
        raise ReadError(f"The files have several CRS ({', '.join(map(str, systems))}).")
    return [Table("communes", _batches(opened, report), systems.pop(), report=report)]


def _batches(opened: Sequence[Table], report: Report) -> Iterator[pa.Table]:
    for table in opened:
        for batch in table.batches:
            report.read += batch.num_rows
            yield _communes(batch, table, report)


def _communes(batch: pa.Table, table: Table, report: Report) -> pa.Table:
    lower = {name.lower(): name for name in batch.column_names}
    columns = {}
    for name, variants in NAMES.items():
        found = next((lower[v] for v in variants if v in lower), None)
        if found is None and name in ("insee", "name"):
            raise ReadError(f"{table.layer}: no column {name!r}, nor any of {', '.join(variants)}.")
        columns[name] = (
            batch.column(found).cast(pa.string())
            if found
            else pa.nulls(batch.num_rows, pa.string())
        )
    columns["insee"] = restore_codes(pa.chunked_array(columns["insee"]), COMMUNE, report)
    columns["population"] = columns["population"].cast(pa.int64())
    geometry = batch.column(table.geometry_name)
    return pa.table(columns).append_column(GEOMETRY, geometry)


SOURCE = Source(
    id="communes",
    title="Limites communales (IGN Admin Express, Etalab)",
    layers=("communes",),
    read=read,
    hint="Get Admin Express from geoservices.ign.fr, or a département's GeoJSON, and import it.",
)
