"""Buildings of a perimeter: their ground inside it and how many storeys they have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from server.indicators.context import Context, Rows, known
from server.indicators.measures import Withheld, WithheldError
from server.indicators.overlays import clipped

STOREY_M = 3.0
PLANNED = "En projet"
LEAST_MAPPED = 50.0
PARTLY_MAPPED = Withheld(
    "partly-mapped",
    "Les bâtiments publiés ne couvrent qu'une partie du périmètre : ailleurs, rien n'est su.",
    "The published buildings cover a part of the perimeter only: elsewhere nothing is known.",
)


@dataclass(frozen=True)
class Built:
    """Buildings; arrays of one length.

    Attributes:
        rows: those that meet the perimeter, but light ones and those not built yet.
        parts: what of each lies inside, in metres.
        levels: storeys, NaN where neither these nor a height are known.
        coverage: share (0-100) of the perimeter that the layer speaks of.
    """

    rows: Rows
    parts: np.ndarray
    levels: np.ndarray
    coverage: float


def built(context: Context) -> Built:
    """Return the buildings of the perimeter.

    Raises:
        WithheldError: no layer of buildings speaks of the town, or of less than half of the
            perimeter.
    """
    found: Built = context.once("built", lambda: _built(context))
    return found


def _built(context: Context) -> Built:
    whole = context.within("buildings")
    coverage = context.coverage(whole.layer)
    if coverage < LEAST_MAPPED:
        raise WithheldError(PARTLY_MAPPED)
    names = whole.layer.index.attribute_names
    lasting = np.ones(len(whole.positions), dtype=bool)
    if "light" in names:
        lasting &= whole.column("light") != True  # noqa: E712 - missing is not light
    if "state" in names:
        lasting &= whole.column("state") != PLANNED
    rows = whole.where(lasting)
    levels = rows.column("floors" if "floors" in names else "levels").astype(float)
    by_height = np.maximum(np.round(rows.column("height").astype(float) / STOREY_M), 1)
    levels = np.where(known(levels) & (levels > 0), levels, by_height)
    return Built(rows, clipped(rows.shapes, context.perimeter.projected), levels, coverage)
