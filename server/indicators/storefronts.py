"""Storefronts of the Sirene register: which lie in a perimeter, open or closed, and since when."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.compute as pc

from layers.catalogue import Layer
from layers.storefronts import ranks
from server.indicators.context import Context, Rows, share
from server.indicators.derived import derived
from server.indicators.measures import WithheldError, no_data

THEME = "establishments"
RANDOM_PLACE = "33"  # quality of a point drawn at random in its commune
Days = np.ndarray[Any, np.dtype[np.datetime64]]


@dataclass(frozen=True)
class Storefronts:
    """Establishments with a storefront and a true position; arrays of one length.

    Attributes:
        rows: where they come from.
        family: rank of the family of shops.
        active: open now.
        employer: has employees.
        created, closed: days; NaT where unknown, and for the closing of an open one.
        coverage: share (0-100) of the storefronts of the place whose position is a true one.
    """

    rows: Rows
    family: np.ndarray
    active: np.ndarray
    employer: np.ndarray
    created: Days
    closed: Days
    coverage: float

    def covered(self, told: np.ndarray, among: np.ndarray | None = None) -> float:
        """Return the share (0-100) of storefronts, placed or not, that could be used.

        Args:
            told: those used.
            among: those concerned, by default all.
        """
        whole = len(told) if among is None else among.sum()
        return share(self.coverage * told.sum() / 100, whole)

    def only(self, chosen: np.ndarray) -> tuple[tuple[Layer, np.ndarray], ...]:
        """Return the chosen ones as rows counted."""
        return ((self.rows.layer, self.rows.positions[chosen]),)


def storefronts(context: Context) -> Storefronts:
    """Return the storefronts of the perimeter, coverage being that of the whole commune.

    Raises:
        WithheldError: no layer of establishments speaks of the town.
    """
    found: Storefronts = context.once("storefronts", lambda: _storefronts(context))
    return found


def reference_day(found: Storefronts) -> np.datetime64:
    """Return the day that the register describes: that of its vintage, else its newest event.

    Establishments are registered ahead of their opening, so events after the publication of the
    layer do not count.
    """
    day: np.datetime64 = derived(found.rows.layer, "reference day", _reference_day)
    return day


def months_before(day: np.datetime64, months: int) -> np.datetime64:
    """Return the same day of the month some months before, or the next one that exists."""
    month = day.astype("datetime64[M]")
    return np.datetime64(
        (month - np.timedelta64(months, "M")).astype("datetime64[D]") + (day - month), "D"
    )


def _storefronts(context: Context) -> Storefronts:
    here = context.within(THEME)
    family = ranks(here.column("activity"))
    chosen = (family >= 0) & (here.column("qualite_xy") != RANDOM_PLACE)
    rows = here.where(chosen)
    active = rows.column("state") == "A"
    closed = _days(rows, "state_since")
    closed[active] = np.datetime64("NaT", "D")
    return Storefronts(
        rows=rows,
        family=family[chosen],
        active=active,
        employer=rows.column("employer") == "O",
        created=_days(rows, "created"),
        closed=closed,
        coverage=_placed_share(context, here),
    )


def _placed_share(context: Context, here: Rows) -> float:
    try:
        rows = context.commune().within(THEME)
    except WithheldError:
        rows = here
    shops = ranks(rows.column("activity")) >= 0
    return share((rows.column("qualite_xy")[shops] != RANDOM_PLACE).sum(), shops.sum())


def _days(rows: Rows, name: str) -> Days:
    return np.array(rows.column(name), dtype="datetime64[D]")


def _reference_day(layer: Layer) -> np.datetime64:
    vintage = layer.version.vintage or ""
    if re.fullmatch(r"\d{4}-\d\d(-\d\d)?", vintage):
        return np.datetime64(vintage, "D")
    published = np.datetime64(layer.version.created[:10], "D")
    table = layer.index.rows(range(layer.index.count), ["created", "state_since"])
    newest = []
    for column in table.columns:
        past = pc.filter(column, pc.less_equal(column, published.astype(object)))
        newest.append(pc.max(past).as_py())
    if not any(newest):
        raise no_data(THEME)
    return np.datetime64(max(day for day in newest if day), "D")
