"""An explanation as a worksheet whose formulas an agent can follow and recompute."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from layers.catalogue import Layer
from server.indicators.explanation import explanation, hidden, how, source
from server.indicators.measures import Measure, Outcome
from server.indicators.perimeters import Perimeter
from server.indicators.registry import Indicator

MAX_ROWS = 50_000
SCALES = (1.0, 100.0, 1_000.0, 10_000.0)
CLOSE = 1e-9
OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
           "nan_inf_to_errors": True}  # fmt: skip
TERMS = {"numerator": "au numérateur / in the numerator",
         "denominator": "au dénominateur / in the denominator",
         "value": "valeur de la ligne / value of the row"}  # fmt: skip


@dataclass
class Sheets:
    """The sheets of rows: where each column of a layer lies, as a range of cells."""

    ranges: dict[tuple[str, str], str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)


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
        terms = outcome.terms if outcome and number == 1 else {}
        _write_rows(book, f"Lignes {number}", layer, np.asarray(positions), terms, sheets)
    _write_about(about, told)
    _write_measure(sheet, measure, outcome, sheets)
    _write_sources(book.add_worksheet("Sources"), outcome)
    book.close()
    return sink.getvalue()


def _write_about(sheet: Any, told: dict[str, Any]) -> None:
    text, area = told["indicator"], told["perimeter"]
    rows = [
        ("Indicateur / Indicator", f"{text['code']} {text['name']['fr']} / {text['name']['en']}"),
        ("Périmètre / Perimeter", f"{area['name']} ({area['id']}) : {' / '.join(area['basis'])}"),
        ("Formule / Formula", text["formula"]),
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


def _write_measure(sheet: Any, measure: Measure, outcome: Outcome | None, sheets: Sheets) -> None:
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
            cells[name] = f"B{number + 1}"
            formula = _part_formula(outcome, name, float(value), sheets)
            _write_line(sheet, number, name, formula, float(value))
    formula = _value_formula(outcome, measure, cells, sheets)
    _write_line(sheet, len(cells) + 1, f"value ({measure.unit})", formula, measure.value)


def _write_line(sheet: Any, row: int, name: str, formula: str | None, value: float) -> None:
    sheet.write_string(row, 0, name)
    sheet.write_number(row, 2, value)
    if formula is None:
        sheet.write_string(row, 3, "pas de formule simple : voir la méthode / see the method")
        sheet.write_number(row, 1, value)
        return
    sheet.write_formula(row, 1, formula, None, value)
    sheet.write_formula(row, 3, f"=B{row + 1}-C{row + 1}", None, 0)


def _part_formula(outcome: Outcome, part: str, value: float, sheets: Sheets) -> str | None:
    told = how(outcome, part, value)
    if told["function"] == "sum":
        cells = sheets.ranges.get((told["layer"], _heading(outcome, told["column"])))
        return f"=SUM({cells})" if cells else None
    if told["function"] == "count" and told["layer"] in sheets.counts:
        first = next(r for (layer, _), r in sheets.ranges.items() if layer == told["layer"])
        return f"=ROWS({first})"
    return None


def _value_formula(
    outcome: Outcome, measure: Measure, cells: dict[str, str], sheets: Sheets
) -> str | None:
    """Return the ratio, the part or the median that gives the value, None where none does."""
    value = float(measure.value or 0)
    if "value" in outcome.terms:
        rows = sheets.ranges.get((outcome.counted[0][0].id, TERMS["value"]))
        return f"=MEDIAN({rows})" if rows else None
    part, whole = measure.numerator, measure.denominator
    if part is not None and whole:
        scale = next((s for s in SCALES if _close(s * part / whole, value)), None)
        return f"={scale:g}*{cells['numerator']}/{cells['denominator']}" if scale else None
    same = {name: getattr(measure, name) for name in cells}
    equal = next((n for n, v in same.items() if v is not None and _close(float(v), value)), None)
    if equal:
        return f"={cells[equal]}"
    return _part_formula(outcome, "value", value, sheets)


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


def _heading(outcome: Outcome, column: str) -> str:
    return TERMS[column] if column in outcome.terms else column


def _close(a: float, b: float) -> bool:
    return abs(a - b) <= CLOSE * max(1.0, abs(b))
