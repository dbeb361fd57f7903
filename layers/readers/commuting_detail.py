"""Commuting, detail file of the census (``RP…_mobpro``): means of transport, added up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from layers.codes import COMMUNE
from layers.errors import ReadError
from layers.layouts import Layout, column
from layers.mergers import Mergers, split
from layers.readers import Source
from layers.report import Report
from layers.tables import Table
from layers.values import identified
from layers.vintages import named_year, one_vintage

# Until 2016 there were five means: 3 was any two-wheeler, 4 the car and 5 public transport.
MODES, SINCE = ("1", "2", "3", "4", "5", "6"), "2017"
KEYS = ["home", "work", "transport"]
ADDED = "person added to the others of the same flow and transport"
LAYOUT = Layout(
    "the commuting detail file of the census",
    {
        "home": column("COMMUNE", width=COMMUNE, needed=True),
        "_arm": column("ARM"),
        "work": column("DCLT", width=COMMUNE, needed=True),
        "transport": column("TRANS", needed=True),
        "workers": column("IPONDI", kind="number", needed=True),
    },
)


def read(paths: Sequence[Path]) -> Iterable[Table]:
    """Return the table ``commuting-modes``: weights and persons by flow and means of transport.

    Args:
        paths: CSV, ZIP or Parquet of one vintage, which their names tell, and Insee's list of
            changes of communes, if flows of former communes are to be added up.

    Raises:
        ReadError: not this file, several vintages, or one whose means of transport are others.
    """
    report = Report()
    data, mergers = split(paths)
    LAYOUT.check(data, report)
    vintage = one_vintage(named_year(path, "rp") for path in data)
    if vintage and vintage < SINCE:
        raise ReadError(
            f"{data[0].name} is of {vintage}: before {SINCE} the census did not tell cycles from "
            f"motorcycles, and its codes were others. Import the file of {SINCE} or later."
        )
    if vintage is None:
        report.note("no file's name tells its year (RP2022_mobpro): the column year is empty")
    batches = _batches(data, vintage, mergers, report)
    return [Table("commuting-modes", batches, None, None, vintage, report)]


def _batches(
    paths: Sequence[Path], vintage: str | None, mergers: Mergers | None, report: Report
) -> Iterator[pa.Table]:
    # Eight million persons make two million groups: sums of batches are small enough to keep.
    parts = [
        _summed(_persons(rows, mergers, report))
        for path in paths
        for rows in LAYOUT.read(path, report)
    ]
    flows = _summed(pa.concat_tables(parts))
    persons = pc.sum(flows["n"]).as_py() or 0
    report.refuse(ADDED, report.read - flows.num_rows - sum(report.refused.values()))
    report.note(f"{persons:,} persons surveyed, in {flows.num_rows:,} flows by transport")
    year = pa.scalar(int(vintage) if vintage else None, pa.int64())
    yield flows.append_column("year", pa.repeat(year, flows.num_rows))


def _persons(rows: pa.Table, mergers: Mergers | None, report: Report) -> pa.Table:
    """Return a row per person, the arrondissement of residence prevailing over the commune."""
    for name in ("home", "work", "workers"):
        rows = identified(rows, name, report)
    arm = pc.if_else(pc.match_substring_regex(rows["_arm"], r"^\d{5}$"), rows["_arm"], None)
    columns = {"home": pc.coalesce(arm, rows["home"]), "work": rows["work"]}
    if mergers:
        columns = {name: mergers.update(codes, report) for name, codes in columns.items()}
    known = pc.is_in(rows["transport"], value_set=pa.array(MODES))
    report.repair("means of transport unknown", rows.num_rows - (pc.sum(known).as_py() or 0))
    columns["transport"] = pc.if_else(known, rows["transport"], None)
    columns["workers"] = rows["workers"]
    columns["n"] = pa.repeat(pa.scalar(1, pa.int64()), rows.num_rows)
    return pa.table(columns)


def _summed(rows: pa.Table) -> pa.Table:
    summed = rows.group_by(KEYS).aggregate([("workers", "sum"), ("n", "sum")])
    return summed.select([*KEYS, "workers_sum", "n_sum"]).rename_columns([*KEYS, "workers", "n"])


SOURCE = Source(
    id="commuting-detail",
    title="Mobilités professionnelles, fichier détail (Insee)",
    layers=("commuting-modes",),
    read=read,
    hint="Get the detail file « Mobilités professionnelles » (RP2022_mobpro, Parquet or CSV) from "
    "insee.fr.",
    changes=True,
)
