"""Positions of establishments, kept in arrays beside their sorted numbers: 30 bytes each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from layers.layouts import Layout, column
from layers.positions import degrees
from layers.report import Report

LAYOUT = Layout(
    "the geolocation of Sirene (GeolocalisationEtablissement)",
    {
        "siret": column("siret", needed=True),
        "quality": column("qualite_xy", needed=True),
        "lon": column("x_longitude", kind="number"),
        "lat": column("y_latitude", kind="number"),
        "x": column("x", kind="number"),
        "y": column("y", kind="number"),
        "epsg": column("epsg", kind="integer"),
    },
)


def numbers_of(sirets: pa.ChunkedArray) -> np.ndarray:
    """Return SIRET numbers as int64; what is no number of 14 digits is -1."""
    digits = pc.match_substring_regex(sirets, r"^\d{14}$")
    known = pc.if_else(digits, sirets, pa.scalar("-1"))
    return np.asarray(pc.fill_null(known, "-1").cast(pa.int64()).to_numpy())


class Places:
    """Where some establishments are; the others of a file are passed over.

    Args:
        sirets: their numbers, int64, in any order.
    """

    def __init__(self, sirets: np.ndarray) -> None:
        self._sirets = np.unique(sirets)
        shape = len(self._sirets)
        self._lon, self._lat = np.full(shape, np.nan), np.full(shape, np.nan)
        self._quality = np.zeros(shape, dtype=np.uint8)
        self._qualities: list[str | None] = [None]

    def read(self, path: Path, report: Report) -> None:
        """Take the positions of a geolocation file, whose CRS may differ by row."""
        if not len(self._sirets):
            return
        for rows in LAYOUT.read(path, Report()):
            sirets = numbers_of(rows["siret"])
            at = np.minimum(np.searchsorted(self._sirets, sirets), len(self._sirets) - 1)
            mine = (self._sirets[at] == sirets) & (sirets >= 0)
            if mine.any():
                self._take(at[mine], rows.filter(pa.array(mine)), report)

    def of(self, sirets: np.ndarray) -> tuple[pa.ChunkedArray, pa.ChunkedArray, pa.Array]:
        """Return longitudes, latitudes and qualities of establishments, null where unknown."""
        at = np.searchsorted(self._sirets, sirets)
        lon, lat = (
            pa.chunked_array([pa.array(values[at], from_pandas=True)])
            for values in (self._lon, self._lat)
        )
        quality = pa.array(self._qualities, pa.string()).take(pa.array(self._quality[at]))
        return lon, lat, quality

    def _take(self, at: np.ndarray, rows: pa.Table, report: Report) -> None:
        lon, lat = degrees(rows["x"], rows["y"], rows["epsg"], report)
        self._lon[at] = pc.coalesce(rows["lon"], lon).to_numpy()
        self._lat[at] = pc.coalesce(rows["lat"], lat).to_numpy()
        for text in pc.unique(rows["quality"]).to_pylist():
            if text not in self._qualities:
                self._qualities.append(text)
        known = pa.array(self._qualities, pa.string())
        self._quality[at] = pc.index_in(rows["quality"], value_set=known).to_numpy()
