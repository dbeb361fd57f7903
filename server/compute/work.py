"""The work on one town: a pure function of the lake, for whatever process or host runs it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import orjson

from layers.catalogue import Catalogue
from layers.errors import NotFoundError
from layers.snapshot import snapshot
from server.compute.keys import Keys
from server.indicators import perimeters
from server.indicators.context import Context
from server.indicators.evaluation import licence, measured, refused
from server.indicators.measures import Measure, no_boundary
from server.indicators.perimeters import Perimeter, Town
from server.indicators.registry import Indicator, find
from server.ledger.results import Result


@dataclass(frozen=True)
class Task:
    """Some indicators on one perimeter of a town."""

    insee: str
    perimeter: str
    indicators: tuple[str, ...]


def work(data: str, task: Task) -> list[Result]:
    """Compute a task over the lake of a data folder.

    A result's key tells the state of the layers that it was computed from: one state for all.
    """
    catalogue = snapshot(_catalogue(data))
    chosen = [find(name) for name in task.indicators]
    town = perimeters.town(catalogue, task.insee)
    area = area_of(catalogue, town, task.perimeter)
    keys = Keys(catalogue)
    found = _measures(catalogue, town, area, chosen)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return [
        Result(
            task.insee,
            task.perimeter,
            one.text.id,
            keys.key(one, area),
            as_json(measure),
            terms,
            now,
        )
        for one, (measure, terms) in zip(chosen, found, strict=True)
    ]


def work_elsewhere(data: str, task: Task) -> list[Result]:
    """Compute a task on another host, over its own ``COEURVILLE_DATA`` where it names one."""
    return work(os.environ.get("COEURVILLE_DATA", data), task)


def area_of(catalogue: Catalogue, town: Town, name: str) -> Perimeter | None:
    """Return a perimeter of a town, None where nothing that it needs is published."""
    if name == "centre" and town.hall is None:
        return None
    try:
        return perimeters.perimeter(catalogue, town, name)
    except NotFoundError:
        return None


def as_json(measure: Measure) -> str:
    """Return a measure as JSON; equal measures give equal texts."""
    return orjson.dumps(measure, option=orjson.OPT_SERIALIZE_NUMPY).decode()


def exit_with_parent() -> None:
    """Stop this process when the one that started it is gone, even killed: nobody waits for it.

    An interruption from the terminal reaches both; the parent alone answers it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = os.getppid()

    def watch() -> None:
        pause = threading.Event()
        while os.getppid() == parent:
            pause.wait(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _measures(
    catalogue: Catalogue, town: Town, area: Perimeter | None, chosen: list[Indicator]
) -> Iterable[tuple[Measure, str | None]]:
    if area is None:
        reason = no_boundary(town.name)
        yield from ((refused(one.text, reason, town.fictitious), None) for one in chosen)
        return
    context = Context(catalogue, area)
    for one in chosen:
        measure, outcome = measured(context, one)
        yield measure, licence([layer for layer, _ in outcome.counted]) if outcome else None


@cache
def _catalogue(data: str) -> Catalogue:
    return Catalogue(Path(data))
