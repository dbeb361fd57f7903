"""Indicators of who lives there: population, density, poverty, age of dwellings."""

from __future__ import annotations

from dataclasses import replace

from server.indicators.context import Context
from server.indicators.measures import Outcome
from server.indicators.population import cells, inhabitants, share_of_cells
from server.indicators.registry import indicator

M2_PER_HA = 10_000
PERIODS = ("log_av45", "log_45_70", "log_70_90", "log_ap90")


@indicator("centre-population")
def centre_population(context: Context) -> Outcome:
    """Inhabitants of the cells, those on the edge shared out by dwellings."""
    return inhabitants(cells(context), "ind")


@indicator("residential-density")
def residential_density(context: Context) -> Outcome:
    """Inhabitants per hectare of the perimeter."""
    persons = inhabitants(cells(context), "ind")
    hectares = context.perimeter.projected.area / M2_PER_HA
    return replace(persons, value=persons.value / hectares, denominator=hectares)


@indicator("pre-1945-housing")
def pre_1945_housing(context: Context) -> Outcome:
    """Dwellings built before 1945 over those of known date, in whole cells."""
    return share_of_cells(cells(context), PERIODS[:1], PERIODS)


@indicator("poor-households")
def poor_households(context: Context) -> Outcome:
    """Poor households over households, in whole cells."""
    return share_of_cells(cells(context), ("men_pauv",), ("men",))
