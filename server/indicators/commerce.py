"""Indicators of shops."""

from __future__ import annotations

import numpy as np
import shapely

from layers.catalogue import Layer
from server.indicators.clusters import clusters
from server.indicators.context import Context, share
from server.indicators.measures import Evidence, Outcome
from server.indicators.registry import indicator

STEP_M, GROUP = 50, 5
SENSITIVITY_M = (30, 50, 75)


@indicator("retail-vacancy")
def retail_vacancy(context: Context) -> Outcome:
    """Vacant premises over all premises."""
    rows = context.within("shops")
    status = rows.column("status")
    told = np.array([value is not None for value in status], dtype=bool)
    vacant = np.isin(status[told].astype(str), ("vacant", "disused"))
    return Outcome(
        value=share(int(vacant.sum()), int(told.sum())),
        n=int(told.sum()),
        numerator=float(vacant.sum()),
        denominator=float(told.sum()),
        coverage=share(int(told.sum()), len(told)),
        counted=((rows.layer, rows.positions[told]),),
        evidence=_evidence(rows.layer),
    )


@indicator("storefront-continuity")
def storefront_continuity(context: Context) -> Outcome:
    """Active shops in groups of five or more, at most fifty metres from one to the next."""
    rows = context.within("shops")
    active = rows.column("status") == "active"
    points = shapely.get_coordinates(shapely.centroid(rows.shapes[active]))
    grouped = {reach: _in_groups(points, reach) for reach in SENSITIVITY_M}
    part = grouped[STEP_M]
    sensitivity = {f"{reach} m": share(count, len(points)) for reach, count in grouped.items()}
    return Outcome(
        value=share(part, len(points)),
        n=len(points),
        numerator=float(part),
        denominator=float(len(points)),
        coverage=100.0,
        counted=((rows.layer, rows.positions[active]),),
        details={"sensitivity": sensitivity if len(points) else {}},
    )


def _evidence(layer: Layer) -> Evidence:
    """Return what a count of vacant premises is worth: a town's own survey saw each of them."""
    record = layer.record
    surveyed = record.reader is None and "ODbL" not in record.licence and not record.fictitious
    return "constaté" if surveyed else "estimé"


def _in_groups(points: np.ndarray, reach: float) -> int:
    if not len(points):
        return 0
    sizes = np.bincount(clusters(points, reach))
    return int(sizes[sizes >= GROUP].sum())
