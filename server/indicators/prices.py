"""Indicators of the housing market: prices, and how often dwellings change hands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from layers.catalogue import Layer
from server.indicators.context import Context, share
from server.indicators.homes import homes
from server.indicators.intervals import medians, spread
from server.indicators.measures import Outcome, Withheld, WithheldError, missing_layer
from server.indicators.overlays import contains
from server.indicators.registry import indicator
from server.indicators.sold import YEARS, Prices, prices, recent, window

WHOLE_COMMUNE = Withheld(
    "whole-commune",
    "Le périmètre couvre toute la commune : il n'y a pas de reste à comparer.",
    "The perimeter covers the whole commune: there is no rest to compare with.",
)


@dataclass(frozen=True)
class Stock:
    """Dwellings of a perimeter, and the rows that tell them."""

    dwellings: float
    layer: Layer
    positions: np.ndarray


@indicator("median-price")
def median_price(context: Context) -> Outcome:
    """Median price per square metre of sales of one dwelling, over three rolling years."""
    found = prices(context)
    return Outcome(
        value=float(np.median(found.prices)),
        n=len(found.prices),
        coverage=share(len(found.prices), found.sold),
        interval=spread(medians(found.prices)),
        counted=((found.rows.layer, found.rows.positions),),
        details={
            "from": window(found.rows.layer).start.isoformat(),
            "years": YEARS,
            "flats": _median(found, found.flats),
            "houses": _median(found, ~found.flats),
        },
        terms={"value": found.prices},
    )


@indicator("centre-price-ratio")
def centre_price_ratio(context: Context) -> Outcome:
    """Median price in the perimeter over that of the rest of the commune."""
    if context.perimeter.kind == "commune":
        raise WithheldError(WHOLE_COMMUNE)
    here = prices(context)
    rest = prices(context.commune(), outside=context.within("sales"))
    inner, outer = float(np.median(here.prices)), float(np.median(rest.prices))
    return Outcome(
        value=inner / outer,
        n=min(len(here.prices), len(rest.prices)),
        numerator=inner,
        denominator=outer,
        coverage=share(len(here.prices) + len(rest.prices), here.sold + rest.sold),
        interval=spread(medians(here.prices) / medians(rest.prices, seed=1)),
        counted=((here.rows.layer, np.union1d(here.rows.positions, rest.rows.positions)),),
        details={"sales_inside": len(here.prices), "sales_outside": len(rest.prices)},
    )


@indicator("housing-turnover")
def housing_turnover(context: Context) -> Outcome:
    """Sales of dwellings a year per thousand dwellings."""
    sold = recent(context, "homes")
    years = window(sold.layer).years
    stock = _stock(context)
    yearly = len(sold.positions) / years
    return Outcome(
        value=share(yearly, stock.dwellings) * 10,
        n=len(sold.positions),
        numerator=yearly,
        denominator=stock.dwellings,
        counted=((sold.layer, sold.positions), (stock.layer, stock.positions)),
        terms={"numerator": np.full(len(sold.positions), 1 / years)},
        details={"sales": len(sold.positions), "years": round(years, 3),
                 "dwellings_told_by": stock.layer.id},
    )  # fmt: skip


def _median(found: Prices, chosen: np.ndarray) -> dict[str, float | int | None]:
    count = int(chosen.sum())
    return {"n": count, "median": float(np.median(found.prices[chosen])) if count else None}


def _stock(context: Context) -> Stock:
    """Return the dwellings of the buildings; of a commune without such, those of the census."""
    built = homes(context, context.perimeter.area)
    if built.layer:
        inside = contains(context.perimeter.projected, built.points)
        return Stock(float(built.dwellings[inside].sum()), built.layer, built.positions[inside])
    if context.perimeter.kind != "commune":
        raise missing_layer("bdtopo-buildings")
    rows = context.matching("iris-housing", "insee", [context.perimeter.insee])
    return Stock(float(np.nansum(rows.column("dwellings"))), rows.layer, rows.positions)
