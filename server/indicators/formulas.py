"""Worksheet formulas that recompute a measure from the rows that were counted."""

from __future__ import annotations

from dataclasses import dataclass, field

from server.indicators.explanation import how, recipe
from server.indicators.measures import Measure, Outcome

GATHER = {"median": "=MEDIAN({})", "sum": "=SUM({})", "inverse-geometric-mean": "=1/GEOMEAN({})"}
TERMS = {"numerator": "au numérateur / in the numerator",
         "denominator": "au dénominateur / in the denominator",
         "value": "valeur de la ligne / value of the row"}  # fmt: skip


@dataclass
class Sheets:
    """The sheets of rows: where each column of a layer lies, as a range of cells."""

    ranges: dict[tuple[str, str], str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)


def part_formula(outcome: Outcome, part: str, value: float, sheets: Sheets) -> str | None:
    """Return the sum or count of rows that gives a part, None where no rows do."""
    told = how(outcome, part, value)
    if told["function"] == "sum":
        cells = sheets.ranges.get((told["layer"], TERMS.get(told["column"], told["column"])))
        return f"=SUM({cells})" if cells else None
    if told["function"] == "count" and told["layer"] in sheets.counts:
        first = next(r for (layer, _), r in sheets.ranges.items() if layer == told["layer"])
        return f"=ROWS({first})"
    return None


def whole_formula(measure: Measure, cells: dict[str, str]) -> str | None:
    """Return n as a whole number of the denominator, where it is one."""
    whole, n = measure.denominator, measure.n
    if whole is None or n is None or whole < 1:
        return None
    cell = cells["denominator"]
    return next((text for text, number in ((f"=ROUND({cell},0)", round(whole)),
                                           (f"=INT({cell})", int(whole))) if number == n),
                None)  # fmt: skip


def value_formula(
    outcome: Outcome, measure: Measure, cells: dict[str, str], sheets: Sheets
) -> str | None:
    """Return the step that gives the value: of its rows, its parts or a column; None without."""
    told = recipe(measure, outcome)
    if told is None:
        return part_formula(outcome, "value", float(measure.value or 0), sheets)
    if told["function"] in GATHER:
        rows = sheets.ranges.get((outcome.counted[0][0].id, TERMS["value"]))
        return GATHER[told["function"]].format(rows) if rows else None
    if told["function"] == "ratio":
        return f"={told['scale']:g}*{cells['numerator']}/{cells['denominator']}"
    return f"={cells[told['function']]}"
