"""Indicators of soils: sealed, artificialised, planted."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from server.indicators.context import Context, share
from server.indicators.land import IMPERVIOUS, VEGETATION, Land
from server.indicators.land import land as land_of
from server.indicators.measures import Outcome, WithheldError
from server.indicators.registry import indicator
from server.indicators.zonal import Zone, zone

M2_PER_HA = 10_000
CORINE_CODES = (111, 112, 121, 122, 123, 124, 131, 132, 133, 141, 142)
# CORINE Land Cover, class 1: ranks of the European raster, codes of the French one.
CORINE_ARTIFICIAL = frozenset({*range(1, 12), *CORINE_CODES})
OSO_VEGETATION = frozenset(range(5, 20))
ARTIFICIAL = {
    "oso-land-cover": frozenset(range(1, 5)),
    "land-cover": CORINE_ARTIFICIAL,
    "corine-land-cover": CORINE_ARTIFICIAL,
}


@indicator("imperviousness-rate")
def imperviousness_rate(context: Context) -> Outcome:
    """Built and sealed ground of OCS GE; else the mean of the imperviousness raster."""
    return _of_ground(
        context, lambda land: np.isin(land.cover, IMPERVIOUS), {"imperviousness": None}
    )


@indicator("vegetation-cover")
def vegetation_cover(context: Context) -> Outcome:
    """Land under vegetation of OCS GE; else of the OSO raster."""
    return _of_ground(
        context,
        lambda land: np.char.startswith(land.cover, VEGETATION),
        {"oso-land-cover": OSO_VEGETATION},
    )


@indicator("artificialised-land")
def artificialised_land(context: Context) -> Outcome:
    """Artificial land of OCS GE and its change; else urban classes of OSO, of CORINE."""
    outcome = _of_ground(context, lambda land: land.artificial, ARTIFICIAL)
    if "vintage" in outcome.details:
        outcome.details.update(_change(land_of(context)))
    return outcome


def _of_ground(
    context: Context,
    chosen: Callable[[Land], np.ndarray],
    rasters: Mapping[str, frozenset[int] | None],
) -> Outcome:
    """Return a share of the ground: of OCS GE's newest vintage, else of the first fine raster.

    Rasters give the share of some classes, or their mean where no class is named.
    """
    try:
        newest = land_of(context)[-1]
    except WithheldError:
        for theme, classes in rasters.items():
            if found := zone(context, theme):
                return _of_raster(found, classes)
        raise
    return _of_land(context, newest, chosen(newest))


def _of_land(context: Context, found: Land, chosen: np.ndarray) -> Outcome:
    return Outcome(
        value=share(found.part(chosen), found.total),
        n=len(found.areas),
        numerator=found.part(chosen),
        denominator=found.total,
        coverage=min(share(found.total, context.perimeter.projected.area), 100.0),
        counted=((found.rows.layer, found.rows.positions),),
        terms={"numerator": found.areas * chosen, "denominator": found.areas},
        details={"vintage": found.vintage, "cover": found.classes()},
    )


def _of_raster(found: Zone, classes: frozenset[int] | None) -> Outcome:
    return Outcome(
        value=found.mean if classes is None else found.part(classes),
        n=round(found.pixels),
        coverage=found.coverage,
        counted=((found.layer, np.empty(0, np.int64)),),
        evidence="estimé",
        details={
            "pixels": found.pixels,
            "classes": {str(value): part for value, part in found.classes.items()},
        },
    )


def _change(vintages: list[Land]) -> dict[str, object]:
    """Return the change of artificial land between the last two vintages, in hectares."""
    if len(vintages) < 2:
        return {}
    before, after = (one.part(one.artificial) for one in vintages[-2:])
    years = [one.vintage for one in vintages[-2:]]
    return {"between": years, "change_ha": (after - before) / M2_PER_HA}
