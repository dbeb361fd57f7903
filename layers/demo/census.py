"""What a census and tax records would say of the sample town's households."""

from __future__ import annotations

from functools import cache

import numpy as np
import shapely

from layers.crs import mover
from layers.demo.buildings import buildings
from layers.demo.frame import INSEE, ORIGIN, PROJECTION, Array, radius_angle
from layers.demo.households import dwellings, locations
from layers.demo.rows import table
from layers.tables import Table

CELL = 200
GRID = "EPSG:3035"
YEAR = "2021"
# Households below which a cell is imputed. The law says 11, but a cell is also imputed when it
# serves to hide a neighbour, so that far larger ones are too.
IMPUTED_BELOW = 40
INSTITUTIONS = 0.02  # share of the population that lives in no household
IRIS = (
    ("0101", "Centre ancien", "H"), ("0102", "Faubourg est", "H"), ("0103", "Faubourg nord", "H"),
    ("0104", "Faubourg ouest", "H"), ("0105", "Faubourg sud", "H"),
    ("0106", "Quartiers du nord", "H"), ("0107", "Quartiers du sud", "H"),
    ("0108", "Zone d'activités", "A"),
)  # fmt: skip
AGES = (
    "ind_0_3", "ind_4_5", "ind_6_10", "ind_11_17", "ind_18_24", "ind_25_39", "ind_40_54",
    "ind_55_64", "ind_65_79", "ind_80p",
)  # fmt: skip
PERIODS = ("log_av45", "log_45_70", "log_70_90", "log_ap90", "log_inc")
ORDER = (
    "ind", "men", "men_pauv", "men_1ind", "men_5ind", "men_prop", "men_fmp", "ind_snv", "men_surf",
    "men_coll", "men_mais", *PERIODS, "log_soc", *AGES, "ind_inc",
)  # fmt: skip


def population() -> int:
    """Return the municipal population: households, and who lives in institutions."""
    return round(int(dwellings().persons.sum()) * (1 + INSTITUTIONS))


def _iris() -> Array:
    """Return for each dwelling the rank of its IRIS: old town, faubourgs by side, the rest."""
    uses = buildings().uses[dwellings().building]
    points = locations()
    _, angle = radius_angle(points)
    side = ((angle + np.pi / 4) // (np.pi / 2)).astype(int) % 4
    outer = np.where(shapely.get_y(points) > 0, 5, 6)
    return np.select([uses == "old", uses == "faubourg"], [np.zeros_like(side), 1 + side], outer)


def _iris_columns() -> dict[str, list[str]]:
    return {
        "iris": [f"{INSEE}{code}" for code, _, _ in IRIS],
        "insee": [INSEE] * len(IRIS),
        "name": [f"{name} (fictif)" for _, name, _ in IRIS],
        "type": [kind for _, _, kind in IRIS],
    }


def iris_housing() -> Table:
    """Return dwellings by IRIS; the business park has none, which is a true zero."""
    homes, iris = dwellings(), _iris()

    def count(chosen: Array) -> Array:
        return np.bincount(iris[chosen], minlength=len(IRIS)).astype(float)

    columns = {
        **_iris_columns(),
        "dwellings": count(homes.status >= 0),
        "main_residences": count(homes.status == 0),
        "second_homes": count(homes.status == 1),
        "vacant_dwellings": count(homes.status == 2),
        "houses": count(~homes.flat),
        "flats": count(homes.flat),
    }
    return table("sample-iris-housing", columns, vintage=YEAR)


def iris_population() -> Table:
    """Return persons in households by IRIS and age."""
    homes, iris = dwellings(), _iris()
    young, working, old = homes.ages[:, :5], homes.ages[:, 5:8], homes.ages[:, 8:]

    def total(persons: Array) -> Array:
        return np.bincount(iris, persons.sum(axis=1), minlength=len(IRIS))

    columns = {
        **_iris_columns(),
        "population": total(homes.ages),
        "age_0_19": total(young),
        "age_20_64": total(working),
        "age_65_plus": total(old),
    }
    return table("sample-iris-population", columns, vintage=YEAR)


@cache
def _facts() -> dict[str, Array]:
    """Return the columns of the cells for each household."""
    homes = dwellings()
    lived = homes.status == 0
    facts = {
        "ind": homes.persons, "men": lived, "men_pauv": homes.poor, "men_1ind": homes.persons == 1,
        "men_5ind": homes.persons >= 5, "men_prop": homes.owner, "men_fmp": homes.lone_parent,
        "ind_snv": homes.persons * homes.living, "men_surf": lived * homes.area,
        "men_coll": lived & homes.flat, "men_mais": lived & ~homes.flat, "log_soc": homes.social,
        "ind_inc": np.zeros(len(lived)),
    }  # fmt: skip
    facts |= {name: lived & (homes.period == i) for i, name in enumerate(PERIODS)}
    facts |= {name: homes.ages[:, i] for i, name in enumerate(AGES)}
    return {name: facts[name][lived].astype(float) for name in ORDER}


def income_cells() -> Table:
    """Return the inhabited squares of the European 200 m grid, as Filosofi has them.

    Squares of few households are imputed: they share what they hold together in
    proportion to their inhabitants, so that sums stay.
    """
    points = shapely.get_coordinates(locations()[dwellings().status == 0]) + np.array(ORIGIN)
    corners = np.floor(mover(PROJECTION, GRID)(points) / CELL).astype(int) * CELL
    cells, number = np.unique(corners, axis=0, return_inverse=True)
    sums = {name: np.bincount(number, values) for name, values in _facts().items()}
    imputed = sums["men"] < IMPUTED_BELOW
    share = sums["ind"] / sums["ind"][imputed].sum()
    columns: dict[str, Array | list[str]] = {
        "idcar_200m": [f"CRS3035RES200mN{north}E{east}" for north, east in cells],
        "lcog_geo": [INSEE] * len(cells),
        "i_est_200": imputed.astype(int),
    }
    for name, values in sums.items():
        pooled = values[imputed].sum() * share
        columns[name] = np.round(np.where(imputed, pooled, values), 2)
    north, east = cells.T
    squares = shapely.box(east, north, east + CELL, north + CELL)
    return table("sample-income-cells", columns, squares, crs=GRID, vintage=YEAR)
