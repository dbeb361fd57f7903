"""LOVAC: vacant private dwellings by commune, one pair of columns a year."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from layers.codes import COMMUNE, restore_codes
from layers.delimited import header, read_text
from layers.errors import ReadError, did_you_mean
from layers.mergers import Mergers, split
from layers.readers import Source
from layers.report import Report
from layers.tables import Table
from layers.values import identified, numbers, text_of

# A secret count is below 11; what is known of it is an interval.
SECRET, MOST_SECRET = "s", 10.0
CODE = r"CODGEO(_\d\d)?"
COUNTS = {
    "vacant": r"pp_vacant_(\d\d)",
    "vacant_2y": r"pp_vacant_plus_2ans_(\d\d)",
    "stock": r"(?:ff_)?pp_total_(\d\d)",
}
ORDER = (
    "insee", "year", "vacant", "vacant_low", "vacant_high", "vacant_2y", "vacant_2y_low",
    "vacant_2y_high", "stock",
)  # fmt: skip


def read(paths: Sequence[Path]) -> Iterable[Table]:
    """Return the table ``structural-vacancy``: a row per commune and year A.

    ``stock`` is that of the files of year A-1, the denominator of the rate of year A.

    Args:
        paths: one file by commune, and Insee's list of changes of communes, if rows of former
            communes are to be added up.

    Raises:
        ReadError: not a file of LOVAC by commune.
    """
    report = Report()
    data, mergers = split(paths)
    if len(data) != 1:
        raise ReadError(f"{len(data)} files of LOVAC: import the latest, which holds every year.")
    years = _years(data[0], header(data[0]))
    vintage = "/".join(sorted({min(years), max(years)}))
    batches = _batches(data[0], years, mergers, report)
    return [Table("structural-vacancy", batches, None, None, vintage, report)]


def _years(path: Path, names: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return, by year, the column of each count; the stock is that of the year before."""
    if not any(re.fullmatch(CODE, name) for name in names):
        raise ReadError(
            f"{path.name} is not LOVAC by commune: no column CODGEO.{did_you_mean('CODGEO', names)}"
            " Take the file of communes, not that of départements or régions."
        )
    found: dict[str, dict[str, str]] = {}
    for name in names:
        for count, pattern in COUNTS.items():
            if match := re.fullmatch(pattern, name):
                year = 2000 + int(match[1]) + (count == "stock")
                found.setdefault(str(year), {})[count] = name
    years = {year: columns for year, columns in found.items() if "vacant" in columns}
    if not years:
        near = did_you_mean("pp_vacant_25", names)
        raise ReadError(f"{path.name} is not LOVAC: no column pp_vacant_25 nor of a year.{near}")
    return years


def _batches(
    path: Path, years: Mapping[str, Mapping[str, str]], mergers: Mergers | None, report: Report
) -> Iterator[pa.Table]:
    tables = []
    for batch in read_text(path, report):
        code = next(name for name in batch.column_names if re.fullmatch(CODE, name))
        insee = restore_codes(batch.column(code), COMMUNE, report)
        report.read += batch.num_rows * len(years)
        for year, columns in years.items():
            rows = {"insee": insee, "year": pa.repeat(pa.scalar(int(year)), batch.num_rows)}
            rows |= _bounded("vacant", text_of(batch, columns["vacant"]), report)
            rows |= _bounded("vacant_2y", text_of(batch, columns.get("vacant_2y", "")), report)
            stock = text_of(batch, columns.get("stock", ""))
            rows["stock"] = numbers(stock, report, "stock")
            tables.append(identified(pa.table(rows).select(ORDER), "insee", report))
    # The whole table is small (35,000 communes), so that merged communes can be added up.
    whole = pa.concat_tables(tables)
    yield mergers.merge(whole, ["insee", "year"], ["insee"], report) if mergers else whole


def _bounded(name: str, texts: pa.ChunkedArray, report: Report) -> dict[str, pa.ChunkedArray]:
    """Return a count and the bounds that are known of it; a secret one is missing."""
    secret = pc.fill_null(pc.equal(pc.utf8_trim_whitespace(texts), SECRET), False)
    report.repair(f"secret number kept as an interval: {name}", pc.sum(secret).as_py() or 0)
    value = numbers(texts, report, name)
    return {
        name: value,
        f"{name}_low": pc.if_else(secret, 0.0, value),
        f"{name}_high": pc.if_else(secret, MOST_SECRET, value),
    }


SOURCE = Source(
    id="lovac",
    title="LOVAC, logements vacants du parc privé (DGALN)",
    layers=("structural-vacancy",),
    read=read,
    hint="Get « Logements vacants du parc privé par commune » (the CSV of communes) from "
    "data.gouv.fr.",
    changes=True,
)
