"""Buildings with dwellings: where homes are, as BD TOPO counts them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from layers.catalogue import Layer
from server.indicators.context import Context
from server.indicators.measures import WithheldError


@dataclass(frozen=True)
class Homes:
    """Buildings with dwellings; arrays of one length.

    Attributes:
        layer: where they come from, None where none is known.
        positions: their rows in its index.
        points: (n, 2) centroids in metres, in the town's legal projection.
        dwellings: how many dwellings each holds, at least one.
    """

    layer: Layer | None
    positions: np.ndarray
    points: np.ndarray
    dwellings: np.ndarray


NOBODY = Homes(None, np.empty(0, np.int64), np.empty((0, 2)), np.empty(0))


def homes(context: Context, area: Any) -> Homes:
    """Return the buildings with dwellings that meet an area given in CRS84."""
    try:
        layers = context.layers("buildings")
    except WithheldError:
        layers = []
    for layer in layers:
        if "dwellings" not in layer.index.attribute_names:
            continue
        positions = layer.index.intersecting(area)
        if len(positions):
            return _homes(context, layer, positions)
    return NOBODY


def _homes(context: Context, layer: Layer, positions: np.ndarray) -> Homes:
    rows = context.rows(layer, positions)
    dwellings = np.nan_to_num(rows.column("dwellings").astype(float))
    lived = dwellings > 0
    points = shapely.get_coordinates(shapely.centroid(rows.shapes[lived]))
    return Homes(layer, positions[lived], points, dwellings[lived])
