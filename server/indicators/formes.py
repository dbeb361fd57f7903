"""Indicators of urban form: ground built upon, floor area, calm streets, brownfields."""

from __future__ import annotations

import numpy as np
import shapely

from server.indicators.built import built
from server.indicators.context import Context, known, share
from server.indicators.measures import Outcome, Withheld, WithheldError
from server.indicators.overlays import clipped, covered
from server.indicators.registry import indicator

TINY = 1e-9  # m², where there is no building at all
CALM = ("pedestrian", "living_street")
STREETS = (
    "motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link", "secondary",
    "secondary_link", "tertiary", "tertiary_link", "unclassified", "residential", *CALM,
)  # fmt: skip
# Statuses that do not count: sites in use again, and old inventories' sites that nobody verified.
CONVERTED, NOT_VERIFIED = "reconvertie", "potentielle"
HEIGHTS_UNKNOWN = Withheld(
    "heights-unknown",
    "Étages et hauteur inconnus pour plus de la moitié de l'emprise bâtie.",
    "Storeys and height are unknown for more than half of the ground under buildings.",
)


@indicator("ground-coverage")
def ground_coverage(context: Context) -> Outcome:
    """Ground under buildings over the ground of the perimeter; overlaps count once."""
    found, ground = built(context), context.perimeter.projected.area
    prints = shapely.area(found.parts)
    whole = covered(found.parts)
    return Outcome(
        value=share(whole, ground),
        n=len(found.parts),
        numerator=whole,
        denominator=ground,
        coverage=found.coverage,
        counted=((found.rows.layer, found.rows.positions),),
        terms={"numerator": _without_overlaps(prints, whole)},
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
        coverage=context.coverage(rows.layer),
        counted=((rows.layer, rows.positions[street]),),
        terms={"numerator": lengths * is_calm, "denominator": lengths},
    )


@indicator("brownfield-share")
def brownfield_share(context: Context) -> Outcome:
    """Ground of known brownfields over the ground of the perimeter."""
    rows = context.within("brownfields")
    status = np.array([(text or "").lower() for text in rows.column("status")], dtype=str)
    converted, not_verified = (np.char.find(status, w) >= 0 for w in (CONVERTED, NOT_VERIFIED))
    waiting = ~converted & ~not_verified
    shapes, declared = rows.shapes[waiting], rows.column("area_m2")[waiting]
    drawn = shapely.get_dimensions(shapes) == 2
    ground = context.perimeter.projected
    parts = clipped(shapes[drawn], ground)
    each = np.nan_to_num(declared)
    each[drawn] = _without_overlaps(shapely.area(parts), shapely.area(shapely.union_all(parts)))
    area = each.sum()
    return Outcome(
        value=min(share(area, ground.area), 100.0),
        n=len(shapes),
        numerator=float(area),
        denominator=ground.area,
        coverage=share((drawn | known(declared)).sum(), len(shapes)) if len(shapes) else 100.0,
        counted=((rows.layer, rows.positions[waiting]),),
        terms={"numerator": each},
        details={
            "sites": len(shapes),
            "sites_known_as_points": int((~drawn).sum()),
            "sites_not_verified": int(not_verified.sum()),
        },
    )


def _without_overlaps(areas: np.ndarray, union: float) -> np.ndarray:
    """Return what each area adds to the ground that all cover: overlaps are shared out evenly."""
    whole = areas.sum()
    return np.asarray(areas * (union / whole)) if whole else areas
