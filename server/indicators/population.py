"""Who lives in a perimeter: cells of 200 m shared out by the dwellings of their buildings.

A cell that a perimeter cuts is shared by the dwellings of BD TOPO on either side; by its area
where no building with dwellings is known in it. A building lies where its centroid does, so the
parts of a town add up to the whole, and a cell that lies inside counts whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from server.indicators.context import Context, Rows, known, share
from server.indicators.homes import NOBODY, Homes, homes
from server.indicators.measures import Evidence, Outcome, Withheld, WithheldError, no_data
from server.indicators.overlays import area_inside, contains

CELLS = "income-cells"
MOSTLY = 50.0  # % of imputed households beyond which a figure is an estimate
WHOLE = 1 - 1e-9
NO_MIDDLE = Withheld(
    "too-small",
    "Périmètre trop petit : il ne contient le milieu d'aucun carreau habité de 200 m.",
    "The perimeter is too small: it holds the middle of no inhabited 200 m cell.",
)


@dataclass(frozen=True)
class Cells:
    """Cells that meet a perimeter; arrays of one length.

    Attributes:
        rows: the cells.
        weights: share (0 to 1) of the inhabitants of each that live in the perimeter.
        inside: whether the middle of the cell's dwellings lies in the perimeter. A cell counts
            whole or not at all where its households are shown by what they earn or own.
        by_dwellings: whether buildings told the weight, rather than the area.
        homes: the buildings that told weights.
    """

    rows: Rows
    weights: np.ndarray
    inside: np.ndarray
    by_dwellings: np.ndarray
    homes: Homes


def cells(context: Context) -> Cells:
    """Return the cells of the perimeter with their weights.

    Raises:
        WithheldError: no layer of cells speaks of the town.
    """
    found: Cells = context.once("cells", lambda: _cells(context))
    return found


def inhabitants(found: Cells, name: str) -> Outcome:
    """Return the sum of a column of ``income-cells`` over the shares of cells, such as ``ind``.

    ``n`` is the number of households. WithheldError when no cell has the figure.
    """
    values, households = found.rows.column(name), found.rows.column("men")
    usable = known(values) & known(households) & (found.weights > 0)
    if not usable.any():
        raise no_data(CELLS)
    parts = (values * found.weights)[usable]
    imputed = imputed_share(found, usable, parts)
    homes = found.homes
    shared = bool(homes.layer and found.by_dwellings.any())
    return Outcome(
        value=float(parts.sum()),
        n=round((households * found.weights)[usable].sum()),
        numerator=float(parts.sum()),
        coverage=share(found.weights[usable].sum(), found.weights.sum()),
        imputed_share=imputed,
        counted=(
            (found.rows.layer, found.rows.positions[usable]),
            *([(homes.layer, homes.positions)] if homes.layer and shared else []),
        ),
        evidence=worth(imputed),
        details={
            "cells": int(usable.sum()),
            "cells_cut": int((found.weights[usable] < WHOLE).sum()),
            "cells_shared_by_dwellings": int(found.by_dwellings[usable].sum()),
        },
    )


def share_of_cells(found: Cells, part: Sequence[str], whole: Sequence[str]) -> Outcome:
    """Return the share of some columns in others over whole cells whose middle lies inside.

    A cell counts where every column is known. ``n`` is the number of households.

    Raises:
        WithheldError: no middle lies inside, or no cell has the figures.
    """
    columns = {name: found.rows.column(name) for name in {*part, *whole, "men"}}
    usable = found.inside & known(np.sum([*columns.values()], axis=0))
    if not usable.any():
        raise no_data(CELLS) if found.inside.any() else WithheldError(NO_MIDDLE)
    inner = sum(columns[name][usable].sum() for name in part)
    total = np.sum([columns[name][usable] for name in whole], axis=0)
    imputed = imputed_share(found, usable, total)
    return Outcome(
        value=share(inner, total.sum()),
        n=round(columns["men"][usable].sum()),
        numerator=float(inner),
        denominator=float(total.sum()),
        coverage=share(usable.sum(), found.inside.sum()),
        imputed_share=imputed,
        counted=((found.rows.layer, found.rows.positions[usable]),),
        evidence=worth(imputed),
        details={"whole_cells": int(usable.sum())},
    )


def imputed_share(found: Cells, usable: np.ndarray, parts: np.ndarray) -> float | None:
    """Return the share (0-100) of amounts in cells that Insee imputed; None if it is not told."""
    flags = found.rows.column("i_est_200")[usable]
    told = known(flags)
    return share(parts[told & (flags == 1)].sum(), parts[told].sum()) if told.any() else None


def worth(imputed: float | None) -> Evidence:
    """Return what a figure of cells is worth: mostly imputed, it is an estimate."""
    return "estimé" if imputed is not None and imputed > MOSTLY else "croisé"


def _cells(context: Context) -> Cells:
    rows = context.within(CELLS)
    shapes, area = rows.shapes, context.perimeter.projected
    weights = area_inside(shapes, area) / shapely.area(shapes)
    middles = shapely.get_coordinates(shapely.centroid(shapes))
    cut = np.flatnonzero((weights > 0) & (weights < WHOLE))
    told = np.zeros(len(shapes), dtype=bool)
    around = homes(context, _outline(rows, cut)) if len(cut) else NOBODY
    at, of = _cell_of(around.points, shapes[cut])
    dwellings, points = around.dwellings[of], around.points[of]
    total = np.bincount(at, dwellings, len(cut))
    has = total > 0

    def mean(values: np.ndarray) -> np.ndarray:
        return np.asarray(np.bincount(at, dwellings * values, len(cut))[has] / total[has])

    told[cut[has]] = True
    weights[cut[has]] = mean(contains(area, points))
    middles[cut[has]] = np.column_stack([mean(points[:, 0]), mean(points[:, 1])])
    return Cells(rows, weights, contains(area, middles), told, around)


def _outline(rows: Rows, cut: np.ndarray) -> Any:
    """Return the cells that the perimeter cuts, in CRS84."""
    return shapely.union_all(rows.layer.index.geometries(rows.positions[cut]))


def _cell_of(points: np.ndarray, shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return pairs of a cell and a point in it; a point on a border belongs to one cell."""
    found = shapely.STRtree(shapes).query(shapely.points(points), predicate="intersects")
    of, first = np.unique(found[0], return_index=True)
    return found[1][first], of
