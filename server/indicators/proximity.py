"""Indicators of what inhabitants have within a walk."""

from __future__ import annotations

import numpy as np
import shapely

from layers.geometry import prepared
from server.indicators import facilities, perimeters
from server.indicators.choices import accessibility
from server.indicators.context import Context, known
from server.indicators.measures import Outcome, no_data
from server.indicators.network import CYCLE
from server.indicators.perimeters import Perimeter
from server.indicators.registry import indicator
from server.indicators.walks import METRES_A_MINUTE, Walks, walks


@indicator("walk-to-centre")
def walk_to_centre(context: Context) -> Outcome:
    """Inhabitants of the commune within 15 minutes on foot of the centre."""
    limit = accessibility().minutes
    found, rides = walks(context.commune()), walks(context.commune(), CYCLE)
    centre = _centre(context)
    by_cycle = _near(rides, centre.projected, limit)
    return found.share(
        _near(found, centre.projected, limit),
        details={
            "centre": centre.id,
            "basis": list(centre.basis),
            "share_by_cycle": rides.people.share(by_cycle),
        },
    )


@indicator("quarter-hour-score")
def quarter_hour_score(context: Context) -> Outcome:
    """Mean over inhabitants of the share of proximity groups within 15 minutes on foot."""
    limit = accessibility().minutes
    groups = facilities.ranges(context, "proximity")
    found = walks(context)
    around = facilities.around(context, limit * METRES_A_MINUTE)
    places = shapely.get_coordinates(around.rows.shapes)
    near = {
        group: np.isfinite(found.minutes(places[np.isin(around.types, types)], limit))
        for group, types in groups.items()
    }
    reached = np.sum(list(near.values()), axis=0) / len(groups)
    part = float((found.people.persons * reached).sum())
    return found.outcome(
        part / found.people.total,
        numerator=part,
        denominator=found.people.total,
        also=((around.rows.layer, around.rows.positions),),
        details={
            "minutes": limit,
            "groups": len(groups),
            "share_by_group": {group: found.people.share(there) for group, there in near.items()},
        },
    )


@indicator("nearest-essentials")
def nearest_essentials(context: Context) -> Outcome:
    """Mean walk of an inhabitant to the nearest pharmacy, school, food shop and doctor."""
    cap = accessibility().cap_minutes
    found = walks(context)
    around = facilities.around(context, cap * METRES_A_MINUTE)
    places = shapely.get_coordinates(around.rows.shapes)
    needs = {
        need: np.minimum(found.minutes(places[around.of(types)], cap), cap)
        for need, types in accessibility().essentials.items()
    }
    persons = found.people.persons
    means = {need: float(np.average(times, weights=persons)) for need, times in needs.items()}
    return found.outcome(
        float(np.mean(list(means.values()))),
        also=((around.rows.layer, around.rows.positions),),
        details={
            "minutes": means,
            "cap_minutes": cap,
            "share_at_cap": {need: found.people.share(t >= cap) for need, t in needs.items()},
        },
    )


@indicator("transit-coverage")
def transit_coverage(context: Context) -> Outcome:
    """Inhabitants within 400 m, by the streets, of a stop with two departures an hour."""
    near = accessibility()
    stops = context.within("transit-stops", near.stop_metres)
    departures = stops.column("departures").astype(float)
    if not known(departures).any():
        raise no_data("transit-stops")
    frequent = ~shapely.is_missing(stops.shapes) & (departures >= near.stop_departures)
    found = walks(context)
    places = shapely.get_coordinates(stops.shapes[frequent])
    minutes = found.minutes(places, near.stop_metres / METRES_A_MINUTE)
    days = {str(day) for day in stops.column("reference_day")[known(departures)]}
    return found.share(
        np.isfinite(minutes),
        also=((stops.layer, stops.positions[frequent]),),
        details={"reference_days": sorted(days), "stops": int(frequent.sum())},
    )


@indicator("green-space-access")
def green_space_access(context: Context) -> Outcome:
    """Inhabitants within 300 m, by the streets, of a public green space of half a hectare."""
    near = accessibility()
    greens = context.within("green-spaces", near.green_metres)
    chosen = shapely.area(greens.shapes) >= near.green_hectares * 10_000
    chosen &= ~np.isin(greens.column("access").astype(str), near.green_closed)
    chosen &= np.isin(greens.column("kind").astype(str), near.green_kinds)
    found = walks(context)
    ground = shapely.union_all(shapely.buffer(greens.shapes[chosen], near.green_edge_metres))
    return found.share(
        _near(found, ground, near.green_metres / METRES_A_MINUTE),
        also=((greens.layer, greens.positions[chosen]),),
        details={"green_spaces": int(chosen.sum())},
    )


def _near(found: Walks, ground: shapely.Geometry, limit: float) -> np.ndarray:
    """Return which homes lie on a ground or within some minutes of a street that leads to it."""
    ground = prepared(ground)
    nodes, homes = found.streets.nodes, found.people.places
    doors = nodes[shapely.contains_xy(ground, nodes[:, 0], nodes[:, 1])]
    inside = shapely.contains_xy(ground, homes[:, 0], homes[:, 1])
    return np.asarray(inside | np.isfinite(found.minutes(doors, limit)))


def _centre(context: Context) -> Perimeter:
    """Return the perimeter; of a whole commune its centre, shared or else delineated."""
    here = context.perimeter
    if here.kind != "commune":
        return here
    town = perimeters.town(context.catalogue, here.insee)
    shared = perimeters.shared(context.catalogue, town)
    return shared[0] if shared else perimeters.centre(context.catalogue, town)
