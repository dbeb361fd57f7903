"""Weekday transit supply: departures at stops within 300 m."""

from __future__ import annotations

from datetime import date

import pytest
import shapely

from server.indicators.evaluation import explain


def stop(number: int, x: float, departures: int | None) -> dict:
    return {"stop_id": f"s{number}", "departures": departures, "reference_day": date(2025, 4, 29),
            "geometry": shapely.Point(x, 1_000)}  # fmt: skip


# The last one has no count: missing is not zero.
STOPS = [
    stop(1, 950, 30),
    stop(2, 1_399, 12),
    stop(3, 1_401, 500),
    stop(4, 700, 5),
    stop(5, 1_000, None),
]


def test_sums_the_departures_within_300_m(town_lake) -> None:
    town_lake.add("transit-stops", STOPS, vintage="2025-04")
    area = town_lake.drawn(shapely.box(900, 900, 1_100, 1_100))
    measure = town_lake.measure("M04", area)
    assert (measure.value, measure.n, measure.coverage) == (47, 3, 75)
    told = explain(town_lake.catalogue, area, "weekday-transit-supply")
    assert told["details"] == {"reference_days": ["2025-04-29"], "stops": 3}


@pytest.mark.parametrize("departures", [None, 0])
def test_no_count_is_withheld_and_no_departure_is_zero(town_lake, departures) -> None:
    town_lake.add("transit-stops", [stop(1, 1_000, departures)])
    assert town_lake.measure("M04").value == departures


def test_a_stop_that_two_feeds_have_counts_once_and_two_platforms_twice(town_lake) -> None:
    rows = [stop(1, 1_000, 30), stop(2, 1_000, 30), stop(3, 1_000, 30), stop(4, 1_000, 12)]
    ids = ("town:a", "town:b", "region:a", "region:c")
    town_lake.add("transit-stops", [row | {"stop_id": name, "lines": "1"}
                                    for row, name in zip(rows, ids, strict=True)])  # fmt: skip
    measure = town_lake.measure("M04")
    # Both platforms of the town's feed, and the stop that only the region's has.
    assert (measure.value, measure.n) == (72, 3)
    told = explain(town_lake.catalogue, town_lake.commune(), "M04")["details"]
    assert told["stops_of_another_feed_left_out"] == 1
