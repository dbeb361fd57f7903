"""Census, housing by commune: Insee's ``base-cc-logement``, any vintage."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from layers.codes import COMMUNE
from layers.errors import ReadError, did_you_mean
from layers.layouts import Layout, column, names_of
from layers.mergers import Mergers, split
from layers.readers import Source
from layers.report import Report
from layers.tables import Table
from layers.values import identified
from layers.vintages import one_vintage

# Attribute by the official names without their vintage; dates of building changed names in 2022.
NEEDED = {
    "dwellings": ("LOG",),
    "main_residences": ("RP",),
    "second_homes": ("RSECOCC",),
    "vacant_dwellings": ("LOGVAC",),
}
OPTIONAL = {
    "houses": ("MAISON",),
    "flats": ("APPART",),
    "owners": ("RP_PROP",),
    "tenants": ("RP_LOC",),
    "social_tenants": ("RP_LOCHLMV",),
    "with_car": ("RP_VOIT1P",),
    "built_known": ("RP_ACHTOT", "RP_ACHTT"),
    "built_before_1919": ("RP_ACH1919", "RP_ACH19"),
    "built_1919_1945": ("RP_ACH1945", "RP_ACH45"),
    "population": ("POP",),
}


def read(paths: Sequence[Path]) -> Iterable[Table]:
    """Return the table ``commune-housing``, of the latest vintage that the file holds.

    Args:
        paths: ``base-cc-logement``; with it, ``base-cc-evol-struct-pop`` gives the population,
            and Insee's list of changes of communes adds up former ones.

    Raises:
        ReadError: not these files, or of several vintages.
    """
    report = Report()
    data, mergers = split(paths)
    housing = [path for path in data if _digits(path, "LOG")]
    others = [path for path in data if path not in housing]
    if len(housing) != 1:
        raise _refusal(data, len(housing))
    digits = _digits(housing[0], "LOG")
    year = one_vintage(
        [f"20{digits}", *(f"20{found}" for p in others if (found := _digits(p, "POP")))]
    )
    batches = _batches(housing[0], others, digits, mergers, report)
    return [Table("commune-housing", batches, None, None, year, report)]


def _digits(path: Path, count: str) -> str:
    """Return the latest vintage (``22``) of a count that a file by commune holds, or nothing."""
    names = names_of(path)
    found = sorted(m[1] for name in names if (m := re.fullmatch(rf"P(\d\d)_{count}", name)))
    return found[-1] if found and "CODGEO" in names else ""


def _refusal(paths: Sequence[Path], count: int) -> ReadError:
    if count:
        return ReadError(f"{count} files of housing by commune: import one vintage.")
    names = names_of(paths[0]) if paths else []
    if "IRIS" in names:
        return ReadError(
            f"{paths[0].name} is by IRIS: import it as rp-housing, or take base-cc-logement."
        )
    near = did_you_mean("P22_LOG", names)
    listed = ", ".join(path.name for path in paths) or "nothing"
    return ReadError(f"No base-cc-logement among {listed}: no columns CODGEO and P22_LOG.{near}")


def _layout(digits: str, counts: Mapping[str, tuple[str, ...]], needed: bool) -> Layout:
    columns = {
        name: column(*(f"P{digits}_{n}" for n in names), kind="number", needed=needed)
        for name, names in counts.items()
    }
    code = column("CODGEO", width=COMMUNE, needed=True)
    return Layout("the census by commune", {"insee": code} | columns)


def _batches(
    path: Path, others: Sequence[Path], digits: str, mergers: Mergers | None, report: Report
) -> Iterator[pa.Table]:
    columns = dict(_layout(digits, NEEDED, True).columns) | dict(
        _layout(digits, OPTIONAL, False).columns
    )
    layout = Layout("base-cc-logement", columns)
    tables = [identified(rows, "insee", report) for rows in layout.read(path, report)]
    # The whole table is small (35,000 communes).
    whole = _populated(pa.concat_tables(tables), others, digits)
    yield mergers.merge(whole, ["insee"], ["insee"], report) if mergers else whole


def _populated(rows: pa.Table, paths: Sequence[Path], digits: str) -> pa.Table:
    """Return the rows with the population that other files of the census give."""
    layout = _layout(digits, {"population": ("POP",)}, True)
    for path in paths:
        given = pa.concat_tables(list(layout.read(path, Report())))
        at = pc.index_in(rows["insee"], value_set=given["insee"])
        found = pc.coalesce(given["population"].take(at), rows["population"])
        rows = rows.set_column(rows.column_names.index("population"), "population", found)
    return rows


SOURCE = Source(
    id="rp-housing-communes",
    title="Recensement, logement par commune (Insee)",
    layers=("commune-housing",),
    read=read,
    hint="Get « Logement » (base-cc-logement) and, for the population, « Évolution et structure de "
    "la population » (base-cc-evol-struct-pop) from insee.fr, and import the CSV or their ZIP.",
    changes=True,
)
