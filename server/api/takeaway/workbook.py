"""XLSX: the measures, the sources and the limits, each on a sheet."""

from __future__ import annotations

import io
from typing import Any

import xlsxwriter

from layers.records import Text
from server.api.takeaway.spreadsheet import COLUMNS, YES
from server.api.takeaway.taken import LIMIT_TITLES, SOURCE_TITLES, TITLES, WARNING, Taken
from server.indicators.worksheet import OPTIONS

SHEETS = {"fr": ("Mesures", "Sources", "Limites"), "en": ("Measures", "Sources", "Limits")}
WIDTHS = {"name": 44, "why": 60, "title": 50, "pitfalls": 80, "formula": 50, "thresholds": 50,
          "source": 50, "producer": 30, "licence": 30, "vintage": 18}  # fmt: skip
BASIS = Text(fr="Périmètre", en="Perimeter")
LICENCE = Text(fr="Licence de l'ensemble", en="Licence of the whole")
UNKNOWN = Text(fr="à vérifier source par source", en="to be checked source by source")


def write(taken: Taken) -> bytes:
    """Return a workbook in the reader's language; fictitious data says so in its first line."""
    sink = io.BytesIO()
    book = xlsxwriter.Workbook(sink, OPTIONS)
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    parts = (
        ({name: TITLES[name] for name in COLUMNS}, taken.rows()),
        (SOURCE_TITLES, taken.sources()),
        (LIMIT_TITLES, taken.limits()),
    )
    for title, (titles, rows) in zip(SHEETS[taken.lang], parts, strict=True):
        _write_sheet(book.add_worksheet(title), titles, rows, taken, bold)
    book.close()
    return sink.getvalue()


def _write_sheet(
    sheet: Any, titles: dict[str, Text], rows: list[dict[str, Any]], taken: Taken, bold: Any
) -> None:
    top = _heading(taken)
    for number, line in enumerate(top):
        sheet.write_string(number, 0, line, bold if number == 0 else None)
    for column, (name, title) in enumerate(titles.items()):
        sheet.set_column(column, column, WIDTHS.get(name, 13))
        sheet.write_string(len(top), column, taken.say(title) or "", bold)
        for number, found in enumerate(rows, start=len(top) + 1):
            _write_cell(sheet, number, column, found[name], taken)
    sheet.freeze_panes(len(top) + 1, 0)
    sheet.autofilter(len(top), 0, len(top) + len(rows), len(titles) - 1)


def _heading(taken: Taken) -> list[str]:
    area, say = taken.area, taken.say
    basis = area.basis[0 if taken.lang == "fr" else 1]
    lines = [
        f"{say(BASIS)} : {area.name} ({area.insee}), {basis}",
        f"{say(LICENCE)} : {taken.licence or say(UNKNOWN)}",
    ]
    return [say(WARNING) or "", *lines] if area.fictitious else lines


def _write_cell(sheet: Any, row: int, column: int, value: Any, taken: Taken) -> None:
    """Write a number as a number and a text as a text: a code keeps its zeros."""
    if isinstance(value, bool):
        sheet.write_string(row, column, YES[taken.lang][value])
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    elif value is not None:
        sheet.write_string(row, column, str(value))
