"""The layout that all IRIS files of the census share: codes, then counts named ``P21_…``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from layers.codes import COMMUNE, IRIS, restore_codes
from layers.delimited import header, read_text
from layers.errors import ReadError, did_you_mean
from layers.report import Report
from layers.tables import Table
from layers.values import identified, numbers, text_of

NAMES = ("LIBIRIS", "LAB_IRIS")
CODES = ("IRIS", "COM", "TYP_IRIS")


def read_iris(paths: Sequence[Path], layer: str, counts: Mapping[str, str]) -> Table:
    """Return a census layer.

    Args:
        paths: CSV files of one vintage.
        layer: id of the layer.
        counts: attribute by the official name without its vintage (``LOG`` for ``P21_LOG``).

    Raises:
        ReadError: a column is missing, or the vintages differ.
    """
    vintages = {_vintage(path, counts) for path in paths}
    if len(vintages) > 1:
        years = ", ".join(f"20{digits}" for digits in sorted(vintages))
        raise ReadError(f"The files are of several vintages ({years}): import one.")
    digits = vintages.pop()
    report = Report()
    batches = _batches(paths, digits, counts, report)
    return Table(layer, batches, None, None, vintage=f"20{digits}", report=report)


def _vintage(path: Path, counts: Mapping[str, str]) -> str:
    names = header(path)
    first = next(iter(counts.values()))
    found = next((m[1] for n in names if (m := re.fullmatch(rf"P(\d\d)_{first}", n))), None)
    if found is None:
        wanted = f"P21_{first} (or another vintage)"
        hint = did_you_mean(f"P21_{first}", names)
        raise ReadError(f"{path.name} is not this file of the census: no column {wanted}.{hint}")
    if "IRIS" not in names and "CODGEO" in names:
        raise ReadError(f"{path.name} is by commune (base-cc): take the file by IRIS (base-ic).")
    for column in (*CODES, *(f"P{found}_{count}" for count in counts.values())):
        if column not in names:
            raise ReadError(f"{path.name}: no column {column!r}.{did_you_mean(column, names)}")
    return found


def _batches(
    paths: Sequence[Path], digits: str, counts: Mapping[str, str], report: Report
) -> Iterator[pa.Table]:
    for path in paths:
        for batch in read_text(path, report):
            report.read += batch.num_rows
            columns = {
                "iris": restore_codes(batch.column("IRIS"), IRIS, report),
                "insee": restore_codes(batch.column("COM"), COMMUNE, report),
            }
            columns |= {"name": _name(batch), "type": batch.column("TYP_IRIS")}
            for name, official in counts.items():
                columns[name] = numbers(batch.column(f"P{digits}_{official}"), report, official)
            yield identified(pa.table(columns), "iris", report)


def _name(rows: pa.Table) -> pa.ChunkedArray:
    """Return the names of the IRIS; since 2014 LAB_IRIS is a grade of quality (1 to 5), no name."""
    found = text_of(rows, *NAMES)
    grade = pc.match_substring_regex(found, r"^\d?$")
    return pc.if_else(grade, pa.scalar(None, pa.string()), found)
