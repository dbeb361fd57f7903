"""Filosofi: income and households of 200 m cells (Insee), 2015 and 2021 layouts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely

from layers import crs
from layers.codes import COMMUNE, restore_codes
from layers.delimited import read_text
from layers.errors import ReadError
from layers.readers import Source
from layers.report import Report
from layers.tables import GEOMETRY, Table
from layers.values import number

COUNTS = (
    "i_est_200", "ind", "men", "men_pauv", "men_1ind", "men_5ind", "men_prop", "men_fmp",
    "ind_snv", "men_surf", "men_coll", "men_mais", "log_av45", "log_45_70", "log_70_90",
    "log_ap90", "log_inc", "log_soc", "ind_0_3", "ind_4_5", "ind_6_10", "ind_11_17", "ind_18_24",
    "ind_25_39", "ind_40_54", "ind_55_64", "ind_65_79", "ind_80p", "ind_inc",
)  # fmt: skip
CELL_M = 200
# Names of the 2015 layout that are not those of 2021 in lower case.
OLD_NAMES = {"id_car2010": "idcar_200m", "idinspire": "idcar_200m", "id_carr200": "idcar_200m",
             "depcom": "lcog_geo", "i_est_cr": "i_est_200"}  # fmt: skip


def read(paths: Sequence[Path]) -> Iterable[Table]:
    """Return the layer ``income-cells``: squares of 200 m in EPSG:3035.

    Raises:
        ReadError: no column of cell codes.
    """
    report = Report()
    vintage = "2021" if all(path.suffix.lower() in (".csv", ".gz") for path in paths) else "2015"
    batches = _batches(paths, report)
    return [Table("income-cells", batches, "EPSG:3035", vintage=vintage, report=report)]


def _batches(paths: Sequence[Path], report: Report) -> Iterator[pa.Table]:
    for path in paths:
        old = path.suffix.lower() not in (".csv", ".gz")
        for batch in _shapefile(path, report) if old else read_text(path, report):
            report.read += batch.num_rows
            yield _cells(path, batch, report)


def _shapefile(path: Path, report: Report) -> Iterator[pa.Table]:
    import pyogrio

    try:
        info, table = pyogrio.read_arrow(path)
    except (pyogrio.errors.DataSourceError, OSError) as error:
        raise ReadError(f"{path.name} cannot be read: {error}.") from error
    name = next((n for n in table.column_names if OLD_NAMES.get(n.lower()) == "idcar_200m"), None)
    shapes = table.column(info["geometry_name"] or "wkb_geometry")
    if name and table.column(name).null_count and info["crs"]:
        codes = _codes_of(table.column(name).to_pylist(), shapes.to_pylist(), info["crs"], report)
        table = table.set_column(table.column_names.index(name), name, [codes])
    yield table


def _codes_of(
    codes: list[str | None], shapes: list[bytes], system: str, report: Report
) -> list[str | None]:
    """Return cell codes, those that the file lacks found from the cell's place on the grid."""
    lost = [at for at, code in enumerate(codes) if not code]
    centres = shapely.get_coordinates(shapely.centroid(shapely.from_wkb([shapes[i] for i in lost])))
    to_crs84 = crs.file_mover(crs.file_crs(system))
    northings = crs.mover(crs.CRS84, f"{crs.EPSG}3035")(to_crs84(centres))
    for at, (y, x) in zip(lost, northings // CELL_M * CELL_M, strict=True):
        codes[at] = f"CRS3035RES{CELL_M}mN{y:.0f}E{x:.0f}"
    report.repair("code of a cell found from its place", len(lost))
    return codes


def _cells(path: Path, batch: pa.Table, report: Report) -> pa.Table:
    known = {OLD_NAMES.get(n.lower(), n.lower()): n for n in batch.column_names}
    if "idcar_200m" not in known:
        raise ReadError(f"{path.name} is not Filosofi 200 m: no column idcar_200m or id_car2010.")
    codes = batch.column(known["idcar_200m"]).to_pylist()
    columns = {"idcar_200m": pa.array(codes, pa.string())}
    if "lcog_geo" in known:
        first = [
            None if c is None else str(c)[:COMMUNE] for c in batch[known["lcog_geo"]].to_pylist()
        ]
        columns["lcog_geo"] = restore_codes(pa.chunked_array([first]), COMMUNE, report)
    else:
        columns["lcog_geo"] = pa.nulls(batch.num_rows, pa.string())
    for name in COUNTS:
        columns[name] = _count(batch, known.get(name))
    columns["i_est_200"] = columns["i_est_200"].cast(pa.int64())
    return pa.table(columns).append_column(GEOMETRY, _squares(codes, report))


def _count(batch: pa.Table, name: str | None) -> pa.Array | pa.ChunkedArray:
    if name is None:
        return pa.nulls(batch.num_rows, pa.float64())
    column = batch.column(name)
    return number(column) if pa.types.is_string(column.type) else column.cast(pa.float64())


def _squares(codes: list[str | None], report: Report) -> pa.Array:
    """Return the cell of each code, whose name holds its south-west corner in EPSG:3035."""
    found = [re.search(r"N(\d+)E(\d+)", code or "") for code in codes]
    report.repair("cell whose code says no place kept", sum(match is None for match in found))
    corners = np.array([(float(m[2]), float(m[1])) if m else (np.nan, np.nan) for m in found])
    x, y = corners.reshape(-1, 2).T
    squares = shapely.box(x, y, x + CELL_M, y + CELL_M)
    squares[np.isnan(x)] = None
    return pa.array(shapely.to_wkb(squares), pa.binary())


SOURCE = Source(
    id="filosofi",
    title="Filosofi, carreaux de 200 m (Insee)",
    layers=("income-cells",),
    read=read,
    hint="Get the 200 m cells from insee.fr (Revenus, carroyage) and import the CSV or shapefile.",
)
