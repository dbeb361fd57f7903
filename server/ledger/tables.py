"""The tables of the ledger."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, LargeBinary, MetaData, String, Table, Text

# Raised with every change that an existing ledger cannot serve.
SCHEMA = 1
metadata = MetaData()

schema = Table(
    "schema_version",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
)

# The newest result of each indicator on each known perimeter; ``key`` tells of which inputs.
results = Table(
    "results",
    metadata,
    Column("insee", String(5), primary_key=True),
    Column("perimeter", String(80), primary_key=True),
    Column("indicator", String(80), primary_key=True),
    Column("key", String(64), nullable=False),
    Column("measure", Text, nullable=False),  # JSON
    Column("licence", Text),
    Column("computed", String(32), nullable=False),  # UTC, ISO 8601
)

# Times are seconds since 1970; ``heartbeat`` tells that the owner still lives.
jobs = Table(
    "jobs",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("process", String(80), nullable=False),
    Column("request", Text, nullable=False),  # JSON
    Column("status", String(12), nullable=False),
    Column("message", Text, nullable=False),
    Column("progress", Integer, nullable=False),
    Column("created", Float, nullable=False),
    Column("started", Float),
    Column("finished", Float),
    Column("updated", Float, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("owner", String(64)),
    Column("heartbeat", Float),
    Column("result", LargeBinary),  # JSON
    Index("jobs_by_status", "status", "created"),
)

# Sets of secret cells whose sums were given out: see server/compute/disclosure.py.
answered = Table(
    "answered_cells",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("layer", String(80), nullable=False),
    Column("version", String(40), nullable=False),
    Column("households", Float, nullable=False),
    Column("cells", LargeBinary, nullable=False),  # ascending row numbers, int64
    Index("answered_by_size", "layer", "version", "households"),
)
