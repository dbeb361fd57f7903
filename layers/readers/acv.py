"""The list of the communes of Action cœur de ville (ANCT)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from layers.codes import COMMUNE, DEPARTMENT, restore_codes
from layers.delimited import header, read_text
from layers.errors import ReadError, did_you_mean
from layers.positions import points
from layers.readers import Source
from layers.report import Report
from layers.tables import GEOMETRY, Table
from layers.values import dates, identified, integers, numbers, text_of

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
POPULATION = ("population", "pop_municipale", "pmun", "pop_municipale_datafrance")
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
    batches = _batches(paths, report)
    return [Table("towns", batches, "OGC:CRS84", vintage=_vintage(paths), report=report)]


def _vintage(paths: Sequence[Path]) -> str | None:
    """Return the date that a name such as ``liste-acv-com2025-20250704.csv`` tells, or its year."""
    found = [re.search(r"(20\d\d)(?:-?([01]\d)-?([0-3]\d))?(?!\d)", p.stem) for p in paths]
    named = sorted("-".join(filter(None, match.groups())) for match in found if match)
    return named[-1] if named else None


def _batches(paths: Sequence[Path], report: Report) -> Iterator[pa.Table]:
    for path in paths:
        for batch in read_text(path, report):
            report.read += batch.num_rows
            yield identified(_towns(batch, report), "insee", report)


def _towns(batch: pa.Table, report: Report) -> pa.Table:
    columns = {"insee": restore_codes(text_of(batch, *CODES), COMMUNE, report)}
    columns |= {name: text_of(batch, *variants) for name, variants in NAMES.items()}
    for name in ("department", "region"):
        columns[name] = restore_codes(columns[name], DEPARTMENT, report)
    columns["signed"] = dates(text_of(batch, "date_signature"), report, "date_signature")
    columns["population"] = integers(text_of(batch, *POPULATION), report, "population")
    lon, lat = (numbers(text_of(batch, name), report, name) for name in ("lon", "lat"))
    columns[GEOMETRY] = points(lon, lat, report, "town without a position kept")
    return pa.table(columns)


SOURCE = Source(
    id="acv",
    title="Communes d'Action cœur de ville (ANCT)",
    layers=("towns",),
    read=read,
    hint="Get « Programme Action cœur de ville » (liste-acv-com….csv) from data.gouv.fr.",
)
