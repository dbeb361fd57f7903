"""Any delimited text as a table: values typed, and placed where columns hold coordinates."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from layers.coordinates import Place, Survey, points
from layers.delimited import read_text
from layers.errors import ReadError
from layers.inference import text_types, typed
from layers.records import AttributeType, kebab
from layers.report import Report
from layers.tables import Table


def read_delimited(path: Path) -> Table:
    """Return the rows of a delimited file, having read it once to learn its types.

    The CRS is that of the values: degrees where columns say longitude and latitude and values
    agree, Lambert-93 where those of ``x`` and ``y`` fit, which the report tells; None where it is
    ambiguous. Without coordinates the table has no geometry.

    Raises:
        ReadError: no delimited text, or no row.
    """
    survey = Survey()
    types = text_types(survey.seen(read_text(path, Report())))
    if not survey.rows:
        raise ReadError(f"{path} holds no row below its header: check the export.")
    report = Report()
    stem = Path(path.name.removesuffix(".gz")).stem
    table = Table(
        kebab(stem),
        batches=(),
        crs=survey.crs(report),
        geometry_name=survey.geometry_name(types),
        report=report,
        title=stem,
        geometry=survey.geometry,
    )
    table.batches = _batches(path, types, survey.place, table)
    return table


def _batches(
    path: Path, types: dict[str, AttributeType], place: Place | None, table: Table
) -> Iterator[pa.Table]:
    report = table.report
    for batch in read_text(path, report):
        report.read += batch.num_rows
        columns = {
            name: typed(batch.column(name), name, kind, report)
            for name, kind in types.items()
            if name != table.geometry_name
        }
        if place and table.geometry_name:
            columns[table.geometry_name] = points(batch, place, report)
        yield pa.table(columns)
