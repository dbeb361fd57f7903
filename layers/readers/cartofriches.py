"""Cartofriches: Cerema's inventory of brownfields, CSV, GeoJSON or GeoPackage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from layers.codes import COMMUNE
from layers.features import Features, features
from layers.layouts import Layout, column
from layers.readers import Source
from layers.repeats import Repeats
from layers.report import Report
from layers.tables import Table
from layers.values import identified
from layers.vintages import named_date

LAYOUT = Layout(
    "Cartofriches",
    {
        "site_id": column("site_id", needed=True),
        "name": column("site_nom"),
        "type": column("site_type"),
        "status": column("site_statut", needed=True),
        "insee": column("comm_insee", width=COMMUNE, needed=True),
        "vacancy": column("bati_vacance"),
        "area_m2": column("unite_fonciere_surface", kind="number"),
        "zoning": column("urba_zone_type"),
    },
)


def read(paths: Sequence[Path]) -> Iterable[Table]:
    """Return the layer ``brownfields``: outlines, or points where the file has points.

    Raises:
        ReadError: damaged, or a column is missing.
    """
    report = Report()
    found = features(paths, LAYOUT, report)
    batches = _batches(found, report)
    vintage = named_date(paths)
    return [Table("brownfields", batches, found.crs, vintage=vintage, report=report)]


def _batches(found: Features, report: Report) -> Iterator[pa.Table]:
    repeats = Repeats("site_id", report, "site that came before")
    for rows in found.batches:
        yield repeats.without(identified(rows, "site_id", report))


SOURCE = Source(
    id="cartofriches",
    title="Cartofriches (Cerema)",
    layers=("brownfields",),
    read=read,
    hint="Get « Sites référencés dans Cartofriches » (GeoJSON, GeoPackage or CSV) from "
    "data.gouv.fr.",
)
