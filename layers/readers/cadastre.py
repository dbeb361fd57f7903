"""Cadastre Etalab: parcels and buildings, GeoJSON per commune or département."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from layers.codes import COMMUNE, department
from layers.errors import ReadError
from layers.features import Features, features
from layers.layouts import Layout, column
from layers.readers import Source
from layers.repeats import Repeats
from layers.report import Report
from layers.tables import Table
from layers.values import identified

PARCELS = Layout(
    "the parcels of the cadastre",
    {
        "id": column("id", needed=True),
        "commune": column("commune", width=COMMUNE, needed=True),
        "prefixe": column("prefixe", needed=True),
        "section": column("section", needed=True),
        "numero": column("numero", needed=True),
        "contenance": column("contenance", kind="number"),
        "created": column("created", kind="date"),
        "updated": column("updated", kind="date"),
    },
)
BUILDINGS = Layout(
    "the buildings of the cadastre",
    {
        "commune": column("commune", width=COMMUNE, needed=True),
        "type": column("type", needed=True),
        "nom": column("nom"),
        "created": column("created", kind="date"),
        "updated": column("updated", kind="date"),
    },
)
WORDS = {"parcelles": "parcels", "batiments": "cadastre-buildings"}


def read(paths: Sequence[Path]) -> Iterable[Table]:
    """Return ``parcels`` and ``cadastre-buildings``, those of the files that are given.

    Raises:
        ReadError: a name tells neither parcels nor buildings, a damaged file, or a column misses.
    """
    files: dict[str, list[Path]] = {}
    for path in paths:
        files.setdefault(_layer(path), []).append(path)
    return [_table(layer, found) for layer, found in files.items()]


def address(insee: str) -> list[str]:
    """Return the addresses of a commune's parcels and buildings."""
    root = "https://cadastre.data.gouv.fr/data/etalab-cadastre/latest/geojson/communes"
    folder = f"{root}/{department(insee)}/{insee}"
    return [f"{folder}/cadastre-{insee}-{word}.json.gz" for word in WORDS]


def _layer(path: Path) -> str:
    found = [layer for word, layer in WORDS.items() if word in path.name.lower()]
    if not found:
        raise ReadError(
            f"{path.name}: its name must hold parcelles or batiments, as the official ones do "
            "(cadastre-12202-parcelles.json.gz)."
        )
    return found[0]


def _table(layer: str, paths: Sequence[Path]) -> Table:
    report = Report()
    found = features(paths, PARCELS if layer == "parcels" else BUILDINGS, report)
    batches = _parcels(found, report) if layer == "parcels" else found.batches
    return Table(layer, batches, found.crs, report=report)


def _parcels(found: Features, report: Report) -> Iterator[pa.Table]:
    repeats = Repeats("id", report, "parcel that came before")
    for rows in found.batches:
        yield repeats.without(identified(rows, "id", report))


SOURCE = Source(
    id="cadastre",
    title="Cadastre (Etalab)",
    layers=("parcels", "cadastre-buildings"),
    read=read,
    address=address,
    hint="Get cadastre-….json.gz of parcelles and batiments from cadastre.data.gouv.fr/data/"
    "etalab-cadastre/latest/geojson/communes.",
)
