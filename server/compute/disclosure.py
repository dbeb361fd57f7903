"""Refusing a perimeter that with other answers would reveal few households.

Two sums over sets of cells that differ by a few households tell those households' values. So the
sets whose sums were given are remembered in the ledger, whoever asked, and a drawn perimeter is
refused when its set differs from one of them, or from a known perimeter of the towns around, by
fewer households than ``config/secrecy.yml`` allows; where the cells are of restricted access, when
any combination of answers would tell of so few. A set is told by the ids of its cells: the same
cells published again are the same.
"""

from __future__ import annotations

import hashlib
import time
import zlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import as_file, files

import numpy as np
from sqlalchemy import and_, insert, select

from layers.catalogue import Catalogue, Layer
from layers.errors import NotFoundError
from layers.records import Frozen, Kebab, load_record
from layers.snapshot import snapshot
from server.compute.auditing import Judgement, differ_by_few, judged
from server.indicators import perimeters
from server.indicators.context import Context
from server.indicators.evaluation import Found, measured, refused
from server.indicators.measures import Measure, Outcome, Withheld
from server.indicators.perimeters import Perimeter
from server.indicators.registry import Indicator, find, indicators
from server.ledger import Ledger
from server.ledger.tables import answers

DIFFERENCING = Withheld(
    "differencing",
    "Avec d'autres réponses déjà données, ce périmètre révélerait quelques ménages.",
    "With other answers already given, this perimeter would reveal a few households.",
)
# Earlier sets that are looked at together with a new one: within these degrees, the newest.
NEAR, MOST_COMBINED = 0.1, 1_024


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

    @cached_property
    def ids(self) -> np.ndarray:
        """Ids of the cells, ascending."""
        index = self.layer.index
        return np.unique(np.array(index.rows(self.rows, [index.id_field]).column(0), dtype="S"))

    @property
    def bounds(self) -> dict[str, float]:
        """Degrees that the cells span."""
        boxes = self.layer.index.boxes[:, self.rows]
        west, south = boxes[:2].min(axis=1)
        east, north = boxes[2:].max(axis=1)
        return {"west": float(west), "south": float(south), "east": float(east),
                "north": float(north)}  # fmt: skip

    def households(self, ids: np.ndarray) -> np.ndarray:
        """Return how many households some cells hold; those that are no more, or secret, none."""
        index = self.layer.index
        rows = np.array([-1 if (row := index.row_of(one.decode())) is None else row for one in ids])
        found = np.zeros(len(ids))
        told = index.rows(rows[rows >= 0], [self.attribute]).column(0)
        found[rows >= 0] = np.nan_to_num(np.asarray(told.to_numpy(), float))
        return found

    def beside(self, others: Sequence[np.ndarray]) -> Judgement:
        """Tell what the sum over these cells adds to those over others, given by their ids.

        Rows that anybody may read one by one are compared by two. Those of restricted access tell
        nothing of few households by any combination.
        """
        every, at = np.unique(np.concatenate([*others, self.ids]), return_inverse=True)
        sets = np.zeros((len(others) + 1, len(every)), dtype=bool)
        sets[np.repeat(np.arange(len(sets)), [*map(len, others), len(self.ids)]), at] = True
        former, new = sets[:-1], sets[-1]
        asked = former, new, self.households(every), secrecy().minimum_households
        if self.layer.record.access == "restricted":
            return judged(*asked)
        if (former == new).all(axis=1).any():
            return "known"
        return "revealing" if differ_by_few(*asked) else "safe"


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
        known = _of_known(context, one, cells.layer)
        if not _remember(ledger, one.text.id, cells, known):
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


def _of_known(context: Context, one: Indicator, layer: Layer) -> list[np.ndarray]:
    """Return the sets of the known perimeters around, whose values anybody may ask for."""
    around: list[Context] = context.once("known perimeters", lambda: _known(context))
    outcomes = (measured(area, one)[1] for area in around)
    return [
        cells.ids
        for outcome in outcomes
        if outcome
        for cells in _secret(outcome)
        if cells.layer.id == layer.id
    ]


def _known(context: Context) -> list[Context]:
    """Return the known perimeters of every town of the programme that a drawn one meets."""
    catalogue, here = context.catalogue, context.perimeter
    met = {here.insee}
    for layer in context.layers("communes"):
        rows = layer.index.intersecting(here.area)
        met.update(layer.index.rows(rows, ["insee"]).column(0).to_pylist())
    found: list[Context] = []
    for town in perimeters.towns(catalogue):
        if town.insee in met and town.fictitious == here.fictitious:
            with suppress(NotFoundError):
                areas = perimeters.perimeters(catalogue, town)
                found += [Context(catalogue, area) for area in areas]
    return found


def _remember(ledger: Ledger, indicator: str, cells: Cells, known: Sequence[np.ndarray]) -> bool:
    """Keep a set among those answered; False, and nothing kept, when it would tell of few.

    One that adds nothing to the others is not kept.
    """
    packed = b"\n".join(cells.ids)
    place = f"{cells.layer.id} {cells.layer.version.vintage} {indicator}"
    box = cells.bounds
    near = and_(
        answers.c.place == place,
        answers.c.west < box["east"] + NEAR, answers.c.east > box["west"] - NEAR,
        answers.c.south < box["north"] + NEAR, answers.c.north > box["south"] - NEAR,
    )  # fmt: skip
    newest = select(answers.c.cells).where(near).order_by(answers.c.at.desc())
    with ledger.write() as connection:
        rows = connection.execute(newest.limit(MOST_COMBINED)).scalars().all()
        added = cells.beside([*known, *map(_unpacked, rows)])
        if added == "safe":
            connection.execute(insert(answers).values(
                digest=hashlib.sha256(place.encode() + packed).hexdigest(), place=place,
                at=time.time(), cells=zlib.compress(packed), **box))  # fmt: skip
    return added != "revealing"


def _unpacked(packed: bytes) -> np.ndarray:
    return np.array(zlib.decompress(packed).split(b"\n"), dtype="S")
