"""Delimited text as it comes: separator, encoding and quoting found out, rows streamed.

A file is looked through once before it is read: a truncated archive or a web page saved as CSV is
refused before the first row, and its encoding is that of all its bytes rather than of its start.
"""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from layers.archives import DAMAGED, opened
from layers.encodings import Scan, scan
from layers.errors import ReadError
from layers.report import Report
from layers.values import dates as day
from layers.values import number

__all__ = ["Dialect", "day", "header", "number", "open_delimited", "read_text"]

BLOCK_BYTES = 8 << 20  # of text per batch; a row must fit in
SEPARATORS = ",;\t|"
MISSING = ("", "_Z", "_U", "\\N", "null", "NULL")
REFUSED = "row with another number of columns than the header"
REPEATED = "header repeated among the rows"
_UNREADABLE = (*DAMAGED, UnicodeError, pa.ArrowInvalid)


@dataclass(frozen=True)
class Dialect:
    """How a file is written.

    Attributes:
        encoding: a Python codec.
        separator: one character.
        header: column names, stripped; empty or repeated ones are numbered.
        header_lines: lines that the header takes.
        has_rows: something follows the header.
    """

    encoding: str
    separator: str
    header: tuple[str, ...]
    header_lines: int
    has_rows: bool


def open_delimited(path: Path, separator: str | None = None) -> Dialect:
    """Return how a delimited file is written: plain, gzipped, or the one table of a ZIP.

    Args:
        path: the file.
        separator: the one that its format prescribes; found out by default.

    Raises:
        ReadError: missing, empty, truncated, a web page, or no text at all.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise ReadError(f"{path} cannot be read: {error.strerror}.") from error
    return _inspect(path, separator, (status.st_mtime_ns, status.st_size, status.st_ino))


def header(path: Path) -> list[str]:
    """Return the column names of a delimited file that must hold rows.

    Raises:
        ReadError: as ``open_delimited``, or no row follows the header.
    """
    dialect = open_delimited(path)
    if not dialect.has_rows:
        raise ReadError(f"{path.name} holds a header and no row.")
    return list(dialect.header)


def read_text(
    path: Path,
    report: Report,
    columns: Sequence[str] | None = None,
    separator: str | None = None,
) -> Iterator[pa.Table]:
    """Yield the rows of a delimited file in batches, every column as text.

    Texts that stand for nothing become null. Rows that do not fit the header are counted as
    refused, by the lines they take.

    Args:
        path: plain, gzipped, or a ZIP of one table.
        report: counts refused rows.
        columns: only these, which the header must have; all by default.
        separator: the one that the format prescribes; found out by default.

    Raises:
        ReadError: as ``open_delimited``, or no row fits the header.
    """
    dialect = open_delimited(path, separator)
    if dialect.encoding not in ("utf-8", "ascii"):
        report.note(f"{path.name} is read as {dialect.encoding}")
    kept = refused = repeated = 0
    wanted = columns or dialect.header

    def refuse(row: pa_csv.InvalidRow) -> str:
        nonlocal refused
        refused += 1 + row.text.strip("\r\n").count("\n")
        return "skip"

    try:
        for batch in _batches(path, dialect, wanted, refuse):
            rows = _without_headers(batch)
            repeated += batch.num_rows - rows.num_rows
            kept += rows.num_rows
            yield rows
    except _UNREADABLE as error:
        raise _unreadable(path, error) from error
    if refused and not kept:
        raise ReadError(
            f"{path.name}: none of its {refused} rows has the {len(dialect.header)} columns of the "
            f"header, separated by {dialect.separator!r}."
        )
    report.refuse(REFUSED, refused)
    report.refuse(REPEATED, repeated)


@lru_cache(maxsize=64)
def _inspect(path: Path, separator: str | None, _state: tuple[int, ...]) -> Dialect:
    try:
        with opened(path) as file:
            found = scan(file)
    except _UNREADABLE as error:
        raise _unreadable(path, error) from error
    _require_text(path, found)
    csv.field_size_limit(BLOCK_BYTES)  # a polygon in a column passes the library's 128 KB
    text = found.head.decode(found.encoding, "replace").removeprefix("\ufeff")
    lines = list(io.StringIO(text, newline=""))
    best = separator or max(SEPARATORS, key=lambda mark: _score(lines, mark))
    rows = csv.reader(lines, delimiter=best)
    names = next(row for row in rows if row)
    taken = rows.line_num
    return Dialect(found.encoding, best, _unique(names), taken, any(any(row) for row in rows))


def _require_text(path: Path, found: Scan) -> None:
    start = found.head.lstrip(b"\xef\xbb\xbf \r\n\t")[:200].lower()
    if not start:
        raise ReadError(f"{path.name} is empty.")
    if start.startswith((b"<!doctype", b"<html", b"<?xml")):
        raise ReadError(
            f"{path.name} is a web page, not data: the site answered an error. Download it again."
        )
    if start.startswith((b"{", b"[")):
        raise ReadError(
            f"{path.name} is JSON, not delimited text: the site answered an error, or another "
            "format was exported. Download it again as CSV."
        )
    if start.startswith(b"pk\x03\x04"):
        raise ReadError(f"{path.name} is not a text file but a ZIP archive: name it .zip.")
    if found.binary:
        raise ReadError(f"{path.name} is not a text file. Export it as CSV, or download it again.")


def _score(lines: Sequence[str], separator: str) -> tuple[float, int]:
    """Return how well a separator cuts the first lines: share of even rows, then columns."""
    rows = [row for row in csv.reader(lines[:200], delimiter=separator) if row]
    rows = rows[:-1] if len(rows) > 2 else rows  # the end of the sample may cut the last
    width = len(rows[0]) if rows else 0
    if width < 2:
        return 0.0, 0
    even = sum(len(row) == width for row in rows)
    return even / len(rows), width


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    found: list[str] = []
    for at, name in enumerate(names, start=1):
        plain = name.strip() or f"column_{at}"
        found.append(plain if plain not in found else f"{plain}_{at}")
    return tuple(found)


def _batches(
    path: Path, dialect: Dialect, columns: Sequence[str], refuse: Callable[..., str]
) -> Iterator[pa.Table]:
    if not dialect.has_rows:
        return
    # The header's own names may repeat; numbers never do.
    names = [str(at) for at in range(len(dialect.header))]
    wanted = [names[dialect.header.index(column)] for column in columns]
    with opened(path) as file:
        reader = pa_csv.open_csv(
            pa.PythonFile(file, mode="r"),
            read_options=pa_csv.ReadOptions(
                column_names=names,
                skip_rows=dialect.header_lines,
                encoding=dialect.encoding,
                block_size=BLOCK_BYTES,
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=dialect.separator, newlines_in_values=True, invalid_row_handler=refuse
            ),
            convert_options=pa_csv.ConvertOptions(
                include_columns=wanted,
                column_types=dict.fromkeys(names, pa.string()),
                null_values=list(MISSING),
                strings_can_be_null=True,
            ),
        )
        with reader:
            for batch in reader:
                if batch.num_rows:
                    yield pa.Table.from_batches([batch]).rename_columns(list(columns))


def _without_headers(rows: pa.Table) -> pa.Table:
    """Return the rows but those that repeat the header, as files joined end to end do."""
    again = pc.fill_null(pc.equal(rows.column(0), rows.column_names[0]), False)
    if not pc.any(again).as_py():
        return rows
    for at, name in enumerate(rows.column_names[1:], start=1):
        again = pc.and_(again, pc.fill_null(pc.equal(rows.column(at), name), False))
    return rows.filter(pc.invert(again))


def _unreadable(path: Path, error: BaseException) -> ReadError:
    reason = " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
    if isinstance(error, (EOFError, zlib.error, zipfile.BadZipFile)):
        return ReadError(f"{path.name} is damaged or truncated: {reason}. Download it again.")
    return ReadError(f"{path.name} cannot be read as delimited text: {reason}.")
