"""Five rows, written by hand, in a real DuckDB, and filters evaluated on them."""

from __future__ import annotations

import pytest

from layers.cql2 import Queryable, compile_filter
from layers.engine import connect

SQUARE = "POLYGON ((2 2, 4 2, 4 4, 2 4, 2 2))"
# id, name, size, count, open, day, moment, last day, place (lon lat)
ROWS = [
    (1, "Café Noël", 10.5, 3, True, "2024-01-01", "2024-01-01 08:00:00", "2024-02-01",
     "POINT (0 0)"),
    (2, "cafe noel", 20.0, 0, False, "2024-06-15", "2024-06-15 12:00:00", "2024-06-15",
     "POINT (1 1)"),
    (3, "50%_off", -4.0, 7, True, "2024-12-31", "2024-12-31 23:00:00", "2025-02-01", SQUARE),
    (4, "it's", None, 2, None, None, None, None, None),
    (5, "Grande Straße", 7.0, -7, False, "2025-03-01", "2025-03-01", None,
     "LINESTRING (0 4, 4 0)"),
]  # fmt: skip
COLUMNS = {
    "id": "integer", "name": "string", "size": "number", "count": "integer", "open": "boolean",
    "day": "date", "moment": "datetime", "last day": "date", "geometry": "geometry",
}  # fmt: skip
SQL_TYPES = [
    "BIGINT", "VARCHAR", "DOUBLE", "BIGINT", "BOOLEAN", "DATE", "TIMESTAMP", "DATE", "GEOMETRY",
]  # fmt: skip


@pytest.fixture(scope="session")
def rows():
    return ROWS


@pytest.fixture(scope="session")
def queryables():
    found = {name: Queryable(name, kind, f"c{i}") for i, (name, kind) in enumerate(COLUMNS.items())}
    return found | {"place": found["geometry"]}


@pytest.fixture(scope="session")
def connection():
    connection = connect()
    columns = ", ".join(f"c{i} {kind}" for i, kind in enumerate(SQL_TYPES))
    connection.execute(f"CREATE TABLE rows ({columns})")
    marks = ", ".join(["?"] * (len(SQL_TYPES) - 1))
    connection.executemany(f"INSERT INTO rows VALUES ({marks}, ST_GeomFromText(?::VARCHAR))", ROWS)
    yield connection
    connection.close()


@pytest.fixture(scope="session")
def values(connection, queryables):
    """Return a function from a filter to what it says of each row: True, False or None."""

    def evaluate(text, lang="cql2-text", to_storage=lambda geometry: geometry):
        compiled = compile_filter(text, lang, queryables, to_storage)
        sql = f"SELECT ({compiled.sql}) FROM rows ORDER BY c0"
        return [row[0] for row in connection.execute(sql, list(compiled.parameters)).fetchall()]

    return evaluate


@pytest.fixture(scope="session")
def matching(values):
    """Return a function from a filter to the ids of the rows that meet it."""

    def ids(*arguments, **named):
        return [i for i, value in enumerate(values(*arguments, **named), start=1) if value]

    return ids
