"""The variables that compare towns, for all towns at once, from the layers that tell them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from layers.catalogue import Catalogue, Layer, moment
from server.indicators.commuting import ARRONDISSEMENTS, LEAST_KNOWN, metropoles, told
from server.indicators.perimeters import Town

# Cells of fewer households, or of less of the municipal population, do not speak for a town.
LEAST_HOUSEHOLDS, LEAST_PERSONS = 11, 0.5
EARTH_KM = 6_371.007  # radius of the sphere that has the Earth's area


class Sources:
    """Sums of layers by commune, aligned with the towns."""

    def __init__(self, catalogue: Catalogue, towns: list[Town]) -> None:
        self.catalogue, self.towns = catalogue, towns
        self.insee = [town.insee for town in towns]
        self.used: list[Layer] = []

    def layer(self, theme: str) -> Layer | None:
        """Return the real layer of a theme with most rows."""
        found = [x for x in self.catalogue.themed(theme) if not x.record.fictitious]
        layer = max(found, key=lambda x: x.index.count, default=None)
        if layer is not None and layer not in self.used:
            self.used.append(layer)
        return layer

    def sums(self, theme: str, code: str, *names: str, layer: Layer | None = None) -> np.ndarray:
        """Return (n, names) sums of columns by commune; NaN where a commune has none."""
        layer = layer or self.layer(theme)
        missing = np.full((len(self.insee), len(names)), np.nan)
        if layer is None or not {code, *names} <= set(layer.index.attribute_names):
            return missing
        table = layer.index.rows(range(layer.index.count), [code, *names])
        codes = pc.utf8_slice_codeunits(table[code], 0, 5)
        table = table.set_column(0, code, codes)
        table = table.filter(pc.is_in(codes, pa.array(self.insee)))
        sums = table.group_by(code).aggregate([(name, "sum") for name in names])
        found = {row.pop(code): list(row.values()) for row in sums.to_pylist()}
        rows = [found.get(insee, [None] * len(names)) for insee in self.insee]
        return np.array(rows, dtype=float).reshape(missing.shape)

    def share(self, theme: str, code: str, part: str, whole: str) -> np.ndarray:
        """Return percentages (0-100) of a column in another."""
        sums = self.sums(theme, code, part, whole)
        return ratio(sums[:, 0], sums[:, 1], 100)


def ratio(part: np.ndarray, whole: np.ndarray, times: float = 1) -> np.ndarray:
    """Return a ratio; NaN of nothing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, times * part / whole, np.nan)


def _population(sources: Sources) -> np.ndarray:
    sources.layer("towns")
    return np.array([town.facts.get("population") or np.nan for town in sources.towns], float)


def _density(sources: Sources) -> np.ndarray:
    layer = sources.layer("communes")
    if layer is None:
        return np.full(len(sources.insee), np.nan)
    rows = [layer.index.row_of(insee) for insee in sources.insee]
    there = np.array([row is not None for row in rows])
    shapes = layer.index.geometries(np.array([row for row in rows if row is not None], dtype=int))
    # Lambert's cylinder keeps areas.
    flat = shapely.transform(shapes, lambda xy: np.column_stack(
        [np.radians(xy[:, 0]), np.sin(np.radians(xy[:, 1]))]) * EARTH_KM)  # fmt: skip
    areas = np.full(len(rows), np.nan)
    areas[there] = shapely.area(flat)
    return ratio(_population(sources), areas)


def _metropole_distance(sources: Sources) -> np.ndarray:
    halls = np.radians(shapely.get_coordinates([town.hall for town in sources.towns]))
    centres = np.radians([(m.longitude, m.latitude) for m in metropoles() if not m.fictitious])
    step = (halls[:, None] - centres[None]) / 2
    bent = np.cos(halls[:, None, 1]) * np.cos(centres[None, :, 1]) * np.sin(step[..., 0]) ** 2
    return np.asarray(
        (2 * EARTH_KM * np.arcsin(np.sqrt(np.sin(step[..., 1]) ** 2 + bent))).min(axis=1)
    )


def growth(sources: Sources, theme: str, code: str, column: str) -> np.ndarray | None:
    """Return the mean yearly growth (%) from the first vintage kept to the last; None without two.

    Args:
        sources: the towns.
        theme: what the layer is about; it must be published.
        code: its column of commune codes.
        column: what is added up.
    """
    layer = sources.layer(theme)
    kept = sources.catalogue.vintages(layer) if layer else {}
    ends = sorted(kept, key=moment)
    years = int(moment(ends[-1])[:4]) - int(moment(ends[0])[:4]) if ends else 0
    if layer is None or years < 1:
        return None
    before, after = (
        sources.sums(theme, code, column, layer=sources.catalogue.at(layer, kept[name]))[:, 0]
        for name in (ends[0], ends[-1])
    )
    return np.asarray(100 * (ratio(after, before) ** (1 / years) - 1))


def _population_change(sources: Sources) -> np.ndarray:
    found = growth(sources, "iris-population", "insee", "population")
    return np.full(len(sources.insee), np.nan) if found is None else found


def _journeys(sources: Sources) -> pa.Table | None:
    """Return the journeys to work from the towns, of the latest year."""
    layer = sources.layer("commuting-flows")
    if layer is None:
        return None
    table = layer.index.rows(range(layer.index.count), ["home", "work", "workers", "year"])
    table = table.filter(pc.is_in(table["home"], pa.array(sources.insee)))
    year = pc.max(table["year"])
    return table.filter(pc.equal(table["year"], year)) if year.is_valid else table


def _self_containment(sources: Sources) -> np.ndarray:
    table = _journeys(sources)
    if table is None:
        return np.full(len(sources.insee), np.nan)
    own = _by(table.filter(pc.equal(table["home"], table["work"])), sources.insee)
    return ratio(np.nan_to_num(own), _by(table, sources.insee), 100)


def _metropolitan_dependence(sources: Sources) -> np.ndarray:
    """Return D01 of each town; NaN where the body of too many destinations is not published."""
    table, boundaries = _journeys(sources), sources.layer("communes")
    if table is None or boundaries is None:
        return np.full(len(sources.insee), np.nan)
    body_of = told(boundaries, "insee", "epci")
    ends = [ARRONDISSEMENTS.get(code, code) for code in table["work"].to_pylist()]
    bodies = np.array([body_of.get(code, "") for code in ends])
    abroad = np.array([code.startswith("99") for code in ends], dtype=bool)
    sirens = [siren for one in metropoles() if not one.fictitious for siren in one.sirens]
    every = _by(table, sources.insee)
    part, known = (
        np.nan_to_num(_by(table.filter(pa.array(chosen)), sources.insee))
        for chosen in (np.isin(bodies, sirens), (bodies != "") | abroad)
    )
    return np.where(ratio(known, every, 100) >= LEAST_KNOWN, ratio(part, every, 100), np.nan)


def _by(table: pa.Table, insee: list[str]) -> np.ndarray:
    sums = table.group_by("home").aggregate([("workers", "sum")])
    found = dict(zip(sums["home"].to_pylist(), sums["workers_sum"].to_pylist(), strict=True))
    return np.array([found.get(code, np.nan) for code in insee], dtype=float)


def of_cells(sources: Sources, part: str, whole: str, times: float = 1) -> np.ndarray:
    """Return a ratio of columns of the cells; NaN where they hold too little of a town.

    An extract may hold a few cells of a town: they would neither speak for it nor keep secret what
    they tell of their households.
    """
    names = list(dict.fromkeys((part, whole, "men", "ind")))
    sums = dict(zip(names, sources.sums("income-cells", "lcog_geo", *names).T, strict=True))
    few = sums["ind"] < _population(sources) * LEAST_PERSONS
    enough = (sums["men"] >= LEAST_HOUSEHOLDS) & ~few
    return np.where(enough, ratio(sums[part], sums[whole], times), np.nan)


def _share(theme: str, code: str, part: str, whole: str) -> Callable[[Sources], np.ndarray]:
    return lambda sources: sources.share(theme, code, part, whole)


VARIABLES: dict[str, Callable[[Sources], np.ndarray]] = {
    "population": _population,
    "density": _density,
    "young": _share("iris-population", "insee", "age_0_19", "population"),
    "aged": _share("iris-population", "insee", "age_65_plus", "population"),
    "vacancy": _share("iris-housing", "insee", "vacant_dwellings", "dwellings"),
    "second-homes": _share("iris-housing", "insee", "second_homes", "dwellings"),
    "flats": _share("iris-housing", "insee", "flats", "dwellings"),
    "owners": _share("commune-housing", "insee", "owners", "main_residences"),
    "metropole-distance": _metropole_distance,
    "living-standard": lambda sources: of_cells(sources, "ind_snv", "ind"),
    "poverty": lambda sources: of_cells(sources, "men_pauv", "men", 100),
    "self-containment": _self_containment,
    "population-change": _population_change,
    "metropolitan-dependence": _metropolitan_dependence,
}
