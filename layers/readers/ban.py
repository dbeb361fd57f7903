"""BAN: the national address database, a file per département."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from layers.codes import COMMUNE, department
from layers.layouts import Layout, column, own
from layers.positions import points
from layers.readers import Source
from layers.repeats import Repeats
from layers.report import Report
from layers.tables import GEOMETRY, Table
from layers.values import identified
from layers.vintages import named_date

LAYOUT = Layout(
    "the BAN",
    {
        "id": column("id", needed=True),
        "numero": column("numero", needed=True),
        "rep": column("rep"),
        "nom_voie": column("nom_voie", needed=True),
        "code_postal": column("code_postal", width=COMMUNE),
        "code_insee": column("code_insee", width=COMMUNE, needed=True),
        "nom_commune": column("nom_commune"),
        "_lon": column("lon", kind="number", needed=True),
        "_lat": column("lat", kind="number", needed=True),
    },
)


def read(paths: Sequence[Path]) -> Iterable[Table]:
    """Return the layer ``addresses``.

    Raises:
        ReadError: a column is missing.
    """
    report = Report()
    LAYOUT.check(paths, report)
    batches = _batches(paths, report)
    return [Table("addresses", batches, "OGC:CRS84", vintage=named_date(paths), report=report)]


def address(insee: str) -> list[str]:
    """Return the address of the file of a commune's département."""
    root = "https://adresse.data.gouv.fr/data/ban/adresses/latest/csv"
    return [f"{root}/adresses-{department(insee)}.csv.gz"]


def _batches(paths: Sequence[Path], report: Report) -> Iterator[pa.Table]:
    repeats = Repeats("id", report, "address that came before")
    for path in paths:
        for rows in LAYOUT.read(path, report):
            kept = repeats.without(identified(rows, "id", report))
            wkb = points(kept["_lon"], kept["_lat"], report, "address without a position kept")
            yield own(kept).append_column(GEOMETRY, wkb)


SOURCE = Source(
    id="ban",
    title="Base adresse nationale",
    layers=("addresses",),
    read=read,
    address=address,
    hint="Get adresses-….csv.gz of the département from adresse.data.gouv.fr/data/ban/adresses/"
    "latest/csv.",
)
