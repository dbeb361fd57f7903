"""The questions that planners ask: the decision each serves, its indicators and its layers."""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files
from typing import Any

from layers.catalogue import Catalogue
from layers.errors import NotFoundError, did_you_mean
from layers.records import Frozen, Kebab, Text, load_record
from server.indicators.known import known
from server.indicators.measures import Measure
from server.indicators.perimeters import Perimeter
from server.indicators.registry import find
from server.indicators.themes import theme_title


class UseCase(Frozen):
    """A question.

    Attributes:
        decision: what the answer helps to decide.
        indicators: ids or codes, the most telling first.
        layers: themes of the layers behind them.
        who_knows: who could supply or correct what is missing.
    """

    id: Kebab
    axis: str
    question: Text
    decision: Text
    indicators: tuple[str, ...]
    layers: tuple[Kebab, ...]
    who_knows: Text


@cache
def use_cases() -> dict[str, UseCase]:
    """Return all questions by id.

    Raises:
        RecordError: a text is invalid.
        NotFoundError: one names an indicator that does not exist.
    """
    with as_file(files("config") / "use-cases") as folder:
        found = [load_record(path, UseCase) for path in sorted(folder.glob("*.yml"))]
    for one in found:
        for name in one.indicators:
            find(name)
    return {one.id: one for one in found}


def use_case(name: str) -> UseCase:
    """Return a question by id; an unknown one raises NotFoundError with the nearest."""
    asked = use_cases()
    if name not in asked:
        raise NotFoundError(f"No use case {name!r}.{did_you_mean(name, asked)}")
    return asked[name]


def describe(one: UseCase) -> dict[str, Any]:
    """Return a question as JSON, its indicators by id."""
    return one.model_dump() | {"indicators": [find(name).text.id for name in one.indicators]}


def answer(catalogue: Catalogue, perimeter: Perimeter, one: UseCase) -> dict[str, Any]:
    """Return what is known of a question on a perimeter, what is missing, and who could help.

    ``readiness`` is the share (0-100) of its indicators that have a value.
    """
    measures = known(catalogue, perimeter, one.indicators)
    given = [measure for measure in measures if measure.value is not None]
    return {
        "use_case": describe(one),
        "perimeter": {"id": perimeter.id, "kind": perimeter.kind, "name": perimeter.name},
        "measures": measures,
        "layers": [_layer(catalogue, perimeter, theme) for theme in one.layers],
        "missing": [_missing(measure) for measure in measures if measure.withheld],
        "readiness": 100.0 * len(given) / len(measures),
        "fictitious": perimeter.fictitious,
    }


def _missing(measure: Measure) -> dict[str, Any]:
    assert measure.withheld is not None
    told = measure.withheld
    return {"id": measure.id, "reason": told.reason, "fr": told.fr, "en": told.en}


def _layer(catalogue: Catalogue, perimeter: Perimeter, theme: str) -> dict[str, Any]:
    """Return which layers speak of a theme in this town, as ids served at ``/ogc``."""
    wanted = perimeter.fictitious
    found = [x for x in catalogue.themed(theme) if x.record.fictitious == wanted]
    titles = [layer.record.title.model_dump() for layer in found]
    title = theme_title(theme).model_dump()
    return {
        "theme": theme,
        "title": title,
        "published": [layer.id for layer in found],
        "titles": titles,
    }
