"""CSV and Parquet for programs: the columns of every table of measures, never translated."""

from __future__ import annotations

import pyarrow as pa

from layers.schema import ARROW_TYPES
from server.api import tables
from server.api.takeaway.taken import Taken
from server.compute.rows import ATTRIBUTES, row

SCHEMA = pa.schema(
    [*((a.name, ARROW_TYPES[a.type]) for a in ATTRIBUTES), ("fictitious", pa.bool_())]
)


def as_csv(taken: Taken) -> bytes:
    """Return CSV, UTF-8, with commas and points."""
    return tables.as_csv(_table(taken))


def as_parquet(taken: Taken) -> bytes:
    """Return Parquet."""
    return tables.as_parquet(_table(taken))


def _table(taken: Taken) -> pa.Table:
    area = taken.area
    rows = [row(area.insee, area.name, area.id, one) | {"fictitious": one.fictitious}
            for one in taken.measures]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=SCHEMA)
