"""ORT: the communes concerned by a scheme of revitalisation, and whether it is signed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from layers.codes import COMMUNE
from layers.layouts import Layout, column, own
from layers.readers import Source
from layers.report import Report
from layers.tables import Table
from layers.values import identified
from layers.vintages import named_date

AGREEMENTS = {"signée": "signed", "en cours": "pending", "non signée": "none"}
LAYOUT = Layout(
    "the list of ORT",
    {
        "insee": column("Code commune", "insee_com", "code_insee", width=COMMUNE, needed=True),
        "name": column("Commune", "lib_com"),
        "epci_name": column("EPCI", "lib_epci"),
        "status": column("Statut de la commune"),
        "agreement": column("Signée ?", needed=True),
        "signed": column("Si signée, date de signature", "date_signature", kind="date"),
        "acv": column("ACV", kind="boolean"),
        "pvd": column("PVD", kind="boolean"),
        "_updated": column("Dernière actualisation", kind="date"),
    },
)


def read(paths: Sequence[Path]) -> Iterable[Table]:
    """Return the table ``ort-communes``.

    Raises:
        ReadError: a column is missing.
    """
    report = Report()
    LAYOUT.check(paths, report)
    batches = _batches(paths, report)
    vintage = named_date(paths) or _last_update(paths)
    return [Table("ort-communes", batches, None, None, vintage, report)]


def _last_update(paths: Sequence[Path]) -> str | None:
    """Return the latest day on which a row was updated: the list is small."""
    days = [pc.max(rows["_updated"]).as_py() for p in paths for rows in LAYOUT.read(p, Report())]
    known = [day.isoformat() for day in days if day]
    return max(known) if known else None


def _batches(paths: Sequence[Path], report: Report) -> Iterator[pa.Table]:
    for path in paths:
        for batch in LAYOUT.read(path, report):
            rows = own(identified(batch, "insee", report))
            name = pc.replace_substring_regex(rows["name"], r"^(\d\d|2[AB]|97\d) - ", "")
            rows = rows.set_column(1, "name", name)
            yield rows.set_column(4, "agreement", _agreement(rows["agreement"], report))


def _agreement(texts: pa.ChunkedArray, report: Report) -> pa.ChunkedArray:
    at = pc.index_in(pc.utf8_lower(texts), value_set=pa.array(list(AGREEMENTS)))
    lost = pc.sum(pc.and_(pc.is_null(at), pc.is_valid(texts))).as_py() or 0
    report.repair("unknown state of the agreement left empty", lost)
    return pa.chunked_array([pa.array(list(AGREEMENTS.values()))]).take(at)


SOURCE = Source(
    id="ort",
    title="Opérations de revitalisation de territoire (DGALN)",
    layers=("ort-communes",),
    read=read,
    hint="Get the list of communes with an ORT (CSV) from data.gouv.fr.",
)
