"""An explanation as a worksheet whose formulas an agent can follow and recompute."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from layers.catalogue import Layer
from server.indicators.explanation import explanation, hidden, is_close, source
from server.indicators.formulas import (
    TERMS,
    Sheets,
    part_formula,
    value_formula,
    whole_formula,
)
from server.indicators.measures import Measure, Outcome
from server.indicators.perimeters import Perimeter
from server.indicators.registry import Indicator

MAX_ROWS = 50_000
M2_PER_HA = 10_000
OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
           "nan_inf_to_errors": True}  # fmt: skip
SEE_METHOD = "pas de formule simple : voir la méthode / see the method"
AREA = "surface du périmètre / area of the perimeter"
HIDDEN = "lignes non montrées, secret ou accès restreint / rows not shown: secrecy or access"


def worksheet(
    one: Indicator, perimeter: Perimeter, measure: Measure, outcome: Outcome | None
) -> bytes:
    """Return an XLSX file: what it is, the measure with live formulas, the rows, the sources."""
    sink = io.BytesIO()
    book = xlsxwriter.Workbook(sink, OPTIONS)
    told = explanation(one, perimeter, measure, outcome)
    about, sheet = book.add_worksheet("Lisez-moi"), book.add_worksheet("Mesure")
    sheets = Sheets()
    for number, (layer, positions) in enumerate(outcome.counted if outcome else (), start=1):
        terms = outcome.terms_of(number - 1) if outcome else {}
        _write_rows(book, f"Lignes {number}", layer, np.asarray(positions), terms, sheets)
    _write_about(about, told)
    _write_measure(sheet, perimeter, measure, outcome, sheets)
    _write_sources(book.add_worksheet("Sources"), outcome)
    book.close()
    return sink.getvalue()


def _write_about(sheet: Any, told: dict[str, Any]) -> None:
    text, area = told["indicator"], told["perimeter"]
    rows = [
        ("Indicateur / Indicator", f"{text['code']} {text['name']['fr']} / {text['name']['en']}"),
        ("Périmètre / Perimeter", f"{area['name']} ({area['id']}) : {' / '.join(area['basis'])}"),
        ("Formule", text["formula_fr"] or text["formula"]),
        ("Formula", text["formula"]),
        ("Méthode", text["method"]["fr"]),
        ("Method", text["method"]["en"]),
        *((f"Limites ({name})", limit[name]) for limit in told["limits"] for name in limit),
        ("À vérifier sur place", told["next_check"]["fr"]),
        ("Next field check", told["next_check"]["en"]),
        ("Licence du résultat / of the result", told["licence"] or ""),
    ]
    if told["measure"].fictitious:
        rows.insert(0, ("Données fictives", "Ville inventée / Invented town"))
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 110)
    for number, (name, value) in enumerate(rows):
        sheet.write_string(number, 0, name)
        sheet.write_string(number, 1, value)


def _write_measure(
    sheet: Any, perimeter: Perimeter, measure: Measure, outcome: Outcome | None, sheets: Sheets
) -> None:
    """Write each part as a formula on the rows where one gives it, and compare with the answer."""
    header = ("", "Calculé ici / Computed here", "Publié / Published", "Écart / Difference")
    for column, name in enumerate(header):
        sheet.write_string(0, column, name)
    sheet.set_column(0, 3, 30)
    if outcome is None or measure.value is None:
        reason = measure.withheld
        sheet.write_string(1, 0, f"{reason.fr} / {reason.en}" if reason else "")
        return
    parts = {"numerator": measure.numerator, "denominator": measure.denominator,
             "n": measure.n}  # fmt: skip
    cells: dict[str, str] = {}
    for name, value in parts.items():
        if value is not None:
            number = len(cells) + 1
            formula = part_formula(outcome, name, float(value), sheets)
            if name == "n" and formula is None:
                formula = whole_formula(measure, cells)
            why = _unexplained(perimeter, outcome, float(value))
            _write_line(sheet, number, name, formula, float(value), why)
            cells[name] = f"B{number + 1}"
    formula = value_formula(outcome, measure, cells, sheets)
    unit = f"value ({measure.unit})"
    _write_line(sheet, len(cells) + 1, unit, formula, measure.value, SEE_METHOD)


def _write_line(
    sheet: Any, row: int, name: str, formula: str | None, value: float, reason: str
) -> None:
    sheet.write_string(row, 0, name)
    sheet.write_number(row, 2, value)
    if formula is None:
        sheet.write_string(row, 3, reason)
        sheet.write_number(row, 1, value)
        return
    sheet.write_formula(row, 1, formula, None, value)
    sheet.write_formula(row, 3, f"=B{row + 1}-C{row + 1}", None, 0)


def _unexplained(perimeter: Perimeter, outcome: Outcome, value: float) -> str:
    """Return what a part is that no rows give."""
    ground = perimeter.projected.area
    if any(is_close(value, area) for area in (ground, ground / M2_PER_HA)):
        return AREA
    secret = any(hidden(layer) is not None for layer, _ in outcome.counted)
    return HIDDEN if secret else SEE_METHOD


def _write_rows(
    book: Any, name: str, layer: Layer, positions: np.ndarray, terms: dict[str, Any],
    sheets: Sheets,
) -> None:  # fmt: skip
    """Write the rows of a layer and what each adds to the parts; those that are secret are not."""
    sheet = book.add_worksheet(name)
    reason = hidden(layer)
    if reason is not None or len(positions) > MAX_ROWS or not len(positions):
        many = {"fr": f"{len(positions)} lignes", "en": f"{len(positions)} rows"}
        said = reason or many
        sheet.write_string(0, 0, f"{layer.id} : {said['fr']} / {said['en']}")
        return
    names = [layer.index.id_field, *layer.index.attribute_names]
    table = layer.index.rows(positions, list(dict.fromkeys(names)))
    columns = {column: table.column(column).to_pylist() for column in table.column_names}
    columns |= {TERMS[key]: np.asarray(values, float).tolist() for key, values in terms.items()}
    for number, (heading, values) in enumerate(columns.items()):
        sheet.write_string(0, number, heading)
        for row, value in enumerate(values, start=1):
            _write_cell(sheet, row, number, value)
        letter = xl_col_to_name(number)
        cells = f"'{name}'!{letter}2:{letter}{len(positions) + 1}"
        sheets.ranges[layer.id, heading] = cells
    sheets.counts[layer.id] = len(positions)
    sheet.freeze_panes(1, 1)


def _write_cell(sheet: Any, row: int, column: int, value: Any) -> None:
    if value is None or value != value:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    else:
        # A code such as 01004 and a text such as =1+1 stay the texts they are.
        sheet.write_string(row, column, str(value))


def _write_sources(sheet: Any, outcome: Outcome | None) -> None:
    names = ("layer", "title", "producer", "licence", "source", "vintage", "version")
    for column, name in enumerate(names):
        sheet.write_string(0, column, name)
    sheet.set_column(0, len(names), 30)
    for row, (layer, _) in enumerate(outcome.counted if outcome else (), start=1):
        told = source(layer)
        told["title"] = f"{told['title']['fr']} / {told['title']['en']}"
        for column, name in enumerate(names):
            sheet.write_string(row, column, str(told[name] or ""))
