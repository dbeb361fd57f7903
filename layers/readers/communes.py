"""Commune boundaries, from any GDAL file with a code and a name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from layers.codes import COMMUNE, restore_codes
from layers.errors import ReadError
from layers.opening import open_file
from layers.readers import Source
from layers.report import Report
from layers.tables import GEOMETRY, Table
from layers.values import identified, integers, text_of

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
    if bare := [table.layer for table in opened if table.geometry_name is None]:
        raise ReadError(f"{bare[0]} holds no geometry, so no boundary. {SOURCE.hint}")
    systems = {table.crs for table in opened}
    if len(systems) > 1:
        raise ReadError(f"The files have several CRS ({', '.join(map(str, systems))}).")
    return [Table("communes", _batches(opened, report), systems.pop(), report=report)]


def _batches(opened: Sequence[Table], report: Report) -> Iterator[pa.Table]:
    for table in opened:
        for batch in table.batches:
            report.read += batch.num_rows
            yield identified(_communes(batch, table, report), "insee", report)


def _communes(batch: pa.Table, table: Table, report: Report) -> pa.Table:
    lower = {name.lower(): name for name in batch.column_names}
    columns = {}
    for name, variants in NAMES.items():
        found = next((lower[v] for v in variants if v in lower), None)
        if found is None and name in ("insee", "name"):
            raise ReadError(f"{table.layer}: no column {name!r}, nor any of {', '.join(variants)}.")
        columns[name] = text_of(batch, *([found] if found else []))
    columns["insee"] = restore_codes(columns["insee"], COMMUNE, report)
    columns["department"] = pc.coalesce(columns["department"], _department(columns["insee"]))
    columns["population"] = integers(columns["population"], report, "population")
    geometry = batch.column(table.geometry_name)
    return pa.table(columns).append_column(GEOMETRY, geometry)


def _department(insee: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the département of a commune: two characters of its code, three overseas."""
    overseas = pc.match_substring_regex(insee, "^9[78]")
    return pc.if_else(
        overseas, pc.utf8_slice_codeunits(insee, 0, 3), pc.utf8_slice_codeunits(insee, 0, 2)
    )


SOURCE = Source(
    id="communes",
    title="Limites communales (IGN Admin Express, Etalab)",
    layers=("communes",),
    read=read,
    hint="Get « Admin Express COG » from geoservices.ign.fr, or « Contours administratifs » of "
    "etalab.gouv.fr, and import the file.",
)
