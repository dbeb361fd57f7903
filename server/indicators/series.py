"""An indicator over time: one measure for each vintage that its layers keep."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from layers.catalogue import Catalogue, Layer, moment
from layers.records import Break
from layers.snapshot import snapshot
from server.indicators.context import Context
from server.indicators.evaluation import measured
from server.indicators.measures import Measure, WithheldError
from server.indicators.perimeters import Perimeter
from server.indicators.registry import Indicator


@dataclass(frozen=True)
class PastContext(Context):
    """A context that knows of each layer what was known at a vintage."""

    vintage: str = ""

    def _layers(self, theme: str) -> list[Layer]:
        found = (_at(self.catalogue, layer, self.vintage) for layer in super()._layers(theme))
        return [layer for layer in found if layer is not None]


@dataclass(frozen=True)
class Point:
    """A measure at a vintage.

    Attributes:
        breaks: reasons why it does not compare with the point before.
    """

    vintage: str
    measure: Measure
    breaks: tuple[Break, ...]


def series(catalogue: Catalogue, perimeter: Perimeter, one: Indicator) -> list[Point]:
    """Return the measures of an indicator on a perimeter, oldest vintage first.

    At each vintage that any of its layers has, every layer is taken in its newest version of that
    vintage or of the last one before; a layer that is younger than that is not there yet. The
    perimeter is that of today throughout.
    """
    catalogue = snapshot(catalogue)
    layers = _layers_of(Context(catalogue, perimeter), one)
    vintages = sorted({name for layer in layers for name in catalogue.vintages(layer)}, key=moment)
    breaks = {*one.text.breaks, *(found for layer in layers for found in layer.record.breaks)}
    points = []
    for before, vintage in zip([None, *vintages], vintages, strict=False):
        measure, _ = measured(PastContext(catalogue, perimeter, vintage=vintage), one)
        broken = [found for found in breaks if _lies_between(found, before, vintage)]
        points.append(Point(vintage, measure, tuple(sorted(broken, key=lambda b: b.year))))
    return points


def as_document(points: list[Point]) -> list[dict[str, Any]]:
    """Return points as JSON objects."""
    return [
        {"vintage": p.vintage, "measure": p.measure, "breaks": [b.model_dump() for b in p.breaks]}
        for p in points
    ]


def _layers_of(context: Context, one: Indicator) -> list[Layer]:
    found: list[Layer] = []
    for theme in one.text.inputs:
        with suppress(WithheldError):
            found += context.layers(theme)
    return found


def _at(catalogue: Catalogue, layer: Layer, vintage: str) -> Layer | None:
    """Return a layer as known at a vintage; one that says no vintage is the same at all times."""
    kept = catalogue.vintages(layer)
    if not kept:
        return layer
    known = [name for name in kept if moment(name) <= moment(vintage)]
    return catalogue.at(layer, kept[known[-1]]) if known else None


def _lies_between(found: Break, before: str | None, vintage: str) -> bool:
    return before is not None and moment(before)[:4] < str(found.year) <= moment(vintage)[:4]
