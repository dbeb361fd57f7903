"""From functions to measures and explanations."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

from layers.catalogue import Catalogue, Layer
from server.indicators.context import Context
from server.indicators.measures import Measure, Outcome, Withheld, WithheldError, too_few
from server.indicators.perimeters import Perimeter
from server.indicators.registry import Indicator, IndicatorText, find, indicators

# Rows of these themes are never shown one by one: a cell may hold few households.
SECRET = ("income-cells",)
MAX_FEATURES = 1_000
Found = tuple[Measure, Outcome | None]


def evaluate(
    catalogue: Catalogue, perimeter: Perimeter, names: Iterable[str] | None = None
) -> list[Measure]:
    """Return the measures of some indicators (ids or codes; by default all) on a perimeter."""
    return [measure for measure, _ in outcomes(catalogue, perimeter, names)]


def outcomes(
    catalogue: Catalogue, perimeter: Perimeter, names: Iterable[str] | None = None
) -> list[Found]:
    """Return the measures of some indicators, each with what it was made of."""
    chosen = [find(name) for name in names] if names is not None else list(indicators().values())
    context = Context(catalogue, perimeter)
    return [measured(context, one) for one in chosen]


def explain(catalogue: Catalogue, perimeter: Perimeter, name: str) -> dict[str, Any]:
    """Return how a value came about: formula, rows counted, sources, limits, licence."""
    one = find(name)
    measure, outcome = measured(Context(catalogue, perimeter), one)
    counted = outcome.counted if outcome else ()
    layers = [layer for layer, _ in counted]
    return {
        "indicator": one.text.model_dump(),
        "perimeter": {"id": perimeter.id, "name": perimeter.name, "basis": perimeter.basis},
        "measure": measure,
        "details": outcome.details if outcome else {},
        "rows": [_shown(layer, positions) for layer, positions in counted],
        "sources": [_source(layer) for layer in layers],
        "licence": licence(layers),
    }


def licence(layers: list[Layer]) -> str | None:
    """Return the licence of what is made from layers: that of OpenStreetMap spreads to it."""
    found = sorted({layer.record.licence for layer in layers})
    return next((name for name in found if "ODbL" in name), " + ".join(found) or None)


def measured(context: Context, one: Indicator) -> Found:
    """Return an indicator's measure in a context, and its outcome unless that is withheld."""
    perimeter = context.perimeter
    try:
        outcome = one.compute(context)
    except WithheldError as error:
        return refused(one.text, error.withheld, perimeter.fictitious), None
    lacking = math.isnan(outcome.value) and outcome.withheld is None
    if outcome.n < one.text.minimum_n or lacking:
        reason = too_few(outcome.n, one.text.minimum_n)
        return refused(one.text, reason, perimeter.fictitious), None
    return _given(one.text, perimeter, outcome), outcome


def _given(text: IndicatorText, perimeter: Perimeter, outcome: Outcome) -> Measure:
    return Measure(
        id=text.id, code=text.code, value=None if outcome.withheld else outcome.value,
        unit=text.unit,
        numerator=outcome.numerator, denominator=outcome.denominator, n=outcome.n,
        coverage=outcome.coverage, imputed_share=outcome.imputed_share,
        interval=outcome.interval,
        vintages={layer.id: layer.version.vintage for layer, _ in outcome.counted},
        evidence=outcome.evidence or text.evidence, withheld=outcome.withheld,
        fictitious=perimeter.fictitious,
    )  # fmt: skip


def refused(text: IndicatorText, withheld: Withheld, fictitious: bool) -> Measure:
    """Return the measure of a value that is not given: every number is missing, none is 0."""
    return Measure(
        id=text.id, code=text.code, value=None, unit=text.unit, numerator=None, denominator=None,
        n=None, coverage=None, imputed_share=None, interval=None, vintages={},
        evidence=text.evidence, withheld=withheld, fictitious=fictitious,
    )  # fmt: skip


def _shown(layer: Layer, positions: Any) -> dict[str, Any]:
    secret = layer.record.theme in SECRET
    shown = [] if secret else [int(row) for row in positions[:MAX_FEATURES]]
    features = [json.loads(bytes(layer.index.fragment(row))) for row in shown]
    return {"layer": layer.id, "count": len(positions), "secret": secret, "features": features}


def _source(layer: Layer) -> dict[str, Any]:
    record, version = layer.record, layer.version
    return {
        "layer": layer.id, "title": record.title.model_dump(), "producer": record.producer,
        "licence": record.licence, "source": record.source, "vintage": version.vintage,
        "version": version.id, "fictitious": record.fictitious,
    }  # fmt: skip
