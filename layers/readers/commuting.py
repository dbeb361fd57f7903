"""Commuting flows between communes of the census (``base-flux-mobilite-domicile-lieu-travail``)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from layers.codes import COMMUNE
from layers.errors import ReadError, did_you_mean
from layers.layouts import Layout, column, names_of
from layers.mergers import Mergers, split
from layers.readers import Source
from layers.report import Report
from layers.tables import Table
from layers.values import identified
from layers.vintages import one_vintage

COUNT = r"NBFLUX_C(\d\d)_ACTOCC15P"


def read(paths: Sequence[Path]) -> Iterable[Table]:
    """Return the table ``commuting-flows``: workers by commune of residence and of work.

    Args:
        paths: files of one vintage, and Insee's list of changes of communes, if flows of former
            communes are to be added up.

    Raises:
        ReadError: not this file, or several vintages.
    """
    report = Report()
    data, mergers = split(paths)
    counts = [(path, *_count(path)) for path in data]
    vintage = one_vintage(f"20{digits}" for _, _, digits in counts)
    batches = _batches([(path, name) for path, name, _ in counts], vintage, mergers, report)
    return [Table("commuting-flows", batches, None, None, vintage, report)]


def _count(path: Path) -> tuple[str, str]:
    """Return the column of the flows and its vintage (``22``)."""
    names = names_of(path)
    for name in names:
        if match := re.fullmatch(COUNT, name, re.IGNORECASE):
            return name, match[1]
    near = did_you_mean("NBFLUX_C22_ACTOCC15P", names)
    raise ReadError(
        f"{path.name} is not the commuting flows: no column NBFLUX_C22_ACTOCC15P (or another "
        f"vintage).{near}"
    )


def _batches(
    files: Sequence[tuple[Path, str]], vintage: str | None, mergers: Mergers | None, report: Report
) -> Iterator[pa.Table]:
    tables = []
    for path, count in files:
        layout = Layout(
            "the commuting flows",
            {
                "home": column("CODGEO", width=COMMUNE, needed=True),
                "work": column("DCLT", width=COMMUNE, needed=True),
                "workers": column(count, kind="number", needed=True),
            },
        )
        for rows in layout.read(path, report):
            known = identified(identified(rows, "home", report), "work", report)
            if mergers is None:
                yield _dated(known, vintage)
            else:
                tables.append(known)
    if mergers and tables:
        whole = pa.concat_tables(tables)  # 1 million flows, 50 MB
        yield _dated(mergers.merge(whole, ["home", "work"], ["home", "work"], report), vintage)


def _dated(rows: pa.Table, vintage: str | None) -> pa.Table:
    year = pa.scalar(int(vintage) if vintage else None, pa.int64())
    return rows.append_column("year", pa.repeat(year, rows.num_rows))


SOURCE = Source(
    id="commuting",
    title="Flux domicile-travail entre communes (Insee)",
    layers=("commuting-flows",),
    read=read,
    hint="Get « Mobilités professionnelles : déplacements domicile - lieu de travail » "
    "(base-flux-mobilite-domicile-lieu-travail-….csv) from insee.fr.",
    changes=True,
)
