"""Dwellings and households of the sample town, from which census and income cells are counted.

Both come from the same households, so that they agree as far as real ones do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import shapely

from layers.demo.buildings import buildings
from layers.demo.frame import Array, random

HOMES = ("old", "faubourg", "houses", "estate")
DWELLING_AREA = {"old": 72.0, "faubourg": 105.0, "houses": 110.0, "estate": 66.0}
# Shares by quarter: vacant dwellings, second homes, poor households, owners, social dwellings.
SHARES = {
    "old": (0.155, 0.035, 0.24, 0.34, 0.06),
    "faubourg": (0.085, 0.02, 0.14, 0.60, 0.04),
    "houses": (0.04, 0.015, 0.06, 0.83, 0.03),
    "estate": (0.06, 0.0, 0.37, 0.05, 0.92),
}
# Odds of households of 1 to 6 persons.
SIZES = {
    "old": (0.56, 0.27, 0.09, 0.05, 0.02, 0.01),
    "faubourg": (0.40, 0.33, 0.13, 0.09, 0.04, 0.01),
    "houses": (0.26, 0.38, 0.15, 0.14, 0.05, 0.02),
    "estate": (0.38, 0.25, 0.15, 0.12, 0.06, 0.04),
}
# Odds of having been built before 1945, to 1969, to 1989, since, and at an unknown date.
PERIODS = {
    "old": (0.86, 0.05, 0.03, 0.05, 0.01),
    "faubourg": (0.48, 0.24, 0.13, 0.13, 0.02),
    "houses": (0.05, 0.22, 0.43, 0.29, 0.01),
    "estate": (0.0, 0.55, 0.42, 0.03, 0.0),
}
LIVING = {"old": 19_400.0, "faubourg": 22_100.0, "houses": 25_300.0, "estate": 14_900.0}  # €
AGE_LIMITS = (4, 6, 11, 18, 25, 40, 55, 65, 80)  # lower bounds of the age groups after the first


@dataclass(frozen=True)
class Dwellings:
    """All dwellings, occupied or not; arrays of one length.

    Attributes:
        building: number of the building in ``buildings()``.
        status: 0 main residence, 1 second home, 2 vacant.
        flat: in a building of several dwellings.
        persons: members of the household, 0 where nobody lives.
        ages: (n, 10) persons by age group of AGE_LIMITS.
        poor, owner, lone_parent, social: facts of the household.
        living: standard of living of each member (€ a year).
        area: floor area (m²).
        period: 0 before 1945, 1 to 1969, 2 to 1989, 3 since, 4 unknown.
    """

    building: Array
    status: Array
    flat: Array
    persons: Array
    ages: Array
    poor: Array
    owner: Array
    lone_parent: Array
    social: Array
    living: Array
    area: Array
    period: Array


@cache
def dwellings() -> Dwellings:
    """Return the dwellings of the town with their households."""
    rng = random("households")
    building, flat, area = _built()
    uses = buildings().uses[building]
    shares = np.array([SHARES[use] for use in uses])
    chance = rng.random((len(uses), 6))
    status = np.where(
        chance[:, 0] < shares[:, 0], 2, np.where(chance[:, 0] < shares[:, :2].sum(axis=1), 1, 0)
    )
    persons = np.where(status == 0, 1 + _drawn(uses, SIZES, chance[:, 1]), 0)
    lived = status == 0
    poor = lived & (chance[:, 2] < shares[:, 2])
    level = np.array([LIVING[use] for use in uses]) * rng.lognormal(0.02, 0.3, len(uses))
    ages = _ages(persons, uses, rng)
    lone = lived & (persons > 1) & (ages[:, 4:].sum(axis=1) == 1)
    return Dwellings(
        building, status, flat, persons, ages, poor,
        lived & (chance[:, 3] < shares[:, 3]), lone, lived & (chance[:, 4] < shares[:, 4]),
        np.where(poor, rng.uniform(7_500, 13_000, len(uses)), np.maximum(level, 13_500)),
        area, _drawn(uses, PERIODS, chance[:, 5]),
    )  # fmt: skip


def locations() -> Array:
    """Return a point inside the building of each dwelling (m around the town hall)."""
    return np.asarray(shapely.point_on_surface(buildings().footprints)[dwellings().building])


def _built() -> tuple[Array, Array, Array]:
    """Return the building, the kind (flat or house) and the area of each dwelling."""
    town = buildings()
    floor = shapely.area(town.footprints) * town.levels * 0.85
    homes = np.isin(town.uses, HOMES)
    each = np.array([DWELLING_AREA.get(use, np.inf) for use in town.uses])
    count = np.where(homes, np.maximum(np.rint(floor / each), 1), 0).astype(int)
    count[town.uses == "houses"] = 1
    building = np.repeat(np.arange(len(count)), count)
    area = np.clip(floor / np.maximum(count, 1), 22, 210)[building]
    return building, count[building] > 1, area


def _drawn(uses: Array, odds: Mapping[str, tuple[float, ...]], chance: Array) -> Array:
    """Return for each dwelling the rank that its chance falls on in the odds of its quarter."""
    limits = np.array([np.cumsum(odds[use]) for use in uses])
    rank: Array = (chance[:, None] * limits[:, -1:] >= limits[:, :-1]).sum(axis=1)
    return rank


def _ages(persons: Array, uses: Array, rng: np.random.Generator) -> Array:
    """Return (n, 10) persons by age group: one or two adults, the rest their children."""
    count = len(persons)
    head = np.where(
        rng.random(count) < np.where(uses == "houses", 0.40, 0.31),
        rng.integers(65, 95, count),
        rng.integers(20, 65, count),
    )
    ages = np.zeros((count, len(AGE_LIMITS) + 1), dtype=int)
    single = (persons >= 2) & (persons <= 3) & (rng.random(count) < 0.16)
    for rank in range(int(persons.max())):
        adult = (rank == 0) | ((rank == 1) & ~single)
        age = np.where(adult, np.maximum(head - 2 * rank, 19), rng.integers(0, 20, count))
        group = np.searchsorted(AGE_LIMITS, age, side="right")
        present = np.flatnonzero(persons > rank)
        ages[present, group[present]] += 1
    return ages
