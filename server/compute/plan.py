"""What must be computed: results that are missing or made from other inputs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from layers.catalogue import Catalogue
from layers.errors import BadRequestError, did_you_mean
from layers.snapshot import snapshot
from server.compute.keys import Keys
from server.compute.work import Task, area_of
from server.indicators import perimeters
from server.indicators.perimeters import Town
from server.indicators.registry import Indicator, find, indicators
from server.ledger import Ledger
from server.ledger.results import Result, kept

KNOWN = ("commune", "centre")


@dataclass(frozen=True)
class Plan:
    """Tasks to do, and how many of their indicators were left out as current."""

    tasks: list[Task]
    current: int


def plan(
    catalogue: Catalogue,
    ledger: Ledger,
    towns: Iterable[Town],
    names: Iterable[str],
    chosen: Iterable[Indicator],
    *,
    force: bool = False,
) -> Plan:
    """Return what is left to compute on some towns' perimeters, all of it when forced."""
    wanted = {one.text.id: one for one in chosen}
    catalogue = snapshot(catalogue)
    former = {} if force else _by_place(kept(ledger, wanted))
    keys = Keys(catalogue)
    tasks, current = [], 0
    for town, name in product(towns, names):
        area = area_of(catalogue, town, name)
        now = {i: keys.key(one, area) for i, one in wanted.items()}
        stale = [i for i, key in now.items() if former.get((town.insee, name, i)) != key]
        current += len(wanted) - len(stale)
        if stale:
            tasks.append(Task(town.insee, name, tuple(stale)))
    return Plan(tasks, current)


def results_kept(
    catalogue: Catalogue, ledger: Ledger, chosen: Iterable[Indicator]
) -> Iterator[tuple[Town, Result, bool]]:
    """Yield results by town, perimeter and code, and whether their inputs are those of now."""
    catalogue = snapshot(catalogue)
    by_id = {one.text.id: one for one in chosen}
    found = kept(ledger, by_id)
    towns = {town.insee: town for town in perimeters.towns(catalogue)} if found else {}
    keys, areas = Keys(catalogue), {}
    order = {name: position for position, name in enumerate(by_id)}
    for one in sorted(found, key=lambda r: (r.insee, r.perimeter, order[r.indicator])):
        if one.insee not in towns:
            continue
        place = (one.insee, one.perimeter)
        if place not in areas:
            areas[place] = area_of(catalogue, towns[one.insee], one.perimeter)
        current = keys.key(by_id[one.indicator], areas[place]) == one.key
        yield towns[one.insee], one, current


def chosen_towns(catalogue: Catalogue, text: str) -> list[Town]:
    """Return ``all`` towns, or those of some codes separated by commas."""
    if text == "all":
        return perimeters.towns(catalogue)
    return [perimeters.town(catalogue, code) for code in _words(text)]


def chosen_indicators(text: str) -> list[Indicator]:
    """Return ``all`` indicators, or those of some ids or codes separated by commas."""
    if text == "all":
        return list(indicators().values())
    return list({find(name).text.id: find(name) for name in _words(text)}.values())


def chosen_perimeters(text: str) -> list[str]:
    """Return the known perimeters that a text names, separated by commas."""
    for name in (found := _words(text)):
        if name not in KNOWN:
            hint = did_you_mean(name, KNOWN)
            raise BadRequestError(f"perimeters must be {' or '.join(KNOWN)}, not {name!r}.{hint}")
    return list(dict.fromkeys(found))


def _by_place(results: Iterable[Result]) -> dict[tuple[str, str, str], str]:
    return {(one.insee, one.perimeter, one.indicator): one.key for one in results}


def _words(text: str) -> list[str]:
    found = [word.strip() for word in text.split(",") if word.strip()]
    if not found:
        raise BadRequestError("Nothing is chosen: give all, or names separated by commas.")
    return found
