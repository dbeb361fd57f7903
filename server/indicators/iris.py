"""Census figures of a part of a commune: how much of each IRIS lies in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from layers.catalogue import Layer
from server.indicators.context import Context, Rows
from server.indicators.homes import Homes, homes
from server.indicators.measures import Withheld, WithheldError
from server.indicators.overlays import clipped

NO_CONTOURS = Withheld(
    "no-contours",
    "Le recensement est donné par IRIS et leurs contours ne sont pas publiés ici : valeur pour la "
    "commune entière seulement. Pour un centre, les contours d'IRIS sont à importer.",
    "The census is told by IRIS, and their contours are not published here: the figure is given "
    "for the whole commune only. For a centre, the contours of IRIS are to be imported.",
)


@dataclass(frozen=True)
class Blocks:
    """The IRIS that a perimeter meets, with what the census says of them; arrays of one length.

    Attributes:
        rows: rows of the census.
        weights: share (0 to 1) of the dwellings of each that lie in the perimeter.
        by_dwellings: which weights follow from dwellings of buildings, not from ground.
        known: share (0 to 1) of the ground of the perimeter that these IRIS make up.
        used: the layers that the weights come from.
    """

    rows: Rows
    weights: np.ndarray
    by_dwellings: np.ndarray
    known: float
    used: tuple[Layer, ...] = ()


def blocks(context: Context, theme: str) -> Blocks:
    """Return the IRIS of a perimeter that a census layer tells of.

    Raises:
        WithheldError: no contours, or no census of any of them.
    """
    try:
        contours = context.within("iris-contours")
    except WithheldError:
        raise WithheldError(NO_CONTOURS) from None
    codes = contours.column("iris").astype(str)
    rows = context.matching(theme, "iris", codes.tolist())
    rank = {code: at for at, code in enumerate(codes)}
    chosen = contours.where(np.array([rank[code] for code in rows.column("iris")]))
    inside = clipped(chosen.shapes, context.perimeter.projected)
    ground = shapely.area(inside)
    found = homes(context, shapely.union_all(contours.layer.index.geometries(contours.positions)))
    told, weights = _by_dwellings(context, chosen, found)
    by_ground = ground / np.maximum(shapely.area(chosen.shapes), 1e-9)
    known = float(ground.sum() / context.perimeter.projected.area)
    used = (contours.layer, *([found.layer] if told.any() and found.layer else []))
    return Blocks(rows, np.where(told, weights, by_ground), told, min(known, 1.0), used)


def _by_dwellings(context: Context, contours: Rows, found: Homes) -> tuple[np.ndarray, np.ndarray]:
    """Return which contours hold dwellings of known buildings, and the share of them inside."""
    x, y = found.points.T
    area = context.perimeter.projected
    inside = shapely.contains_xy(area, x, y) if len(x) else np.empty(0, bool)
    shares = np.full(len(contours.shapes), np.nan)
    for at, shape in enumerate(contours.shapes):
        here = shapely.contains_xy(shape, x, y) if len(x) else np.empty(0, bool)
        if here.any():
            shares[at] = found.dwellings[here & inside].sum() / found.dwellings[here].sum()
    return np.isfinite(shares), shares
