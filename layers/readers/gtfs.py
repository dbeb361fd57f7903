"""GTFS: stops with the departures of a reference weekday, and lines."""

from __future__ import annotations

import shutil
import tempfile
import weakref
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path, PurePosixPath

import duckdb
import pyarrow as pa

from layers.engine import connect
from layers.errors import ReadError
from layers.readers import Source
from layers.report import Report
from layers.tables import GEOMETRY, Table

REQUIRED = ("stops.txt", "stop_times.txt", "trips.txt", "routes.txt")
OPTIONAL = {
    "calendar.txt": "service_id, monday, tuesday, wednesday, thursday, friday, saturday, sunday, "
    "start_date, end_date",
    "calendar_dates.txt": "service_id, date, exception_type",
    "shapes.txt": "shape_id, shape_pt_lat, shape_pt_lon, shape_pt_sequence",
    "frequencies.txt": "trip_id, start_time, end_time, headway_secs",
}
# Columns that the standard makes optional, so that a query may always name them.
EXTRA = {
    "stop_times": ("pickup_type",),
    "stops": ("wheelchair_boarding", "location_type", "stop_name"),
    "trips": ("shape_id",),
    "routes": ("route_short_name", "route_long_name", "route_color", "route_type"),
}
FROM_HOUR, TO_HOUR = 6, 21
MODES = {0: "tram", 1: "metro", 2: "rail", 3: "bus", 4: "ferry", 5: "cable tram",
         6: "aerial lift", 7: "funicular", 11: "trolleybus", 12: "monorail"}  # fmt: skip
# The hundreds of the extended route types that many French feeds use.
EXTENDED = {1: "rail", 2: "coach", 4: "metro", 7: "bus", 8: "trolleybus", 9: "tram", 10: "ferry",
            12: "ferry", 13: "aerial lift", 14: "funicular"}  # fmt: skip
NO_HOUR = "departure of the reference day without an hour not counted"
NOT_A_STOP = "station, entrance or other place where no vehicle stops"


def read(paths: Sequence[Path]) -> Iterable[Table]:
    """Return the layers ``transit-stops`` and ``transit-lines`` of one feed.

    The reference day is the Tuesday of the feed's calendar with the most trips. A departure is a
    stop of a trip, the last one left out, where boarding is not forbidden, between 6:00 and 21:00.

    Raises:
        ReadError: not a GTFS archive, a required file is missing, or no Tuesday has service.
    """
    if len(paths) != 1:
        raise ReadError("Import one GTFS feed at a time: ids of several may collide.")
    feed = _Feed(paths[0])
    try:
        _open(feed.connection, feed.folder)
        day = _reference_day(feed.connection, paths[0])
        _select_events(feed.connection, day)
        return [_stops(feed, day), _lines(feed, day)]
    except duckdb.Error as error:
        raise feed.unreadable(error) from error


class _Feed:
    """An unpacked feed and the database over it; both go when the last table is done with."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.folder = Path(tempfile.mkdtemp(prefix="coeurville-gtfs-"))
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        _unpack(path, self.folder)
        self.connection = connect("1GB", self.folder)

    def unreadable(self, error: duckdb.Error) -> ReadError:
        reason = str(error).split("\n")[0]
        return ReadError(f"{self.path.name} is not a readable GTFS feed: {reason}")

    def count(self, sql: str) -> int:
        found = self.connection.execute(sql).fetchone()
        return int(found[0]) if found else 0


def _unpack(path: Path, folder: Path) -> None:
    """Copy the feed's files into a folder, wherever they lie in the archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = {PurePosixPath(name).name: name for name in archive.namelist()}
            missing = [name for name in REQUIRED if name not in members]
            if missing:
                raise ReadError(f"{path.name} is not a GTFS feed: no {', '.join(missing)}.")
            for name in (*REQUIRED, *OPTIONAL):
                if name in members:
                    with archive.open(members[name]) as source, (folder / name).open("wb") as file:
                        shutil.copyfileobj(source, file)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError) as error:
        raise ReadError(f"{path.name} is not a readable ZIP archive: {error}.") from error


def _open(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Make a table of texts of each file, with every column that a query names."""
    for name in (*REQUIRED, *OPTIONAL):
        table = name.removesuffix(".txt")
        if (folder / name).exists():
            connection.execute(
                f"CREATE TABLE {table} AS SELECT * FROM read_csv(?, all_varchar=true, header=true, "
                "delim=',', quote='\"', escape='\"')",
                [str(folder / name)],
            )
        else:
            columns = ", ".join(f"{c.strip()} VARCHAR" for c in OPTIONAL[name].split(","))
            connection.execute(f"CREATE TABLE {table} ({columns})")
        for column in EXTRA.get(table, ()):
            connection.execute(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {column} VARCHAR")


def _reference_day(connection: duckdb.DuckDBPyConnection, path: Path) -> date:
    """Return the Tuesday with the most trips; the earliest of several."""
    connection.execute(
        """
        CREATE TABLE service_days AS
        WITH regular AS (
            SELECT service_id, unnest(generate_series(
                strptime(start_date, '%Y%m%d'), strptime(end_date, '%Y%m%d'), INTERVAL 1 DAY
            ))::DATE AS day FROM calendar WHERE tuesday = '1'
        ), changed AS (
            SELECT service_id, strptime(date, '%Y%m%d')::DATE AS day, exception_type
            FROM calendar_dates
        )
        SELECT service_id, day FROM (
            SELECT * FROM regular WHERE dayofweek(day) = 2
            UNION SELECT service_id, day FROM changed WHERE exception_type = '1'
            EXCEPT SELECT service_id, day FROM changed WHERE exception_type = '2'
        ) WHERE dayofweek(day) = 2
        """
    )
    found = connection.execute(
        "SELECT day, count(*) FROM service_days JOIN trips USING (service_id) "
        "GROUP BY day ORDER BY 2 DESC, day LIMIT 1"
    ).fetchone()
    if found is None:
        raise ReadError(f"{path.name}: no Tuesday of its calendar has service.")
    day: date = found[0]
    return day


def _select_events(connection: duckdb.DuckDBPyConnection, day: date) -> None:
    """Make ``events``: the departures of the reference day inside the hours that count."""
    connection.execute(
        "CREATE TABLE running AS SELECT trips.* FROM trips JOIN service_days USING (service_id) "
        "WHERE day = ?",
        [day],
    )
    connection.execute(
        f"""
        CREATE TABLE events AS SELECT stop_id, trip_id, route_id FROM (
            SELECT st.*, running.route_id,
                   split_part(trim(departure_time), ':', 1)::INTEGER AS hour,
                   row_number() OVER (
                       PARTITION BY trip_id ORDER BY stop_sequence::INTEGER DESC) AS from_end
            FROM stop_times st JOIN running USING (trip_id)
        ) WHERE from_end > 1 AND hour >= {FROM_HOUR} AND hour < {TO_HOUR}
          AND coalesce(pickup_type, '0') <> '1'
        """
    )


STOPS = """
    SELECT stop_id, stop_name AS name, coalesce(departures, 0) AS departures,
           $day AS reference_day, lines,
           CASE wheelchair_boarding WHEN '1' THEN 'yes' WHEN '2' THEN 'no' END AS wheelchair,
           ST_AsWKB(ST_Point(stop_lon::DOUBLE, stop_lat::DOUBLE)) AS geometry
    FROM stops LEFT JOIN (
        SELECT stop_id, count(*) AS departures,
               string_agg(DISTINCT coalesce(route_short_name, route_long_name), ';'
                          ORDER BY coalesce(route_short_name, route_long_name)) AS lines
        FROM events JOIN routes USING (route_id) GROUP BY stop_id
    ) USING (stop_id)
    WHERE coalesce(location_type, '0') IN ('0', '')
    ORDER BY stop_id
"""
LINES = f"""
    WITH paths AS (
        SELECT shape_id, ST_MakeLine(list(
            ST_Point(shape_pt_lon::DOUBLE, shape_pt_lat::DOUBLE)
            ORDER BY shape_pt_sequence::INTEGER)) AS path
        FROM shapes GROUP BY shape_id HAVING count(*) > 1
    ), stopped AS (
        SELECT trip_id, ST_MakeLine(list(
            ST_Point(stop_lon::DOUBLE, stop_lat::DOUBLE) ORDER BY stop_sequence::INTEGER)) AS path
        FROM stop_times JOIN stops USING (stop_id) GROUP BY trip_id HAVING count(*) > 1
    ), drawn AS (
        SELECT route_id, coalesce(shape_id, trip_id) AS id,
               any_value(coalesce(paths.path, stopped.path)) AS path
        FROM trips LEFT JOIN paths USING (shape_id) LEFT JOIN stopped USING (trip_id)
        GROUP BY route_id, coalesce(shape_id, trip_id)
    ), lines AS (
        SELECT route_id, ST_Collect(list(path ORDER BY id)) AS path
        FROM drawn WHERE path IS NOT NULL GROUP BY route_id
    ), counted AS (SELECT route_id, count(*) AS trips FROM running GROUP BY route_id)
    SELECT route_id, route_short_name AS short_name, route_long_name AS long_name,
           coalesce(MAP {MODES}[route_type::INTEGER],
                    MAP {EXTENDED}[route_type::INTEGER // 100]) AS mode,
           coalesce(trips, 0) AS trips,
           $day AS reference_day, route_color AS color, ST_AsWKB(path) AS geometry
    FROM routes LEFT JOIN lines USING (route_id) LEFT JOIN counted USING (route_id)
    ORDER BY route_id
"""


def _stops(feed: _Feed, day: date) -> Table:
    report = Report()
    places = "SELECT count(*) FROM stops WHERE coalesce(location_type, '0') NOT IN ('0', '')"
    report.refuse(NOT_A_STOP, feed.count(places))
    report.read += sum(report.refused.values())
    times = feed.count(
        "SELECT count(*) FROM stop_times JOIN running USING (trip_id) WHERE departure_time IS NULL"
    )
    if times:
        report.note(f"{NO_HOUR}: {times}")
    if feed.count("SELECT count(*) FROM frequencies"):
        report.note("frequencies.txt is not counted: trips run once each as in stop_times.txt")
    return _table(feed, "transit-stops", STOPS, day, report)


def _lines(feed: _Feed, day: date) -> Table:
    return _table(feed, "transit-lines", LINES, day, Report())


def _table(feed: _Feed, layer: str, sql: str, day: date, report: Report) -> Table:
    def batches() -> Iterator[pa.Table]:
        # A cursor of its own: two tables of one feed may be read at the same time.
        try:
            for batch in (
                feed.connection.cursor().execute(sql, {"day": day}).to_arrow_reader(10_000)
            ):
                rows = pa.Table.from_batches([batch])
                wkb = pa.array(rows.column(GEOMETRY).to_pylist(), pa.binary())
                report.read += rows.num_rows
                yield rows.drop_columns(GEOMETRY).append_column(GEOMETRY, wkb)
        except duckdb.Error as error:
            raise feed.unreadable(error) from error

    return Table(layer, batches(), "OGC:CRS84", vintage=day.isoformat(), report=report)


SOURCE = Source(
    id="gtfs",
    title="GTFS (transport.data.gouv.fr)",
    layers=("transit-stops", "transit-lines"),
    read=read,
    hint="Get the network's GTFS from transport.data.gouv.fr and import the ZIP.",
)
