"""Journeys to work of the sample town."""

from __future__ import annotations

from layers.demo.frame import INSEE
from layers.demo.households import dwellings
from layers.demo.neighbours import HOME, NEIGHBOURS
from layers.demo.rows import table
from layers.tables import Table

CENSUS = 2021
EMPLOYED = 0.68  # of those aged 25 to 64
SURVEYED = 0.38  # share of the workers of a town of this size that five yearly surveys reach
# Shares of means of transport (none, walking, cycle, motorcycle, car, public transport) of those
# who work in the town, and of those who leave it.
MEANS = ("1", "2", "3", "4", "5", "6")
INSIDE = (0.06, 0.27, 0.07, 0.02, 0.53, 0.05)
OUTSIDE = (0.0, 0.004, 0.011, 0.015, 0.88, 0.09)


def employed() -> float:
    """Return the town's employed residents."""
    return float(dwellings().ages[:, 5:8].sum()) * EMPLOYED


def commuting_flows() -> Table:
    """Return who works where, out of the town and into it."""
    all_ = employed()
    out = [(INSEE, one.insee, all_ * one.outward) for one in (HOME, *NEIGHBOURS)]
    back = [(one.insee, INSEE, all_ * one.outward * one.inward) for one in NEIGHBOURS]
    rows = [*out, *back]
    columns = {
        "home": [home for home, _, _ in rows],
        "work": [work for _, work, _ in rows],
        "workers": [round(workers, 2) for _, _, workers in rows],
        "year": [CENSUS] * len(rows),
    }
    return table("sample-commuting-flows", columns, vintage=str(CENSUS))


def commuting_modes() -> Table:
    """Return by which means the town's residents go to work."""
    all_ = employed()
    rows = [
        (one.insee, means, all_ * one.outward * share)
        for one in (HOME, *NEIGHBOURS)
        for means, share in zip(MEANS, INSIDE if one is HOME else OUTSIDE, strict=True)
        if share
    ]
    columns = {
        "home": [INSEE] * len(rows),
        "work": [work for work, _, _ in rows],
        "transport": [means for _, means, _ in rows],
        "workers": [round(workers, 2) for _, _, workers in rows],
        "n": [round(workers * SURVEYED) for _, _, workers in rows],
        "year": [CENSUS] * len(rows),
    }
    return table("sample-commuting-modes", columns, vintage=str(CENSUS))
