"""GTFS: stops with the departures of a reference weekday, and lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from layers.feeds import Feed, unreadable
from layers.positions import points
from layers.readers import Source
from layers.report import Report
from layers.tables import GEOMETRY, Table
from layers.timetables import Timetable

MODES = {0: "tram", 1: "metro", 2: "rail", 3: "bus", 4: "ferry", 5: "cable tram",
         6: "aerial lift", 7: "funicular", 11: "trolleybus", 12: "monorail"}  # fmt: skip
# The hundreds of the extended route types that many French feeds use.
EXTENDED = {1: "rail", 2: "coach", 4: "metro", 7: "bus", 8: "trolleybus", 9: "tram", 10: "ferry",
            12: "ferry", 13: "aerial lift", 14: "funicular", 15: "taxi"}  # fmt: skip
NOT_A_STOP = "station, entrance or other place where no vehicle stops"
REPEATED = "row that repeats an id, or has none"
BATCH_ROWS = 10_000
_Batches = Callable[[Timetable, str, Report], Iterator[pa.Table]]

# Places of another kind than a stop count as one where a vehicle calls.
_IS_STOP = "(kind = '0' OR stop_id IN (SELECT stop_id FROM stop_times))"
_FIRST = "row_number() OVER (PARTITION BY {0}) = 1 AND {0} IS NOT NULL"
STOPS = f"""
    WITH serving AS (
        SELECT DISTINCT stop_id, coalesce(short_name, long_name) AS line
        FROM events JOIN routes USING (route_id)
    ), lined AS (
        SELECT stop_id, string_agg(line, ';' ORDER BY TRY_CAST(line AS INTEGER), line) AS lines
        FROM serving GROUP BY stop_id
    ), counted AS (SELECT stop_id, count(*) AS departures FROM events GROUP BY stop_id)
    SELECT $prefix || s.stop_id AS stop_id, s.name, coalesce(departures, 0) AS departures,
           $day::DATE AS reference_day, lines,
           CASE coalesce(s.wheelchair, station.wheelchair)
               WHEN '1' THEN 'yes' WHEN '2' THEN 'no' END AS wheelchair,
           s.lon, s.lat
    FROM (SELECT * FROM stops WHERE {_IS_STOP} QUALIFY {_FIRST.format("stop_id")}) s
    LEFT JOIN (SELECT * FROM stops QUALIFY {_FIRST.format("stop_id")}) station
        ON station.stop_id = s.parent
    LEFT JOIN lined ON lined.stop_id = s.stop_id
    LEFT JOIN counted ON counted.stop_id = s.stop_id
    ORDER BY 1
"""
# A line is drawn by the shapes of the trips of the reference day (of any day where none runs), or
# through their stops where there is no shape.
LINES = f"""
    WITH chosen AS (
        SELECT DISTINCT route_id, shape_id, trip_id FROM trips
        LEFT JOIN (SELECT DISTINCT trip_id, today AS runs FROM runs WHERE today) USING (trip_id)
        QUALIFY coalesce(runs, false) = bool_or(coalesce(runs, false)) OVER (PARTITION BY route_id)
    ), shaped AS (
        SELECT shape_id, ST_MakeLine(list(ST_Point(lon, lat) ORDER BY rank)) AS path
        FROM shapes WHERE lon IS NOT NULL AND lat IS NOT NULL
          AND shape_id IN (SELECT shape_id FROM chosen)
        GROUP BY shape_id HAVING count(*) > 1
    ), stopped AS (
        SELECT trip_id, ST_MakeLine(list(ST_Point(lon, lat) ORDER BY rank)) AS path
        FROM stop_times JOIN stops USING (stop_id) JOIN chosen USING (trip_id)
        WHERE lon IS NOT NULL AND lat IS NOT NULL
          AND coalesce(shape_id, '') NOT IN (SELECT shape_id FROM shaped)
        GROUP BY trip_id HAVING count(*) > 1
    ), drawn AS (
        SELECT route_id, path FROM (SELECT DISTINCT route_id, shape_id FROM chosen)
        JOIN shaped USING (shape_id)
        UNION ALL SELECT route_id, path FROM chosen JOIN stopped USING (trip_id)
    ), lines AS (
        SELECT route_id, ST_Collect(list(path ORDER BY key)) AS path
        FROM (SELECT route_id, ST_AsHEXWKB(path) AS key, any_value(path) AS path
              FROM drawn GROUP BY ALL)
        GROUP BY route_id
    ), counted AS (SELECT route_id, count(*) AS trips FROM runs WHERE today GROUP BY route_id)
    SELECT $prefix || route_id AS route_id, short_name, long_name,
           coalesce(MAP {MODES}[type], MAP {EXTENDED}[type // 100]) AS mode,
           coalesce(trips, 0) AS trips, $day::DATE AS reference_day,
           nullif(upper(regexp_extract(color, '^#?([0-9A-Fa-f]{{6}})$', 1)), '') AS color,
           ST_AsWKB(path) AS geometry
    FROM (SELECT * FROM routes QUALIFY {_FIRST.format("route_id")})
    LEFT JOIN lines USING (route_id) LEFT JOIN counted USING (route_id)
    ORDER BY 1
"""


def read(paths: Sequence[Path]) -> Iterable[Table]:
    """Return the layers ``transit-stops`` and ``transit-lines``.

    The reference day is the Tuesday of a feed's calendar with the most trips. A departure is a
    stop of a trip, the last one left out, where boarding is not forbidden, from 6:00 to 21:00.

    Args:
        paths: feeds, as ZIP or folder; the ids of several start with the feed's name.

    Raises:
        ReadError: not a GTFS feed, a required file or column is missing, or nothing runs on a
            weekday.
    """
    timetables = [Timetable(Feed(path)) for path in paths]
    days = sorted({timetable.day.isoformat() for timetable in timetables})
    vintage = "/".join(sorted({days[0], days[-1]}))
    tables = []
    for layer, batches in (("transit-stops", _stops), ("transit-lines", _lines)):
        report = Report()
        rows = _all(timetables, batches, report)
        tables.append(Table(layer, rows, "OGC:CRS84", vintage=vintage, report=report))
    return tables


def _all(timetables: Sequence[Timetable], batches: _Batches, report: Report) -> Iterator[pa.Table]:
    for timetable in timetables:
        path = timetable.feed.path
        prefix = f"{path.name.split('.')[0]}:" if len(timetables) > 1 else ""
        try:
            if not timetable.departures:
                report.note(f"{path.name}: no departure from 6:00 to 21:00 on {timetable.day}")
            yield from batches(timetable, prefix, report)
        except duckdb.Error as error:
            raise unreadable(path, error) from error
        if timetable.end and timetable.end < datetime.now(UTC).date():
            report.note(f"{path.name} ended on {timetable.end}: it may be out of date")
        for note in timetable.feed.report.notes:
            report.note(note)


def _stops(timetable: Timetable, prefix: str, report: Report) -> Iterator[pa.Table]:
    count = timetable.feed.count
    given = count("SELECT count(*) FROM stops")
    stops = count(f"SELECT count(*) FROM stops WHERE {_IS_STOP}")
    distinct = count(f"SELECT count(DISTINCT stop_id) FROM stops WHERE {_IS_STOP}")
    report.read += given
    report.refuse(NOT_A_STOP, given - stops)
    report.refuse(REPEATED, stops - distinct)
    for rows in _rows(timetable, STOPS, prefix):
        wkb = points(rows["lon"], rows["lat"], report, "stop without a position kept")
        yield rows.drop_columns(["lon", "lat"]).append_column(GEOMETRY, wkb)


def _lines(timetable: Timetable, prefix: str, report: Report) -> Iterator[pa.Table]:
    given = timetable.feed.count("SELECT count(*) FROM routes")
    distinct = timetable.feed.count("SELECT count(DISTINCT route_id) FROM routes")
    report.read += given
    report.refuse(REPEATED, given - distinct)
    for rows in _rows(timetable, LINES, prefix):
        wkb = pa.array(rows.column(GEOMETRY).to_pylist(), pa.binary())
        report.repair("line without a way kept", wkb.null_count)
        yield rows.drop_columns([GEOMETRY]).append_column(GEOMETRY, wkb)


def _rows(timetable: Timetable, sql: str, prefix: str) -> Iterator[pa.Table]:
    # A cursor of its own: the tables of one feed may be read side by side.
    cursor = timetable.feed.connection.cursor()
    parameters = {"day": timetable.day, "prefix": prefix}
    for batch in cursor.execute(sql, parameters).to_arrow_reader(BATCH_ROWS):
        yield pa.Table.from_batches([batch])


SOURCE = Source(
    id="gtfs",
    title="GTFS (transport.data.gouv.fr)",
    layers=("transit-stops", "transit-lines"),
    read=read,
    hint="Get the network's GTFS from transport.data.gouv.fr and import the ZIP.",
)
