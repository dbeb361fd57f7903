"""Census, population by IRIS: Insee's ``base-ic-evol-struct-pop``, any vintage."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from layers.census import read_iris
from layers.readers import Source
from layers.tables import Table

COLUMNS = {
    "population": "POP",
    "age_0_19": "POP0019",
    "age_20_64": "POP2064",
    "age_65_plus": "POP65P",
}


def read(paths: Sequence[Path]) -> Iterable[Table]:
    """Return the layer ``iris-population``, a table without geometry."""
    return [read_iris(paths, "iris-population", COLUMNS)]


SOURCE = Source(
    id="rp-population",
    title="Recensement, population à l'IRIS (Insee)",
    layers=("iris-population",),
    read=read,
    hint="Get « Population » (base-ic-evol-struct-pop) from insee.fr, Bases de données "
    "infracommunales, and import the CSV or its ZIP.",
)
