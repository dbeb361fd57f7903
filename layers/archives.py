"""The bytes of one table, whether plain, gzipped or in a ZIP."""

from __future__ import annotations

import atexit
import gzip
import shutil
import tempfile
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
    found = _tables(archive)
    if len(found) != 1:
        held = ", ".join(map(str, (found or archive.namelist())[:5])) or "nothing"
        raise ReadError(f"{path.name} must hold one CSV file, but holds {held}. Unpack it first.")
    return str(found[0])


def unpacked_tables(path: Path) -> list[Path]:
    """Return the tables of a ZIP that holds several, unpacked as long as the process lasts.

    Any other file is returned as it is.

    Raises:
        ReadError: a damaged archive.
    """
    if not zipfile.is_zipfile(path):
        return [path]
    try:
        with zipfile.ZipFile(path) as archive:
            names = _tables(archive)
            if len(names) < 2:
                return [path]
            folder = Path(tempfile.mkdtemp(prefix="coeurville-zip-"))
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
            return [Path(archive.extract(str(name), folder)) for name in names]
    except DAMAGED as error:
        raise ReadError(f"{path.name} is no readable ZIP archive: {error}.") from error


def _tables(archive: zipfile.ZipFile) -> list[PurePosixPath]:
    names = [PurePosixPath(name) for name in archive.namelist()]
    tables = [n for n in names if n.suffix.lower() in _SUFFIXES and n.parts[0] != "__MACOSX"]
    return [name for name in tables if not name.name.lower().startswith("meta")]
