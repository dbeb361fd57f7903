"""Census, housing by IRIS: Insee's ``base-ic-logement``, any vintage."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from layers.census import read_iris
from layers.readers import Source
from layers.tables import Table

COLUMNS = {
    "dwellings": "LOG",
    "main_residences": "RP",
    "second_homes": "RSECOCC",
    "vacant_dwellings": "LOGVAC",
    "houses": "MAISON",
    "flats": "APPART",
}


def read(paths: Sequence[Path]) -> Iterable[Table]:
    """Return the layer ``iris-housing``, a table without geometry."""
    return [read_iris(paths, "iris-housing", COLUMNS)]


SOURCE = Source(
    id="rp-housing",
    title="Recensement, logement à l'IRIS (Insee)",
    layers=("iris-housing",),
    read=read,
    hint="Get « Logement » (base-ic-logement) from insee.fr, Bases de données infracommunales, and "
    "import the CSV or its ZIP.",
)
