"""Cells of Insee's grids: the code of a cell says its grid, its size and its south-west corner."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import shapely

from layers import crs
from layers.report import Report

CODE = re.compile(r"CRS(\d+)RES(\d+)mN(\d+)E(\d+)")
METROPOLITAN, OVERSEAS = 3035, (2975, 5490)
SIDE_M = 200


@dataclass(frozen=True)
class Grid:
    """The grid on which the cells of a file lie.

    Attributes:
        epsg: CRS of the grid.
        file: CRS of the file's geometry; None when it does not say.
    """

    epsg: int
    file: str | None

    @staticmethod
    def of_file(system: str | None) -> Grid:
        """Return the grid of a file in some CRS: overseas cells come in that of their grid."""
        code = crs.file_crs(system).to_epsg() if system else None
        return Grid(code if code in OVERSEAS else METROPOLITAN, system)


def squares(codes: pa.ChunkedArray, report: Report, lost: str) -> pa.Array:
    """Return the cell of each code in CRS84, as WKB.

    Args:
        codes: such as ``CRS3035RES200mN2387600E3728800``: EPSG, side, northing, easting in metres.
        report: counts the codes that say no place.
        lost: what the report calls them.
    """
    found = [CODE.search(code or "") for code in codes.to_pylist()]
    report.repair(lost, sum(match is None for match in found))
    parts = np.array(
        [[float(text) for text in match.groups()] if match else [np.nan] * 4 for match in found]
    ).reshape(-1, 4)
    system, side, north, east = parts.T
    cells = shapely.box(east, north, east + side, north + side)
    cells[np.isnan(east)] = None
    for code in np.unique(system[~np.isnan(system)]).astype(int):
        at = system == code
        move = crs.file_mover(crs.file_crs(f"EPSG:{code}"))
        cells[at] = shapely.transform(cells[at], move)
    return pa.array(shapely.to_wkb(cells), pa.binary())


def codes_of(
    codes: pa.ChunkedArray, shapes: pa.ChunkedArray, grid: Grid, report: Report
) -> pa.Array:
    """Return cell codes, those that the file lacks found from the cell's place on the grid."""
    known = codes.to_pylist()
    wkb = shapes.to_pylist()
    lost = [at for at, code in enumerate(known) if not code and wkb[at]]
    if not lost or grid.file is None:
        return pa.array(known, pa.string())
    centres = shapely.get_coordinates(shapely.centroid(shapely.from_wkb([wkb[i] for i in lost])))
    to_crs84 = crs.file_mover(crs.file_crs(grid.file))
    moved = crs.mover(crs.CRS84, f"{crs.EPSG}{grid.epsg}")(to_crs84(centres))
    northings = moved if grid.epsg == METROPOLITAN else moved[:, ::-1]  # EPSG:3035 is y first
    for at, (y, x) in zip(lost, northings // SIDE_M * SIDE_M, strict=True):
        known[at] = f"CRS{grid.epsg}RES{SIDE_M}mN{y:.0f}E{x:.0f}"
    report.repair("code of a cell found from its place", len(lost))
    return pa.array(known, pa.string())
