"""Points of a table from its columns of longitudes and latitudes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from layers.crs import (
    LEGAL_METROPOLITAN,
    LEGAL_OVERSEAS,
    file_crs,
    file_mover,
    legal_projection,
)
from layers.report import Report

LEGAL = {LEGAL_METROPOLITAN, *LEGAL_OVERSEAS.values()}


def points(lon: pa.ChunkedArray, lat: pa.ChunkedArray, report: Report, lost: str) -> pa.Array:
    """Return points of CRS84 as WKB, null where there is no position on Earth.

    Args:
        lon: degrees, float64 with nulls.
        lat: likewise.
        report: counts the rows without a position.
        lost: what the report calls them.
    """
    x, y = (np.asarray(c.to_numpy(), dtype=np.float64) for c in (lon, lat))
    placed = (np.abs(x) <= 180) & (np.abs(y) <= 90) & ((x != 0) | (y != 0))
    report.repair(lost, np.count_nonzero(~placed))
    found = np.full(len(x), None, dtype=object)
    found[placed] = shapely.points(x[placed], y[placed])
    return pa.array(shapely.to_wkb(found), pa.binary())


def degrees(
    x: pa.ChunkedArray, y: pa.ChunkedArray, epsg: pa.ChunkedArray, report: Report
) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """Return longitudes and latitudes of projected points whose CRS may differ by row.

    Args:
        x: eastings in metres, float64 with nulls.
        y: northings likewise.
        epsg: code of the CRS of each row, as a whole number; null leaves the row without place.
        report: counts the rows whose CRS is none of the legal projections.
    """
    east, north = (np.asarray(c.to_numpy(), dtype=np.float64) for c in (x, y))
    codes = np.asarray(pc.fill_null(epsg, 0).to_numpy())
    found = np.full((len(east), 2), np.nan)
    placed = np.isfinite(east) & np.isfinite(north) & ((east != 0) | (north != 0))
    for code in np.unique(codes[placed]):
        at = placed & (codes == code)
        if int(code) not in LEGAL:
            reason = f"in the unknown CRS EPSG:{code}" if code else "whose CRS is not said"
            report.repair(f"point {reason} left out", np.count_nonzero(at))
            continue
        move = file_mover(file_crs(f"EPSG:{code}"))
        found[at] = move(np.column_stack([east[at], north[at]]))
    lon, lat = (pa.chunked_array([pa.array(found[:, i], from_pandas=True)]) for i in (0, 1))
    return lon, lat


def legal_codes(communes: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the EPSG code of the legal projection of each commune code."""
    head = pc.utf8_slice_codeunits(communes, 0, 3)
    codes = {text: legal_projection(text) for text in pc.unique(head).drop_null().to_pylist()}
    table = pa.array(list(codes), pa.string())
    return pa.chunked_array([pa.array(list(codes.values()), pa.int64())]).take(
        pc.index_in(head, value_set=table)
    )
