"""Asking for a process and running it: at once, or as a job in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

import orjson

from layers.catalogue import Catalogue
from server.compute.processes import Step, find_process, steps
from server.ledger import Ledger

Progress = Callable[[int, str], bool]
JSON = orjson.OPT_SERIALIZE_NUMPY


class CancelledError(Exception):
    """The job is wanted no more."""


def execute(
    catalogue: Catalogue, ledger: Ledger, process: str, inputs: dict[str, Any],
    progress: Progress | None = None,
) -> bytes:  # fmt: skip
    """Return what a process finds, as JSON: a list of places and measures.

    Args:
        catalogue: the layers.
        ledger: remembers what was answered on secret cells.
        process: its id.
        inputs: valid ones.
        progress: told the percentage done and a word after each measure; False stops the work.

    Raises:
        CancelledError: ``progress`` said so.
    """
    total, found = steps(catalogue, ledger, find_process(process), inputs)
    rows = []
    for count, step in enumerate(found, start=1):
        rows.append(step)
        percent = min(99, 100 * count // max(total, 1))
        if progress and not progress(percent, f"{count} / {total}"):
            raise CancelledError
    return as_json(rows)


def as_json(rows: Iterable[Step]) -> bytes:
    """Return steps as JSON."""
    return orjson.dumps([asdict(row) for row in rows], option=JSON)
