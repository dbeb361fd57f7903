"""Points of a table from its columns of longitudes and latitudes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import shapely

from layers.report import Report


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
