"""Tables inside workbooks, which titles and notes precede."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from layers.errors import ReadError
from layers.layouts import Layout
from layers.report import Report


def is_workbook(path: Path) -> bool:
    """Tell an Office workbook, a ZIP of XML, from other files."""
    return zipfile.is_zipfile(path) and path.suffix.lower() in (".xlsx", ".xlsm")


def rows_of(path: Path, layout: Layout, heading: str, report: Report) -> Iterator[pa.Table]:
    """Yield the rows of a workbook, or of a CSV of the same columns, as a layout converts them.

    Args:
        path: either file.
        layout: the columns.
        heading: name of a column of the workbook, see ``sheet``.
        report: counts the rows read.

    Raises:
        ReadError: what ``sheet`` and the layout raise.
    """
    if not is_workbook(path):
        yield from layout.read(path, report)
        return
    rows = sheet(path, heading)
    report.read += rows.num_rows
    found = layout.find(path, rows.column_names, report)
    yield layout.convert(rows, found, report)


def sheet(path: Path, heading: str) -> pa.Table:
    """Return, as text, the rows under the first row of a workbook that holds a heading.

    Args:
        path: the workbook.
        heading: name of a column, alone in its cell; it is looked for in every sheet.

    Raises:
        ReadError: a damaged workbook, or no such row.
    """
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, OSError) as error:
        raise ReadError(f"{path.name} is no readable workbook: {error}.") from error
    try:
        for one in book.worksheets:
            rows = [[_text(cell) for cell in row] for row in one.iter_rows(values_only=True)]
            at = next((i for i, row in enumerate(rows) if heading in row), None)
            if at is not None:
                return _table(rows[at], rows[at + 1 :])
    finally:
        book.close()
    raise ReadError(
        f"{path.name}: no row of any sheet holds {heading!r}, the names of the columns."
    )


def _table(names: list[str | None], rows: list[list[str | None]]) -> pa.Table:
    kept = [row for row in rows if any(row)]
    columns = {
        name: pa.array([row[at] for row in kept], pa.string())
        for at, name in reversed(list(enumerate(names)))
        if name
    }
    return pa.table(columns)


def _text(cell: object) -> str | None:
    text = "" if cell is None else str(cell).strip()
    return text or None
