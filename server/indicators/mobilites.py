"""Indicators of transport."""

from __future__ import annotations

from server.indicators.context import Context, known, share
from server.indicators.measures import Outcome, no_data
from server.indicators.registry import indicator

REACH_M = 300


@indicator("weekday-transit-supply")
def weekday_transit_supply(context: Context) -> Outcome:
    """Departures of a weekday between 6:00 and 21:00, at stops within 300 m of the perimeter."""
    rows = context.within("transit-stops", REACH_M)
    departures = rows.column("departures")
    usable = known(departures)
    if not usable.any():
        raise no_data("transit-stops")
    days = {str(day) for day in rows.column("reference_day")[usable]}
    return Outcome(
        value=float(departures[usable].sum()),
        n=int(usable.sum()),
        coverage=share(usable.sum(), len(usable)),
        counted=((rows.layer, rows.positions[usable]),),
        details={"reference_days": sorted(days), "stops": int(usable.sum())},
    )
