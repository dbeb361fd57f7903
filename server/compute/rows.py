"""Measures as rows of a table: one row per town, perimeter and indicator."""

from __future__ import annotations

from typing import Any

from layers.records import Attribute, Text
from server.indicators.measures import Measure


def _attribute(name: str, kind: Any, fr: str, en: str, unit: str | None = None) -> Attribute:
    return Attribute(name=name, type=kind, title=Text(fr=fr, en=en), unit=unit)


ATTRIBUTES = (
    _attribute("insee", "string", "Code INSEE de la commune", "INSEE code of the commune"),
    _attribute("town", "string", "Nom de la commune", "Name of the commune"),
    _attribute("perimeter", "string", "Périmètre", "Perimeter"),
    _attribute("id", "string", "Identifiant de l'indicateur", "Id of the indicator"),
    _attribute("code", "string", "Code de l'indicateur", "Code of the indicator"),
    _attribute("value", "number", "Valeur, dans l'unité", "Value, in the unit"),
    _attribute("unit", "string", "Unité", "Unit"),
    _attribute("numerator", "number", "Numérateur", "Numerator"),
    _attribute("denominator", "number", "Dénominateur", "Denominator"),
    _attribute("n", "integer", "Observations", "Observations"),
    _attribute("coverage", "number", "Part des lignes utilisables", "Share of usable rows", "%"),
    _attribute("imputed_share", "number", "Part estimée par le producteur",
               "Share estimated by the producer", "%"),
    _attribute("low", "number", "Borne basse à 95 %", "Lower bound at 95%"),
    _attribute("high", "number", "Borne haute à 95 %", "Upper bound at 95%"),
    _attribute("vintage", "string", "Millésimes des couches", "Vintages of the layers"),
    _attribute("evidence", "string", "Niveau de preuve", "Level of evidence"),
    _attribute("withheld", "string", "Motif d'absence de valeur", "Reason why there is no value"),
)  # fmt: skip


def row(insee: str, town: str, perimeter: str, measure: Measure) -> dict[str, Any]:
    """Return a measure as a row with the columns of ATTRIBUTES."""
    low, high = measure.interval or (None, None)
    vintages = sorted({v for v in measure.vintages.values() if v})
    return {
        "insee": insee, "town": town, "perimeter": perimeter, "id": measure.id,
        "code": measure.code, "value": measure.value, "unit": measure.unit,
        "numerator": measure.numerator, "denominator": measure.denominator, "n": measure.n,
        "coverage": measure.coverage, "imputed_share": measure.imputed_share, "low": low,
        "high": high, "vintage": ", ".join(vintages) or None, "evidence": measure.evidence,
        "withheld": measure.withheld.reason if measure.withheld else None,
    }  # fmt: skip
