"""The bytes of one table, whether plain, gzipped or in a ZIP."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, cast

from layers.errors import ReadError

DAMAGED = (OSError, EOFError, zlib.error, zipfile.BadZipFile)
_SUFFIXES = {".csv", ".txt", ".tsv"}


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Give the bytes of a table, an archive told by its content: browsers unpack unasked.

    Raises:
        ReadError: a ZIP that does not hold just one table.
        OSError, EOFError, zlib.error, zipfile.BadZipFile: missing or damaged (``DAMAGED``).
    """
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith(b"\x1f\x8b"):
        with gzip.open(path) as packed:
            yield cast(IO[bytes], packed)
    elif start == b"PK\x03\x04" and path.suffix.lower() == ".zip":
        with zipfile.ZipFile(path) as archive, archive.open(_member(path, archive)) as member:
            yield member
    else:
        with path.open("rb") as file:
            yield file


def _member(path: Path, archive: zipfile.ZipFile) -> str:
    """Return the one table of an archive; Insee's ``meta_…`` describes it, and is left out."""
    names = [PurePosixPath(name) for name in archive.namelist()]
    tables = [n for n in names if n.suffix.lower() in _SUFFIXES and n.parts[0] != "__MACOSX"]
    found = [n for n in tables if not n.name.lower().startswith("meta")]
    if len(found) != 1:
        held = ", ".join(str(name) for name in (found or names)[:5]) or "nothing"
        raise ReadError(f"{path.name} must hold one CSV file, but holds {held}. Unpack it first.")
    return str(found[0])
