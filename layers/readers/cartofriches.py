"""Cartofriches: Cerema's inventory of brownfields, CSV, GeoJSON or GeoPackage."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from layers.codes import COMMUNE
from layers.features import feature_table
from layers.layouts import Layout, column
from layers.readers import Source
from layers.tables import Table

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
    return [feature_table(paths, LAYOUT, "brownfields", "site that came before")]


SOURCE = Source(
    id="cartofriches",
    title="Cartofriches (Cerema)",
    layers=("brownfields",),
    read=read,
    hint="Get « Sites référencés dans Cartofriches » (GeoJSON, GeoPackage or CSV) from "
    "data.gouv.fr.",
)
