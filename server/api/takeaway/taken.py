"""What is taken away: measures on a perimeter, with the texts that make them readable alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from layers.catalogue import Layer
from layers.records import Text
from server.compute.rows import ATTRIBUTES, row
from server.indicators.evaluation import licence
from server.indicators.explanation import source
from server.indicators.measures import Measure
from server.indicators.perimeters import Perimeter
from server.indicators.registry import IndicatorText, indicators

Language = Literal["fr", "en"]
EVIDENCE = {"constaté": "observed", "croisé": "cross-checked", "estimé": "estimated"}
TITLES: dict[str, Text] = {a.name: a.title for a in ATTRIBUTES if a.title} | {
    "name": Text(fr="Indicateur", en="Indicator"),
    "why": Text(fr="Pourquoi la valeur manque", en="Why the value is missing"),
    "fictitious": Text(fr="Données fictives", en="Fictitious data"),
}
WARNING = Text(fr="Données fictives : ville inventée, pour essayer le service.",
               en="Fictitious data: an invented town, to try the service.")  # fmt: skip
SOURCE_TITLES = {
    "title": Text(fr="Couche", en="Layer"),
    "producer": Text(fr="Producteur", en="Producer"),
    "licence": Text(fr="Licence", en="Licence"),
    "source": Text(fr="Adresse", en="Address"),
    "vintage": Text(fr="Millésime", en="Vintage"),
    "version": Text(fr="Version", en="Version"),
    "fictitious": TITLES["fictitious"],
}
LIMIT_TITLES = {
    "code": Text(fr="Code", en="Code"),
    "name": TITLES["name"],
    "formula": Text(fr="Formule", en="Formula"),
    "pitfalls": Text(fr="Limites", en="Limits"),
    "thresholds": Text(fr="Repères", en="Reading aids"),
    "source": Text(fr="Source", en="Source"),
}


@dataclass(frozen=True)
class Taken:
    """Measures on a perimeter, the layers by id, and the language of the reader."""

    area: Perimeter
    measures: list[Measure]
    layers: dict[str, Layer]
    lang: Language

    def say(self, text: Text | None) -> str | None:
        """Return a text in the reader's language."""
        return None if text is None else str(getattr(text, self.lang))

    def rows(self) -> list[dict[str, Any]]:
        """Return one row per measure, with the keys of TITLES; missing is None."""
        return [self._row(measure) for measure in self.measures]

    def sources(self) -> list[dict[str, Any]]:
        """Return the layers counted, with the keys of SOURCE_TITLES."""
        told = [source(layer) for layer in self._counted()]
        return [{**one, "title": one["title"][self.lang]} for one in told]

    def limits(self) -> list[dict[str, Any]]:
        """Return how to read each indicator, with the keys of LIMIT_TITLES."""
        return [
            {"code": text.code, "name": self.say(text.name), "formula": text.formula_in(self.lang),
             "pitfalls": self.say(text.pitfalls), "thresholds": self.say(text.thresholds),
             "source": text.source}
            for text in self._texts()
        ]  # fmt: skip

    @property
    def licence(self) -> str | None:
        """Return the licence under which the whole may be given on."""
        return licence(self._counted())

    def _row(self, measure: Measure) -> dict[str, Any]:
        reason, text = measure.withheld, indicators()[measure.id].text
        found = row(self.area.insee, self.area.name, self.area.id, measure)
        return found | {
            "name": self.say(text.name),
            "why": None if reason is None else getattr(reason, self.lang),
            "fictitious": measure.fictitious,
            "evidence": EVIDENCE[measure.evidence] if self.lang == "en" else measure.evidence,
        }

    def _texts(self) -> Iterator[IndicatorText]:
        return (indicators()[measure.id].text for measure in self.measures)

    def _counted(self) -> list[Layer]:
        ids = sorted({layer for measure in self.measures for layer in measure.vintages})
        return [self.layers[layer] for layer in ids if layer in self.layers]
