"""Official layouts: which columns a file must have, under which names, and what they become.

A reader declares its columns once; names of older vintages, missing columns, texts that stand for
nothing and values that cannot be read are then treated alike in every format.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from layers.codes import restore_codes
from layers.conversions import CONVERT, TYPES, Kind, text
from layers.delimited import header, read_text
from layers.errors import ReadError, did_you_mean
from layers.report import Report

BATCH_ROWS = 65_536


@dataclass(frozen=True)
class Column:
    """One column of an official layout.

    Attributes:
        names: official names, the newest first; case is ignored.
        kind: what its values become.
        width: characters of the code that it holds, whose lost zeros are restored; 0 for no code.
        needed: a file without it is not of this layout.
    """

    names: tuple[str, ...]
    kind: Kind = "text"
    width: int = 0
    needed: bool = False


def column(*names: str, kind: Kind = "text", width: int = 0, needed: bool = False) -> Column:
    """Return a column of a layout."""
    return Column(names, kind, width, needed)


@dataclass(frozen=True)
class Layout:
    """The columns of an official file by the attribute that each fills.

    Attributes:
        title: what the file is called in messages.
        columns: by attribute; those whose name starts with ``_`` are the reader's own.
        hint: added to the message when a column is missing.
    """

    title: str
    columns: Mapping[str, Column]
    hint: str = field(default="", kw_only=True)

    def find(
        self, path: Path, names: Sequence[str], report: Report | None = None
    ) -> dict[str, str]:
        """Return the file's own name of each attribute that it has.

        Args:
            path: the file, for messages.
            names: the columns that it has.
            report: gets a note on columns that are absent, whose attributes stay empty.

        Raises:
            ReadError: needed columns are missing; the nearest names are given.
        """
        lower = {name.casefold(): name for name in reversed(names)}
        found: dict[str, str] = {}
        for attribute, wanted in self.columns.items():
            known = [lower[n.casefold()] for n in wanted.names if n.casefold() in lower]
            if known:
                found[attribute] = known[0]
        lost = [c.names[0] for a, c in self.columns.items() if c.needed and a not in found]
        if lost:
            listed = ", ".join(repr(name) for name in lost)
            near = "".join(did_you_mean(name, names) for name in lost[:3])
            raise ReadError(
                f"{path.name} is not {self.title}: no column {listed}.{near}{self.hint}"
            )
        absent = [c.names[0] for a, c in self.columns.items() if a not in found and a[0] != "_"]
        if absent and report:
            report.note(f"{path.name} lacks columns, left empty: {', '.join(absent)}")
        return found

    def check(self, paths: Sequence[Path], report: Report) -> None:
        """Refuse files of another layout before any row is read; see ``find``."""
        for path in paths:
            self.find(path, names_of(path), report)

    def read(self, path: Path, report: Report) -> Iterator[pa.Table]:
        """Yield the rows of delimited text or Parquet as attributes; rows read are counted.

        Raises:
            ReadError: the file is damaged or not of this layout.
        """
        found = self.find(path, names_of(path), report)
        for batch in rows_of(path, report, list(dict.fromkeys(found.values()))):
            report.read += batch.num_rows
            yield self.convert(batch, found, report)

    def convert(self, rows: pa.Table, found: Mapping[str, str], report: Report) -> pa.Table:
        """Return rows as attributes, in the order of the layout; absent ones are null."""
        rows = _plain(rows)
        return pa.table(
            {
                attribute: _value(rows, found.get(attribute), wanted, report)
                for attribute, wanted in self.columns.items()
            }
        )


def names_of(path: Path) -> list[str]:
    """Return the column names of delimited text or Parquet.

    Raises:
        ReadError: missing, empty or damaged.
    """
    return list(_parquet(path).schema_arrow.names) if is_parquet(path) else header(path)


def is_parquet(path: Path) -> bool:
    """Tell Parquet by its first bytes."""
    try:
        with path.open("rb") as file:
            return file.read(4) == b"PAR1"
    except OSError as error:
        raise ReadError(f"{path} cannot be read: {error.strerror}.") from error


def rows_of(path: Path, report: Report, columns: Sequence[str]) -> Iterator[pa.Table]:
    """Yield some columns of delimited text, all as text, or of Parquet in their own types."""
    if not is_parquet(path):
        yield from read_text(path, report, columns)
        return
    file = _parquet(path)
    try:
        for batch in file.iter_batches(BATCH_ROWS, columns=list(columns)):
            yield _plain(pa.Table.from_batches([batch]))
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from error
    finally:
        file.close()


def own(rows: pa.Table) -> pa.Table:
    """Return the rows without the columns that only the reader needs (``_x``)."""
    return rows.drop_columns([name for name in rows.column_names if name.startswith("_")])


def _parquet(path: Path) -> pq.ParquetFile:
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from error
    if not file.metadata.num_rows:
        raise ReadError(f"{path.name} holds no row.")
    return file


def _damaged(path: Path, error: Exception) -> ReadError:
    reason = str(error).split("\n")[0][:200].rstrip(".")
    return ReadError(f"{path.name} is damaged or truncated: {reason}. Download it again.")


def _plain(rows: pa.Table) -> pa.Table:
    """Return rows without dictionaries, which filters do not take."""
    for at, field_ in enumerate(rows.schema):
        if pa.types.is_dictionary(field_.type):
            values = rows.column(at).cast(field_.type.value_type)
            rows = rows.set_column(at, field_.name, values)
    return rows


def _value(rows: pa.Table, name: str | None, wanted: Column, report: Report) -> pa.ChunkedArray:
    if name is None:
        return pa.chunked_array([pa.nulls(rows.num_rows, TYPES[wanted.kind])])
    values = rows.column(name)
    if wanted.width:
        return restore_codes(text(values), wanted.width, report)
    return CONVERT[wanted.kind](values, report, name)
