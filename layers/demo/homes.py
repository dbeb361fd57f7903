"""What official files would say of the sample town's dwellings: BD TOPO, DPE and LOVAC."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import shapely

from layers.demo.buildings import STOREY, buildings
from layers.demo.frame import INSEE, Array, placed, random
from layers.demo.households import HOMES, dwellings
from layers.demo.rows import some, table
from layers.tables import Table

USES = {"business": "Commercial et services", "church": "Religieux"}
RATED = 1_600  # dwellings with a certificate
AGAIN = 0.07  # share of these rated twice
RATINGS = ("A", "B", "C", "D", "E", "F", "G")
# Odds of each rating for dwellings built before 1945, to 1969, to 1989, since, and unknown.
ODDS = (
    (0.00, 0.02, 0.12, 0.27, 0.27, 0.18, 0.14),
    (0.00, 0.02, 0.14, 0.30, 0.29, 0.16, 0.09),
    (0.01, 0.03, 0.22, 0.38, 0.24, 0.09, 0.03),
    (0.07, 0.20, 0.45, 0.22, 0.05, 0.01, 0.00),
    (0.01, 0.04, 0.20, 0.35, 0.25, 0.10, 0.05),
)
FIRST_DAY, DAYS = date(2021, 9, 1), 1_550
VACANCY = {2020: 0.041, 2021: 0.043, 2022: 0.042, 2023: 0.046, 2024: 0.045, 2025: 0.048}
PRIVATE = 0.8  # share of the dwellings that are private


def building_rows() -> Table:
    """Return the same buildings as the layer ``sample-buildings``, with their dwellings."""
    rng = random("topographic buildings")
    town = buildings()
    count = len(town.levels)
    homes = np.bincount(dwellings().building, minlength=count)
    home = np.isin(town.uses, HOMES)
    known = rng.random(count) < 0.9
    heights = np.round(town.levels * STOREY + rng.uniform(0, 1.4, count), 1)
    columns = {
        "cleabs": [f"BATIMENT{i:016d}" for i in range(1, count + 1)],
        "nature": ["Indifférenciée"] * count,
        "usage_1": ["Résidentiel" if h else USES.get(u, "Indifférencié")
                    for h, u in zip(home, town.uses, strict=True)],
        "usage_2": [None] * count,
        "light": [False] * count,
        "state": ["En service"] * count,
        "dwellings": some(homes, home),
        "floors": some(town.levels, home & known),
        "height": heights.tolist(),
        "rnb_ids": [None] * count,
    }  # fmt: skip
    return table("sample-bdtopo-buildings", columns, placed(town.footprints), vintage="2025")


def energy_ratings() -> Table:
    """Return certificates of some dwellings, a few rated twice or badly placed."""
    rng = random("energy ratings")
    homes = dwellings()
    rated = rng.choice(len(homes.building), RATED, replace=False)
    rated = np.concatenate([rated, rng.choice(rated, round(RATED * AGAIN), replace=False)])
    count = len(rated)
    days = rng.integers(0, DAYS, count)
    chance = rng.random(count)
    limits = np.cumsum(ODDS, axis=1)[homes.period[rated]]
    ranks = (chance[:, None] >= limits[:, :-1]).sum(axis=1)
    flats = homes.flat[rated]
    floors = rng.integers(0, buildings().levels[homes.building[rated]])
    columns = {
        "numero_dpe": [f"0000E{i:07d}X" for i in range(count)],
        "date": [FIRST_DAY + timedelta(days=int(day)) for day in days],
        "rating": [RATINGS[rank] for rank in ranks],
        "ghg_rating": [RATINGS[max(rank - 1, 0)] for rank in ranks],
        "building_type": np.where(flats, "appartement", "maison").tolist(),
        "address_id": [f"{INSEE}_{number:05d}" for number in homes.building[rated]],
        "floor": some([str(floor) for floor in floors], flats & (rng.random(count) < 0.8)),
        "area_m2": np.round(homes.area[rated], 1).tolist(),
        "insee": [INSEE] * count,
        "score": np.where(rng.random(count) < 0.05, 0.45, 0.92).tolist(),
    }
    return table("sample-energy-ratings", columns, placed(_doors()[homes.building[rated]]),
                 vintage="2025-12")  # fmt: skip


def structural_vacancy() -> Table:
    """Return the private dwellings vacant for more than two years, year by year."""
    private = round(len(dwellings().building) * PRIVATE)
    years = list(VACANCY)
    stock = [float(private - 12 * (years[-1] - year)) for year in years]
    long = [float(round(s * VACANCY[year])) for s, year in zip(stock, years, strict=True)]
    vacant = [
        float(round(s * (VACANCY[year] + 0.045))) for s, year in zip(stock, years, strict=True)
    ]
    columns = {
        "insee": [INSEE] * len(years), "year": years,
        "vacant": vacant, "vacant_low": vacant, "vacant_high": vacant,
        "vacant_2y": long, "vacant_2y_low": long, "vacant_2y_high": long, "stock": stock,
    }  # fmt: skip
    return table("sample-structural-vacancy", columns, vintage=str(years[-1]))


def _doors() -> Array:
    return np.asarray(shapely.point_on_surface(buildings().footprints))
