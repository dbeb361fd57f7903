"""Filosofi: income and households of 200 m cells (Insee), the layout of 2015 and those since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from layers.archives import unpacked_tables
from layers.cells import Grid, codes_of, squares
from layers.codes import COMMUNE, restore_codes
from layers.features import features
from layers.layouts import Column, Layout, column, is_parquet, names_of
from layers.readers import Source
from layers.report import Report
from layers.tables import GEOMETRY, Table
from layers.vintages import named_year, one_vintage

COUNTS = (
    "ind", "men", "men_pauv", "men_1ind", "men_5ind", "men_prop", "men_fmp", "ind_snv",
    "men_surf", "men_coll", "men_mais", "log_av45", "log_45_70", "log_70_90", "log_ap90",
    "log_inc", "log_soc", "ind_0_3", "ind_4_5", "ind_6_10", "ind_11_17", "ind_18_24",
    "ind_25_39", "ind_40_54", "ind_55_64", "ind_65_79", "ind_80p", "ind_inc",
)  # fmt: skip
OLD_CODES = ("idinspire", "id_carr200", "id_car2010")
NO_CODE = "cell whose code says no place kept"
TABLES = (".csv", ".gz", ".txt", ".parquet")
LAYOUT = Layout(
    "Filosofi 200 m",
    {
        "idcar_200m": column("idcar_200m", *OLD_CODES, needed=True),
        # A cell of several communes has their codes one after the other: the first is kept.
        "lcog_geo": column("lcog_geo", "depcom"),
        "i_est_200": column("i_est_200", "i_est_200m", "i_est_cr", kind="integer"),
        **dict[str, Column]({name: column(name, kind="number") for name in COUNTS}),
    },
)


def read(paths: Sequence[Path]) -> Iterable[Table]:
    """Return the layer ``income-cells``: squares of 200 m, in CRS84 as their grids differ.

    Metropolitan cells lie in EPSG:3035, those of Martinique in EPSG:5490 and those of La Réunion
    in EPSG:2975; each code says its own.

    Args:
        paths: CSV, a ZIP of CSV, Parquet, GeoPackage or Shapefile, of one vintage.

    Raises:
        ReadError: no column of cell codes, a damaged file, or several vintages.
    """
    report = Report()
    files = [file for path in paths for file in unpacked_tables(path)]
    vintage = one_vintage(_vintage(file, report) for file in files)
    batches = _batches(files, report)
    return [Table("income-cells", batches, "OGC:CRS84", vintage=vintage, report=report)]


def _vintage(path: Path, report: Report) -> str:
    """Return the year in the file's name, else that of the layout, with a note."""
    if year := named_year(path, "filosofi"):
        return year
    old = _is_table(path) and not {"idcar_200m"} & {name.casefold() for name in names_of(path)}
    year = "2015" if old or not _is_table(path) else "2021"
    report.note(f"{path.name} does not say its year: its layout is taken for that of {year}")
    return year


def _is_table(path: Path) -> bool:
    return path.suffix.lower() in TABLES or is_parquet(path)


def _batches(paths: Sequence[Path], report: Report) -> Iterator[pa.Table]:
    for path in paths:
        if _is_table(path):
            for rows in LAYOUT.read(path, report):
                yield _cells(rows, report)
        else:
            found = features([path], LAYOUT, report)
            for rows in found.batches:
                grid = Grid.of_file(found.crs)
                codes = codes_of(rows["idcar_200m"], rows[GEOMETRY], grid, report)
                rows = rows.set_column(0, "idcar_200m", codes).drop_columns([GEOMETRY])
                yield _cells(rows, report)


def _cells(rows: pa.Table, report: Report) -> pa.Table:
    first = pc.utf8_slice_codeunits(rows["lcog_geo"], 0, COMMUNE)
    rows = rows.set_column(1, "lcog_geo", restore_codes(first, COMMUNE, report))
    return rows.append_column(GEOMETRY, squares(rows["idcar_200m"], report, NO_CODE))


SOURCE = Source(
    id="filosofi",
    title="Filosofi, carreaux de 200 m (Insee)",
    layers=("income-cells",),
    read=read,
    hint="Get the 200 m cells from insee.fr (Revenus, carroyage) and import the CSV, their ZIP, "
    "the GeoPackage or the Shapefile.",
)
