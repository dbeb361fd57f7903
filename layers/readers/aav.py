"""AAV: the communes of Insee's attraction areas of cities, zoning of 2020."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from layers.codes import COMMUNE
from layers.errors import ReadError
from layers.layouts import Layout, column, names_of
from layers.readers import Source
from layers.report import Report
from layers.sheets import is_workbook, rows_of
from layers.tables import Table
from layers.values import identified

CODE = 3  # characters of the code of an area
OUTSIDE = "000"  # communes that no city attracts
LAYOUT = Layout(
    "the composition of attraction areas",
    {
        "insee": column("CODGEO", width=COMMUNE, needed=True),
        "name": column("LIBGEO"),
        "aav": column("AAV2020", needed=True),
        "aav_name": column("LIBAAV2020"),
        "category": column("CATEAAV2020"),
    },
    hint=" Take the composition by commune, sheet Composition_communale.",
)


def read(paths: Sequence[Path]) -> Iterable[Table]:
    """Return the table ``attraction-areas``: one row per commune, without area where none is.

    Args:
        paths: Insee's workbook, or CSV of the same columns.

    Raises:
        ReadError: several files, or no row that names the columns.
    """
    if len(paths) != 1:
        raise ReadError(f"{len(paths)} files of attraction areas: import one vintage.")
    path, report = paths[0], Report()
    if not is_workbook(path):
        LAYOUT.find(path, names_of(path), report)
    batches = (_areas(rows, report) for rows in rows_of(path, LAYOUT, "CODGEO", report))
    return [Table("attraction-areas", batches, None, None, _vintage(path), report)]


def _vintage(path: Path) -> str | None:
    """Return the year that a name ends with: its first one is that of the zoning."""
    found = re.search(r"(20\d\d)$", path.stem)
    return found[1] if found else None


def _areas(rows: pa.Table, report: Report) -> pa.Table:
    known = identified(rows, "insee", report)
    code = pc.utf8_lpad(known["aav"], CODE, "0")
    known = known.set_column(known.column_names.index("aav"), "aav", code)
    outside = pc.fill_null(pc.equal(known["aav"], OUTSIDE), True)
    for name in ("aav", "aav_name"):
        at = known.column_names.index(name)
        nothing = pa.scalar(None, pa.string())
        known = known.set_column(at, name, pc.if_else(outside, nothing, known[name]))
    return known


SOURCE = Source(
    id="aav",
    title="Aires d'attraction des villes (Insee)",
    layers=("attraction-areas",),
    read=read,
    hint="Get « Base des aires d'attraction des villes 2020 » (AAV2020_au_….xlsx) from insee.fr.",
)
