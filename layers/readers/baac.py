"""BAAC: road accidents with casualties (ONISR), four files a year, of people and vehicles too.

Nothing of a person but how badly hurt and whether on foot is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa

from layers.accidents import of_accidents, per_accident
from layers.errors import ReadError
from layers.layouts import Layout, column, names_of
from layers.readers import Source
from layers.repeats import Repeats
from layers.report import Report
from layers.tables import Table
from layers.values import identified
from layers.vintages import named_year

ID = ("Num_Acc", "Accident_Id")  # the second in 2022
PLACES = Layout(
    "the caractéristiques of the BAAC",
    {
        "accident_id": column(*ID, needed=True),
        "_year": column("an", kind="integer", needed=True),
        "_month": column("mois", kind="integer", needed=True),
        "_day": column("jour", kind="integer", needed=True),
        "_time": column("hrmn"),
        "_light": column("lum", needed=True),
        "_built_up": column("agg"),
        "_crossing": column("int"),
        "_department": column("dep", needed=True),
        "_commune": column("com", needed=True),
        "_lat": column("lat", kind="number"),
        "_lon": column("long", kind="number"),
    },
)
ROADS = Layout(
    "the lieux of the BAAC",
    {
        "accident_id": column(*ID, needed=True),
        "_road": column("catr", needed=True),
        "_speed": column("vma", kind="integer"),
    },
)
VEHICLES = Layout(
    "the véhicules of the BAAC",
    {"accident_id": column(*ID, needed=True), "_vehicle": column("catv", needed=True)},
)
USERS = Layout(
    "the usagers of the BAAC",
    {
        "accident_id": column(*ID, needed=True),
        "_harm": column("grav", needed=True),
        "_role": column("catu", needed=True),
    },
)
# What only each file has.
KINDS = {"lum": PLACES, "catr": ROADS, "catv": VEHICLES, "grav": USERS}


def read(paths: Sequence[Path]) -> Iterable[Table]:
    """Return the layer ``accidents``: a point each, with those hurt where their files are given.

    Raises:
        ReadError: a file is none of the four, or no caractéristiques among them.
    """
    report = Report()
    files: dict[str, list[Path]] = {kind: [] for kind in KINDS}
    for path in paths:
        files[_kind(path, report)].append(path)
    if not files["lum"]:
        raise ReadError("No caractéristiques among the files: they tell where and when.")
    years = sorted({year for path in files["lum"] if (year := named_year(path))})
    vintage = "/".join(dict.fromkeys([years[0], years[-1]])) if years else None
    batches = _batches(files, report)
    return [Table("accidents", batches, "OGC:CRS84", vintage=vintage, report=report)]


def _kind(path: Path, report: Report) -> str:
    names = names_of(path)
    lower = {name.casefold() for name in names}
    found = next((kind for kind in KINDS if kind in lower), None)
    if found is None:
        raise ReadError(
            f"{path.name} is no file of the BAAC: it has none of lum (caractéristiques), catr "
            "(lieux), catv (véhicules) and grav (usagers)."
        )
    KINDS[found].find(path, names, report)
    return found


def _batches(files: dict[str, list[Path]], report: Report) -> Iterator[pa.Table]:
    beside = {kind: _frame(KINDS[kind], files[kind], report) for kind in KINDS if kind != "lum"}
    facts = per_accident(beside["catr"], beside["catv"], beside["grav"])
    repeats = Repeats("accident_id", report, "accident that came before")
    for path in files["lum"]:
        for rows in PLACES.read(path, report):
            kept = repeats.without(identified(rows, "accident_id", report))
            yield of_accidents(kept, facts, report)


def _frame(layout: Layout, paths: Sequence[Path], report: Report) -> pd.DataFrame | None:
    """Return the rows of the files beside the main one, None without any; 0.1 GB for ten years."""
    own = Report()
    tables = [rows for path in paths for rows in layout.read(path, own)]
    for reason, count in own.repaired.items():
        report.repair(reason, count)
    if own.read:
        report.note(f"{own.read:,} rows of {layout.title} were joined")
    return pa.concat_tables(tables).to_pandas() if tables else None


SOURCE = Source(
    id="baac",
    title="Accidents corporels de la circulation (ONISR)",
    layers=("accidents",),
    read=read,
    hint="Get caracteristiques, lieux, vehicules and usagers of a year (CSV) from data.gouv.fr, "
    "« Bases de données annuelles des accidents corporels de la circulation routière », and "
    "import the four together.",
)
