"""Indicators of housing and households."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from server.indicators.context import Context, Rows, known, share
from server.indicators.measures import Outcome, Withheld, WithheldError, no_data
from server.indicators.registry import indicator

YEARS = 3
DWELLINGS = ("1", "2")
SALES = ("Vente", "Vente en l'état futur d'achèvement")
WINSOR = (1, 99)
DRAWS = 1_000
NO_CONTOURS = Withheld(
    "no-contours",
    "Contours des IRIS non publiés : donnée disponible pour la commune entière seulement.",
    "IRIS contours are not published: this figure exists for the whole commune only.",
)


@indicator("housing-vacancy")
def housing_vacancy(context: Context) -> Outcome:
    """Vacant dwellings over all dwellings, summed over the commune's IRIS."""
    if context.perimeter.kind != "commune":
        raise WithheldError(NO_CONTOURS)
    rows = context.matching("iris-housing", "insee", [context.perimeter.insee])
    vacant, dwellings = rows.column("vacant_dwellings"), rows.column("dwellings")
    usable = known(vacant) & known(dwellings)
    if not usable.any():
        raise no_data("iris-housing")
    part, whole = vacant[usable].sum(), dwellings[usable].sum()
    return Outcome(
        value=share(part, whole),
        n=round(whole),
        numerator=float(part),
        denominator=float(whole),
        coverage=share(usable.sum(), len(usable)),
        counted=((rows.layer, rows.positions[usable]),),
    )


@indicator("median-price")
def median_price(context: Context) -> Outcome:
    """Median price per square metre of sales of one dwelling, over three rolling years."""
    inside = context.within("sales")
    sold = _single_dwellings(context, inside)
    prices = sold["price"] / sold["area"]
    usable = np.isfinite(prices) & (prices > 0)
    if not usable.any():
        raise no_data("sales")
    prices = np.clip(prices[usable], *np.percentile(prices[usable], WINSOR))
    return Outcome(
        value=float(np.median(prices)),
        n=len(prices),
        coverage=share(usable.sum(), len(usable)),
        interval=_bootstrap(prices),
        counted=((inside.layer, np.sort(sold["row"][usable]).astype(np.int64)),),
        details={"from": sold["from"].item().isoformat(), "years": YEARS},
    )


def _single_dwellings(context: Context, inside: Rows) -> dict[str, np.ndarray]:
    """Return price, area and row of each recent sale of just one dwelling lying inside.

    A sale spans several rows that repeat its price, and a dwelling several, one for each kind of
    land. Rows alike in everything are identical flats sold together, whose lots tell them apart.
    """
    import pandas as pd

    ids = sorted({i for i in inside.column("id_mutation") if i is not None})
    whole = context.among(inside.layer, "id_mutation", ids)
    names = ["id_mutation", "date_mutation", "nature_mutation", "valeur_fonciere", "id_parcelle",
             "code_type_local", "surface_reelle_bati", "nombre_pieces_principales",
             "surface_terrain"]  # fmt: skip
    frame = pd.DataFrame({name: whole.column(name) for name in names})
    frame["row"] = whole.positions
    start = _window(inside)
    recent = pd.to_datetime(frame["date_mutation"]) >= pd.Timestamp(start)
    kinds = frame["nature_mutation"].isin(SALES) & recent
    same = ["id_mutation", "id_parcelle", "code_type_local", "surface_reelle_bati",
            "nombre_pieces_principales"]  # fmt: skip
    lines = frame[kinds & frame["code_type_local"].isin([*DWELLINGS, "4"])]
    twins = lines["id_mutation"][lines.duplicated([*same, "surface_terrain"])]
    built = lines.drop_duplicates(same)
    alone = built.groupby("id_mutation")["row"].transform("size") == 1
    alone &= ~built["id_mutation"].isin(twins)
    sold = built[
        alone & built["code_type_local"].isin(DWELLINGS) & built["row"].isin(inside.positions)
    ]
    return {
        "price": sold["valeur_fonciere"].to_numpy(float),
        "area": sold["surface_reelle_bati"].replace(0, np.nan).to_numpy(float),
        "row": sold["row"].to_numpy(),
        "from": np.array(start, dtype=object),
    }


def _window(rows: Rows) -> date:
    """Return the first day of the three years that end with the layer's newest sale."""
    interval = rows.layer.version.facts.get("interval")
    if not interval:
        raise no_data("sales")
    newest = date.fromisoformat(interval[1][:10])
    return newest - timedelta(days=round(365.25 * YEARS))


def _bootstrap(values: np.ndarray) -> tuple[float, float]:
    """Return the 95 % interval of the median; the seed is fixed so that answers are stable."""
    draws = np.random.default_rng(0).choice(values, (DRAWS, len(values)))
    low, high = np.percentile(np.median(draws, axis=1), (2.5, 97.5))
    return float(low), float(high)
