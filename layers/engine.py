"""DuckDB with its spatial extension, loaded from the wheel's own file and never from a network."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.resources import as_file, files
from pathlib import Path

import duckdb

from layers.errors import OverloadError
from layers.limits import Limits
from layers.matches import Matches


def connect(memory_limit: str = "1GB", scratch: Path | None = None) -> duckdb.DuckDBPyConnection:
    """Return an in-memory connection with the spatial functions.

    Args:
        memory_limit: beyond it, sorts and aggregates spill to ``scratch``.
        scratch: folder for spilled data; without one nothing spills.
    """
    connection = duckdb.connect(
        config={
            # The wheel's hash vouches for the file; checking its signature too costs 0.3 s a load.
            "allow_unsigned_extensions": True,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "memory_limit": memory_limit,
            "temp_directory": str(scratch) if scratch else "",
        }
    )
    wheel = files("duckdb_extension_spatial") / "extensions" / f"v{duckdb.__version__}"
    with as_file(wheel / "spatial.duckdb_extension") as extension:
        connection.execute(f"LOAD '{_quoted(extension)}'")
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    return connection


class Engine:
    """One DuckDB instance per process; every query has a cursor of its own.

    A connection shared by threads mixes results without an error, so none is ever handed out.

    Attributes:
        matches: the rows that recent queries found, of all layers.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._limits = limits or Limits()
        self.matches = Matches()
        # Schema name of each open file, and when a search last asked for it.
        self._attached: dict[Path, tuple[str, float]] = {}
        self._numbers = itertools.count()
        self._lock = threading.Lock()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a new cursor; the extension is loaded at the first call (about 20 ms)."""
        with self._lock:
            if self._connection is None:
                self._connection = connect(self._limits.memory)
            return self._connection.cursor()

    def attach(self, path: Path) -> str:
        """Open a DuckDB file read-only and return its schema name; once per file."""
        cursor = self.cursor()
        with self._lock:
            name = self._attached[path][0] if path in self._attached else None
            if name is None:
                name = f"v{next(self._numbers)}"
                cursor.execute(f"ATTACH '{_quoted(path)}' AS {name} (READ_ONLY)")
            self._attached[path] = name, time.monotonic()
            return name

    def detach(self, path: Path, idle: float) -> bool:
        """Close a file that no search has asked for in so many seconds; tell whether it is closed.

        A search between its ``attach`` and its end would miss the file.
        """
        if path not in self._attached:
            return True
        cursor = self.cursor()
        with self._lock:
            name, used = self._attached[path]
            if time.monotonic() - used < idle:
                return False
            del self._attached[path]
            cursor.execute(f"DETACH {name}")
            return True

    @contextmanager
    def search(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give a cursor whose queries are stopped when they take too long.

        Raises:
            OverloadError: more time or memory is needed than the installation allows.
        """
        cursor = self.cursor()
        timer = threading.Timer(self._limits.seconds, _interrupt, (cursor,))
        timer.daemon = True
        timer.start()
        try:
            yield cursor
        except duckdb.InterruptException:
            raise OverloadError(
                f"The search took more than {self._limits.seconds:g} seconds and was stopped. "
                "Narrow it with bbox, or filter and sort by fewer properties."
            ) from None
        except duckdb.OutOfMemoryException:
            raise OverloadError(
                f"The search needs more than {self._limits.memory} of memory. "
                "Narrow it with bbox, or sort by fewer properties."
            ) from None
        finally:
            timer.cancel()
            cursor.close()


def _interrupt(cursor: duckdb.DuckDBPyConnection) -> None:
    with suppress(duckdb.Error):  # it has just ended by itself
        cursor.interrupt()


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
