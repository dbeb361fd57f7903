"""The ranges of facilities that Insee draws from the BPE: proximity, intermediate, upper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from layers.errors import ReadError
from layers.facility_types import present
from layers.layouts import Layout, column
from layers.readers import Source
from layers.report import Report
from layers.sheets import rows_of
from layers.tables import Table
from layers.values import identified
from layers.vintages import named_year, one_vintage

RANGES = {"proximit": "proximity", "interm": "intermediate", "sup": "upper"}
NO_RANGE = "facility type in no range"
LAYOUT = Layout(
    "the ranges of facilities",
    {
        "typequ_group": column("TYPEQU_REGROUPEMENT"),
        "group_label": column("LIBELLE_TYPEQU_REGROUPEMENT"),
        "typequ": column("TYPEQU", needed=True),
        "label": column("LIBELLE_TYPEQU"),
        "range": column("GAMME", needed=True),
    },
)


def read(paths: Sequence[Path]) -> Iterable[Table]:
    """Return the table ``facility-ranges``; a type without a group is a group of its own.

    Args:
        paths: Insee's workbook, or CSV of the same columns.

    Raises:
        ReadError: several files, or no row that names the columns.
    """
    if len(paths) != 1:
        raise ReadError(f"{len(paths)} files of ranges: import one vintage.")
    report = Report()
    vintage = one_vintage(named_year(path) for path in paths)
    batches = (_ranges(rows, report) for rows in rows_of(paths[0], LAYOUT, "TYPEQU", report))
    return [Table("facility-ranges", batches, None, None, vintage, report)]


def _ranges(rows: pa.Table, report: Report) -> pa.Table:
    texts = pc.utf8_lower(rows["range"])
    known: pa.ChunkedArray = pa.chunked_array([pa.nulls(rows.num_rows, pa.string())])
    for part, name in RANGES.items():
        known = pc.if_else(pc.fill_null(pc.match_substring(texts, part), False), name, known)
    group = pc.coalesce(rows["typequ_group"], rows["typequ"])
    types = present(rows["typequ"], report)
    rows = rows.set_column(0, "typequ_group", group).set_column(4, "range", known)
    rows = rows.set_column(rows.column_names.index("typequ"), "typequ", types)
    given = identified(rows, "typequ", report)
    ranged = given.filter(pc.is_valid(given["range"]))
    report.refuse(NO_RANGE, given.num_rows - ranged.num_rows)
    return ranged


SOURCE = Source(
    id="bpe-ranges",
    title="Gammes d'équipements (Insee)",
    layers=("facility-ranges",),
    read=read,
    hint="Get BPE_gammes_equipements_….xlsx from insee.fr, Base permanente des équipements. The "
    "proximity range of 2025 is in config/facility-ranges.csv, which this command reads too.",
)
