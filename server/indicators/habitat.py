"""Indicators of dwellings: vacancy and energy."""

from __future__ import annotations

import numpy as np

from server.indicators.context import Context, Rows, known, share
from server.indicators.intervals import wilson
from server.indicators.iris import Blocks, blocks
from server.indicators.measures import Outcome, Withheld, WithheldError, no_data
from server.indicators.registry import indicator

SCORE = 0.6  # below it, the point of a certificate is not to be trusted
RATINGS = ("A", "B", "C", "D", "E", "F", "G")
SIEVES = ("F", "G")
HOUSE, BLOCK = "maison", "immeuble"
COMMUNE_ONLY = Withheld(
    "commune-only",
    "Donnée publiée à la commune seulement.",
    "This figure is published for whole communes only.",
)
SECRET_NUMBER = Withheld(
    "secret",
    "Moins de 11 logements : nombre secret, dont seul un intervalle est connu.",
    "Fewer than 11 dwellings: the number is secret, only an interval is known.",
)


@indicator("housing-vacancy")
def housing_vacancy(context: Context) -> Outcome:
    """Vacant dwellings over all dwellings: whole IRIS of a commune, their parts in a centre."""
    whole_commune = context.perimeter.kind == "commune"
    found = _of_commune(context) if whole_commune else blocks(context, "iris-housing")
    vacant, dwellings = (found.rows.column(n) for n in ("vacant_dwellings", "dwellings"))
    usable = known(vacant) & known(dwellings)
    if not usable.any():
        raise no_data("iris-housing")
    parts, wholes = ((found.weights * column)[usable] for column in (vacant, dwellings))
    told = {"share_by_dwellings": share(found.by_dwellings.sum(), len(usable)),
            "iris": len(usable)}  # fmt: skip
    return Outcome(
        value=share(parts.sum(), wholes.sum()),
        n=round(wholes.sum()),
        numerator=float(parts.sum()),
        denominator=float(wholes.sum()),
        coverage=share(usable.sum(), len(usable)) * found.known,
        evidence=None if whole_commune else "estimé",
        counted=(
            (found.rows.layer, found.rows.positions[usable]),
            *((layer, np.empty(0, np.int64)) for layer in found.used),
        ),
        terms={} if whole_commune else {"numerator": parts, "denominator": wholes},
        details={} if whole_commune else told,
    )


def _of_commune(context: Context) -> Blocks:
    """Return all IRIS of the commune, each whole: that takes no contours."""
    rows = context.matching("iris-housing", "insee", [context.perimeter.insee])
    count = len(rows.positions)
    return Blocks(rows, np.ones(count), np.zeros(count, bool), 1.0)


@indicator("structural-vacancy-rate")
def structural_vacancy_rate(context: Context) -> Outcome:
    """Private dwellings vacant for over two years over those of the year before, newest year."""
    if context.perimeter.kind != "commune":
        raise WithheldError(COMMUNE_ONLY)
    rows = context.matching("structural-vacancy", "insee", [context.perimeter.insee])
    year, stock = rows.column("year"), rows.column("stock")
    low, high = rows.column("vacant_2y_low"), rows.column("vacant_2y_high")
    part = rows.column("vacant_2y")
    told = np.flatnonzero(known(stock) & (stock > 0) & known(high))
    if not len(told):
        raise no_data("structural-vacancy")
    at = told[np.argmax(year[told])]
    secret = bool(np.isnan(part[at]))
    return Outcome(
        value=share(part[at], stock[at]),
        n=round(stock[at]),
        numerator=None if secret else float(part[at]),
        denominator=float(stock[at]),
        interval=(share(low[at], stock[at]), share(high[at], stock[at])) if secret else None,
        counted=((rows.layer, rows.positions[at : at + 1]),),
        terms={} if secret else {"numerator": part[[at]], "denominator": stock[[at]]},
        withheld=SECRET_NUMBER if secret else None,
        details={"year": int(year[at]), "series": _series(year, part, stock)},
    )


@indicator("energy-sieves")
def energy_sieves(context: Context) -> Outcome:
    """Dwellings rated F or G over rated dwellings, the last certificate of each."""
    rows = context.within("energy-ratings")
    rating = rows.column("rating")
    placed = rows.column("score") >= SCORE
    valid = np.isin(rating, RATINGS) & (rows.column("building_type") != BLOCK)
    last = _last_of_each(rows, valid & placed)
    part, whole = int(np.isin(rating[last], SIEVES).sum()), len(last)
    return Outcome(
        value=share(part, whole),
        n=whole,
        numerator=float(part),
        denominator=float(whole),
        coverage=share((valid & placed).sum(), valid.sum()),
        interval=wilson(part, whole) if whole else None,
        counted=((rows.layer, rows.positions[last]),),
        terms={"numerator": np.isin(rating[last], SIEVES), "denominator": np.ones(whole)},
        details={"ratings": {name: int((rating[last] == name).sum()) for name in RATINGS}},
    )


def _series(year: np.ndarray, part: np.ndarray, stock: np.ndarray) -> dict[str, float | None]:
    """Return the rate of each year; None where the number is secret or unknown."""
    rates = {str(y): share(p, s) for y, p, s in zip(year, part, stock, strict=True)}
    return {y: None if np.isnan(rate) else rate for y, rate in sorted(rates.items())}


def _last_of_each(rows: Rows, chosen: np.ndarray) -> np.ndarray:
    """Return the rows of the last certificate of each dwelling, ascending.

    A house is told by its address, a flat by its address, floor and area. One without an address,
    or a flat without a floor, cannot be told from others: all its certificates stay.
    """
    import pandas as pd

    names = ("numero_dpe", "date", "building_type", "address_id", "floor", "area_m2")
    table = pd.DataFrame({name: rows.column(name)[chosen] for name in names})
    flat = table["building_type"] != HOUSE
    alone = table["address_id"].isna() | (flat & table["floor"].isna())
    table["own"] = table["numero_dpe"].where(alone, "")
    table[["floor", "area_m2"]] = table[["floor", "area_m2"]].where(flat)
    table["area_m2"] = table["area_m2"].round()
    same = ["own", "address_id", "building_type", "floor", "area_m2"]
    order = table.sort_values(["date", "numero_dpe"], kind="stable")
    last = order.drop_duplicates(same, keep="last").index.to_numpy()
    return np.flatnonzero(chosen)[np.sort(last)]
