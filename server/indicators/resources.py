"""Local resources: what a town has more of than its peers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from layers.catalogue import Catalogue, Layer
from server.indicators.peers import Peers, position
from server.indicators.portraits import choices

# A variable is no resource by itself; these tell one where a town has more of it.
VARIABLES = ("young", "density", "flats", "owners", "living-standard", "self-containment")


@dataclass(frozen=True)
class Resource:
    """Something that a town has more of than its peers.

    Attributes:
        kind: ``variable`` or ``facility``.
        value: of the town, in ``unit``.
        position: of the value among the peers' (see ``peers.position``).
    """

    kind: str
    id: str
    name: dict[str, str]
    unit: str
    value: float
    position: dict[str, Any]


def resources(catalogue: Catalogue, found: Peers) -> list[Resource]:
    """Return what the town has more of than most of its peers, the most distinctive first."""
    all_ = [*_of_variables(found), *_of_facilities(catalogue, found)]
    least = choices().resources.centile
    kept = [one for one in all_ if (one.position["percentile"] or 0) >= least]
    return sorted(kept, key=lambda one: (-one.position["percentile"], -_times(one), one.id))


def _of_variables(found: Peers) -> list[Resource]:
    listed = []
    for column, one in enumerate(found.portraits.variables):
        value = float(found.portraits.values[found.town, column])
        if one.id in VARIABLES and np.isfinite(value):
            others = found.portraits.values[found.rows, column]
            place = position(value, [float(x) for x in others if np.isfinite(x)])
            name = one.name.model_dump()
            listed.append(Resource("variable", one.id, name, one.unit, value, place))
    return listed


def _of_facilities(catalogue: Catalogue, found: Peers) -> list[Resource]:
    """Return facilities for 10,000 inhabitants by type; towns without any row are not known."""
    people = _population(found)
    codes = [found.portraits.insee[found.town], *found.insee]
    layers = [one for one in catalogue.themed("facilities") if not one.record.fictitious]
    if not layers or people is None:
        return []
    counts = _counts(layers[0], codes)
    covered = [code for code in codes if code in {insee for insee, _ in counts}]
    if codes[0] not in covered:
        return []
    labels = _labels(catalogue)
    listed = []
    for kind in sorted({kind for insee, kind in counts if insee == codes[0]}):
        rates = {
            code: 10_000 * counts.get((code, kind), 0) / people[code]
            for code in covered
            if people.get(code)
        }
        if counts[codes[0], kind] >= choices().resources.facilities and codes[0] in rates:
            own = rates.pop(codes[0])
            name = dict.fromkeys(("fr", "en"), labels.get(kind, kind))
            place = position(own, list(rates.values()))
            listed.append(Resource("facility", kind, name, "/10 000 hab.", own, place))
    return listed


def _population(found: Peers) -> dict[str, float] | None:
    ids = [one.id for one in found.portraits.variables]
    if "population" not in ids:
        return None
    column = found.portraits.values[:, ids.index("population")]
    return {code: float(n) for code, n in zip(found.portraits.insee, column, strict=True) if n > 0}


def _counts(layer: Layer, codes: list[str]) -> dict[tuple[str, str], int]:
    table = layer.index.rows(range(layer.index.count), ["depcom", "typequ"])
    table = table.filter(pc.is_in(table["depcom"], pa.array(codes)))
    counted = table.group_by(["depcom", "typequ"]).aggregate([([], "count_all")])
    return {(row["depcom"], row["typequ"]): row["count_all"] for row in counted.to_pylist()}


def _labels(catalogue: Catalogue) -> dict[str, str]:
    layers = [one for one in catalogue.themed("facility-ranges") if not one.record.fictitious]
    if not layers:
        return {}
    table = layers[0].index.rows(range(layers[0].index.count), ["typequ", "label"])
    return {row["typequ"]: row["label"] for row in table.to_pylist() if row["label"]}


def _times(one: Resource) -> float:
    median = one.position["median"]
    return one.value / median if median else float("inf")
