"""IRIS: the contours of the statistical blocks that the census is told by (IGN, Insee)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from layers.codes import COMMUNE, IRIS
from layers.features import feature_table
from layers.layouts import Layout, column
from layers.readers import Source
from layers.tables import Table

LAYER = "iris"
# The second names are those of the Shapefiles before 2024.
LAYOUT = Layout(
    "the contours of IRIS",
    {
        "iris": column("code_iris", "dcomiris", width=IRIS, needed=True),
        "insee": column("code_insee", "insee_com", "depcom", width=COMMUNE, needed=True),
        "name": column("nom_iris", "nom_ir"),
        "type": column("type_iris", "typ_iris"),
    },
)


def read(paths: Sequence[Path]) -> Iterable[Table]:
    """Return the layer ``iris-contours``.

    Raises:
        ReadError: damaged, a missing column, or files in several CRS.
    """
    return [feature_table(paths, LAYOUT, "iris-contours", "IRIS that came before", LAYER)]


SOURCE = Source(
    id="iris",
    title="Contours des IRIS (IGN, Insee)",
    layers=("iris-contours",),
    read=read,
    hint="Get « IRIS… GE » or « Contours… IRIS » (7z) from geoservices.ign.fr and import the "
    "archive, or its GeoPackage or Shapefile.",
)
