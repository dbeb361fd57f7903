"""One indicator over all towns: results that are current, and the rest computed now."""

from __future__ import annotations

import orjson

from layers.catalogue import Catalogue
from layers.snapshot import snapshot
from server.compute.keys import Keys
from server.compute.work import area_of
from server.indicators import perimeters
from server.indicators.evaluation import refused
from server.indicators.known import known
from server.indicators.measures import Measure, no_boundary, restore
from server.indicators.perimeters import Perimeter, Town
from server.indicators.registry import Indicator
from server.ledger import Ledger
from server.ledger.results import kept


def over_all_towns(
    catalogue: Catalogue, ledger: Ledger, one: Indicator
) -> list[tuple[Town, Measure]]:
    """Return an indicator's measure on every commune of the programme, withheld ones included."""
    catalogue = snapshot(catalogue)
    keys = Keys(catalogue)
    computed = {(r.insee, r.key): r.measure for r in kept(ledger, [one.text.id])
             if r.perimeter == "commune"}  # fmt: skip
    found = []
    for town in perimeters.towns(catalogue):
        area = area_of(catalogue, town, "commune")
        result = computed.get((town.insee, keys.key(one, area))) if computed else None
        measure = restore(orjson.loads(result)) if result else _now(catalogue, town, area, one)
        found.append((town, measure))
    return found


def _now(catalogue: Catalogue, town: Town, area: Perimeter | None, one: Indicator) -> Measure:
    if area is None:
        return refused(one.text, no_boundary(town.name), town.fictitious)
    return known(catalogue, area, [one.text.id])[0]
