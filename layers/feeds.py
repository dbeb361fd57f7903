"""GTFS feeds as tables of DuckDB, read as forgivingly as the standard allows.

https://gtfs.org/documentation/schedule/reference
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import duckdb

from layers.archives import DAMAGED
from layers.delimited import REFUSED, open_delimited, read_text
from layers.engine import connect
from layers.errors import ReadError, did_you_mean
from layers.report import Report

MEMORY = "512MB"
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _second(column: str) -> str:
    """Return the SQL of a GTFS hour (``25:10:00``) in seconds of the service day."""
    hour, minute, second = (
        f"TRY_CAST(split_part({column}, ':', {i}) AS INTEGER)" for i in (1, 2, 3)
    )
    return f"{hour} * 3600 + {minute} * 60 + coalesce({second}, 0)"


def _day(column: str) -> str:
    return f"TRY_STRPTIME({column}, '%Y%m%d')::DATE"


_DAYS = ", ".join(f"coalesce({day}, '0') = '1'" for day in _WEEK)
# Per file: our columns by the SQL over the official ones.
TABLES: dict[str, dict[str, str]] = {
    "stops": {
        "stop_id": "stop_id", "name": "stop_name", "lon": "TRY_CAST(stop_lon AS DOUBLE)",
        "lat": "TRY_CAST(stop_lat AS DOUBLE)", "kind": "coalesce(location_type, '0')",
        "parent": "parent_station", "wheelchair": "nullif(wheelchair_boarding, '0')",
    },
    "routes": {
        "route_id": "route_id", "short_name": "route_short_name", "long_name": "route_long_name",
        "type": "TRY_CAST(route_type AS INTEGER)", "color": "route_color",
    },
    "trips": {
        "trip_id": "trip_id", "route_id": "route_id", "service_id": "service_id",
        "shape_id": "shape_id",
    },
    "calendar": {
        "service_id": "service_id", "days": f"[{_DAYS}]", "first": _day("start_date"),
        "final": _day("end_date"),
    },
    "calendar_dates": {
        "service_id": "service_id", "day": _day("date"), "added": "exception_type = '1'",
    },
    "frequencies": {
        "trip_id": "trip_id", "first": _second("start_time"), "final": _second("end_time"),
        "headway": "TRY_CAST(headway_secs AS INTEGER)",
    },
    "stop_times": {
        "trip_id": "trip_id", "stop_id": "stop_id",
        "rank": "TRY_CAST(stop_sequence AS INTEGER)",
        "second": f"coalesce({_second('departure_time')}, {_second('arrival_time')})",
        "boarding": "coalesce(pickup_type, '0') <> '1'",
    },
    "shapes": {
        "shape_id": "shape_id", "lon": "TRY_CAST(shape_pt_lon AS DOUBLE)",
        "lat": "TRY_CAST(shape_pt_lat AS DOUBLE)",
        "rank": "TRY_CAST(shape_pt_sequence AS INTEGER)",
    },
}  # fmt: skip
# Official columns: those that a file must have, then those that it may.
COLUMNS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "stops": (("stop_id", "stop_lat", "stop_lon"),
              ("stop_name", "location_type", "parent_station", "wheelchair_boarding")),
    "routes": (("route_id", "route_type"), ("route_short_name", "route_long_name", "route_color")),
    "trips": (("trip_id", "route_id", "service_id"), ("shape_id",)),
    "calendar": (("service_id", *_WEEK, "start_date", "end_date"), ()),
    "calendar_dates": (("service_id", "date", "exception_type"), ()),
    "frequencies": (("trip_id", "start_time", "end_time", "headway_secs"), ()),
    "stop_times": (("trip_id", "stop_id", "stop_sequence", "departure_time"),
                   ("arrival_time", "pickup_type")),
    "shapes": (("shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence"), ()),
}  # fmt: skip
REQUIRED = ("stops", "routes", "trips", "stop_times")
LATE = ("stop_times", "shapes")  # the large ones, read when rows are asked for


class Feed:
    """A GTFS feed, a ZIP or a folder, and the database over it, which goes with this object.

    The tables ``LATE`` stay empty until they are loaded.

    Args:
        path: the feed; its files may lie in a folder of the ZIP.

    Raises:
        ReadError: damaged, or a required file or column is missing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.report = Report()
        scratch = Path(tempfile.mkdtemp(prefix="coeurville-gtfs-"))
        weakref.finalize(self, shutil.rmtree, scratch, ignore_errors=True)
        self._folder = path if path.is_dir() else _unpacked(path, scratch)
        self._require()
        self.connection = connect(MEMORY, scratch)
        for table in TABLES:
            self._create(table)
            if table not in LATE:
                self.load(table)

    def count(self, sql: str) -> int:
        """Return the number that a query answers."""
        found = self.connection.execute(sql).fetchone()
        return int(found[0]) if found else 0

    def _require(self) -> None:
        held = {path.stem for path in self._folder.glob("*.txt")}
        missing = [f"{table}.txt" for table in REQUIRED if table not in held]
        if not held & {"calendar", "calendar_dates"}:
            missing.append("calendar.txt")
        if missing:
            hint = did_you_mean(missing[0], [f"{name}.txt" for name in held])
            raise ReadError(f"{self.path.name} is no GTFS feed: no {', '.join(missing)}.{hint}")
        for table, (needed, _) in COLUMNS.items():
            if table in held:
                self._require_columns(table, needed)

    def _require_columns(self, table: str, needed: tuple[str, ...]) -> None:
        known = open_delimited(self._folder / f"{table}.txt", ",").header
        for column in needed:
            if column not in known:
                hint = did_you_mean(column, known)
                raise ReadError(f"{self.path.name}: {table}.txt has no column {column!r}.{hint}")

    def _create(self, table: str) -> None:
        empty = f"(SELECT {_nulls(COLUMNS[table])})"
        self.connection.execute(
            f"CREATE TABLE {table} AS SELECT {_selected(TABLES[table])} FROM {empty} LIMIT 0"
        )

    def load(self, table: str) -> None:
        """Fill a table from its file, when the feed has it."""
        path = self._folder / f"{table}.txt"
        if not path.exists():
            return
        needed, optional = COLUMNS[table]
        known = open_delimited(path, ",").header
        given = [name for name in (*needed, *optional) if name in known]
        absent = [name for name in optional if name not in known]
        columns = ", ".join(
            [f"nullif(trim({name}), '') AS {name}" for name in given]
            + [f"NULL::VARCHAR AS {name}" for name in absent]
        )
        report = Report()
        for batch in read_text(path, report, given, ","):
            self.connection.register("batch", batch)
            self.connection.execute(
                f"INSERT INTO {table} SELECT {_selected(TABLES[table])} "
                f"FROM (SELECT {columns} FROM batch)"
            )
            self.connection.unregister("batch")
        if lost := report.refused[REFUSED]:
            self.report.note(f"{lost} rows of {table}.txt do not fit its header: not read")


def _selected(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{sql} AS {name}" for name, sql in columns.items())


def _nulls(columns: tuple[tuple[str, ...], tuple[str, ...]]) -> str:
    return ", ".join(f"NULL::VARCHAR AS {name}" for group in columns for name in group)


def _unpacked(path: Path, folder: Path) -> Path:
    """Copy the texts of a ZIP, wherever they lie in it, into a folder."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [PurePosixPath(name) for name in archive.namelist()]
            roots = [n.parent for n in names if n.name == "stops.txt" and n.parts[0] != "__MACOSX"]
            root = min(roots, key=lambda parent: len(parent.parts), default=PurePosixPath())
            for name in names:
                if name.parent == root and name.suffix == ".txt":
                    with archive.open(str(name)) as source, (folder / name.name).open("wb") as file:
                        shutil.copyfileobj(source, file)
    except DAMAGED as error:
        raise ReadError(f"{path.name} is no readable ZIP archive: {error}.") from error
    return folder


def unreadable(path: Path, error: duckdb.Error) -> ReadError:
    """Return what a user is told when the database refuses a feed."""
    return ReadError(f"{path.name} is no readable GTFS feed: {str(error).splitlines()[0]}")
