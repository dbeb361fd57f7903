"""Indicators of open storefronts: how many, how dense, how varied, how central."""

from __future__ import annotations

from typing import Any

import numpy as np

from layers.storefronts import families
from server.indicators.bodies import Body, inter_communal
from server.indicators.context import Context, share
from server.indicators.measures import Outcome, WithheldError
from server.indicators.population import cells, inhabitants
from server.indicators.registry import indicator
from server.indicators.storefronts import Storefronts, storefronts

SAMPLE = 20  # storefronts that a rarefied diversity is told for


@indicator("active-storefronts")
def active_storefronts(context: Context) -> Outcome:
    """Storefronts open now."""
    found = storefronts(context)
    return _count(found, found.active)


@indicator("employer-storefronts")
def employer_storefronts(context: Context) -> Outcome:
    """Open storefronts that have employees."""
    found = storefronts(context)
    return _count(found, found.active & found.employer)


@indicator("storefront-density")
def storefront_density(context: Context) -> Outcome:
    """Open storefronts per thousand inhabitants."""
    found, persons = storefronts(context), inhabitants(cells(context), "ind")
    part = float(found.active.sum())
    return Outcome(
        value=share(part, persons.value) * 10,
        n=persons.n,
        numerator=part,
        denominator=persons.value,
        coverage=found.coverage,
        imputed_share=persons.imputed_share,
        counted=(*found.only(found.active), *persons.counted),
        evidence=persons.evidence,
        terms={"numerator": np.ones(int(part))},
    )


@indicator("retail-diversity")
def retail_diversity(context: Context) -> Outcome:
    """Effective number of families of shops: the Hill number of order one."""
    found = storefronts(context)
    counts = np.bincount(found.family[found.active], minlength=len(families()))
    own = found.family[found.active]
    rarefied = rarefied_diversity(counts, SAMPLE) if counts.sum() >= SAMPLE else None
    return Outcome(
        value=diversity(counts),
        n=int(counts.sum()),
        denominator=float(counts.sum()),
        coverage=found.coverage,
        counted=found.only(found.active),
        terms={"value": counts[own] / max(counts.sum(), 1)},
        gathered="inverse-geometric-mean",
        details={
            "families": {f.id: int(c) for f, c in zip(families(), counts, strict=True)},
            f"of_a_sample_of_{SAMPLE}": rarefied,
        },
    )


@indicator("centre-retail-share")
def centre_retail_share(context: Context) -> Outcome:
    """Open storefronts of the perimeter over those of the inter-communal body, or the commune."""
    found, whole = storefronts(context), context.commune()
    body = inter_communal(context)
    if body and _is_covered(body):
        whole = body.context
    total = storefronts(whole)
    return Outcome(
        value=share(found.active.sum(), total.active.sum()),
        n=int(total.active.sum()),
        numerator=float(found.active.sum()),
        denominator=float(total.active.sum()),
        coverage=total.coverage,
        counted=found.only(found.active),
        terms={"numerator": np.ones(int(found.active.sum()))},
        details={"compared_with": whole.perimeter.name},
    )


def diversity(counts: np.ndarray) -> float:
    """Return exp(-Σ p ln p) of counts by family: two equal families give 2; NaN of nothing."""
    parts = counts[counts > 0] / max(counts.sum(), 1)
    return float(np.exp(-(parts * np.log(parts)).sum())) if len(parts) else float("nan")


def rarefied_diversity(counts: np.ndarray, size: int) -> float:
    """Return the diversity expected of a sample without replacement, to compare small places."""
    drawn, own, total = np.arange(1, size + 1)[:, None], counts[counts > 0], int(counts.sum())
    parts = drawn[:, 0] / size
    # The hypergeometric law, written out: scipy.stats takes a second to import.
    odds = np.exp(
        _log_ways(own, drawn) + _log_ways(total - own, size - drawn) - _log_ways(total, size)
    )
    return float(np.exp(-((parts * np.log(parts))[:, None] * odds).sum()))


def _log_ways(n: Any, k: Any) -> Any:
    """Return the logarithm of how many ways there are to choose k of n; -inf where none is."""
    from scipy.special import gammaln

    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)


def _count(found: Storefronts, chosen: np.ndarray) -> Outcome:
    return Outcome(
        value=float(chosen.sum()),
        n=int(chosen.sum()),
        coverage=found.coverage,
        counted=found.only(chosen),
    )


def _is_covered(body: Body) -> bool:
    """Tell whether establishments are published for most communes of an inter-communal body."""
    try:
        rows = storefronts(body.context).rows
    except WithheldError:
        return False
    return len(np.unique(rows.column("insee").astype(str))) > len(body.codes) / 2
