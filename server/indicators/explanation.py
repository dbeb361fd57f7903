"""How a value came about: its parts, the rows counted, its sources and its limits."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from layers.catalogue import Layer
from layers.licences import output_licence
from server.indicators.measures import Measure, Outcome
from server.indicators.perimeters import Perimeter
from server.indicators.registry import Indicator

# Rows of these themes are never shown one by one: a cell may hold few households.
SECRET = ("income-cells",)
# Rows in the document, of all layers: enough to see what they are; the others are on the map.
MAX_FEATURES = 100
MAX_MAPPED = 20_000
CLOSE = 1e-9
SCALES = (1.0, 100.0, 1_000.0, 10_000.0)
SECRET_ROWS = {
    "fr": "Lignes non montrées : secret statistique.",
    "en": "Rows not shown: statistical secrecy.",
}
RESTRICTED_ROWS = {
    "fr": "Lignes non montrées : couche à accès restreint.",
    "en": "Rows not shown: the layer's access is restricted.",
}


def explanation(
    one: Indicator, perimeter: Perimeter, measure: Measure, outcome: Outcome | None
) -> dict[str, Any]:
    """Return formula, parts, rows counted, sources, limits, next check and licence."""
    counted = outcome.counted if outcome else ()
    layers = [layer for layer, _ in counted]
    return {
        "indicator": one.text.model_dump(),
        "perimeter": {"id": perimeter.id, "name": perimeter.name, "basis": perimeter.basis},
        "measure": measure,
        "parts": parts(outcome) if outcome else [],
        "recipe": recipe(measure, outcome) if outcome else None,
        "details": outcome.details if outcome else {},
        "rows": [_shown(layer, positions, MAX_FEATURES // len(counted), outcome.terms_of(rank))
                 for rank, (layer, positions) in enumerate(counted)] if outcome else [],
        "sources": [source(layer) for layer in layers],
        "limits": [one.text.pitfalls.model_dump()],
        "next_check": one.text.next_check.model_dump(),
        "licence": output_licence(layer.record.licence for layer in layers),
    }  # fmt: skip


def parts(outcome: Outcome) -> list[dict[str, Any]]:
    """Return numerator, denominator and n, each with how it follows from the rows counted.

    ``function`` is ``sum`` of a column, ``count`` of rows, or None where no column tells: the
    indicator weighs or joins rows in a way that its method says.
    """
    told = {"numerator": outcome.numerator, "denominator": outcome.denominator,
            "n": float(outcome.n)}  # fmt: skip
    return [
        {"part": name, "value": value, **how(outcome, name, value)}
        for name, value in told.items() if value is not None
    ]  # fmt: skip


def how(outcome: Outcome, part: str, value: float) -> dict[str, Any]:
    """Return function, layer and column that give a part of an outcome.

    A column that a layer does not have is one of the ``terms`` of its rows.
    """
    for rank, (layer, _) in enumerate(outcome.counted[:2]):
        if part in outcome.terms_of(rank) and hidden(layer) is None:
            return {"function": "sum", "layer": layer.id, "column": part}
    for layer, positions in outcome.counted:
        if hidden(layer) is not None:
            continue
        if len(positions) == value:
            return {"function": "count", "layer": layer.id, "column": None}
        summed = [name for name in _numeric(layer) if _sums_to(layer, positions, name, value)]
        if len(summed) == 1:
            return {"function": "sum", "layer": layer.id, "column": summed[0]}
    return {"function": None, "layer": None, "column": None}


def recipe(measure: Measure, outcome: Outcome) -> dict[str, Any] | None:
    """Return how the value follows: from its parts, or from the ``value`` terms of the rows.

    ``function`` is ``ratio`` (of numerator and denominator, times ``scale``), one of the parts, or
    what ``Outcome.gathered`` says; None where no such step gives the value.
    """
    if measure.value is None:
        return None
    if "value" in outcome.terms:
        return {"function": outcome.gathered, "scale": 1.0}
    part, whole = outcome.numerator, outcome.denominator
    if part is not None and whole:
        scale = next((s for s in SCALES if is_close(s * part / whole, measure.value)), None)
        if scale:
            return {"function": "ratio", "scale": scale}
    told = {"numerator": part, "denominator": whole, "n": outcome.n}
    same = [name for name, v in told.items() if v is not None and is_close(v, measure.value)]
    return {"function": same[0], "scale": 1.0} if same else None


def is_close(a: float, b: float) -> bool:
    """Tell whether two numbers are the same within rounding."""
    return abs(a - b) <= CLOSE * max(1.0, abs(b))


def features(outcome: Outcome | None, measure: Measure) -> dict[str, Any]:
    """Return the rows counted as a GeoJSON FeatureCollection, and why some are not shown.

    Each feature tells its layer in the member ``layer``, what it adds to the parts in ``terms``.
    """
    found: list[dict[str, Any]] = []
    layers, reasons = [], []
    for rank, (layer, positions) in enumerate(outcome.counted if outcome else ()):
        reason = hidden(layer)
        shown = positions[: MAX_MAPPED - len(found)] if reason is None else positions[:0]
        terms = _listed(outcome.terms_of(rank), len(shown)) if outcome else {}
        found += [
            _feature(layer, int(row))
            | {"layer": layer.id, "terms": {name: values[i] for name, values in terms.items()}}
            for i, row in enumerate(shown)
        ]
        layers.append({"layer": layer.id, "count": len(positions), "shown": len(shown),
                       "reason": reason})  # fmt: skip
        reasons += [reason] if reason else []
    return {"type": "FeatureCollection", "features": found, "layers": layers,
            "withheld": measure.withheld}  # fmt: skip


def hidden(layer: Layer) -> dict[str, str] | None:
    """Return why the rows of a layer are not shown, None where they may be."""
    if layer.record.theme in SECRET:
        return SECRET_ROWS
    return RESTRICTED_ROWS if layer.record.access == "restricted" else None


def source(layer: Layer) -> dict[str, Any]:
    """Return what a reader must know of where rows come from."""
    record, version = layer.record, layer.version
    return {
        "layer": layer.id, "title": record.title.model_dump(), "producer": record.producer,
        "licence": record.licence, "source": record.source, "vintage": version.vintage,
        "version": version.id, "fictitious": record.fictitious,
    }  # fmt: skip


def _shown(layer: Layer, positions: Any, most: int, terms: dict[str, Any]) -> dict[str, Any]:
    """Return how many rows of a layer counted, the first of them, what these add to the parts."""
    reason = hidden(layer)
    shown = [] if reason else [int(row) for row in positions[:most]]
    return {"layer": layer.id, "count": len(positions), "shown": len(shown),
            "secret": layer.record.theme in SECRET, "reason": reason,
            "terms": _listed(terms, len(shown)),
            "features": [_feature(layer, row) for row in shown]}  # fmt: skip


def _listed(terms: dict[str, Any], most: int) -> dict[str, list[float]]:
    return {name: np.asarray(values, float)[:most].tolist() for name, values in terms.items()}


def _feature(layer: Layer, row: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bytes(layer.index.fragment(row)))
    return found


def _numeric(layer: Layer) -> list[str]:
    kinds = ("integer", "number")
    return [a.name for a in layer.index.attributes if a.type in kinds]


def _sums_to(layer: Layer, positions: Any, column: str, value: float) -> bool:
    values = layer.index.rows(np.asarray(positions), [column]).column(0)
    total = pc.sum(pc.cast(values, pa.float64())).as_py()
    return total is not None and is_close(total, value)
