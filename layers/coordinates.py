"""Where the columns of a table of text hold a place: pairs of numbers, WKT, GeoJSON."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from layers.delimited import number
from layers.placement import LAMBERT_93, WGS_84, likely_crs
from layers.records import GeometryType
from layers.report import Report
from layers.tables import GEOMETRY

Shapes = np.ndarray[Any, Any]  # of geometries or None

LONGITUDES = ("lon", "long", "lng", "longitude", "xlongitude", "longwgs84", "lonwgs84", "xwgs84")
LATITUDES = ("lat", "latitude", "ylatitude", "latwgs84", "ywgs84")
JOINED = (
    "geopoint2d",
    "geopoint",
    "latlon",
    "latlng",
    "coordonneesgeo",
    "coordonneesgps",
    "geoloc",
)
SHAPES = ("wkt", "geomwkt", "geometry", "geom", "thegeom", "geoshape", "geojson", "shape", "point")
_WKT = r"^\s*(?:SRID=(\d+);)?\s*(MULTI|POINT|LINESTRING|POLYGON|GEOMETRYCOLLECTION)"
_NO_PLACE = "row without coordinates kept without geometry"
_NULL_ISLAND = "coordinates 0, 0 taken as missing"
_UNREADABLE = "unreadable geometry removed"


@dataclass(frozen=True)
class Place:
    """The columns that place a row.

    Attributes:
        form: how they are written; ``latlon`` is one column ``latitude, longitude``.
        columns: their names; x before y for ``xy``.
        degrees: whether their names say longitude and latitude.
        crs: CRS that the values themselves say (EWKT), None when they do not.
    """

    form: Literal["xy", "latlon", "wkt", "geojson"]
    columns: tuple[str, ...]
    degrees: bool = False
    crs: str | None = None

    @property
    def is_outline(self) -> bool:
        """Tell whole geometries from pairs of coordinates."""
        return self.form in ("wkt", "geojson")


def find_place(rows: pa.Table) -> Place | None:
    """Return what places the rows of a file, judged by names and by values; None for nothing.

    Longitude and latitude prevail over projected columns, an outline over both.
    """
    names = {_plain(name): name for name in reversed(rows.column_names)}
    outline = _shape_column(rows, names)
    if outline:
        return outline
    lon = next((names[name] for name in LONGITUDES if name in names), None)
    lat = next((names[name] for name in LATITUDES if name in names), None)
    if lon and lat:
        return Place("xy", (lon, lat), degrees=True)
    joined = next((names[name] for name in JOINED if name in names), None)
    if joined and _first(rows, joined, r"^\[?\s*-?\d+(\.\d+)?\s*,\s*-?\d+(\.\d+)?\s*\]?$"):
        return Place("latlon", (joined,), degrees=True)
    pair = _projected(rows.column_names)
    return Place("xy", pair) if pair else None


class Survey:
    """What a first pass over a table learns of the place of its rows: columns and bounds.

    Attributes:
        rows: how many rows have passed.
        place: what places them, judged by the first batch.
    """

    def __init__(self) -> None:
        self.rows = 0
        self.place: Place | None = None
        self._bounds = np.array([np.inf, np.inf, -np.inf, -np.inf])

    @property
    def geometry(self) -> GeometryType:
        """Return the kind of geometry that the rows will have."""
        if self.place is None:
            return "none"
        return "any" if self.place.is_outline else "point"

    def seen(self, batches: Iterable[pa.Table]) -> Iterator[pa.Table]:
        """Look at batches as they pass."""
        for batch in batches:
            if not self.rows:
                self.place = find_place(batch)
            self.rows += batch.num_rows
            if self.place:
                self._grow(_geometries(batch, self.place, Report()))
            yield batch

    def geometry_name(self, columns: Iterable[str]) -> str | None:
        """Return the outline's own name, which it replaces; else one that no column has."""
        if self.place is None or self.place.is_outline:
            return self.place.columns[0] if self.place else None
        return next(name for name in (GEOMETRY, "geom", "_geometry") if name not in set(columns))

    def crs(self, report: Report) -> str | None:
        """Return the CRS of the coordinates; None where it cannot be told."""
        if self.place is None or self.place.crs:
            return self.place.crs if self.place else None
        known = self._bounds.tolist() if np.isfinite(self._bounds).all() else None
        likely = likely_crs(known)
        if self.place.degrees and (known is None or likely in (None, WGS_84)):
            within = known is None or not (np.abs(known) > (180, 90, 180, 90)).any()
            return WGS_84 if within else None
        if likely not in (WGS_84, LAMBERT_93):
            return None
        report.note(f"CRS guessed from the values of {' and '.join(self.place.columns)}: {likely}")
        return likely

    def _grow(self, shapes: Shapes) -> None:
        boxes = shapely.bounds(shapes).reshape(-1, 4)
        boxes = boxes[np.isfinite(boxes).all(axis=1)]
        if len(boxes):
            self._bounds[:2] = np.minimum(self._bounds[:2], boxes[:, :2].min(axis=0))
            self._bounds[2:] = np.maximum(self._bounds[2:], boxes[:, 2:].max(axis=0))


def points(rows: pa.Table, place: Place, report: Report) -> pa.Array:
    """Return the geometries of some rows as WKB, null where there is none, counted."""
    return pa.array(shapely.to_wkb(_geometries(rows, place, report)), pa.binary())


def _geometries(rows: pa.Table, place: Place, report: Report) -> Shapes:
    if place.form in ("wkt", "geojson"):
        return _shapes(rows.column(place.columns[0]), place.form, report)
    x, y = _xy(rows, place, report)
    island = (x == 0) & (y == 0)
    report.repair(_NULL_ISLAND, np.count_nonzero(island))
    missing = np.isnan(x) | np.isnan(y)
    report.repair(_NO_PLACE, np.count_nonzero(missing))
    shapes: Shapes = shapely.points(x, y)
    shapes[missing | island] = None
    return shapes


def _xy(rows: pa.Table, place: Place, report: Report) -> tuple[Any, Any]:
    """Return the coordinates of some rows as two arrays of floats, NaN where missing."""
    if place.form == "latlon":
        text = pc.extract_regex(
            rows.column(place.columns[0]),
            r"^\[?\s*(?P<lat>-?\d+(?:\.\d+)?)\s*,\s*(?P<lon>-?\d+(?:\.\d+)?)\s*\]?$",
        )
        columns = [pc.struct_field(text, name) for name in ("lon", "lat")]
    else:
        columns = [rows.column(name) for name in place.columns]
    return _floats(columns[0], report), _floats(columns[1], report)


def _floats(column: pa.ChunkedArray, report: Report) -> np.ndarray[Any, Any]:
    numbers = number(column, report) if pa.types.is_string(column.type) else column
    return np.asarray(numbers.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=float)


def _shape_column(rows: pa.Table, names: dict[str, str]) -> Place | None:
    for name in (names[key] for key in SHAPES if key in names):
        if found := _first(rows, name, _WKT):
            return Place("wkt", (name,), crs=f"EPSG:{found[1]}" if found[1] else None)
        if _first(rows, name, r'^\s*\{.*"coordinates"'):
            return Place("geojson", (name,), crs="OGC:CRS84")
    return None


def _shapes(column: pa.ChunkedArray, form: str, report: Report) -> Shapes:
    read = shapely.from_geojson if form == "geojson" else shapely.from_wkt
    texts = pc.replace_substring_regex(column, r"^\s*SRID=\d+;", "").to_numpy(zero_copy_only=False)
    shapes = np.asarray(read(texts, on_invalid="ignore"))
    given = column.is_valid().to_numpy()
    report.repair(_UNREADABLE, np.count_nonzero(given & shapely.is_missing(shapes)))
    report.repair(_NO_PLACE, np.count_nonzero(~given))
    return shapes


def _projected(names: Sequence[str]) -> tuple[str, str] | None:
    """Return two columns whose names differ by an x against a y: ``coord_x``, ``X_L93``."""
    known = {name.casefold(): name for name in names}
    for low, name in known.items():
        for start in _letters(low, "x"):
            twin = known.get(low[:start] + "y" + low[start + 1 :])
            if twin:
                return name, twin
    if "easting" in known and "northing" in known:
        return known["easting"], known["northing"]
    return None


def _letters(name: str, letter: str) -> list[int]:
    """Return where a name holds a letter as a word, or right after ``coord`` or ``lambert``."""
    pattern = (
        rf"(?<![a-z]){letter}(?![a-z])|(?<=coord){letter}|(?<=lambert){letter}|(?<=lamb){letter}"
    )
    return [found.start() for found in re.finditer(pattern, name)] + (
        [0] if re.match(rf"{letter}(coord|lamb|l93)", name) else []
    )


def _first(rows: pa.Table, name: str, pattern: str) -> re.Match[str] | None:
    """Return the match of the first value that a column has."""
    if not pa.types.is_string(rows.schema.field(name).type):
        return None
    texts = (value for value in rows.column(name).to_pylist() if value is not None)
    return re.match(pattern, next(texts, ""), re.IGNORECASE | re.DOTALL)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())
