"""GTFS on small synthetic feeds, whose departures are counted by hand."""

from __future__ import annotations

import zipfile
from datetime import date

import pyarrow as pa
import pytest
import shapely

from layers.errors import ReadError
from layers.readers import source

DAYS = "monday,tuesday,wednesday,thursday,friday,saturday,sunday"
FEED = {
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon,location_type,wheelchair_boarding\n"
    "A,Gare,47.0,-2.0,0,1\nB,Mairie,47.1,-2.1,,2\nC,Halles,47.2,-2.2,0,0\nS,Gare,47.0,-2.0,1,\n",
    "routes.txt": "route_id,route_short_name,route_long_name,route_type,route_color\n"
    "R1,1,Gare - Halles,3,FF0000\nR2,T,Tramway,900,\nR3,,Sans course,3,\n",
    "trips.txt": "route_id,service_id,trip_id\nR1,week,t1\nR1,week,t2\nR1,week,t3\nR2,once,t4\n",
    # t1: 5:59 does not count, 6:00 does; t2: 20:59 does, 21:00 does not; t3: no boarding at A.
    "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type\n"
    "t1,05:59:59,05:59:59,A,1,0\nt1,6:00:00,6:00:00,B,2,\nt1,6:10:00,6:10:00,C,10,\n"
    "t2,20:59:59,20:59:59,A,1,0\nt2,21:00:00,21:00:00,B,2,\nt2,21:10:00,21:10:00,C,3,\n"
    "t3,08:00:00,08:00:00,A,1,1\nt3,08:05:00,08:05:00,B,2,0\nt3,08:10:00,08:10:00,C,3,0\n"
    "t4,12:00:00,12:00:00,C,1,\nt4,12:05:00,12:05:00,A,2,\n",
    "calendar.txt": f"service_id,{DAYS},start_date,end_date\n"
    "week,1,1,1,1,1,0,0,20260302,20260315\nonce,0,0,0,0,0,1,1,20260302,20260315\n",
    # 3 March 2026 loses its service; on the 10th the tram runs as well.
    "calendar_dates.txt": "service_id,date,exception_type\nweek,20260303,2\nonce,20260310,1\n",
}


@pytest.fixture
def feed(tmp_path):
    """Give a function that packs files into a feed; None leaves one out."""

    def pack(folder="", **changes):
        path = tmp_path / "feed.zip"
        files = FEED | {f"{name}.txt": text for name, text in changes.items()}
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in files.items():
                if text is not None:
                    archive.writestr(folder + name, text)
        return path

    return pack


def read(path):
    tables = list(source("gtfs").read([path]))
    return [(pa.concat_tables(table.batches).to_pylist(), table) for table in tables]


def departures(stops):
    return {row["stop_id"]: row["departures"] for row in stops}


def notes(table):
    return table.report.notes


def test_departures_lines_and_trips_of_the_reference_tuesday(feed):
    (stops, table), (lines, _) = read(feed())
    assert table.vintage == "2026-03-10"
    assert {row["reference_day"] for row in stops} == {date(2026, 3, 10)}
    assert {row["stop_id"]: row["departures"] for row in stops} == {"A": 1, "B": 2, "C": 1}
    assert {row["stop_id"]: row["lines"] for row in stops} == {"A": "1", "B": "1", "C": "T"}
    assert [row["wheelchair"] for row in stops] == ["yes", "no", None]
    assert [(row["route_id"], row["mode"], row["trips"]) for row in lines] == [
        ("R1", "bus", 3),
        ("R2", "tram", 1),
        ("R3", "bus", 0),
    ]


def test_a_station_is_counted_and_no_stop(feed):
    (stops, table), _ = read(feed())
    assert len(stops) == 3
    assert table.report.read == 4
    assert list(table.report.refused.values()) == [1]


def test_lines_without_shapes_follow_their_stops(feed):
    _, (lines, _) = read(feed())
    shapes = {
        row["route_id"]: row["geometry"] and shapely.from_wkb(row["geometry"]) for row in lines
    }
    assert shapes["R3"] is None
    assert shapes["R2"].bounds == (-2.2, 47.0, -2.0, 47.2)


def test_a_feed_in_a_folder_and_without_a_calendar_file(feed):
    (stops, table), _ = read(feed(folder="gtfs/", calendar=None))
    assert table.vintage == "2026-03-10"
    assert {row["stop_id"]: row["departures"] for row in stops} == {"A": 0, "B": 0, "C": 1}


def test_an_hour_between_two_known_ones_is_placed_and_noted(feed):
    times = FEED["stop_times.txt"].replace("t3,08:05:00,08:05:00,B", "t3,,,B")
    (stops, table), _ = read(feed(stop_times=times))
    assert departures(stops)["B"] == 2
    assert any(note.startswith("1 departures without an hour") for note in table.report.notes)


def test_a_trip_without_any_hour_is_not_counted_but_noted(feed):
    times = FEED["stop_times.txt"].replace("t1,6:00:00,6:00:00", "t1,,")
    times = times.replace("t1,05:59:59,05:59:59", "t1,,").replace("t1,6:10:00,6:10:00", "t1,,")
    (stops, table), _ = read(feed(stop_times=times))
    assert departures(stops)["B"] == 1
    assert any(
        note.startswith("2 departures of the reference day have no") for note in notes(table)
    )


def test_trips_of_the_day_before_run_past_midnight(feed):
    """30:30 of Monday the 9th is 6:30 of Tuesday the 10th; 25:00 is outside the hours."""
    night = "t5,25:00:00,25:00:00,A,1,\nt5,30:30:00,30:30:00,B,2,\nt5,31:00:00,31:00:00,C,3,\n"
    trips = FEED["trips.txt"] + "R1,night,t5\n"
    dates = FEED["calendar_dates.txt"] + "night,20260309,1\n"
    (stops, _), (lines, _) = read(
        feed(stop_times=FEED["stop_times.txt"] + night, trips=trips, calendar_dates=dates)
    )
    assert departures(stops) == {"A": 1, "B": 3, "C": 1}
    assert {row["route_id"]: row["trips"] for row in lines}["R1"] == 3


def test_frequencies_repeat_a_trip(feed):
    """The tram leaves at 20:00, 20:30, … 21:30 instead of 12:00: two departures before 21:00."""
    text = "trip_id,start_time,end_time,headway_secs\nt4,20:00:00,22:00:00,1800\n"
    (stops, table), (lines, _) = read(feed(frequencies=text))
    assert departures(stops)["C"] == 2
    assert {row["route_id"]: row["trips"] for row in lines}["R2"] == 4
    assert "4 runs of the reference day come from frequencies.txt" in notes(table)


def test_another_weekday_stands_in_where_no_tuesday_has_service(feed):
    calendar = FEED["calendar.txt"].replace("week,1,1,1,1,1", "week,1,0,0,0,0")
    (_, table), _ = read(feed(calendar=calendar, calendar_dates=None))
    assert table.vintage == "2026-03-02"
    assert "no Tuesday has service: the reference day is Monday 2026-03-02" in notes(table)


def test_a_folder_is_a_feed_too(feed, tmp_path):
    with zipfile.ZipFile(feed()) as archive:
        archive.extractall(tmp_path / "unpacked")
    (stops, _), _ = read(tmp_path / "unpacked")
    assert departures(stops) == {"A": 1, "B": 2, "C": 1}


def test_ids_of_several_feeds_do_not_collide(feed, tmp_path):
    other = tmp_path / "urban.gtfs.zip"
    other.write_bytes(feed().read_bytes())
    tables = list(source("gtfs").read([feed(), other]))
    stops = pa.concat_tables(tables[0].batches).to_pylist()
    assert departures(stops)["feed:B"] == departures(stops)["urban:B"] == 2
    assert len(stops) == 6


def test_an_expired_feed_is_noted(feed):
    calendar = FEED["calendar.txt"].replace("2026", "2016")
    dates = FEED["calendar_dates.txt"].replace("2026", "2016")
    (_, table), _ = read(feed(calendar=calendar, calendar_dates=dates))
    assert "feed.zip ended on 2016-03-15: it may be out of date" in notes(table)


def test_rows_that_cannot_stand_are_refused_and_counted(feed):
    stops = FEED["stops.txt"] + "A,Encore,47.0,-2.0,0,\nD,Sans lieu,,,0,\nE,court\n"
    (rows, table), _ = read(feed(stops=stops))
    assert sorted(row["stop_id"] for row in rows) == ["A", "B", "C", "D"]
    assert table.report.refused["row that repeats an id, or has none"] == 1
    assert table.report.repaired == {"stop without a position kept": 1}
    assert "1 rows of stops.txt do not fit its header: not read" in notes(table)


def test_lines_follow_the_shapes_of_their_trips(feed):
    """Synthetic: the shape of R2 bends between its two stops."""
    trips = FEED["trips.txt"].replace("trip_id\n", "trip_id,shape_id\n").replace("t4", "t4,s1")
    trips = "".join(
        line if ",s1" in line or "shape_id" in line else line.rstrip() + ",\n"
        for line in trips.splitlines(keepends=True)
    )
    shapes = (
        "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\n"
        "s1,47.0,-2.0,10\ns1,47.2,-2.2,1\ns1,47.3,-2.1,2\n"
    )
    _, (lines, _) = read(feed(trips=trips, shapes=shapes))
    drawn = {row["route_id"]: shapely.from_wkb(row["geometry"]) for row in lines[:2]}
    assert shapely.get_coordinates(drawn["R2"]).tolist() == [[-2.2, 47.2], [-2.1, 47.3], [-2, 47]]
    assert len(drawn["R1"].geoms) == 1, "three trips with the same stops are one way"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"trips": None}, r"trips\.txt"),
        ({"calendar": None, "calendar_dates": None}, r"no calendar\.txt"),
        ({"trips": None, "trip": "route_id\n"}, r"Did you mean 'trip\.txt'"),
        (
            {"routes": "route_id,route_typ\nR1,3\n"},
            "routes.txt has no column 'route_type'.*'route_typ'",
        ),
        ({"calendar_dates": None, "trips": "route_id,service_id,trip_id\nR2,once,t4\n"}, "weekday"),
        ({"stops": "stop,nom\n1,Gare\n"}, r"feed\.zip"),
    ],
)
def test_unusable_feeds_are_refused_with_the_reason(feed, changes, said):
    with pytest.raises(ReadError, match=said):
        read(feed(**changes))


def test_a_truncated_feed_is_refused(shared_data, tmp_path):
    path = tmp_path / "cut.zip"
    path.write_bytes((shared_data / "perpignan" / "perpignan.gtfs.zip").read_bytes()[:500_000])
    with pytest.raises(ReadError, match=r"cut\.zip"):
        read(path)
