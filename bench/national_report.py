"""The section of docs/benchmarks.md that ``bench.national`` writes."""

from __future__ import annotations

import statistics
from collections import defaultdict
from dataclasses import dataclass, field

# Of answers that differ, so many are told.
TOLD = 20
WANTED = {"points": 4.0, "areas": 7.0, "catalogue": 5.0}
PLAIN = {"points": "`sjoin`", "areas": "`overlay`", "catalogue": "`sjoin`, `overlay`, `clip`"}
NAMES = {
    "points": "establishments in perimeters",
    "areas": "building areas in perimeters",
    "catalogue": "the indicators that both compute",
}
HEAD = """## Indicators on a national volume

Synthetic: the sample town stamped on the towns of the programme, each under its own code
(`bench/national_volume.py`). `python -m bench.national` writes this section.
"""
NOTES = """Each side runs in a process of its own, imports and cold reads included: the pages of the
files are dropped from memory first, and both sides take turns. *Plain* is geopandas over the same
GeoParquet files, all towns at once, just the columns needed. Perimeters are those of metropolitan
France. Seconds are those that passed, medians of the rounds; the work done is in brackets, which a
busy machine changes least. Memory is the most that a process held of its own, without mapped files.
Ours includes what the service adds to a value (coverage, interval, rows counted). Our index is
built once, when a layer is published; its time is not counted here. Answers apart differ by one row
at an edge: geopandas tests in Lambert-93, we in degrees, and a side that is straight in one is a
curve in the other.
"""


@dataclass
class Run:
    """A task done by one side: seconds passed and of work, and MiB of its own at most."""

    seconds: float
    work: float
    peak: float


@dataclass
class Results:
    """What a run measured.

    Attributes:
        scale: of the large layers.
        rows: by layer.
        posted: seconds of all indicators for each posted perimeter.
        work: seconds of work of the same, which a busy machine changes least.
        slowest: median milliseconds by code.
        given: how many indicators had a value, by the median.
        runs: by task, kind of perimeter and side.
        apart: answers that differ, by task and kind of perimeter; as ``indicator perimeter``.
        compared: answers compared.
        facts: other measures, told as text.
        growth: towns, processes and seconds.
    """

    scale: float
    rows: dict[str, int] = field(default_factory=dict)
    posted: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)
    slowest: dict[str, float] = field(default_factory=dict)
    given: int = 0
    runs: dict[tuple[str, str, str], list[Run]] = field(default_factory=lambda: defaultdict(list))
    apart: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    compared: dict[tuple[str, str], int] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    growth: list[tuple[int, int, float]] = field(default_factory=list)


def section(results: Results) -> str:
    """Return the section as Markdown."""
    parts = [HEAD, _rows(results), _posted(results), _compared(results), NOTES, _grown(results)]
    if results.facts:
        parts.append("\n".join(f"- {name}: {value}" for name, value in results.facts.items()))
    return "\n".join(part.strip("\n") + "\n" for part in parts)


def _rows(results: Results) -> str:
    told = ", ".join(f"{count:,} {name}" for name, count in results.rows.items() if count > 20_000)
    return f"Rows (scale {results.scale:g}): {told}, and small tables.\n"


def _posted(results: Results) -> str:
    median = statistics.median(results.posted)
    mark = "reached" if median < 1 else "missed"
    slow = ", ".join(f"{code} {ms:.0f}" for code, ms in results.slowest.items())
    return (
        f"### One drawn perimeter\n\nAll 45 indicators ({results.given} of them with a value; the "
        f"others are of whole communes), {len(results.posted)} centres turned a little, warm: "
        f"median **{median:.2f} s**, {min(results.posted):.2f} to {max(results.posted):.2f} "
        f"(wanted: under 1 s, {mark}); {statistics.median(results.work):.2f} s of work. "
        f"Slowest, median ms: {slow}.\n"
    )


def _compared(results: Results) -> str:
    lines = [
        "### All towns, against geopandas",
        "",
        "| | perimeters | plain | ours, s | plain, s | ratio | wanted | | MiB, ours and plain "
        "| answers | apart |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for (task, kind), apart in results.apart.items():
        ours, plain = (results.runs[task, kind, side] for side in ("ours", "plain"))
        ratio = _seconds(plain) / _seconds(ours)
        mark = "reached" if ratio >= WANTED[task] else "missed"
        lines.append(
            f"| {NAMES[task]} | {kind}s | {PLAIN[task]} | {_told(ours)} | {_told(plain)} | "
            f"**{ratio:.1f}×** ({_work(plain) / _work(ours):.1f}×) | {WANTED[task]:g}× | {mark} | "
            f"{_peak(ours):,.0f}, {_peak(plain):,.0f} | {results.compared[task, kind]:,} | "
            f"{len(apart)} |"
        )
    told = [one for apart in results.apart.values() for one in apart]
    if told:
        lines += ["", f"Apart (indicator, perimeter: ours and plain): {'; '.join(told[:TOLD])}."]
    return "\n".join(lines) + "\n"


def _grown(results: Results) -> str:
    lines = [
        "### How cost grows",
        "",
        "`coeurville compute`, all indicators of whole communes, start and publication included:",
        "",
        "| towns | processes | seconds |",
        "|---|---|---|",
    ]
    lines += [f"| {towns} | {jobs} | {s:.1f} |" for towns, jobs, s in results.growth]
    return "\n".join(lines) + "\n"


def _seconds(runs: list[Run]) -> float:
    return statistics.median(run.seconds for run in runs)


def _work(runs: list[Run]) -> float:
    return statistics.median(run.work for run in runs)


def _told(runs: list[Run]) -> str:
    return f"{_seconds(runs):.1f} ({_work(runs):.1f})"


def _peak(runs: list[Run]) -> float:
    return max(run.peak for run in runs)
