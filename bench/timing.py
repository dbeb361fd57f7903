"""Timing one step, in whatever environment."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple


class Times(NamedTuple):
    """Seconds that passed, and those of work, which a busy machine changes least."""

    passed: float
    work: float


def timed(do: Callable[..., Any], *arguments: Any) -> tuple[Any, Times]:
    """Return what a function gives for some arguments, and how long it took."""
    started, worked = time.perf_counter(), time.process_time()
    made = do(*arguments)
    return made, Times(time.perf_counter() - started, time.process_time() - worked)


def median(times: Iterable[Times]) -> Times:
    """Return the median of each of the two."""
    return Times(*map(statistics.median, zip(*times, strict=True)))
