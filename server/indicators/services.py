"""Indicators of services and facilities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from server.indicators import facilities
from server.indicators.choices import accessibility
from server.indicators.context import Context, share
from server.indicators.measures import Outcome, no_data
from server.indicators.registry import indicator
from server.indicators.residents import residents


@indicator("proximity-range")
def proximity_range(context: Context) -> Outcome:
    """Groups of the proximity range of which the perimeter has a facility."""
    return _range(context, "proximity")


@indicator("upper-ranges")
def upper_ranges(context: Context) -> Outcome:
    """Groups of the intermediate and upper ranges of which the perimeter has a facility."""
    return _range(context, "intermediate", "upper")


@indicator("centre-facilities")
def centre_facilities(context: Context) -> Outcome:
    """Facilities of the perimeter over those of the commune, of known place, crafts left out."""
    whole = facilities.of_commune(context)
    central = ~whole.of(accessibility().not_central)
    counted = whole.chosen(central & whole.located)
    if context.perimeter.kind == "commune":
        inside = np.ones(len(counted.types), dtype=bool)
    else:
        here = facilities.around(context, 0).rows.positions
        inside = np.isin(counted.rows.positions, here)
    return Outcome(
        value=share(inside.sum(), len(inside)),
        n=len(inside),
        numerator=float(inside.sum()),
        denominator=float(len(inside)),
        coverage=share(len(inside), central.sum()),
        counted=((counted.rows.layer, counted.rows.positions[inside]),),
    )


@indicator("culture")
def culture(context: Context) -> Outcome:
    """Cultural facilities for 10,000 inhabitants."""
    found, coverage = facilities.inside(context)
    chosen = found.chosen(found.of(accessibility().culture))
    people = residents(context)
    if not people.total:
        raise no_data("income-cells")
    count = len(chosen.types)
    return Outcome(
        value=10_000 * count / people.total,
        n=people.households,
        numerator=float(count),
        denominator=people.total,
        coverage=coverage,
        imputed_share=people.imputed_share,
        counted=((chosen.rows.layer, chosen.rows.positions), *people.counted),
    )


def _range(context: Context, *names: str) -> Outcome:
    groups = facilities.ranges(context, *names)
    found, coverage = facilities.inside(context)
    there = facilities.present(found, groups)
    members = {code for group in there for code in groups[group]}
    chosen = found.chosen(np.isin(found.types.astype(str), sorted(members)))
    layer = context.layers("facility-ranges")[0]
    rows = np.arange(layer.index.count)
    group_of = {code: group for group in groups for code in groups[group]}
    listed = layer.index.rows(range(layer.index.count), ["typequ"]).column(0).to_pylist()
    return Outcome(
        value=float(len(there)),
        n=max(len(found.types), 1),
        numerator=float(len(there)),
        denominator=float(len(groups)),
        coverage=coverage,
        counted=((chosen.rows.layer, chosen.rows.positions), (layer, rows)),
        terms={"numerator": _parts_of_groups(chosen.types.tolist(), group_of)},
        more_terms={"denominator": _parts_of_groups(listed, group_of)},
        details={"present": sorted(there), "absent": sorted(set(groups) - set(there))},
    )


def _parts_of_groups(types: Sequence[str], group_of: Mapping[str, str]) -> np.ndarray:
    """Return for each facility its part of its group, so that each group there adds up to one."""
    groups = [group_of.get(code) for code in types]
    sizes = Counter(groups)
    return np.array([1 / sizes[group] if group else 0.0 for group in groups])
