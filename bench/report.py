"""The report of a run, as Markdown."""

from __future__ import annotations

import os
import platform
from collections import defaultdict
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from bench.requests import catalogue

HEAD = """# Benchmarks

`make bench` writes this page: one run, servers on the same machine asked in turn in bursts of up to
20 requests (about 50 ms), medians of what a client on a kept-alive connection waits, all links and
headers included. **Trust the ratios**, not
the milliseconds. All data is synthetic: 1,000,000 points with 12 attributes and 200,000 buildings
around 250 invented towns.

"""
MARK = "<!-- other benchmarks below -->"
NOTES = """
Every request of a row but the item pages asks a little different question each time, so that no
answer kept from before helps. PostGIS has its GiST index, its keys, and an index on each filtered
column. A tile of ours keeps to a byte budget and thins what is over it at low zoom, as
[the page on tiles](tiles.md) says; at z14 and z16 nothing is thinned. *bare ASGI* sends the very
headers and bytes of one answer of ours, ready in memory, from an application that adds nothing: the
limit of the stack.
"""


@dataclass
class Results:
    """What a run measured.

    Attributes:
        medians: milliseconds by request and server, at one connection.
        rates: requests per second at eight connections, by request, server and workers.
        sizes: bytes and features of an answer, by request and server.
        facts: publishing time and memory, cold starts, resident memory.
    """

    medians: dict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))
    rates: dict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))
    sizes: dict[str, dict[str, tuple[int, int | None]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    facts: dict[str, str] = field(default_factory=dict)


def write_report(path: Path, results: Results) -> None:
    """Write the page; the sections of other benchmarks after the marker are kept."""
    former = path.read_text(encoding="utf-8").partition(MARK)[2] if path.exists() else "\n"
    parts = [
        HEAD,
        _machine(),
        _medians(results),
        NOTES,
        _targets(results),
        _rates(results),
        _facts(results),
        MARK,
        former,
    ]
    path.write_text("\n".join(part.strip("\n") + "\n" for part in parts), encoding="utf-8")


def write_section(path: Path, name: str, text: str) -> None:
    """Put a section of another benchmark in the page, in the place of its former text."""
    start, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    page = path.read_text(encoding="utf-8") if path.exists() else f"{HEAD}\n{MARK}\n"
    before, _, rest = page.partition(start)
    after = rest.partition(end)[2] if rest else ""
    path.write_text(f"{before.rstrip()}\n\n{start}{text}{end}{after}", encoding="utf-8")


def _machine() -> str:
    versions = ", ".join(f"{n} {version(n)}" for n in ("duckdb", "numpy", "starlette", "uvicorn"))
    return (
        f"Machine: {os.cpu_count()} cores, {platform.machine()}, Python "
        f"{platform.python_version()}; {versions}.\n"
    )


def _medians(results: Results) -> str:
    names = list(dict.fromkeys(n for row in results.medians.values() for n in row))
    lines = [
        "## One connection, one worker (median ms; in brackets, how many times ours)",
        "",
        f"| request | answer | {' | '.join(names)} |",
        f"|---|---|{'---|' * len(names)}",
    ]
    for request, row in results.medians.items():
        size, count = results.sizes[request]["coeurville"]
        told = f"{size / 1024:,.0f} kB" + (f", {count:,} features" if count else "")
        lines.append(f"| {request} | {told} | {' | '.join(_cell(row, name) for name in names)} |")
    return "\n".join(lines) + "\n"


def _cell(row: dict[str, float], name: str) -> str:
    if name not in row:
        return "–"
    if name == "coeurville":
        return f"**{row[name]:.2f}**"
    return f"{row[name]:.2f} ({row[name] / row['coeurville']:.3g}×)"


def _targets(results: Results) -> str:
    lines = [
        "## Targets",
        "",
        "| request | against | wanted | measured | |",
        "|---|---|---|---|---|",
    ]
    for request in catalogue(["pygeoapi points-pg"]):
        row = results.medians[request.name]
        for peer, wanted in request.target.items():
            ratio = row[peer] / row["coeurville"]
            mark = "reached" if ratio >= wanted else "missed"
            lines.append(f"| {request.name} | {peer} | {wanted:g}× | {ratio:.3g}× | {mark} |")
        if "tile" not in request.name:
            over = row["coeurville"] / row["bare ASGI"]
            mark = "reached" if over <= 3 else "missed"
            lines.append(
                f"| {request.name} | bare ASGI | at most 3× its time | {over:.2f}× | {mark} |"
            )
    return "\n".join(lines) + "\n"


def _rates(results: Results) -> str:
    if not results.rates:
        return "## Eight connections\n\nNot measured: wrk is not installed.\n"
    names = list(dict.fromkeys(n for row in results.rates.values() for n in row))
    lines = [
        "## Eight connections (requests per second; w: workers)",
        "",
        f"| request | {' | '.join(names)} |",
        f"|---|{'---|' * len(names)}",
    ]
    for request, row in results.rates.items():
        cells = (f"{row[n]:,.1f}" if n in row else "–" for n in names)
        lines.append(f"| {request} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _facts(results: Results) -> str:
    lines = ["## Publishing, starting, memory", "", "| | |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in results.facts.items()]
    return "\n".join(lines) + "\n"
