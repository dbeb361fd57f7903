"""One indicator over all towns as a table: one row per town, withheld ones included."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from server.indicators.measures import Measure
from server.indicators.perimeters import Town

SCHEMA = pa.schema(
    [
        ("insee", pa.string()), ("town", pa.string()), ("id", pa.string()), ("code", pa.string()),
        ("value", pa.float64()), ("unit", pa.string()), ("numerator", pa.float64()),
        ("denominator", pa.float64()), ("n", pa.int64()), ("coverage", pa.float64()),
        ("imputed_share", pa.float64()), ("low", pa.float64()), ("high", pa.float64()),
        ("vintage", pa.string()), ("evidence", pa.string()), ("withheld", pa.string()),
        ("fictitious", pa.bool_()),
    ]
)  # fmt: skip


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
    low, high = measure.interval or (None, None)
    vintages = sorted({v for v in measure.vintages.values() if v})
    return {
        "insee": town.insee, "town": town.name, "id": measure.id, "code": measure.code,
        "value": measure.value, "unit": measure.unit, "numerator": measure.numerator,
        "denominator": measure.denominator, "n": measure.n, "coverage": measure.coverage,
        "imputed_share": measure.imputed_share, "low": low, "high": high,
        "vintage": ", ".join(vintages) or None, "evidence": measure.evidence,
        "withheld": measure.withheld.reason if measure.withheld else None,
        "fictitious": measure.fictitious,
    }  # fmt: skip
