"""DVF géolocalisé: the sales of real estate that the DGFiP publishes, one row per premises."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import shapely

from layers.codes import COMMUNE, restore_codes
from layers.delimited import header, number, read_text
from layers.errors import ReadError, did_you_mean
from layers.readers import Source
from layers.report import Report
from layers.tables import GEOMETRY, Table

TEXTS = ("id_mutation", "nature_mutation", "id_parcelle", "code_type_local", "type_local")
NUMBERS = ("valeur_fonciere", "surface_reelle_bati", "surface_terrain")
COLUMNS = (*TEXTS, *NUMBERS, "date_mutation", "code_commune", "nombre_pieces_principales",
           "longitude", "latitude")  # fmt: skip
YEARS = 5


def read(paths: Sequence[Path]) -> Iterable[Table]:
    """Return the layer ``sales``: one feature per row of the files, official column names.

    Raises:
        ReadError: a file lacks columns of the official layout.
    """
    for path in paths:
        _check(path)
    report = Report()
    return [Table("sales", _batches(paths, report), "OGC:CRS84", report=report)]


def address(insee: str) -> list[str]:
    """Return the addresses of a commune's files of the last five full years."""
    folder = insee[:3] if insee.startswith("97") else insee[:2]
    last = datetime.now(UTC).year - 1
    root = "https://files.data.gouv.fr/geo-dvf/latest/csv"
    years = range(last - YEARS + 1, last + 1)
    return [f"{root}/{year}/communes/{folder}/{insee}.csv" for year in years]


def _check(path: Path) -> None:
    names = header(path)
    for column in COLUMNS:
        if column not in names:
            hint = did_you_mean(column, names)
            raise ReadError(f"{path.name} is not DVF géolocalisé: no column {column!r}.{hint}")


def _batches(paths: Sequence[Path], report: Report) -> Iterator[pa.Table]:
    for path in paths:
        for batch in read_text(path, report):
            report.read += batch.num_rows
            yield _sales(batch, report)


def _sales(batch: pa.Table, report: Report) -> pa.Table:
    columns = {name: batch.column(name) for name in TEXTS}
    columns |= {name: number(batch.column(name)) for name in NUMBERS}
    columns["date_mutation"] = batch.column("date_mutation").cast(pa.date32())
    columns["code_commune"] = restore_codes(batch.column("code_commune"), COMMUNE, report)
    rooms = number(batch.column("nombre_pieces_principales"))
    columns["nombre_pieces_principales"] = rooms.cast(pa.int64())
    x, y = (number(batch.column(name)) for name in ("longitude", "latitude"))
    lost = pc.or_(pc.is_null(x), pc.is_null(y))
    report.repair("sale without a position kept", pc.sum(lost).as_py() or 0)
    points = shapely.points(x.to_numpy(), y.to_numpy())
    points[lost.to_numpy()] = None
    columns[GEOMETRY] = pa.array(shapely.to_wkb(points), pa.binary())
    return pa.table(columns)


SOURCE = Source(
    id="dvf",
    title="DVF géolocalisé (DGFiP, Etalab)",
    layers=("sales",),
    read=read,
    address=address,
    hint="No data for Alsace-Moselle and Mayotte. By hand: files.data.gouv.fr/geo-dvf/latest/csv.",
)
