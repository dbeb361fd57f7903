"""Indicators of shops."""

from __future__ import annotations

import numpy as np
import shapely

from layers.catalogue import Layer
from server.indicators.clusters import clusters
from server.indicators.context import Context, Rows, share
from server.indicators.measures import Evidence, Outcome
from server.indicators.registry import indicator

STEP_M, GROUP = 50, 5
SENSITIVITY_M = (30, 50, 75)
SURVEYED = "surveyed_on"  # the date of a visit, in a town's own survey
FRESH_DAYS = 548  # 18 months: premises seen before have had the time to change hands


@indicator("retail-vacancy")
def retail_vacancy(context: Context) -> Outcome:
    """Vacant premises over all premises."""
    rows = context.within("shops")
    status = rows.column("status")
    told = np.array([value is not None for value in status], dtype=bool) & _fresh(rows)
    vacant = np.isin(status[told].astype(str), ("vacant", "disused"))
    return Outcome(
        value=share(int(vacant.sum()), int(told.sum())),
        n=int(told.sum()),
        numerator=float(vacant.sum()),
        denominator=float(told.sum()),
        coverage=share(int(told.sum()), len(told)),
        counted=((rows.layer, rows.positions[told]),),
        evidence=_evidence(rows.layer),
        terms={"numerator": vacant, "denominator": np.ones(len(vacant))},
    )


@indicator("storefront-continuity")
def storefront_continuity(context: Context) -> Outcome:
    """Active shops in groups of five or more, at most fifty metres from one to the next."""
    rows = context.within("shops")
    active = rows.column("status") == "active"
    points = shapely.get_coordinates(shapely.centroid(rows.shapes[active]))
    grouped = {reach: _in_groups(points, reach) for reach in SENSITIVITY_M}
    part = int(grouped[STEP_M].sum())
    sensitivity = {f"{r} m": share(int(which.sum()), len(points)) for r, which in grouped.items()}
    return Outcome(
        value=share(part, len(points)),
        n=len(points),
        numerator=float(part),
        denominator=float(len(points)),
        coverage=100.0,
        counted=((rows.layer, rows.positions[active]),),
        details={"sensitivity": sensitivity if len(points) else {}},
        terms={"numerator": grouped[STEP_M], "denominator": np.ones(len(points))},
    )


def _fresh(rows: Rows) -> np.ndarray:
    """Tell which premises were visited less than 18 months before the newest visit of the layer.

    A layer that has no dates is of one time; in one that has, a row without is of none.
    """
    if SURVEYED not in rows.layer.index.attribute_names:
        return np.ones(len(rows.positions), dtype=bool)
    every = rows.layer.index.rows(range(rows.layer.index.count), [SURVEYED]).column(0)
    newest = np.array(every.to_pandas(), "datetime64[D]")
    days = np.array(rows.column(SURVEYED), "datetime64[D]")
    if np.isnat(newest).all():
        return np.zeros(len(days), dtype=bool)
    return np.asarray(days > np.nanmax(newest) - np.timedelta64(FRESH_DAYS, "D"))


def _evidence(layer: Layer) -> Evidence:
    """Return what a count of vacant premises is worth: a town's own survey saw each of them."""
    record = layer.record
    surveyed = record.reader is None and "ODbL" not in record.licence and not record.fictitious
    return "constaté" if surveyed else "estimé"


def _in_groups(points: np.ndarray, reach: float) -> np.ndarray:
    """Tell which points belong to a group that is large enough."""
    if not len(points):
        return np.zeros(0, bool)
    labels = clusters(points, reach)
    return np.asarray(np.bincount(labels)[labels] >= GROUP)
