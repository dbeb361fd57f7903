"""BD TOPO: IGN's buildings, from a GeoPackage, a Shapefile or the 7z archive of a département."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from layers.features import feature_table
from layers.layouts import Layout, column
from layers.readers import Source
from layers.tables import Table

LAYER = "^batiment$"
# The second names are those of the Shapefile, cut at ten characters.
LAYOUT = Layout(
    "the buildings of the BD TOPO",
    {
        "cleabs": column("cleabs", "ID", needed=True),
        "nature": column("nature"),
        "usage_1": column("usage_1", "USAGE1", needed=True),
        "usage_2": column("usage_2", "USAGE2"),
        "light": column("construction_legere", "LEGER", kind="boolean"),
        "state": column("etat_de_l_objet", "ETAT"),
        "dwellings": column("nombre_de_logements", "NB_LOGTS", kind="integer"),
        "floors": column("nombre_d_etages", "NB_ETAGES", kind="integer"),
        "height": column("hauteur", "HAUTEUR", kind="number"),
        "rnb_ids": column("identifiants_rnb", "ID_RNB"),
    },
)


def read(paths: Sequence[Path]) -> Iterable[Table]:
    """Return the layer ``bdtopo-buildings``, a building of two départements once.

    Raises:
        ReadError: damaged, no layer of buildings, a missing column, or files in several CRS.
    """
    return [
        feature_table(
            paths, LAYOUT, "bdtopo-buildings", "building that another département holds too", LAYER
        )
    ]


SOURCE = Source(
    id="bdtopo",
    title="BD TOPO, bâtiments (IGN)",
    layers=("bdtopo-buildings",),
    read=read,
    hint="Get « BD TOPO » of the départements (GeoPackage, 7z) from geoservices.ign.fr and import "
    "the archives, or their GeoPackages.",
)
