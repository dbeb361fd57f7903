"""A measure is never a bare number."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from layers.catalogue import Layer
from server.indicators.themes import theme_title

Evidence = Literal["constaté", "croisé", "estimé"]
Gathered = Literal["median", "sum", "inverse-geometric-mean"]


@dataclass(frozen=True)
class Withheld:
    """Why a value is not given: a word for programs, a sentence for readers."""

    reason: str
    fr: str
    en: str


@dataclass(frozen=True)
class Outcome:
    """What an indicator's function finds.

    Attributes:
        value: in the indicator's unit (percentages on 0-100).
        numerator, denominator: what it was made of, where it is a ratio.
        n: observations behind it, compared with the indicator's minimum.
        coverage: share (0-100) of the rows concerned that could be used.
        imputed_share: share (0-100) of the denominator that the producer estimated.
        interval: 95 % confidence interval, where the value is a sample's.
        counted: rows used, by layer.
        evidence: how sure the value is, where the layer tells better than the indicator's text.
        withheld: why the value is not given, where the rest (an interval) may be.
        details: further figures for the explanation.
        terms: what each row of the first layer counted adds to ``numerator`` or ``denominator``,
            or its ``value`` (see ``gathered``); arrays in the order of the rows.
        more_terms: the same of the second layer counted.
        gathered: how the rows' ``value`` give that of the indicator: their median, their sum, or
            the inverse of their geometric mean.
    """

    value: float
    n: int
    numerator: float | None = None
    denominator: float | None = None
    coverage: float | None = None
    imputed_share: float | None = None
    interval: tuple[float, float] | None = None
    counted: tuple[tuple[Layer, Any], ...] = ()
    evidence: Evidence | None = None
    withheld: Withheld | None = None
    details: dict[str, Any] = field(default_factory=dict)
    terms: dict[str, Any] = field(default_factory=dict)
    more_terms: dict[str, Any] = field(default_factory=dict)
    gathered: Gathered = "median"

    def terms_of(self, rank: int) -> dict[str, Any]:
        """Return the terms of the rows of a layer counted, by its rank."""
        return (self.terms, self.more_terms)[rank] if rank < 2 else {}


@dataclass(frozen=True)
class Measure:
    """An indicator's answer on one perimeter; the keys are a stable surface."""

    id: str
    code: str
    value: float | None
    unit: str
    numerator: float | None
    denominator: float | None
    n: int | None
    coverage: float | None
    imputed_share: float | None
    interval: tuple[float, float] | None
    vintages: dict[str, str | None]
    evidence: Evidence
    withheld: Withheld | None
    fictitious: bool


def restore(found: dict[str, Any]) -> Measure:
    """Return the measure that a JSON object tells."""
    interval, withheld = found["interval"], found["withheld"]
    whole = {
        "interval": tuple(interval) if interval else None,
        "withheld": Withheld(**withheld) if withheld else None,
    }
    return Measure(**{**found, **whole})


class WithheldError(Exception):
    """An indicator cannot be given on this perimeter; evaluation turns it into a measure."""

    def __init__(self, withheld: Withheld) -> None:
        super().__init__(withheld.en)
        self.withheld = withheld


def missing_layer(theme: str) -> WithheldError:
    """Return the refusal when nobody has shared a layer."""
    title = theme_title(theme)
    return WithheldError(
        Withheld(
            "missing-layer",
            f"Aucune couche « {title.fr} » n'est publiée pour cette ville.",
            f"No “{title.en}” layer is published for this town.",
        )
    )


def no_data(theme: str) -> WithheldError:
    """Return the refusal when a layer says nothing of the place: missing is not zero."""
    title = theme_title(theme)
    return WithheldError(
        Withheld(
            "no-data",
            f"La couche « {title.fr} » n'a aucune donnée exploitable ici.",
            f"The “{title.en}” layer has no usable data here.",
        )
    )


def missing_column(layer: str, name: str) -> WithheldError:
    """Return the refusal when a layer that a town shares lacks what an indicator reads."""
    return WithheldError(
        Withheld(
            "missing-column",
            f"La couche « {layer} » n'a pas la colonne « {name} ».",
            f"The layer {layer!r} has no column {name!r}.",
        )
    )


def no_boundary(name: str) -> Withheld:
    """Return the reason when the commune's boundary is not published."""
    return Withheld(
        "no-boundary",
        f"La limite communale de {name} n'est pas publiée.",
        f"The boundary of {name} is not published.",
    )


def too_few(n: int, minimum: int) -> Withheld:
    """Return the reason when too few observations would mislead or identify."""
    return Withheld(
        "too-few",
        f"Trop peu d'observations ({n}) : au moins {minimum} sont nécessaires.",
        f"Too few observations ({n}): at least {minimum} are needed.",
    )
