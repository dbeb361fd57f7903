"""DPE: ADEME's energy performance certificates of existing dwellings, since July 2021."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from layers.codes import COMMUNE
from layers.layouts import Layout, column, own
from layers.positions import degrees, legal_codes, points
from layers.readers import Source
from layers.repeats import Repeats
from layers.report import Report
from layers.tables import GEOMETRY, Table
from layers.values import identified
from layers.vintages import named_date

# The second names are those of the exports before 2025.
LAYOUT = Layout(
    "the DPE of existing dwellings",
    {
        "numero_dpe": column("numero_dpe", "N°DPE", needed=True),
        "date": column(
            "date_etablissement_dpe", "Date_établissement_DPE", kind="date", needed=True
        ),
        "rating": column("etiquette_dpe", "Etiquette_DPE", needed=True),
        "ghg_rating": column("etiquette_ges", "Etiquette_GES"),
        "building_type": column("type_batiment", "Type_bâtiment"),
        "address_id": column("identifiant_ban", "Identifiant__BAN"),
        "floor": column("numero_etage_appartement", "N°_étage_appartement"),
        "area_m2": column(
            "surface_habitable_logement", "Surface_habitable_logement", kind="number"
        ),
        "insee": column("code_insee_ban", "Code_INSEE_(BAN)", width=COMMUNE, needed=True),
        "score": column("score_ban", "Score_BAN", kind="number"),
        "_x": column(
            "coordonnee_cartographique_x_ban",
            "Coordonnée_cartographique_X_(BAN)",
            kind="number",
            needed=True,
        ),
        "_y": column(
            "coordonnee_cartographique_y_ban",
            "Coordonnée_cartographique_Y_(BAN)",
            kind="number",
            needed=True,
        ),
    },
)


def read(paths: Sequence[Path]) -> Iterable[Table]:
    """Return the layer ``energy-ratings``, a certificate that two files hold once.

    Raises:
        ReadError: a column is missing.
    """
    report = Report()
    LAYOUT.check(paths, report)
    batches = _batches(paths, report)
    vintage = named_date(paths)
    return [Table("energy-ratings", batches, "OGC:CRS84", vintage=vintage, report=report)]


def _batches(paths: Sequence[Path], report: Report) -> Iterator[pa.Table]:
    repeats = Repeats("numero_dpe", report, "certificate that came before")
    for path in paths:
        for batch in LAYOUT.read(path, report):
            rows = repeats.without(identified(batch, "numero_dpe", report))
            lon, lat = degrees(rows["_x"], rows["_y"], legal_codes(rows["insee"]), report)
            wkb = points(lon, lat, report, "certificate without a position kept")
            yield own(rows).append_column(GEOMETRY, wkb)


SOURCE = Source(
    id="dpe",
    title="Diagnostics de performance énergétique (ADEME)",
    layers=("energy-ratings",),
    read=read,
    hint="Get the towns' rows of « DPE Logements existants (depuis juillet 2021) » as CSV from "
    "data.ademe.fr/datasets/dpe03existant.",
)
