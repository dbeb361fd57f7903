"""CSV that a French spreadsheet opens by a double click: semicolons, decimal comma, a BOM."""

from __future__ import annotations

import csv
import io
from typing import Any

from server.api.takeaway.taken import TITLES, Taken

COLUMNS = (
    "insee", "town", "perimeter", "code", "name", "value", "unit", "low", "high", "numerator",
    "denominator", "n", "coverage", "imputed_share", "vintage", "evidence", "why", "fictitious",
)  # fmt: skip
YES = {"fr": ("non", "oui"), "en": ("no", "yes")}


def as_csv(taken: Taken) -> bytes:
    """Return CSV with titles in the reader's language; a missing value is an empty cell."""
    sink = io.StringIO()
    writer = csv.writer(sink, delimiter=";")
    writer.writerow([taken.say(TITLES[name]) for name in COLUMNS])
    for found in taken.rows():
        writer.writerow([_cell(found[name], taken) for name in COLUMNS])
    return sink.getvalue().encode("utf-8-sig")


def _cell(value: Any, taken: Taken) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return YES[taken.lang][value]
    if isinstance(value, str):
        # A spreadsheet would run a shared name such as "=HYPERLINK(…)".
        return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
    return f"{value:.12g}".replace(".", ",")
