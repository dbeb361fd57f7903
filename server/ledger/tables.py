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

# Sets of secret cells whose sums were given out: see server/compute/disclosure.py. ``place`` tells
# layer, vintage and indicator; the box is in degrees.
answers = Table(
    "answered_sets",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("place", String(200), nullable=False),
    Column("at", Float, nullable=False),  # seconds since 1970
    Column("west", Float, nullable=False),
    Column("south", Float, nullable=False),
    Column("east", Float, nullable=False),
    Column("north", Float, nullable=False),
    Column("cells", LargeBinary, nullable=False),  # ids of cells, a line each, deflated
    Index("answered_sets_by_place", "place", "west"),
)
