"""The list of the communes of Action cœur de ville (ANCT)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import shapely

from layers.codes import COMMUNE, restore_codes
from layers.delimited import header, number, read_text
from layers.errors import ReadError, did_you_mean
from layers.readers import Source
from layers.report import Report
from layers.tables import GEOMETRY, Table

NAMES = {
    "name": ("lib_com", "libgeo", "nom_com"),
    "site_id": ("id_acv",),
    "site_name": ("lib_acv",),
    "department": ("insee_dep", "dep"),
    "department_name": ("lib_dep",),
    "region": ("insee_reg", "reg"),
    "region_name": ("lib_reg",),
    "epci": ("siren_epci", "insee_epci"),
    "epci_name": ("lib_epci",),
}
CODES = ("insee_com", "insee", "codgeo")


def read(paths: Sequence[Path]) -> Iterable[Table]:
    """Return the layer ``towns``; its points are the town halls, where the list has them.

    Raises:
        ReadError: no column of commune codes.
    """
    report = Report()
    for path in paths:
        names = header(path)
        if not set(CODES) & set(names):
            raise ReadError(f"{path.name}: no column insee_com.{did_you_mean('insee_com', names)}")
    return [Table("towns", _batches(paths, report), "OGC:CRS84", report=report)]


def _batches(paths: Sequence[Path], report: Report) -> Iterator[pa.Table]:
    for path in paths:
        for batch in read_text(path, report):
            report.read += batch.num_rows
            yield _towns(batch, report)


def _towns(batch: pa.Table, report: Report) -> pa.Table:
    def text(*variants: str) -> pa.ChunkedArray | pa.Array:
        found = next((v for v in variants if v in batch.column_names), None)
        return batch.column(found) if found else pa.nulls(batch.num_rows, pa.string())

    columns = {"insee": restore_codes(text(*CODES), COMMUNE, report)}
    columns |= {name: text(*variants) for name, variants in NAMES.items()}
    columns["signed"] = pa.array([_day(d) for d in text("date_signature").to_pylist()]).cast(
        pa.date32()
    )
    columns["population"] = pa.nulls(batch.num_rows, pa.int64())
    x, y = (number(text(name)).to_numpy(zero_copy_only=False) for name in ("lon", "lat"))
    points = shapely.points(x, y)
    points[(x != x) | (y != y)] = None
    return pa.table(columns).append_column(GEOMETRY, pa.array(shapely.to_wkb(points), pa.binary()))


def _day(text: str | None) -> str | None:
    """Return ``DD-MM-YYYY`` as ``YYYY-MM-DD``."""
    found = re.fullmatch(r"(\d\d)[-/](\d\d)[-/](\d{4})", text or "")
    return "-".join(reversed(found.groups())) if found else text


SOURCE = Source(
    id="acv",
    title="Communes d'Action cœur de ville (ANCT)",
    layers=("towns",),
    read=read,
    hint="Get liste-acv-com from data.gouv.fr (Action cœur de ville) and import the CSV.",
)
