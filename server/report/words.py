"""The words of the report: ``config/report.yml``, numbers, units, dates, typography."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from babel.dates import format_date
from babel.numbers import format_decimal

from layers.records import Frozen, Text
from server.indicators.choices import read
from server.indicators.measures import Measure, Withheld

HARD = "\u00a0"  # a space that never breaks
# Units that count, and so are never given decimals when large; the others are ratios.
TWO_DECIMALS = ("0-1", "ratio")
# French puts a space before these, which must not start a line.
_BEFORE = re.compile(r"[ \u202f]([:;!?%‰€»])")
_AFTER = re.compile(r"« ")
_THOUSANDS = re.compile(r"(?<=\d)[ \u202f](?=\d{3}(?!\d))")


class ReportWords(Frozen):
    """``config/report.yml``.

    Attributes:
        texts: by name, with ``{places}`` for values.
        units: the units of ``config/indicators`` as readers read them.
    """

    texts: dict[str, Text]
    units: dict[str, Text]


@cache
def report_words() -> ReportWords:
    """Return ``config/report.yml``; a mistake in it raises RecordError."""
    return read("report.yml", ReportWords)


@dataclass(frozen=True)
class Words:
    """The words of one language, ``fr`` or ``en``."""

    language: str

    def __call__(self, key: str, /, **values: object) -> str:
        """Return a text of ``config/report.yml`` with its values."""
        return self.pick(report_words().texts[key]).format(**values)

    def pick(self, text: Text | Withheld | dict[str, str]) -> str:
        """Return a text in the language, typeset."""
        found = text[self.language] if isinstance(text, dict) else getattr(text, self.language)
        return self.typeset(str(found))

    def typeset(self, text: str) -> str:
        """Return a text whose French spaces do not break."""
        if self.language != "fr":
            return text
        text = _THOUSANDS.sub(HARD, _BEFORE.sub(HARD + r"\1", text))
        return _AFTER.sub(f"«{HARD}", text)

    def join(self, parts: Iterable[str]) -> str:
        """Return parts of a list of which some hold commas."""
        return f"{HARD}; ".join(parts) if self.language == "fr" else "; ".join(parts)

    def number(self, value: float, decimals: int = 0) -> str:
        """Return a number as the language writes it."""
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        return format_decimal(value, pattern, self.language).replace("\u202f", HARD)

    def quantity(self, value: float, unit: str) -> str:
        """Return a value with its unit; never a bare number."""
        shown = self.number(value, decimals(value, unit))
        return f"{shown}{self.unit(unit)}"

    def share(self, value: float) -> str:
        """Return a percentage (0-100) to the nearest whole one."""
        return f"{self.number(value)}{self.unit('%')}"

    def unit(self, unit: str) -> str:
        """Return a unit as it follows a number, the space before it included."""
        known = report_words().units
        text = self.pick(known[unit]) if unit in known else unit
        tight = self.language == "en" and text.startswith(("%", "‰"))
        return text if tight else HARD + text

    def day(self, when: str | date) -> str:
        """Return a date in words."""
        there = datetime.fromisoformat(when) if isinstance(when, str) else when
        return format_date(there, "long", self.language)

    def value(self, measure: Measure) -> str:
        """Return a measure's value with its unit, or that it is not given."""
        if measure.value is None:
            return self("not_given")
        return self.quantity(measure.value, measure.unit)

    def interval(self, bounds: tuple[float, float], unit: str) -> str:
        """Return a confidence interval with its unit."""
        low, high = bounds
        places = max(decimals(low, unit), decimals(high, unit))
        return self("interval", low=self.number(low, places), high=self.number(high, places),
                    unit=self.unit(unit).strip(HARD))  # fmt: skip


def decimals(value: float, unit: str) -> int:
    """Return how many decimals say a value without false precision."""
    if value == 0:
        return 0
    if unit in TWO_DECIMALS:
        return 2
    if float(value).is_integer() and unit not in ("%", "‰"):
        return 0
    return 0 if abs(value) >= 100 else 1 if abs(value) >= 1 else 2
