"""What became of communes: codes of former vintages as present ones, their rows added up.

Events are those of Insee's ``v_mvt_commune``, from commune to commune.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from layers.codes import COMMUNE
from layers.lake import Lake
from layers.layouts import Layout, column, is_parquet, names_of, own
from layers.report import Report

LAYER = "commune-changes"
MAPPED = "code of a former commune replaced by the present one"
ADDED = "row added to that of the present commune"
CHANGES = Layout(
    "the list of changes of communes (v_mvt_commune)",
    {
        "mod": column("MOD", needed=True),
        "date_eff": column("DATE_EFF", kind="date", needed=True),
        "_kind_from": column("TYPECOM_AV", needed=True),
        "_kind_to": column("TYPECOM_AP", needed=True),
        "from": column("COM_AV", width=COMMUNE, needed=True),
        "to": column("COM_AP", width=COMMUNE, needed=True),
    },
)
PARTS = "change of a part of a commune (delegated, associated, arrondissement)"
Event = tuple[date, str, str]


@dataclass(frozen=True)
class Mergers:
    """The present code of each code that is no more.

    Attributes:
        present: present codes by former one.
        divided: former codes whose communes were divided: no one code replaces them.
    """

    present: Mapping[str, str]
    divided: frozenset[str] = frozenset()

    def update(self, codes: pa.ChunkedArray, report: Report) -> pa.ChunkedArray:
        """Return present codes; those replaced are counted, those of divided communes noted."""
        former = pa.array(list(self.present), pa.string())
        at = pc.index_in(codes, value_set=former)
        report.repair(MAPPED, len(at) - at.null_count)
        lost = sorted(self.divided.intersection(pc.unique(codes).to_pylist()))
        if lost:
            report.note(f"codes of communes since divided, left as they are: {', '.join(lost)}")
        return pc.coalesce(
            pa.chunked_array([pa.array(list(self.present.values()), pa.string())]).take(at), codes
        )

    def merge(
        self, rows: pa.Table, keys: Sequence[str], codes: Sequence[str], report: Report
    ) -> pa.Table:
        """Return rows under present codes, those of merged communes added up.

        A sum of which a part is missing is missing: it is not zero.

        Args:
            rows: keys, and columns of numbers to add.
            keys: columns that identify a row.
            codes: those of the keys that hold commune codes.
            report: counts the codes replaced and the rows added to others.
        """
        updated = rows
        for name in codes:
            at = updated.column_names.index(name)
            updated = updated.set_column(at, name, self.update(updated.column(name), report))
        sums = [name for name in rows.column_names if name not in keys]
        strict = pc.ScalarAggregateOptions(skip_nulls=False)
        grouped = updated.group_by(list(keys)).aggregate([(name, "sum", strict) for name in sums])
        own_names = {f"{name}_sum": name for name in sums}
        grouped = grouped.rename_columns([own_names.get(n, n) for n in grouped.column_names])
        grouped = grouped.select(rows.column_names)
        report.refuse(ADDED, rows.num_rows - grouped.num_rows)
        return grouped


def resolve(events: Iterable[Event]) -> Mergers:
    """Return what became of each code, from the events in any order.

    A code that a later event creates again exists again.
    """
    successors: dict[str, set[str]] = {}
    for _, group in groupby(sorted(events), key=lambda event: event[0]):
        moves: dict[str, set[str]] = {}
        for _, before, after in group:
            moves.setdefault(before, set()).add(after)
        created = set().union(*moves.values())
        for code in created:
            successors.pop(code, None)
        successors |= {code: after for code, after in moves.items() if code not in created}
    ends = {code: _followed(code, successors) for code in successors}
    divided = frozenset(code for code, end in ends.items() if end is None)
    return Mergers({code: end for code, end in ends.items() if end}, divided)


def read_changes(path: Path, report: Report) -> Iterator[pa.Table]:
    """Yield the changes from commune to commune: mod, date_eff, from, to."""
    for rows in CHANGES.read(path, report):
        whole = pc.and_(pc.equal(rows["_kind_from"], "COM"), pc.equal(rows["_kind_to"], "COM"))
        kept = rows.filter(whole)
        report.refuse(PARTS, rows.num_rows - kept.num_rows)
        yield own(kept)


def published(lake: Lake) -> list[Path]:
    """Return the file of the changes that a lake holds, if it does."""
    if LAYER not in lake.layers():
        return []
    return [lake.folder(LAYER, lake.require(LAYER).version().id) / "data.parquet"]


def split(paths: Sequence[Path]) -> tuple[list[Path], Mergers | None]:
    """Return the files of data, and the mergers of a list of changes given among them.

    The list is Insee's file, or the file of the layer ``commune-changes``.
    """
    data: list[Path] = []
    events: list[Event] = []
    for path in paths:
        found = _events(path)
        if found is None:
            data.append(path)
        else:
            events += found
    return data, resolve(events) if events else None


def _events(path: Path) -> list[Event] | None:
    """Return the events of a list of changes, None for another file."""
    if is_parquet(path):
        names = names_of(path)
        if not {"mod", "date_eff", "from", "to"} <= set(names):
            return None
        import pyarrow.parquet as pq

        tables: Iterable[pa.Table] = [pq.read_table(path, columns=["date_eff", "from", "to"])]
    else:
        if path.suffix.lower() not in (".csv", ".zip", ".gz", ".txt"):
            return None
        lower = {name.casefold() for name in names_of(path)}
        if not {"mod", "com_av", "com_ap"} <= lower:
            return None
        tables = read_changes(path, Report())
    return [
        (row["date_eff"], row["from"], row["to"])
        for table in tables
        for row in table.to_pylist()
        if None not in (row["date_eff"], row["from"], row["to"])
    ]


def _followed(code: str, successors: Mapping[str, set[str]]) -> str | None:
    """Return the code at the end of a chain of mergers, None where it divides or turns round."""
    seen = {code}
    while code in successors:
        after = successors[code]
        if len(after) > 1:
            return None
        (code,) = after
        if code in seen:
            return None
        seen.add(code)
    return code
