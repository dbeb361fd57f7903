"""Indicators of transport."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from server.indicators.context import Context, Rows, known, share
from server.indicators.measures import Outcome, no_data
from server.indicators.registry import indicator

REACH_M = 300
ROADS = (
    "trunk", "primary", "secondary", "tertiary", "trunk_link", "primary_link", "secondary_link",
    "tertiary_link", "unclassified", "residential", "living_street", "road",
)  # fmt: skip


@indicator("weekday-transit-supply")
def weekday_transit_supply(context: Context) -> Outcome:
    """Departures of a weekday between 6:00 and 21:00, at stops within 300 m of the perimeter."""
    rows = context.within("transit-stops", REACH_M)
    departures = rows.column("departures")
    told = known(departures)
    if not told.any():
        raise no_data("transit-stops")
    usable = told & ~_repeated(rows)
    days = {str(day) for day in rows.column("reference_day")[usable]}
    details: dict[str, Any] = {"reference_days": sorted(days), "stops": int(usable.sum())}
    if again := int((told & ~usable).sum()):
        details["stops_of_another_feed_left_out"] = again
    return Outcome(
        value=float(departures[usable].sum()),
        n=int(usable.sum()),
        coverage=share(told.sum(), len(told)),
        counted=((rows.layer, rows.positions[usable]),),
        details=details,
    )


@indicator("cycle-network")
def cycle_network(context: Context) -> Outcome:
    """Length of cycle ways over that of roads; one on a single side of a road counts half."""
    area = context.perimeter.projected
    roads = context.within("streets")
    wide = np.isin(roads.column("highway").astype(str), ROADS)
    road = shapely.length(shapely.intersection(roads.shapes[wide], area)) / 1_000
    ways = context.within("cycle-ways")
    sides = ways.column("sides").astype(float)
    usable = known(sides)
    lengths = shapely.length(shapely.intersection(ways.shapes, area)) / 1_000
    halves = (lengths * sides)[usable] / 2
    part, whole = halves.sum(), road.sum()
    return Outcome(
        value=share(part, whole),
        n=int(whole),
        numerator=float(part),
        denominator=float(whole),
        coverage=share(lengths[usable].sum(), lengths.sum()) if lengths.any() else 100.0,
        counted=((roads.layer, roads.positions[wide]), (ways.layer, ways.positions[usable])),
        terms={"denominator": road},
        more_terms={"numerator": halves},
    )


def _repeated(rows: Rows) -> np.ndarray:
    """Return which stops another feed has too, at one place with one service, as aggregates do.

    Ids start with the name of their feed where several were imported; within one feed, two stops
    that are alike are two platforms.
    """
    import pandas as pd

    places = np.rint(shapely.get_coordinates(shapely.centroid(rows.shapes))).astype(int)
    frame = pd.DataFrame(places, columns=["x", "y"])
    for name in ("departures", "lines"):
        frame[name] = rows.column(name)
    feeds = pd.Series([str(stop).split(":")[0] for stop in rows.column("stop_id")])
    same = list(frame.columns)
    first = feeds.groupby([frame[name] for name in same], dropna=False).transform("first")
    return np.asarray(feeds != first)
