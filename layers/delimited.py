"""Delimited text as it comes: separator, encoding and quoting found out, rows streamed."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa

from layers.engine import connect
from layers.errors import ReadError
from layers.report import Report

SAMPLE = 1 << 20
BATCH_ROWS = 65_536
MISSING = ("", "s", "_Z", "_U", "\\N", "NA", "N/A", "null")
REFUSED = "row with another number of columns than the header"


def read_text(path: Path, report: Report) -> Iterator[pa.Table]:
    """Yield the rows of a delimited file, gzipped or not, every column as text.

    Texts that stand for nothing become null. Rows that do not fit the header are counted as
    refused.

    Raises:
        ReadError: missing, empty, truncated, or no delimited text at all.
    """
    encoding = _encoding(path)
    connection = connect()
    try:
        options = "all_varchar=true, header=true, sample_size=20000, store_rejects=true"
        sql = f"SELECT * FROM read_csv(?, {options}, nullstr={list(MISSING)!r}, encoding=?)"
        reader = connection.execute(sql, [str(path), encoding]).to_arrow_reader(BATCH_ROWS)
        for batch in reader:
            yield _named(pa.Table.from_batches([batch]))
        found = connection.execute("SELECT count(DISTINCT line) FROM reject_errors").fetchone()
        report.refuse(REFUSED, found[0] if found else 0)
    except (duckdb.Error, EOFError, OSError) as error:
        reason = str(error).split("\n")[0][:200]
        raise ReadError(f"{path.name} cannot be read as delimited text: {reason}") from error
    finally:
        connection.close()


def header(path: Path) -> list[str]:
    """Return the column names of a delimited file."""
    first = next(read_text(path, Report()), None)
    if first is None:
        raise ReadError(f"{path.name} holds a header and no row.")
    return list(first.column_names)


def number(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return texts as numbers: decimal comma and spaces between thousands are understood."""
    import pyarrow.compute as pc

    plain = pc.replace_substring_regex(column, "[\\s\u00a0\u202f]", "")
    plain = pc.replace_substring(plain, ",", ".")
    return plain.cast(pa.float64())


def _encoding(path: Path) -> str:
    """Return the encoding of a file, having looked that it is a text at all."""
    sample = _sample(path)
    if not sample.strip():
        raise ReadError(f"{path.name} is empty.")
    start = sample.lstrip(b"\xef\xbb\xbf \r\n\t")[:200].lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml")):
        raise ReadError(
            f"{path.name} is a web page, not data: the download was refused. Try again."
        )
    if b"\0" in sample[:4096] or start.startswith(b"pk\x03\x04"):
        raise ReadError(f"{path.name} is not a text file. Unpack it first if it is an archive.")
    try:
        # The sample may end inside a character.
        sample[:-4].decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def _sample(path: Path) -> bytes:
    try:
        if path.suffix == ".gz":
            with gzip.open(path) as file:
                return file.read(SAMPLE)
        with path.open("rb") as file:
            return file.read(SAMPLE)
    except (OSError, EOFError) as error:
        raise ReadError(f"{path} cannot be read: {error}.") from error


def _named(table: pa.Table) -> pa.Table:
    return table.rename_columns([name.strip().lstrip("\ufeff") for name in table.column_names])
