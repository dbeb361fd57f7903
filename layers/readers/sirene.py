"""Sirene: the storefronts among Insee's 44 million establishments, with their positions.

The stock passes once: what is left of it, one row in eight, waits in a scratch file for the
positions, which pass next. Names are never read: that of an establishment may be a person's.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from layers.codes import COMMUNE, SIRET
from layers.errors import ReadError
from layers.layouts import Layout, column, is_parquet, names_of, own, rows_of
from layers.places import LAYOUT as PLACES
from layers.places import Places, numbers_of
from layers.positions import points
from layers.readers import Source
from layers.report import Report
from layers.storefronts import activities
from layers.tables import GEOMETRY, Table
from layers.values import identified
from layers.vintages import named_date

BATCH_ROWS = 65_536
HIDDEN = "establishment that may not be published (statutDiffusion)"
OTHER = "establishment whose activity keeps no storefront"
UNDATED = "date 1900-01-01, which stands for unknown, left empty"
UNKNOWN_DAY = np.datetime64("1900-01-01").item()
STREET = ("_number", "_suffix", "_kind", "_street")
LAYOUT = Layout(
    "StockEtablissement",
    {
        "siret": column("siret", width=SIRET, needed=True),
        "activity": column("activitePrincipaleEtablissement", needed=True),
        "state": column("etatAdministratifEtablissement", needed=True),
        "employer": column("caractereEmployeurEtablissement", needed=True),
        "created": column("dateCreationEtablissement", kind="date", needed=True),
        "state_since": column("dateDebut", kind="date", needed=True),
        "postcode": column("codePostalEtablissement"),
        "insee": column("codeCommuneEtablissement", width=COMMUNE, needed=True),
        "_status": column("statutDiffusionEtablissement", needed=True),
        "_list": column("nomenclatureActivitePrincipaleEtablissement"),
        "_number": column("numeroVoieEtablissement"),
        "_suffix": column("indiceRepetitionEtablissement"),
        "_kind": column("typeVoieEtablissement"),
        "_street": column("libelleVoieEtablissement"),
    },
    hint=" Take StockEtablissement, neither StockUniteLegale nor StockEtablissementHistorique.",
)


def read(paths: Sequence[Path]) -> Iterable[Table]:
    """Return the layer ``establishments``: storefronts, open or closed, that may be published.

    Args:
        paths: StockEtablissement and GeolocalisationEtablissement, Parquet or CSV, whole or in
            parts.

    Raises:
        ReadError: one of the two is missing, or a column of them.
    """
    report = Report()
    stock: list[Path] = []
    places: list[Path] = []
    for path in paths:
        names = names_of(path)
        (places if "qualite_xy" in names else stock).append(path)
        (PLACES if "qualite_xy" in names else LAYOUT).find(path, names, report)
    if not stock or not places:
        raise ReadError(
            "Sirene needs two files: StockEtablissement, and GeolocalisationEtablissement for the "
            f"positions. Given: {', '.join(path.name for path in paths)}."
        )
    vintage = named_date(stock) or max(filter(None, map(_last_change, stock)), default=None)
    batches = _batches(stock, places, report)
    return [Table("establishments", batches, "OGC:CRS84", vintage=vintage, report=report)]


def _last_change(path: Path) -> str | None:
    """Return the day of the last change that the statistics of a Parquet file tell."""
    name = "dateDernierTraitementEtablissement"
    if not is_parquet(path) or name not in names_of(path):
        return None
    metadata = pq.ParquetFile(path).metadata
    at = metadata.schema.to_arrow_schema().names.index(name)
    groups = (metadata.row_group(i).column(at) for i in range(metadata.num_row_groups))
    days = [str(g.statistics.max)[:10] for g in groups if g.statistics and g.statistics.has_min_max]
    return max(days, default=None)


def _batches(stock: Sequence[Path], places: Sequence[Path], report: Report) -> Iterator[pa.Table]:
    with tempfile.TemporaryDirectory(prefix="coeurville-sirene-") as folder:
        scratch = Path(folder) / "storefronts.parquet"
        known = Places(_keep_storefronts(stock, scratch, report))
        for path in places:
            known.read(path, report)
        with pq.ParquetFile(scratch) as file:
            for batch in file.iter_batches(BATCH_ROWS):
                rows = pa.Table.from_batches([batch])
                lon, lat, quality = known.of(numbers_of(rows["siret"]))
                wkb = points(lon, lat, report, "establishment without a position kept")
                yield rows.append_column("qualite_xy", quality).append_column(GEOMETRY, wkb)


def _keep_storefronts(paths: Sequence[Path], scratch: Path, report: Report) -> np.ndarray:
    """Write the storefronts of the stock into a scratch file; return their numbers."""
    writer: pq.ParquetWriter | None = None
    sirets = [np.empty(0, dtype=np.int64)]
    try:
        for path in paths:
            for rows in _storefronts(path, report):
                writer = writer or pq.ParquetWriter(scratch, rows.schema, compression="zstd")
                writer.write_table(rows)
                sirets.append(numbers_of(rows["siret"]))
    finally:
        if writer:
            writer.close()
    return np.concatenate(sirets)


def _storefronts(path: Path, report: Report) -> Iterator[pa.Table]:
    found = LAYOUT.find(path, names_of(path))
    for raw in rows_of(path, report, list(found.values())):
        report.read += raw.num_rows
        # Most rows leave here, before the costly part.
        public = pc.fill_null(pc.equal(raw[found["_status"]], "O"), False)
        kept = raw.filter(public)
        report.refuse(HIDDEN, raw.num_rows - kept.num_rows)
        shops = kept.filter(_keeps_a_shop(kept, found))
        report.refuse(OTHER, kept.num_rows - shops.num_rows)
        yield _established(LAYOUT.convert(shops, found, report), report)


def _keeps_a_shop(rows: pa.Table, found: dict[str, str]) -> pa.ChunkedArray:
    shop = pc.is_in(rows[found["activity"]], value_set=pa.array(list(activities())))
    if "_list" not in found:
        return shop
    # Establishments closed before 2008 have codes of former nomenclatures.
    return pc.and_(shop, pc.fill_null(pc.equal(rows[found["_list"]], "NAFRev2"), False))


def _established(batch: pa.Table, report: Report) -> pa.Table:
    rows = identified(identified(batch, "siret", report), "insee", report)
    columns = {name: rows[name] for name in own(rows).column_names}
    for name in ("created", "state_since"):
        unknown = pc.fill_null(pc.equal(rows[name], pa.scalar(UNKNOWN_DAY)), False)
        report.repair(UNDATED, pc.sum(unknown).as_py() or 0)
        columns[name] = pc.if_else(unknown, pa.scalar(None, pa.date32()), rows[name])
    columns["address"] = _address(rows)
    return pa.table(columns)


def _address(rows: pa.Table) -> pa.ChunkedArray:
    """Return number and street, without the complement, which may name a person."""
    parts = [pc.replace_substring_regex(pc.fill_null(rows[n], ""), r"^\[ND\]$", "") for n in STREET]
    # Arrow's own way of skipping nulls loses the rows that hold nothing else.
    joined = pc.binary_join_element_wise(*parts, " ")
    plain = pc.utf8_trim_whitespace(pc.replace_substring_regex(joined, " +", " "))
    return pc.if_else(pc.equal(plain, ""), pa.scalar(None, pa.string()), plain)


SOURCE = Source(
    id="sirene",
    title="Sirene, établissements à vitrine (Insee)",
    layers=("establishments",),
    read=read,
    hint="Get StockEtablissement (Parquet) and GeolocalisationEtablissement (Parquet) from "
    "data.gouv.fr, and import both together.",
)
