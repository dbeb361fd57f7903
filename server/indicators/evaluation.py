"""From functions to measures and explanations."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from layers.catalogue import Catalogue, Layer
from layers.licences import output_licence
from layers.snapshot import snapshot
from server.indicators.context import Context
from server.indicators.explanation import explanation
from server.indicators.measures import Measure, Outcome, Withheld, WithheldError, too_few
from server.indicators.perimeters import Perimeter
from server.indicators.registry import Indicator, IndicatorText, find, indicators

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
    context = Context(snapshot(catalogue), perimeter)
    return [measured(context, one) for one in chosen]


def explain(catalogue: Catalogue, perimeter: Perimeter, name: str) -> dict[str, Any]:
    """Return how a value came about: formula, parts, rows counted, sources, limits, licence."""
    one = find(name)
    return explanation(one, perimeter, *measured(Context(snapshot(catalogue), perimeter), one))


def licence(layers: list[Layer]) -> str | None:
    """Return the licence of what is made from layers: a share-alike one prevails."""
    return output_licence(layer.record.licence for layer in layers)


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
