"""Refusing a perimeter so close to another that their difference would reveal few households.

Two sums over sets of cells that differ by a few households tell those households' values. So the
sets whose sums were given are remembered in the ledger, whoever asked, and a drawn perimeter is
refused when its set differs from one of them, or from a known perimeter of its town, by fewer
households than ``config/secrecy.yml`` allows. Combinations of three or more are not traced.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files

import numpy as np
from sqlalchemy import and_, insert, select

from layers.catalogue import Catalogue, Layer
from layers.errors import NotFoundError
from layers.records import Frozen, Kebab, load_record
from layers.snapshot import snapshot
from server.indicators import perimeters
from server.indicators.context import Context
from server.indicators.evaluation import Found, measured, refused
from server.indicators.measures import Measure, Outcome, Withheld
from server.indicators.perimeters import Perimeter, Town
from server.indicators.registry import Indicator, find, indicators
from server.ledger import Ledger
from server.ledger.tables import answered

DIFFERENCING = Withheld(
    "differencing",
    "Périmètre trop proche d'un autre déjà publié : leur différence révélerait quelques ménages.",
    "Too close to a perimeter answered before: their difference would reveal a few households.",
)


class Secrecy(Frozen):
    """What statistical secrecy asks.

    Attributes:
        minimum_households: fewer than this are never told apart.
        themes: those whose rows are secret, with the attribute that counts households.
        indicators: those whose answers on drawn perimeters are compared with earlier ones.
    """

    minimum_households: int
    themes: dict[Kebab, str]
    indicators: tuple[Kebab, ...]


@dataclass(frozen=True)
class Cells:
    """A set of cells of one layer version: ascending row numbers."""

    layer: Layer
    rows: np.ndarray
    attribute: str

    @property
    def households(self) -> float:
        """Return how many households the cells hold."""
        return self.count(self.rows)

    def count(self, rows: np.ndarray) -> float:
        """Return how many households some cells of the layer hold; unknown ones count none."""
        column = self.layer.index.rows(rows, [self.attribute]).column(0)
        return float(np.nansum(np.asarray(column.to_numpy(zero_copy_only=False), float)))

    def reveals(self, other: np.ndarray, minimum: int) -> bool:
        """Tell whether the difference of two sets is some households, but too few."""
        apart = np.setxor1d(self.rows, other, assume_unique=True)
        return len(apart) > 0 and self.count(apart) < minimum


@cache
def secrecy() -> Secrecy:
    """Return the thresholds of ``config/secrecy.yml``."""
    with as_file(files("config") / "secrecy.yml") as path:
        return load_record(path, Secrecy)


def guarded(ledger: Ledger, context: Context, one: Indicator, found: Found) -> Measure:
    """Return a measure, withheld where it and earlier answers would reveal a few households."""
    measure, outcome = found
    watched = one.text.id in secrecy().indicators and context.perimeter.kind == "posted"
    if outcome is None or not watched:
        return measure
    for cells in _secret(outcome):
        if _reveals_known(context, one, cells) or not _remember(ledger, one.text.id, cells):
            return refused(one.text, DIFFERENCING, context.perimeter.fictitious)
    return measure


def evaluate_guarded(
    catalogue: Catalogue, ledger: Ledger, perimeter: Perimeter, names: Iterable[str] | None = None
) -> list[Measure]:
    """Return the measures of some indicators, by default all, on a perimeter that a user drew."""
    context = Context(snapshot(catalogue), perimeter)
    chosen = [find(name) for name in names] if names is not None else list(indicators().values())
    return [guarded(ledger, context, one, measured(context, one)) for one in chosen]


def _secret(outcome: Outcome) -> list[Cells]:
    """Return the sets of secret rows that an outcome sums up."""
    themes = secrecy().themes
    return [
        Cells(layer, np.unique(np.asarray(rows, np.int64)), themes[layer.record.theme])
        for layer, rows in outcome.counted
        if layer.record.theme in themes
    ]


def _reveals_known(context: Context, one: Indicator, cells: Cells) -> bool:
    """Compare with the known perimeters of the town, whose values anybody may ask for."""
    around: list[Context] = context.once("known perimeters", lambda: _known(context))
    outcomes = (measured(area, one)[1] for area in around)
    return any(
        cells.reveals(other.rows, secrecy().minimum_households)
        for outcome in outcomes
        if outcome
        for other in _secret(outcome)
        if other.layer.id == cells.layer.id
    )


def _known(context: Context) -> list[Context]:
    """Return the known perimeters of the town of a drawn one."""
    catalogue, here = context.catalogue, context.perimeter
    town = Town(here.insee, here.name, {}, here.fictitious, None)
    with suppress(NotFoundError):
        town = perimeters.town(catalogue, here.insee)
    known = (
        perimeters.perimeters(catalogue, town)
        if town.hall
        else [perimeters.commune(catalogue, town)]
    )
    return [
        context.commune() if area.kind == "commune" else Context(catalogue, area) for area in known
    ]


def _remember(ledger: Ledger, indicator: str, cells: Cells) -> bool:
    """Keep a set among those answered; False, and nothing kept, when it is too close to one."""
    packed = cells.rows.astype("<i8").tobytes()
    place = f"{cells.layer.id} {cells.layer.version.id} {indicator} "
    digest = hashlib.sha256(place.encode() + packed).hexdigest()
    total, minimum = cells.households, secrecy().minimum_households
    # Sets that differ by few households hold about as many, so few are compared one by one.
    near = and_(
        answered.c.layer == cells.layer.id,
        answered.c.version == cells.layer.version.id,
        answered.c.households > total - minimum,
        answered.c.households < total + minimum,
    )
    with ledger.write() as connection:
        rows = connection.execute(select(answered.c.digest, answered.c.cells).where(near)).all()
        if any(digest == known for known, _ in rows):
            return True
        former = (np.frombuffer(kept, "<i8").astype(np.int64) for _, kept in rows)
        if any(cells.reveals(other, minimum) for other in former):
            return False
        connection.execute(insert(answered).values(
            digest=digest, layer=cells.layer.id, version=cells.layer.version.id,
            households=total, cells=packed))  # fmt: skip
    return True
