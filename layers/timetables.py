"""What runs on a reference weekday of a GTFS feed, and when it leaves.

Hours count from the start of the service day and may pass 24:00, so the trips of the day before
are looked at too.
"""

from __future__ import annotations

from datetime import date
from functools import cached_property

from layers.errors import ReadError
from layers.feeds import LATE, Feed

FROM_SECOND, TO_SECOND = 6 * 3600, 21 * 3600

# Days of service by the weekly calendar and its exceptions, Tuesdays first, busiest first.
_BUSIEST = """
    WITH span AS (
        SELECT unnest(generate_series(min(first), max(final), INTERVAL 1 DAY))::DATE AS day
        FROM calendar
    ), served AS (
        SELECT day, service_id FROM span JOIN calendar ON day BETWEEN first AND final
        WHERE days[isodow(day)]
        EXCEPT SELECT day, service_id FROM calendar_dates WHERE NOT added
        UNION SELECT day, service_id FROM calendar_dates WHERE added
    )
    SELECT day FROM served JOIN trips USING (service_id) WHERE isodow(day) <= 5
    GROUP BY day ORDER BY isodow(day) <> 2, count(*) DESC, day LIMIT 1
"""
_RUNNING = """
    CREATE TABLE running AS
    WITH served AS (
        SELECT service_id, $day::DATE - first AS days_ago FROM (
            SELECT unnest([$day::DATE, $day::DATE - 1]) AS first
        ) AS wanted, LATERAL (
            SELECT service_id FROM calendar c
            WHERE wanted.first BETWEEN c.first AND c.final AND c.days[isodow(wanted.first)]
            EXCEPT SELECT service_id FROM calendar_dates d WHERE NOT added AND d.day = wanted.first
            UNION SELECT service_id FROM calendar_dates d WHERE added AND d.day = wanted.first
        )
    )
    SELECT trip_id, route_id, days_ago = 0 AS today, -days_ago * 86400 AS shift
    FROM trips JOIN served USING (service_id)
"""
# Hours between two known ones are placed evenly; the standard asks for no more.
_CALLS = """
    CREATE TABLE calls AS
    WITH ranked AS (
        SELECT *, row_number() OVER (PARTITION BY trip_id ORDER BY rank) AS place
        FROM stop_times WHERE trip_id IN (SELECT trip_id FROM running)
    ), framed AS (
        SELECT *, CASE WHEN second IS NOT NULL THEN place END AS known,
               place = max(place) OVER (PARTITION BY trip_id) AS last
        FROM ranked
    )
    SELECT trip_id, stop_id, boarding, place, last, second IS NULL AS placed,
           coalesce(second, before + (after - before) * (place - start) // (stop - start)) AS second
    FROM (SELECT *,
        last_value(second IGNORE NULLS) OVER past AS before,
        last_value(known IGNORE NULLS) OVER past AS start,
        first_value(second IGNORE NULLS) OVER future AS after,
        first_value(known IGNORE NULLS) OVER future AS stop
      FROM framed WINDOW
        past AS (PARTITION BY trip_id ORDER BY place
                 ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
        future AS (PARTITION BY trip_id ORDER BY place
                   ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
    )
"""
# A trip of frequencies.txt runs every headway, as if it first left at each of those times.
_RUNS = """
    CREATE TABLE runs AS
    SELECT trip_id, route_id, today, shift FROM running ANTI JOIN frequencies USING (trip_id)
    UNION ALL
    SELECT trip_id, route_id, today,
           shift - start + unnest(generate_series(f.first, f.final - 1, headway)) AS shift
    FROM running JOIN frequencies f USING (trip_id)
    JOIN (SELECT trip_id, second AS start FROM calls WHERE place = 1) USING (trip_id)
    WHERE headway > 0 AND f.final > f.first AND start IS NOT NULL
"""
_EVENTS = f"""
    CREATE TABLE events AS
    SELECT stop_id, route_id FROM calls JOIN runs USING (trip_id)
    WHERE boarding AND NOT last
      AND second + shift >= {FROM_SECOND} AND second + shift < {TO_SECOND}
"""


class Timetable:
    """The reference day of a feed and its departures."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed

    @cached_property
    def day(self) -> date:
        """The reference day: the Tuesday with the most trips, the earliest of several.

        Another weekday stands in where no Tuesday has service.

        Raises:
            ReadError: nothing runs on a weekday.
        """
        found = self.feed.connection.execute(_BUSIEST).fetchone()
        if found is None:
            raise ReadError(f"{self.feed.path.name}: no trip runs on a weekday of its calendar.")
        day: date = found[0]
        if day.isoweekday() != 2:
            self.feed.report.note(f"no Tuesday has service: the reference day is {day:%A %Y-%m-%d}")
        return day

    @cached_property
    def end(self) -> date | None:
        """The last day of the calendar."""
        found = self.feed.connection.execute(
            "SELECT greatest((SELECT max(final) FROM calendar), "
            "(SELECT max(day) FROM calendar_dates WHERE added))"
        ).fetchone()
        return found[0] if found else None

    @cached_property
    def departures(self) -> int:
        """How many departures the reference day has from 6:00 to 21:00.

        The last stop of a trip and those where boarding is forbidden are none. From now on the
        feed's connection has them as ``events``, the trips as ``runs`` (``today``: of that service
        day) and their stops as ``calls``.
        """
        for table in LATE:
            self.feed.load(table)
        self.feed.connection.execute(_RUNNING, {"day": self.day})
        for sql in (_CALLS, _RUNS, _EVENTS):
            self.feed.connection.execute(sql)
        self._note()
        return self.feed.count("SELECT count(*) FROM events")

    def _note(self) -> None:
        counts = {
            "departures without an hour are placed evenly between those that have one":
                "SELECT count(*) FROM calls WHERE placed AND second IS NOT NULL",
            "departures of the reference day have no hour: not counted":
                "SELECT count(*) FROM calls JOIN running USING (trip_id) "
                "WHERE today AND second IS NULL AND NOT last",
            "stop times name a trip or a stop that the feed lacks: not counted":
                "SELECT (SELECT count(*) FROM stop_times) - (SELECT count(*) FROM stop_times "
                "SEMI JOIN trips USING (trip_id) SEMI JOIN stops USING (stop_id))",
            "runs of the reference day come from frequencies.txt":
                "SELECT count(*) FROM runs SEMI JOIN frequencies USING (trip_id) WHERE today",
        }  # fmt: skip
        for text, sql in counts.items():
            if found := self.feed.count(sql):
                self.feed.report.note(f"{found} {text}")
