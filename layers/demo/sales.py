"""Property sales of the sample town, in the layout of DVF: several lines may tell of one sale."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import shapely

from layers.demo.buildings import buildings
from layers.demo.frame import INSEE, placed, random
from layers.demo.households import dwellings
from layers.demo.rows import table
from layers.tables import Table

SALES = 900
FIRST_DAY, DAYS = date(2023, 1, 2), 1094  # three years
# Median price by quarter (€/m²).
PRICES = {"old": 1480.0, "faubourg": 1690.0, "houses": 2050.0, "estate": 1120.0}
HOUSE, FLAT, OUTBUILDING, BUSINESS = "1", "2", "3", "4"
TYPES = {
    HOUSE: "Maison", FLAT: "Appartement", OUTBUILDING: "Dépendance",
    BUSINESS: "Local industriel, commercial ou assimilé",
}  # fmt: skip
KINDS = ("Vente", "Vente en l'état futur d'achèvement", "Adjudication", "Echange")
KIND_ODDS = (0.955, 0.02, 0.015, 0.01)
SECTIONS = "ABCDEFGH"
Line = dict[str, Any]


def sales() -> Table:
    """Return about 1,500 lines of 900 sales over three years."""
    rng = random("sales")
    homes = dwellings()
    private = np.flatnonzero(~homes.social)
    sold = rng.choice(private, SALES, replace=False)
    days = np.sort(rng.integers(0, DAYS, SALES))
    lines = []
    for number, (dwelling, day) in enumerate(zip(sold, days, strict=True), start=1):
        sale = _sale(number, FIRST_DAY + timedelta(days=int(day)), rng)
        price, told = _lines(int(dwelling), rng)
        lines += [{**sale, "valeur_fonciere": price, **line} for line in told]
    names = [name for name in lines[0] if name != "building"]
    columns = {name: [line[name] for line in lines] for name in names}
    spots = shapely.point_on_surface(buildings().footprints)
    points = placed(spots[[line["building"] for line in lines]])
    return table("sample-sales", columns, points, vintage="2023-2025")


def _sale(number: int, day: date, rng: np.random.Generator) -> Line:
    return {
        "id_mutation": f"{day.year}-{number:06d}",
        "date_mutation": day,
        "nature_mutation": str(rng.choice(KINDS, p=KIND_ODDS)),
        "code_commune": INSEE,
    }


def _lines(dwelling: int, rng: np.random.Generator) -> tuple[float | None, list[Line]]:
    """Return the price of a sale and its lines: the home, then what was sold with it."""
    homes, chance = dwellings(), rng.random(4)
    building = int(homes.building[dwelling])
    flat = bool(homes.flat[dwelling])
    area = round(float(homes.area[dwelling]))
    land = None if flat else int(rng.integers(60, 700))
    told = [_line(building, FLAT if flat else HOUSE, area, land)]
    whole = flat and chance[0] < 0.05
    if whole:  # a block of flats sold in one go, at one price
        others = np.flatnonzero(homes.building == building)[1:6]
        told += [_line(building, FLAT, round(float(a)), None) for a in homes.area[others]]
    if chance[1] < 0.45:
        told.append(_line(building, OUTBUILDING, None, land))
    if chance[2] < 0.05:
        told.append(_line(building, BUSINESS, int(rng.integers(35, 140)), None))
    surface = sum(line["surface_reelle_bati"] or 0 for line in told)
    price = _price(building, homes.area[dwelling], surface, rng)
    if chance[3] < 0.012:  # a token price, or one that was not recorded
        return (1.0 if chance[3] < 0.006 else None), told
    return price, told


def _price(building: int, area: float, surface: float, rng: np.random.Generator) -> float:
    """Return a price in euros; large homes cost less by square metre."""
    use = buildings().uses[building]
    by_metre = PRICES[use] * (90.0 / area) ** 0.18 * rng.lognormal(0, 0.24)
    return float(np.round(by_metre * surface, -2))


def _line(building: int, kind: str, area: int | None, land: int | None) -> Line:
    rooms = {HOUSE: 26, FLAT: 23}.get(kind)
    section = SECTIONS[building // 1000 % len(SECTIONS)]
    return {
        "id_parcelle": f"{INSEE}000A{section}{building % 1000 + 1:04d}",
        "code_type_local": kind,
        "type_local": TYPES[kind],
        "surface_reelle_bati": None if area is None else float(area),
        "nombre_pieces_principales": max(1, round(area / rooms)) if area and rooms else 0,
        "surface_terrain": None if land is None else float(land),
        "building": building,
    }
