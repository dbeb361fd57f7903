"""What the command line says: sentences, lists of layers, progress."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console, JustifyMethod
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table as Grid

if TYPE_CHECKING:
    from layers.catalogue import Layer
    from layers.lake import Version
    from layers.records import LayerRecord

# Sentences are wrapped by the terminal, not by us: in a log, each is one line.
console = Console(soft_wrap=True)
LOG_WIDTH = 240
LEAST_WIDTH, GAP = 8, 2


def tell_layers(layers: Collection[Layer]) -> None:
    """List layers, one a line."""
    rows = [_listed(layer) for layer in layers]
    names = ("id", "rows", "version", "vintage", "title", "source")
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    total = console.width if console.is_terminal else LOG_WIDTH
    # What is to be typed again is shown whole; title and source share what is left of the line.
    left = max(total - sum(widths[:4]) - GAP * len(names), 2 * LEAST_WIDTH)
    widths[4] = min(widths[4], left // 2)
    widths[5] = min(widths[5], left - widths[4])
    grid = Grid(box=None, padding=(0, GAP, 0, 0), header_style="bold")
    for name, width in zip(names, widths, strict=True):
        side: JustifyMethod = "right" if name == "rows" else "left"
        grid.add_column(name, no_wrap=True, width=width, justify=side)
    for row in rows:
        grid.add_row(*(escape(cell) for cell in row))
    Console(width=sum(widths) + GAP * len(names)).print(grid)


def _listed(layer: Layer) -> tuple[str, ...]:
    """Return what the list of layers tells of one; its version by the second it was made."""
    version = layer.version
    rows = "raster" if version.rows is None else f"{version.rows:,}"
    made = version.id[: len("20260131T120000")]
    return layer.id, rows, made, version.vintage or "", layer.record.title.fr, version.source


def tell_version(record: LayerRecord, version: Version) -> None:
    """Say how many rows a new version kept, repaired and refused."""
    report = version.report
    console.print(f"[bold]{record.id}[/]: {version.rows:,} rows kept of {report['read']:,}.")
    for fate in ("repaired", "refused"):
        for reason, count in report[fate].items():
            console.print(f"  {fate}: {count:,} × {escape(reason)}")
    for note in report["notes"]:
        console.print(f"  note: {escape(note)}")


def tell_raster(record: LayerRecord, version: Version) -> None:
    """Say what a new version of a raster holds."""
    from layers.raster_legends import by_value

    facts = version.facts
    rows, columns = facts["shape"]
    known = by_value(record)
    what = f"{len(facts['values'])} classes" if facts["classes"] else "quantities"
    bands = f"{len(facts['bands'])} band" + ("s" if len(facts["bands"]) > 1 else "")
    text = f"{columns:,} x {rows:,} pixels, {bands} of {what}, {facts['crs'][:20]}."
    console.print(f"[bold]{record.id}[/]: {escape(text)}")
    unnamed = [str(value) for value in facts["values"] if value not in known]
    if unnamed:
        console.print(
            f"  note: no name for {len(unnamed)} classes ({', '.join(unnamed[:5])}…): add them "
            f"under classes in the record {record.id}.yml."
        )


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Give a progress bar that is shown where somebody watches."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    target = Console(stderr=True)
    # Where nobody watches, as in a log, a progress bar would only leave blank lines.
    quiet = not target.is_terminal
    with Progress(*columns, console=target, transient=True, disable=quiet) as progress:
        yield progress


def tell_lacking(theme: str, names: Sequence[str]) -> None:
    """Say which columns of a theme a file lacks, and what follows."""
    console.print(
        f"For the theme {theme} the file lacks {', '.join(names)}: indicators that read one of "
        "them withhold their value.", highlight=False,
    )  # fmt: skip
