"""COG: Insee's official geographic code, communes and what they have become."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from layers.codes import COMMUNE, DEPARTMENT
from layers.errors import ReadError, did_you_mean
from layers.layouts import Layout, column, names_of
from layers.mergers import CHANGES, read_changes
from layers.readers import Source
from layers.report import Report
from layers.tables import Table
from layers.values import identified
from layers.vintages import named_year, one_vintage

COMMUNES = Layout(
    "the list of communes (v_commune)",
    {
        "typecom": column("TYPECOM", needed=True),
        "com": column("COM", width=COMMUNE, needed=True),
        "libelle": column("LIBELLE", needed=True),
        "dep": column("DEP", width=DEPARTMENT, needed=True),
        "reg": column("REG", width=DEPARTMENT, needed=True),
        "comparent": column("COMPARENT", width=COMMUNE, needed=True),
    },
)


def read(paths: Sequence[Path]) -> Iterable[Table]:
    """Return ``communes-cog`` and ``commune-changes``, those of the files that are given.

    Raises:
        ReadError: a file is neither list, or there are two of a kind or of several vintages.
    """
    vintage = one_vintage(named_year(path) for path in paths)
    layers = [_kind(path) for path in paths]
    if len(set(layers)) < len(layers):
        raise ReadError("Two files of the same list: import one of each.")
    return [_table(layer, path, vintage) for layer, path in zip(layers, paths, strict=True)]


def _kind(path: Path) -> str:
    names = names_of(path)
    lower = {name.casefold() for name in names}
    if "com_av" in lower:
        CHANGES.find(path, names)
        return "commune-changes"
    if "typecom" in lower:
        COMMUNES.find(path, names)
        return "communes-cog"
    near = did_you_mean("TYPECOM", names)
    raise ReadError(f"{path.name} is neither v_commune nor v_mvt_commune: no column TYPECOM.{near}")


def _table(layer: str, path: Path, vintage: str | None) -> Table:
    report = Report()
    batches = read_changes(path, report) if layer == "commune-changes" else _communes(path, report)
    return Table(layer, batches, None, None, vintage, report)


def _communes(path: Path, report: Report) -> Iterator[pa.Table]:
    for rows in COMMUNES.read(path, report):
        yield identified(rows, "com", report)


SOURCE = Source(
    id="cog",
    title="Code officiel géographique (Insee)",
    layers=("communes-cog", "commune-changes"),
    read=read,
    hint="Get v_commune_….csv and v_mvt_commune_….csv from insee.fr, Code officiel géographique, "
    "and import one or both.",
)
