"""Indicators of urban form: ground built upon, sealed, planted; calm streets; brownfields."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import shapely

from server.indicators.built import built
from server.indicators.context import Context, known, share
from server.indicators.land import IMPERVIOUS, VEGETATION, Land
from server.indicators.land import land as land_of
from server.indicators.measures import Outcome, Withheld, WithheldError
from server.indicators.overlays import clipped
from server.indicators.registry import indicator
from server.indicators.zonal import Zone, zone

M2_PER_HA = 10_000
TINY = 1e-9  # m², where there is no building at all
CALM = ("pedestrian", "living_street")
STREETS = (
    "motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link", "secondary",
    "secondary_link", "tertiary", "tertiary_link", "unclassified", "residential", *CALM,
)  # fmt: skip
CONVERTED = "reconvertie"
HEIGHTS_UNKNOWN = Withheld(
    "heights-unknown",
    "Étages et hauteur inconnus pour plus de la moitié de l'emprise bâtie.",
    "Storeys and height are unknown for more than half of the ground under buildings.",
)
CORINE_CODES = (111, 112, 121, 122, 123, 124, 131, 132, 133, 141, 142)
# CORINE Land Cover, class 1: ranks of the European raster, codes of the French one.
CORINE_ARTIFICIAL = frozenset({*range(1, 12), *CORINE_CODES})
OSO_VEGETATION = frozenset(range(5, 20))
ARTIFICIAL = {
    "oso-land-cover": frozenset(range(1, 5)),
    "land-cover": CORINE_ARTIFICIAL,
    "corine-land-cover": CORINE_ARTIFICIAL,
}


@indicator("ground-coverage")
def ground_coverage(context: Context) -> Outcome:
    """Ground under buildings over the ground of the perimeter; overlaps count once."""
    found, ground = built(context), context.perimeter.projected.area
    covered = shapely.area(shapely.disjoint_subset_union_all(found.parts))
    return Outcome(
        value=share(covered, ground),
        n=len(found.parts),
        numerator=float(covered),
        denominator=ground,
        coverage=100.0,
        counted=((found.rows.layer, found.rows.positions),),
    )


@indicator("floor-area-ratio")
def floor_area_ratio(context: Context) -> Outcome:
    """Floor area over ground; buildings of unknown height take the mean of the others."""
    found, ground = built(context), context.perimeter.projected.area
    prints, told = shapely.area(found.parts), known(found.levels)
    if prints[told].sum() < prints.sum() / 2:
        raise WithheldError(HEIGHTS_UNKNOWN)
    floors = (prints * found.levels)[told].sum()
    mean = floors / max(prints[told].sum(), TINY)
    guessed = mean * prints[~told].sum()
    return Outcome(
        value=float((floors + guessed) / ground),
        n=len(prints),
        numerator=float(floors + guessed),
        denominator=ground,
        coverage=share(prints[told].sum(), max(prints.sum(), TINY)),
        imputed_share=share(guessed, max(floors + guessed, TINY)),
        counted=((found.rows.layer, found.rows.positions),),
        evidence="estimé" if guessed > floors / 10 else None,
        terms={"numerator": prints * np.where(told, found.levels, mean)},
        details={"mean_levels": float(mean)},
    )


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


@indicator("calm-streets")
def calm_streets(context: Context) -> Outcome:
    """Length of pedestrian and shared streets over that of all streets."""
    rows = context.within("streets")
    kind = rows.column("highway")
    street = np.isin(kind, STREETS)
    lengths = shapely.length(clipped(rows.shapes[street], context.perimeter.projected)) / 1_000
    is_calm = np.isin(kind[street], CALM)
    calm = lengths[is_calm].sum()
    return Outcome(
        value=share(calm, lengths.sum()),
        n=int(lengths.sum()),
        numerator=float(calm),
        denominator=float(lengths.sum()),
        coverage=100.0,
        counted=((rows.layer, rows.positions[street]),),
        terms={"numerator": lengths * is_calm, "denominator": lengths},
    )


@indicator("brownfield-share")
def brownfield_share(context: Context) -> Outcome:
    """Ground of brownfields over the ground of the perimeter, those converted left out."""
    rows = context.within("brownfields")
    status = [text or "" for text in rows.column("status")]
    waiting = np.array([CONVERTED not in text.lower() for text in status], dtype=bool)
    shapes, declared = rows.shapes[waiting], rows.column("area_m2")[waiting]
    drawn = shapely.get_dimensions(shapes) == 2
    ground, area = context.perimeter.projected, 0.0
    area = shapely.area(shapely.union_all(clipped(shapes[drawn], ground)))
    area += np.nansum(declared[~drawn])
    return Outcome(
        value=min(share(area, ground.area), 100.0),
        n=len(shapes),
        numerator=float(area),
        denominator=ground.area,
        coverage=share((drawn | known(declared)).sum(), len(shapes)) if len(shapes) else 100.0,
        counted=((rows.layer, rows.positions[waiting]),),
        details={"sites": len(shapes), "sites_known_as_points": int((~drawn).sum())},
    )


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
