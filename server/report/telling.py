"""Findings in words: names, reasons, sources."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from server.indicators.measures import Measure, Withheld
from server.indicators.perimeters import Perimeter
from server.indicators.registry import IndicatorText, indicators
from server.report.findings import Findings
from server.report.words import Words

SQUARE_METRES = 10_000


@dataclass(frozen=True)
class Teller:
    """Findings and the words of a language."""

    found: Findings
    words: Words

    def text(self, name: str) -> IndicatorText:
        """Return the text of an indicator."""
        return indicators()[name].text

    def name(self, name: str) -> str:
        """Return the name of an indicator."""
        return self.words.pick(self.text(name).name)

    @property
    def area_name(self) -> str:
        """The name of the perimeter that the report is about."""
        return self.perimeter(self.found.area)

    def perimeter(self, area: Perimeter) -> str:
        """Return the name of a perimeter in the language; those that towns share keep theirs."""
        known = {"commune": "whole_commune", "centre": "default_centre"}
        return self.words(known[area.kind]) if area.kind in known else area.name

    def hectares(self, area: Perimeter) -> str:
        """Return the size of a perimeter, without its unit."""
        size = area.projected.area / SQUARE_METRES
        return self.words.number(size, 0 if size >= 10 else 1)

    def reason(self, withheld: Withheld) -> str:
        """Return why a value is not given."""
        return self.words.pick(withheld)

    def reasons(self, measures: Iterable[Measure]) -> list[tuple[str, list[str]]]:
        """Return each reason with the names of the indicators that it withholds."""
        grouped: dict[str, list[str]] = {}
        for one in measures:
            if one.withheld is not None:
                grouped.setdefault(self.reason(one.withheld), []).append(self.name(one.id))
        return list(grouped.items())

    def missing(self, measures: Iterable[Measure]) -> tuple[tuple[str, str], ...]:
        """Return reasons as items of a list."""
        return tuple(
            ("", self.words("missing_of", reason=reason.rstrip("."), names=", ".join(names)))
            for reason, names in self.reasons(measures)
        )

    def sources(self, measure: Measure) -> str:
        """Return the layers behind a measure, each with its vintage."""
        named = {layer.id: layer for layer in self.found.layers}
        told = []
        for layer, vintage in measure.vintages.items():
            title = self.words.pick(named[layer].record.title) if layer in named else layer
            told.append(f"{title} ({vintage or self.words('no_vintage')})")
        return ", ".join(told)

    def vintages(self, measure: Measure) -> str:
        """Return the vintages behind a measure, each once."""
        known = {vintage or self.words("no_vintage") for vintage in measure.vintages.values()}
        return ", ".join(sorted(known))
