"""The section of a load in the page of benchmarks."""

from __future__ import annotations

import statistics
import threading
from collections import Counter
from dataclasses import dataclass, field

MEMORY = {"own": "allocated, GDAL's processes included", "mapped": "files mapped to memory"}


@dataclass
class Tally:
    """What all connections saw, and the memory meanwhile.

    Attributes:
        times: milliseconds by kind of request.
        errors: how often each error came.
        memory: samples of memory (MiB) by kind.
        published: how often a layer was republished.
    """

    times: dict[str, list[float]] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    memory: list[dict[str, int]] = field(default_factory=list)
    published: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, kind: str, ms: float, error: str | None) -> None:
        """Count one answer."""
        with self.lock:
            self.times.setdefault(kind, []).append(ms)
            if error:
                self.errors[error] += 1

    @property
    def count(self) -> int:
        """Return the number of answers."""
        return sum(map(len, self.times.values()))


def section(minutes: float, workers: int, tally: Tally) -> str:
    """Return what a load showed, as Markdown."""
    every = sorted(ms for times in tally.times.values() for ms in times)
    rows = sorted(tally.times.items(), key=lambda pair: -_at(sorted(pair[1]), 99))
    lines = [f"| {name} | {_row(sorted(times))} |" for name, times in rows]
    return (
        f"## Load\n\n{minutes:g} minutes of mixed requests at 32 connections, "
        f"{workers} workers, a layer republished {tally.published} times meanwhile: "
        f"{len(every):,} answers, **{tally.errors.total()} errors**; median {_at(every, 50):.1f} "
        f"ms, p95 {_at(every, 95):.1f} ms, **p99 {_at(every, 99):.1f} ms**. The client, and the "
        "command that publishes, share the cores; every request waits for one of them.\n\n"
        "| request | answers | median (ms) | p95 | p99 | most |\n|---|---|---|---|---|---|\n"
        + "\n".join([*lines, f"| **all** | {_row(every)} |"])
        + "\n\n| memory of all processes (MiB) | first third | middle third | last third | most |\n"
        "|---|---|---|---|---|\n"
        + "".join(f"| {words} | {_thirds([m[k] for m in tally.memory])} |\n"
                  for k, words in MEMORY.items())
        + "\nMapped files are the system's page cache, counted once for each worker: see "
        "[operating](operating.md#memory).\n"
    )  # fmt: skip


def _row(times: list[float]) -> str:
    cuts = " | ".join(f"{_at(times, percent):.1f}" for percent in (50, 95, 99, 100))
    return f"{len(times):,} | {cuts}"


def _at(times: list[float], percent: int) -> float:
    """Return a percentile of sorted times, 0 without any."""
    return times[min(len(times) - 1, len(times) * percent // 100)] if times else 0.0


def _thirds(samples: list[int]) -> str:
    third = max(1, len(samples) // 3)
    parts = samples[:third], samples[third : 2 * third] or samples, samples[-third:]
    means = [f"{statistics.mean(part):.0f}" for part in parts]
    return " | ".join([*means, str(max(samples))])
