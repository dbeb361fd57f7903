"""What takes seconds to make of the layers, stored beside their indexes: derived, disposable."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from filelock import FileLock

from layers.files import write_json

LOGGER = logging.getLogger(__name__)


def stored(file: Path, key: str, make: Callable[[], Any]) -> Any:
    """Return what was made under a key, read from its file, or made now and stored for all.

    Other threads and processes wait for it; where the folder cannot be written, each makes its own.

    Args:
        file: holds what was made last; another key replaces it.
        key: tells all that it is made of.
        make: gives what JSON can hold.
    """
    if (found := _read(file, key)) is not None:
        return found
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(file.with_name(f".{file.name}.lock")):
            found = _read(file, key)
            if found is None:
                found = make()
                write_json(file, {"key": key, "made": found})
    except OSError as error:
        LOGGER.warning("%s cannot be stored: %s", file.name, error)
        return make() if found is None else found
    return found


def _read(file: Path, key: str) -> Any:
    try:
        found = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return None
    return found["made"] if found.get("key") == key else None
