"""Opening the ledger: a SQLite file in the data folder, or PostgreSQL by its URL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError

from layers.errors import UserError
from server.ledger.tables import SCHEMA, metadata, schema
from server.settings import Settings

BUSY_MS = 30_000
LOCK = 244  # any number that only we use


class Ledger:
    """The tables of one installation; several servers and commands may write at once.

    Args:
        url: SQLAlchemy's address of the database. Nothing is opened or created before first use.
    """

    def __init__(self, url: str) -> None:
        try:
            self.url = make_url(url)
        except ArgumentError as error:
            raise UserError(f"COEURVILLE_LEDGER is not a database address: {error}.") from None

    @classmethod
    def of(cls, settings: Settings) -> Ledger:
        """Return the ledger of an installation."""
        return cls(settings.ledger or f"sqlite:///{settings.data.absolute() / 'ledger.sqlite'}")

    @property
    def exists(self) -> bool:
        """Tell whether anything was written; a server's database counts as such."""
        return not self._is_sqlite or Path(self.url.database or "").exists()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection whose every statement sees what is committed by then."""
        with self._engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection that no other writer shares; committed at the end, whole or not."""
        with self._engine.connect() as connection:
            if self._is_sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            # Changing this one row is a lock that PostgreSQL and SQLite both keep to the end.
            connection.execute(update(schema).values(version=SCHEMA))
            yield connection
            connection.commit()

    @property
    def _is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @cached_property
    def _engine(self) -> Engine:
        if self._is_sqlite:
            Path(self.url.database or "").parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(self.url, pool_pre_ping=not self._is_sqlite)
        if self._is_sqlite:
            event.listen(engine, "connect", _prepare_sqlite)
        try:
            _create(engine)
        except OperationalError as error:
            where = self.url.render_as_string(hide_password=True)
            raise UserError(f"The ledger {where} cannot be opened: {error.orig}.") from None
        return engine


def _create(engine: Engine) -> None:
    """Create what is missing, one program at a time.

    Raises:
        UserError: the ledger is of another version of this program.
    """
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        metadata.create_all(connection)
        version = connection.execute(select(schema.c.version)).scalar()
        if version is None:
            connection.execute(insert(schema).values(id=1, version=SCHEMA))
        connection.commit()
    if version not in (None, SCHEMA):
        raise UserError(
            f"The ledger has schema {version}, this program {SCHEMA}: "
            "use the version that wrote it, or set COEURVILLE_LEDGER to another database."
        )


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # Transactions are begun by hand: the driver's own would take the write lock too late.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    connection.execute("PRAGMA journal_mode = WAL")
