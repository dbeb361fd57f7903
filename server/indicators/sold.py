"""Sales told apart from their lines: a sale spans several, which repeat its price."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from layers.catalogue import Layer
from server.indicators.context import Context, Rows
from server.indicators.derived import derived
from server.indicators.measures import no_data

YEARS = 3
YEAR_DAYS = 365.25
DWELLINGS = ("1", "2")
FLAT = "2"
BUSINESS = "4"
SALES = ("Vente", "Vente en l'état futur d'achèvement")
WINSOR = (1, 99)


@dataclass(frozen=True)
class Window:
    """The rolling years that end with the newest sale of the layer.

    Attributes:
        start: first day.
        years: how long the layer really tells of, three at most.
    """

    start: date
    years: float


@dataclass(frozen=True)
class Prices:
    """Prices per square metre of dwellings sold alone; arrays of one length.

    Attributes:
        rows: the line that stands for each sale.
        prices: in euros per square metre, brought back between the 1st and 99th percentiles.
        flats: flats, rather than houses.
        sold: how many were sold alone, whether or not price and area are known.
    """

    rows: Rows
    prices: np.ndarray
    flats: np.ndarray
    sold: int


def window(layer: Layer) -> Window:
    """Return the three years that end with the layer's newest sale."""
    interval = layer.version.facts.get("interval")
    if not interval:
        raise no_data("sales")
    oldest, newest = (date.fromisoformat(day[:10]) for day in interval)
    start = newest - timedelta(days=round(YEAR_DAYS * YEARS))
    return Window(start, ((newest - max(start, oldest)).days + 1) / YEAR_DAYS)


def prices(context: Context, outside: Rows | None = None) -> Prices:
    """Return the recent prices inside the perimeter, without those of some other rows."""
    rows = recent(context, "alone")
    if outside is not None:
        kept = ~np.isin(rows.positions, outside.positions)
        rows = rows.where(kept)
    area = rows.column("surface_reelle_bati")
    with np.errstate(divide="ignore", invalid="ignore"):
        found = rows.column("valeur_fonciere") / area
    usable = np.isfinite(found) & (found > 0)
    if not usable.any():
        raise no_data("sales")
    told = rows.where(usable)
    clipped = np.clip(found[usable], *np.percentile(found[usable], WINSOR))
    return Prices(told, clipped, told.column("code_type_local") == FLAT, len(rows.positions))


def recent(context: Context, kind: str) -> Rows:
    """Return lines of the perimeter that each stand for one recent sale.

    Args:
        context: the perimeter.
        kind: ``alone`` for sales of just one dwelling, ``homes`` for those of one or more.
    """
    rows = context.within("sales")
    stands = derived(rows.layer, f"sales: {kind}", FACTS[kind])[rows.positions]
    start = np.datetime64(window(rows.layer).start)
    chosen = stands & (np.array(rows.column("date_mutation"), "datetime64[D]") >= start)
    return rows.where(chosen)


@dataclass(frozen=True)
class Lines:
    """Lines of dwellings and business premises in true sales; arrays of one length.

    Attributes:
        rows: where they are in the layer, ascending.
        dwelling: dwellings, rather than premises.
        sale: a number for each sale.
    """

    rows: np.ndarray
    dwelling: np.ndarray
    sale: np.ndarray


def _lines(layer: Layer) -> Lines:
    columns = ["nature_mutation", "code_type_local", "id_mutation"]
    table = layer.index.rows(range(layer.index.count), columns)
    kept = pc.and_(
        pc.is_in(table["nature_mutation"], pa.array(SALES)),
        pc.is_in(table["code_type_local"], pa.array([*DWELLINGS, BUSINESS])),
    )
    table = table.filter(kept)
    dwelling = pc.is_in(table["code_type_local"], pa.array(DWELLINGS))
    rows = pc.indices_nonzero(kept).to_numpy().astype(np.int64)
    return Lines(rows, dwelling.to_numpy(), _codes(table["id_mutation"]))


def _codes(column: pa.ChunkedArray) -> np.ndarray:
    """Return a number for each distinct value; missing values are alike."""
    encoded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    return np.asarray(encoded.indices.to_numpy()).astype(np.int64)


def _alone(layer: Layer) -> np.ndarray:
    """Tell which lines stand for a sale of just one dwelling, without business premises."""
    lines = _lines(layer)
    single = np.bincount(lines.sale)[lines.sale] == 1
    several = _alone_of_several(layer, lines.rows[~single], lines.dwelling[~single])
    return _mask(layer, np.concatenate([lines.rows[single & lines.dwelling], several]))


def _alone_of_several(layer: Layer, rows: np.ndarray, dwelling: np.ndarray) -> np.ndarray:
    """Return the lines that stand for a sale of one dwelling, of sales of several lines.

    A dwelling spans several lines, one for each kind of land. Lines alike in everything are
    identical flats sold together, whose lots tell them apart.
    """
    columns = ["id_mutation", "id_parcelle", "code_type_local", "surface_reelle_bati",
               "nombre_pieces_principales", "surface_terrain"]  # fmt: skip
    table = layer.index.rows(rows, columns)
    sale, *others, ground = (_codes(table[name]) for name in columns)
    same = _groups(sale, *others)
    twins = np.unique(sale[~_first(_groups(same, ground))])
    built = _first(same)
    count = np.bincount(sale[built], minlength=len(rows) + 1)[sale]
    return np.asarray(rows[built & dwelling & (count == 1) & ~np.isin(sale, twins)])


def _groups(first: np.ndarray, *others: np.ndarray) -> np.ndarray:
    """Return a number for each distinct combination of codes."""
    for codes in others:
        pairs = first * (codes.max(initial=0) + 1) + codes
        first = np.unique(pairs, return_inverse=True)[1]
    return first


def _first(codes: np.ndarray) -> np.ndarray:
    """Tell which codes come for the first time."""
    found = np.zeros(len(codes), dtype=bool)
    found[np.unique(codes, return_index=True)[1]] = True
    return found


def _homes(layer: Layer) -> np.ndarray:
    """Tell which lines stand for a sale of one dwelling or more: the first such of each."""
    lines = _lines(layer)
    homes = lines.rows[lines.dwelling]
    return _mask(layer, homes[_first(lines.sale[lines.dwelling])])


def _mask(layer: Layer, rows: np.ndarray) -> np.ndarray:
    found = np.zeros(layer.index.count, dtype=bool)
    found[rows] = True
    return found


FACTS = {"alone": _alone, "homes": _homes}
