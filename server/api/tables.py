"""One indicator over all towns as a table: one row per town, withheld ones included."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from layers.schema import ARROW_TYPES
from server.compute.rows import ATTRIBUTES, row
from server.indicators.measures import Measure
from server.indicators.perimeters import Town

NAMES = [(a.name, ARROW_TYPES[a.type]) for a in ATTRIBUTES if a.name != "perimeter"]
SCHEMA = pa.schema([*NAMES, ("fictitious", pa.bool_())])


def table(pairs: Iterable[tuple[Town, Measure]]) -> pa.Table:
    """Return measures of towns as columns."""
    return pa.Table.from_pylist([_row(town, measure) for town, measure in pairs], schema=SCHEMA)


def as_csv(rows: pa.Table) -> bytes:
    """Return CSV, UTF-8; texts are quoted, so that codes look like the texts they are."""
    sink = io.BytesIO()
    pa.csv.write_csv(rows, sink)
    return sink.getvalue()


def as_parquet(rows: pa.Table) -> bytes:
    """Return Parquet."""
    sink = io.BytesIO()
    pq.write_table(rows, sink)
    return sink.getvalue()


def _row(town: Town, measure: Measure) -> dict[str, Any]:
    found = row(town.insee, town.name, "commune", measure)
    return found | {"fictitious": measure.fictitious}
