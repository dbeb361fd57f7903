"""The measures of a perimeter as files: a row per indicator, missing ones with their reason."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import geopandas as gpd
import pandas as pd
import xlsxwriter

from server.compute.rows import ATTRIBUTES, row
from server.indicators.measures import Measure
from server.indicators.perimeters import Perimeter
from server.indicators.registry import indicators

Language = Literal["fr", "en"]
NAME = {"fr": "Indicateur", "en": "Indicator"}
SOURCE = {"fr": "Source", "en": "Source"}
REASON = {"fr": "Pourquoi la valeur manque", "en": "Why the value is missing"}
INVENTED = {"fr": "Données fictives", "en": "Fictitious data"}
YES = {"fr": "oui", "en": "yes"}
# Excel takes a file for UTF-8 only if it starts so.
BOM = "\ufeff"


def as_csv(area: Perimeter, measures: Sequence[Measure], lang: Language) -> bytes:
    """Return CSV; in French with ``;`` and decimal commas, as spreadsheets there expect."""
    french = lang == "fr"
    sink = io.StringIO()
    writer = csv.writer(sink, delimiter=";" if french else ",", lineterminator="\r\n")
    for line in _lines(area, measures, lang):
        writer.writerow([_text(cell, french) for cell in line])
    return (BOM + sink.getvalue()).encode()


def as_xlsx(area: Perimeter, measures: Sequence[Measure], lang: Language) -> bytes:
    """Return a workbook with one sheet; numbers are numbers, missing cells empty."""
    sink = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(sink, options)
    sheet = book.add_worksheet(NAME[lang])
    bold = book.add_format({"bold": True})
    for number, line in enumerate(_lines(area, measures, lang)):
        for column, cell in enumerate(line):
            if cell is not None:
                sheet.write(number, column, cell, bold if number == 0 else None)
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 20, 16)
    book.close()
    return sink.getvalue()


def as_geopackage(area: Perimeter, measures: Sequence[Measure], lang: Language) -> bytes:
    """Return a GeoPackage: layer ``perimeter``, one polygon, and table ``measures``."""
    heads, *lines = _lines(area, measures, lang)
    shape = {"insee": [area.insee], "name": [area.name], "basis": [area.basis[lang == "en"]]}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "measures.gpkg"
        gpd.GeoDataFrame(shape, geometry=[area.area], crs="OGC:CRS84").to_file(
            path, layer="perimeter", driver="GPKG", engine="pyogrio"
        )
        table = gpd.GeoDataFrame(pd.DataFrame(lines, columns=heads))
        table.to_file(path, layer="measures", driver="GPKG", engine="pyogrio", mode="a")
        return path.read_bytes()


def _lines(area: Perimeter, measures: Sequence[Measure], lang: Language) -> list[list[Any]]:
    """Return heads, then a line per measure."""
    known = indicators()
    titles = [getattr(attribute.title, lang) for attribute in ATTRIBUTES]
    heads = [NAME[lang], *titles, REASON[lang], SOURCE[lang], INVENTED[lang]]
    lines = []
    for one in measures:
        text = known[one.id].text
        cells = row(area.insee, area.name, area.id, one)
        reason = getattr(one.withheld, lang) if one.withheld else None
        invented = YES[lang] if one.fictitious else None
        lines.append([getattr(text.name, lang), *cells.values(), reason, text.source, invented])
    return [heads, *lines]


def _text(cell: Any, french: bool) -> str:
    if cell is None:
        return ""
    text = str(cell)
    return text.replace(".", ",") if french and isinstance(cell, float) else text
