"""Indicators of storefronts over time: closed addresses, openings and closings, survival."""

from __future__ import annotations

import unicodedata

import numpy as np

from server.indicators.context import Context, share
from server.indicators.intervals import wilson
from server.indicators.measures import Outcome
from server.indicators.registry import indicator
from server.indicators.storefronts import (
    Storefronts,
    months_before,
    reference_day,
    storefronts,
)
from server.indicators.survival import survival

EMPTY_MONTHS = 36  # closed for so long without a successor, a storefront is to be looked at
LAG_MONTHS = 2  # closings reach the register late
WINDOW_MONTHS = 12
YEARS = 5
YEAR_DAYS = 365.25


@indicator("presumed-vacant-addresses")
def presumed_vacant_addresses(context: Context) -> Outcome:
    """Addresses whose last storefront closed three years ago or more, over known addresses."""
    found = storefronts(context)
    limit = months_before(reference_day(found), EMPTY_MONTHS)
    address = _addresses(found)
    told = address >= 0
    count = int(address.max(initial=-1)) + 1
    open_, dated = np.zeros(count, bool), np.ones(count, bool)
    last = np.full(count, np.datetime64("0001-01-01", "D"))
    open_[address[told & found.active]] = True
    dated[address[told & ~found.active & np.isnat(found.closed)]] = False
    closed = told & ~found.active & ~np.isnat(found.closed)
    np.maximum.at(last, address[closed], found.closed[closed])
    known = open_ | dated
    empty = ~open_ & dated & (last <= limit)
    shown = _first_of_each(address, closed & empty[address] & (found.closed == last[address]))
    return Outcome(
        value=share(empty.sum(), known.sum()),
        n=int(known.sum()),
        numerator=float(empty.sum()),
        denominator=float(known.sum()),
        coverage=found.covered(told),
        counted=found.only(shown),
        terms={"numerator": np.ones(int(shown.sum()))},
        details={"closed_before": str(limit), "addresses_open": int(open_.sum())},
    )


@indicator("storefront-churn")
def storefront_churn(context: Context) -> Outcome:
    """Openings minus closings of twelve months over the storefronts open at their start."""
    found = storefronts(context)
    end = months_before(reference_day(found), LAG_MONTHS)
    start = months_before(end, WINDOW_MONTHS)
    told = ~np.isnat(found.created) & (found.active | ~np.isnat(found.closed))
    opened = told & (found.created >= start) & (found.created < end)
    closed = told & ~found.active & (found.closed >= start) & (found.closed < end)
    stock = open_on(found, start) & told
    change = int(opened.sum()) - int(closed.sum())
    return Outcome(
        value=share(change, stock.sum()),
        n=int(stock.sum()),
        numerator=float(change),
        denominator=float(stock.sum()),
        coverage=found.covered(told),
        counted=found.only(opened | closed),
        terms={"numerator": (opened.astype(int) - closed)[opened | closed]},
        details={
            "from": str(start),
            "to": str(end),
            "opened": int(opened.sum()),
            "closed": int(closed.sum()),
            "open_at_end": int((open_on(found, end) & told).sum()),
        },
    )


@indicator("five-year-survival")
def five_year_survival(context: Context) -> Outcome:
    """Share of the storefronts opened five to ten years ago that lasted five years."""
    found = storefronts(context)
    seen = reference_day(found)
    first, last = months_before(seen, 24 * YEARS), months_before(seen, 12 * YEARS)
    cohort = (found.created >= first) & (found.created < last)
    told = cohort & (found.active | (found.closed >= found.created))
    until = np.where(found.active, seen, found.closed)[told]
    lasted = (until - found.created[told]).astype(int) / YEAR_DAYS
    ended = ~found.active[told]
    if not told.any():
        return Outcome(value=float("nan"), n=0)
    curve = {year: 100 * survival(lasted, ended, year) for year in range(1, YEARS + 1)}
    survivors = round(curve[YEARS] * len(lasted) / 100)
    return Outcome(
        value=curve[YEARS],
        n=len(lasted),
        numerator=float(survivors),
        denominator=float(len(lasted)),
        coverage=found.covered(told, cohort),
        interval=wilson(survivors, len(lasted)),
        counted=found.only(told),
        terms={"numerator": lasted > YEARS, "denominator": np.ones(len(lasted))},
        details={
            "opened_from": str(first),
            "opened_before": str(last),
            "survival": {str(y): s for y, s in curve.items()},
        },
    )


def open_on(found: Storefronts, day: np.datetime64) -> np.ndarray:
    """Tell which storefronts were open on the eve of a day."""
    return np.asarray((found.created < day) & (found.active | (found.closed >= day)))


def _addresses(found: Storefronts) -> np.ndarray:
    """Return the number of the address of each storefront, -1 for one without."""
    texts = ["", *(plain(text or "") for text in found.rows.column("address"))]
    return np.unique(texts, return_inverse=True)[1][1:] - 1


def _first_of_each(number: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Return the chosen ones without those whose number came before."""
    at = np.flatnonzero(chosen)
    first = np.zeros(len(chosen), bool)
    first[at[np.unique(number[at], return_index=True)[1]]] = True
    return first


def plain(address: str) -> str:
    """Return an address without accents, case or doubled spaces."""
    letters = unicodedata.normalize("NFKD", address)
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).upper().split())
