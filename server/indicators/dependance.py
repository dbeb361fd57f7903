"""Indicators of how a town and its neighbours depend on one another for work."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from layers.catalogue import Layer
from server.indicators.commuting import LEAST_KNOWN, Flows, areas, flows, groupings, metropoles
from server.indicators.context import Context, share
from server.indicators.intervals import wilson
from server.indicators.measures import Outcome, Withheld, WithheldError
from server.indicators.registry import indicator

NOT_BY_CAR = ("2", "3", "6")  # walking, cycle, public transport
UNKNOWN_GROUPINGS = Withheld(
    "unknown-groupings",
    "L'intercommunalité de plus d'un cinquième des destinations n'est pas publiée : importez les "
    "limites communales de la France (couche « communes »).",
    "The inter-communal body of more than a fifth of the destinations is not published: import the "
    "commune boundaries of France (layer 'communes').",
)


@indicator("metropolitan-dependence")
def metropolitan_dependence(context: Context) -> Outcome:
    """Employed residents who work in one of the metropoles."""
    out = flows(context, "home", "work")
    bodies, layers = groupings(context, out.places)
    told = np.array([body is not None for body in bodies])
    abroad = np.array([place.startswith("99") for place in out.places])
    coverage = share(out.workers[told | abroad].sum(), out.total)
    if not coverage >= LEAST_KNOWN:
        raise WithheldError(UNKNOWN_GROUPINGS)
    in_ = {one.name: np.isin(bodies.astype(str), one.sirens) for one in metropoles()}
    part = {name: float(out.workers[of].sum()) for name, of in in_.items()}
    found = _share(out, np.any(list(in_.values()), axis=0), coverage)
    return _with(found, layers, {"by_metropole": {n: w for n, w in part.items() if w}})


@indicator("self-containment")
def self_containment(context: Context) -> Outcome:
    """Employed residents who work in their own commune.

    The details tell those who work in its attraction area and in its inter-communal body.
    """
    out, here = flows(context, "home", "work"), context.perimeter.insee
    places, details = np.append(out.places, here), {}
    bodies, told_by = groupings(context, places)
    zones, zoned_by = areas(context, places)
    for name, found in (("in_attraction_area", zones), ("in_inter_communal_body", bodies)):
        if found[-1] is not None:
            details[name] = share(out.workers[found[:-1] == found[-1]].sum(), out.total)
    used = (*(told_by if bodies[-1] else ()), *(zoned_by if zones[-1] else ()))
    return _with(_share(out, out.places == here), used, details)


@indicator("job-ratio")
def job_ratio(context: Context) -> Outcome:
    """Jobs in the commune for a hundred employed residents."""
    out, back = flows(context, "home", "work"), flows(context, "work", "home")
    rows = np.union1d(out.rows.positions, back.rows.positions)
    return Outcome(
        value=100 * back.total / out.total,
        n=round(out.total),
        numerator=back.total,
        denominator=out.total,
        coverage=100.0,
        counted=((out.rows.layer, rows),),
        terms={"numerator": _among(back, rows), "denominator": _among(out, rows)},
    )


@indicator("destination-concentration")
def destination_concentration(context: Context) -> Outcome:
    """Herfindahl index of the places where those who leave the commune work.

    Communes of one attraction area are one place; where areas are not published, each is its own.
    """
    out = flows(context, "home", "work")
    away = out.places != context.perimeter.insee
    zones, used = areas(context, out.places[away])
    ends = np.where(zones == None, out.places[away], zones)  # noqa: E711 - by element
    places, rank = np.unique(ends.astype(str), return_inverse=True)
    workers = np.bincount(rank.ravel(), out.workers[away], len(places))
    total = float(workers.sum())
    of_row, own = workers[rank.ravel()], out.workers[away]
    first = np.argsort(-workers, kind="stable")[:5]
    found = Outcome(
        value=float(((workers / total) ** 2).sum()) if total else float("nan"),
        n=round(total),
        denominator=total,
        coverage=100.0,
        counted=((out.rows.layer, out.rows.positions[away]),),
        terms={"denominator": own, "value": own * of_row / max(total, 1e-9) ** 2},
        gathered="sum",
    )
    grouped = "attraction areas" if used else "communes"
    told = {"by": grouped, "first": {str(places[i]): float(workers[i]) for i in first}}
    return _with(found, used, told)


@indicator("non-car-commute")
def non_car_commute(context: Context) -> Outcome:
    """Employed residents who go to work on foot, by cycle or by public transport.

    Those whose means is not known are left out; the coverage tells their share.
    """
    every = flows(context, "home", "work", "commuting-modes")
    known = np.array([code is not None for code in every.rows.column("transport")], dtype=bool)
    out = every.where(known)
    means = out.rows.column("transport").astype(str)
    asked = int(np.nansum(out.rows.column("n").astype(float)))
    by_means = {str(code): float(out.workers[means == code].sum()) for code in sorted(set(means))}
    found = _share(out, np.isin(means, NOT_BY_CAR), share(out.total, every.total))
    part = (found.numerator or 0) / out.total if out.total else 0.0
    return replace(
        found,
        interval=wilson(part * asked, asked) if asked else None,
        details={"workers_by_means": by_means, "surveyed": asked},
    )


def _share(out: Flows, chosen: np.ndarray, coverage: float = 100.0) -> Outcome:
    """Return the share of some of the journeys, told by a mask."""
    part = out.workers * chosen
    return Outcome(
        value=share(part.sum(), out.total),
        n=round(out.total),
        numerator=float(part.sum()),
        denominator=out.total,
        coverage=coverage,
        counted=((out.rows.layer, out.rows.positions),),
        terms={"numerator": part, "denominator": out.workers},
    )


def _among(found: Flows, rows: np.ndarray) -> np.ndarray:
    """Return the workers of each of some rows, 0 in those that the flows leave out."""
    workers = np.zeros(len(rows))
    workers[np.searchsorted(rows, found.rows.positions)] = found.workers
    return workers


def _with(found: Outcome, layers: tuple[Layer, ...], details: dict[str, Any]) -> Outcome:
    """Return an outcome that rests on further layers too."""
    none = np.empty(0, dtype=np.int64)
    return replace(
        found, counted=(*found.counted, *((layer, none) for layer in layers)), details=details
    )
