"""DVF géolocalisé: the sales of real estate that the DGFiP publishes, one row per premises."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from layers.codes import COMMUNE, department, restore_codes
from layers.delimited import header, read_text
from layers.errors import ReadError, did_you_mean
from layers.positions import points
from layers.readers import Source
from layers.repeats import FormerFiles
from layers.report import Report
from layers.tables import GEOMETRY, Table
from layers.values import dates, identified, integers, numbers

TEXTS = ("id_mutation", "nature_mutation", "id_parcelle", "code_type_local", "type_local")
NUMBERS = ("valeur_fonciere", "surface_reelle_bati", "surface_terrain")
COLUMNS = (*TEXTS, *NUMBERS, "date_mutation", "code_commune", "nombre_pieces_principales",
           "longitude", "latitude")  # fmt: skip
# The rest of the official header, which is not kept.
OTHERS = (
    "numero_disposition", "adresse_numero", "adresse_suffixe", "adresse_nom_voie",
    "adresse_code_voie", "code_postal", "nom_commune", "code_departement", "ancien_code_commune",
    "ancien_nom_commune", "ancien_id_parcelle", "numero_volume",
    *(f"lot{i}_{what}" for i in range(1, 6) for what in ("numero", "surface_carrez")),
    "nombre_lots", "code_nature_culture", "nature_culture", "code_nature_culture_speciale",
    "nature_culture_speciale",
)  # fmt: skip
YEARS = 5
# A sale over two communes stands in the files of both, each with the lines of its own parcels.
PLACE_OF_SALE = ["id_mutation", "date_mutation", "code_commune", "id_parcelle"]


def read(paths: Sequence[Path]) -> Iterable[Table]:
    """Return the layer ``sales``: one feature per row of the files, official column names.

    Raises:
        ReadError: a file lacks columns of the official layout.
    """
    report = Report()
    for path in paths:
        _check(path, report)
    batches = _batches(paths, report)
    return [Table("sales", batches, "OGC:CRS84", vintage=_vintage(paths), report=report)]


def address(insee: str) -> list[str]:
    """Return the addresses of a commune's files of the last five full years."""
    last = datetime.now(UTC).year - 1
    root = "https://files.data.gouv.fr/geo-dvf/latest/csv"
    years = range(last - YEARS + 1, last + 1)
    return [f"{root}/{year}/communes/{department(insee)}/{insee}.csv" for year in years]


def _check(path: Path, report: Report) -> None:
    names = header(path)
    if "Valeur fonciere" in names:
        raise ReadError(
            f"{path.name} is the DGFiP's DVF without positions: take DVF géolocalisé from "
            "files.data.gouv.fr/geo-dvf/latest/csv."
        )
    missing = [column for column in COLUMNS if column not in names]
    if missing:
        listed = ", ".join(repr(column) for column in missing)
        hint = "".join(did_you_mean(column, names) for column in missing[:3])
        raise ReadError(f"{path.name} is not DVF géolocalisé: no column {listed}.{hint}")
    if other := [column for column in OTHERS if column not in names]:
        report.note(f"{path.name} lacks official columns that are not used: {', '.join(other)}")


def _vintage(paths: Sequence[Path]) -> str | None:
    """Return ``2025``, or ``2021/2025``: the years of the sales."""
    column = "date_mutation"
    years: set[str] = set()
    for path in paths:
        for batch in read_text(path, Report(), [column]):
            days = dates(batch.column(column), Report(), column)
            years |= {str(year) for year in pc.unique(pc.year(days)).to_pylist() if year}
    return "/".join(sorted({min(years), max(years)})) if years else None


def _batches(paths: Sequence[Path], report: Report) -> Iterator[pa.Table]:
    former = FormerFiles(PLACE_OF_SALE, report, "line of a sale that a former file holds too")
    for path in paths:
        for batch in read_text(path, report):
            report.read += batch.num_rows
            yield former.without(identified(_sales(batch, report), "id_mutation", report))
        former.next_file()


def _sales(batch: pa.Table, report: Report) -> pa.Table:
    columns = {name: batch.column(name) for name in TEXTS}
    columns["code_type_local"] = _whole(columns["code_type_local"])
    columns |= {name: numbers(batch.column(name), report, name) for name in NUMBERS}
    columns["date_mutation"] = dates(batch.column("date_mutation"), report, "date_mutation")
    columns["code_commune"] = restore_codes(batch.column("code_commune"), COMMUNE, report)
    rooms = "nombre_pieces_principales"
    columns[rooms] = integers(batch.column(rooms), report, rooms)
    lon, lat = (numbers(batch.column(n), report, n) for n in ("longitude", "latitude"))
    columns[GEOMETRY] = points(lon, lat, report, "sale without a position kept")
    return pa.table(columns)


def _whole(codes: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return ``2`` for the ``2.0`` that a data frame writes."""
    return pc.replace_substring_regex(codes, r"\.0+$", "")


SOURCE = Source(
    id="dvf",
    title="DVF géolocalisé (DGFiP, Etalab)",
    layers=("sales",),
    read=read,
    address=address,
    hint="Get « Demandes de valeurs foncières géolocalisées » from "
    "files.data.gouv.fr/geo-dvf/latest/csv and import the CSV of each year. There is none for "
    "Bas-Rhin, Haut-Rhin, Moselle (livre foncier) and Mayotte.",
)
