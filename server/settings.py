"""Settings of one installation, read from the environment once, by whoever starts the program."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from layers.errors import UserError

DEFAULT_PORT = 8000


@dataclass(frozen=True)
class Settings:
    """What an operator chooses.

    Attributes:
        data: folder of the lake, the index and the added records (``COEURVILLE_DATA``).
        url: address that users reach, without a trailing slash (``COEURVILLE_URL``); links in
            answers start with it, so behind a proxy it is the public one.
        title: name of the service, shown on its pages (``COEURVILLE_TITLE``).
        tile_bytes: most bytes of a vector tile before compression (``COEURVILLE_TILE_BYTES``).
        ledger: SQLAlchemy's address of the database for jobs and results (``COEURVILLE_LEDGER``);
            by default a SQLite file in the data folder.
    """

    data: Path = Path("data")
    url: str = f"http://127.0.0.1:{DEFAULT_PORT}"
    title: str = "coeurville"
    tile_bytes: int = 500_000
    ledger: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Return the settings of the process.

        Raises:
            UserError: the address or the number of bytes is not one.
        """
        values = os.environ if environment is None else environment
        url = values.get("COEURVILLE_URL", cls.url).rstrip("/")
        if not url.startswith(("http://", "https://")):
            raise UserError(f"COEURVILLE_URL must start with http:// or https://, not {url!r}.")
        data = Path(values.get("COEURVILLE_DATA", str(cls.data)))
        title = values.get("COEURVILLE_TITLE", cls.title)
        tile_bytes = values.get("COEURVILLE_TILE_BYTES", str(cls.tile_bytes))
        if not tile_bytes.isdecimal() or int(tile_bytes) == 0:
            raise UserError(f"COEURVILLE_TILE_BYTES must be a number above 0, not {tile_bytes!r}.")
        ledger = values.get("COEURVILLE_LEDGER")
        return cls(data=data, url=url, title=title, tile_bytes=int(tile_bytes), ledger=ledger)
