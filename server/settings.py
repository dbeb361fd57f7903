"""Settings of one installation, read from the environment once, by whoever starts the program."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_type_hints

from layers.errors import UserError, did_you_mean
from layers.limits import Limits

DEFAULT_PORT = 8000
PREFIX = "COEURVILLE_"
ORIGIN = re.compile(r"\*|https?://(\*\.)?[\w.-]+(:\d{1,5})?")
LOG_LEVELS = ("info", "warning", "error", "off")


@dataclass(frozen=True)
class Settings:
    """What an operator chooses; ``docs/operating.md`` tells the variable of each.

    Attributes:
        data: folder of the lake, the index and the added records.
        url: address that users reach, without a trailing slash; links in answers start with it,
            so behind a proxy it is the public one.
        title: name of the service, shown on its pages.
        cors: origins whose pages may read the answers, ``*`` for any, none to forbid.
        cache_seconds: how long caches may reuse an answer without asking again.
        log: least important requests to log: ``info``, ``warning`` (4xx), ``error`` (5xx), ``off``.
        query_seconds: longest search before it is stopped.
        max_vertices: most vertices in the geometries of one filter.
        max_body_bytes: largest body of a request.
        memory: what DuckDB may use for sorts and filters, such as ``1GB``.
        tile_bytes: most bytes of a vector tile before compression.
        frame_ancestors: origins whose pages may show ``/embed`` in a frame, ``*`` for any; the
            service's own always may.
        ledger: SQLAlchemy's address of the database for jobs and results; by default a SQLite file
            in the data folder.
    """

    data: Path = Path("data")
    url: str = f"http://127.0.0.1:{DEFAULT_PORT}"
    title: str = "coeurville"
    cors: tuple[str, ...] = ("*",)
    cache_seconds: int = 0
    log: str = "info"
    query_seconds: float = 30.0
    max_vertices: int = 100_000
    max_body_bytes: int = 10_000_000
    memory: str = "1GB"
    tile_bytes: int = 500_000
    frame_ancestors: tuple[str, ...] = ()
    ledger: str | None = None

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise UserError(f"{PREFIX}URL must start with http:// or https://, not {self.url!r}.")
        if self.log not in LOG_LEVELS:
            known = ", ".join(LOG_LEVELS)
            hint = did_you_mean(self.log, LOG_LEVELS)
            raise UserError(f"{PREFIX}LOG must be one of {known}, not {self.log!r}.{hint}")
        for origin in self.frame_ancestors:
            if not ORIGIN.fullmatch(origin):
                raise UserError(
                    f"{PREFIX}FRAME_ANCESTORS holds {origin!r}: give origins such as "
                    "https://town.example, or * for any."
                )
        for name in ("query_seconds", "max_vertices", "max_body_bytes", "tile_bytes"):
            if getattr(self, name) <= 0:
                raise UserError(f"{variable(name)} must be above 0.")

    @property
    def limits(self) -> Limits:
        """Return what a search may take."""
        return Limits(self.query_seconds, self.max_vertices, self.memory)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Return the settings of the process.

        Raises:
            UserError: a value is not of its type; the text names the variable.
        """
        values = os.environ if environment is None else environment
        kinds = get_type_hints(cls)
        names = {field.name: variable(field.name) for field in fields(cls)}
        given = {
            name: _read(values[key], kinds[name], key)
            for name, key in names.items()
            if key in values
        }
        return cls(**given)


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return f"{PREFIX}{name.upper()}"


def _read(text: str, kind: Any, key: str) -> Any:
    readers: dict[Any, Callable[[str], Any]] = {
        str | None: str,
        tuple[str, ...]: lambda value: tuple(value.replace(",", " ").split()),
    }
    if key == variable("url"):
        text = text.rstrip("/ ")
    try:
        return readers.get(kind, kind)(text.strip())
    except ValueError:
        raise UserError(f"{key} must be a number, not {text!r}.") from None
