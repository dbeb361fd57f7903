"""Processes: every indicator, and all of them on a perimeter of one's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from jsonschema import Draft202012Validator

from layers.catalogue import Catalogue
from layers.errors import BadRequestError, NotFoundError, UserError, did_you_mean
from layers.records import Text
from layers.snapshot import snapshot
from server.compute.disclosure import guarded
from server.compute.work import area_of
from server.indicators import perimeters
from server.indicators.context import Context
from server.indicators.evaluation import measured, refused
from server.indicators.measures import Measure, no_boundary
from server.indicators.perimeters import Perimeter
from server.indicators.polygons import read_polygon
from server.indicators.registry import find, indicators
from server.ledger import Ledger

EVALUATE = "evaluate-perimeter"
POLYGON = {
    "type": "object",
    "required": ["type"],
    "properties": {"type": {"enum": ["Polygon", "MultiPolygon", "Feature"]}},
}
Inputs = Mapping[str, Any]


@dataclass(frozen=True)
class Input:
    """One input of a process; ``most`` is None where any number of values may be given."""

    title: Text
    description: Text
    schema: dict[str, Any]
    least: int = 0
    most: int | None = 1


@dataclass(frozen=True)
class Step:
    """A unit of work between two looks at whether the job is still wanted."""

    insee: str
    town: str
    perimeter: str
    measure: Measure


@dataclass(frozen=True)
class Process:
    """A process: its texts and its inputs. Each has one output, ``measures``."""

    id: str
    title: Text
    description: Text
    keywords: tuple[str, ...]
    inputs: dict[str, Input] = field(default_factory=dict)


def processes() -> dict[str, Process]:
    """Return all processes by id."""
    found = [_evaluation(), *(_of(one.text) for one in indicators().values())]
    return {process.id: process for process in found}


def find_process(name: str) -> Process:
    """Return a process by its id, or its indicator's code; NotFoundError names the nearest."""
    known = processes()
    known |= {one.text.code: known[one.text.id] for one in indicators().values()}
    if name not in known:
        raise NotFoundError(f"No process {name!r}.{did_you_mean(name, known)}")
    return known[name]


def validated(process: Process, given: Any) -> dict[str, Any]:
    """Return the inputs of a request as a process takes them.

    Raises:
        BadRequestError: which input is unknown, missing, given too often or not as its schema says.
    """
    if not isinstance(given, dict):
        raise BadRequestError("inputs must be an object that names the inputs of the process.")
    for name in given:
        if name not in process.inputs:
            hint = did_you_mean(name, process.inputs) or f" Known: {', '.join(process.inputs)}."
            raise BadRequestError(f"Process {process.id!r} has no input {name!r}.{hint}")
    found = {}
    for name, wanted in process.inputs.items():
        if name in given:
            found[name] = _value(name, wanted, given[name])
        elif wanted.least:
            raise BadRequestError(f"Input {name!r} of process {process.id!r} is missing.")
    return found


def prepare(catalogue: Catalogue, process: Process, inputs: Inputs) -> None:
    """Refuse inputs that name no town, perimeter or indicator, before any work is done."""
    _planned(catalogue, process, inputs)


def steps(
    catalogue: Catalogue, ledger: Ledger, process: Process, inputs: Inputs
) -> tuple[int, Iterator[Step]]:
    """Return how many measures there will be, and an iterator that makes them one by one."""
    catalogue = snapshot(catalogue)
    areas, names = _planned(catalogue, process, inputs)
    return len(areas) * len(names), _steps(catalogue, ledger, areas, names)


def polygon_of(inputs: Inputs) -> Any | None:
    """Return the polygon in CRS84 that a request was about, None where it named towns."""
    posted = inputs.get("perimeter")
    return read_polygon(posted) if isinstance(posted, dict) else None


@dataclass(frozen=True)
class _Area:
    insee: str
    town: str
    fictitious: bool
    name: str
    make: Callable[[], Perimeter | None]


def _planned(
    catalogue: Catalogue, process: Process, inputs: Inputs
) -> tuple[list[_Area], list[str]]:
    with_input = _Naming()
    if process.id == EVALUATE:
        with with_input("indicators"):
            names = [find(name).text.id for name in inputs.get("indicators", list(indicators()))]
        with with_input("perimeter"):
            drawn = perimeters.posted(catalogue, inputs["perimeter"])
        area = _Area(drawn.insee, drawn.name, drawn.fictitious, drawn.id, lambda: drawn)
        return [area], list(dict.fromkeys(names))
    wanted = inputs.get("perimeter", "commune")
    with with_input("town"):
        codes = inputs.get("town")
        chosen = (
            perimeters.towns(catalogue)
            if codes is None
            else [perimeters.town(catalogue, code) for code in dict.fromkeys(codes)]
        )
    if wanted not in ("commune", "centre"):
        with with_input("perimeter"):
            for town in chosen:
                perimeters.perimeter(catalogue, town, wanted)
    areas = [
        _Area(t.insee, t.name, t.fictitious, wanted, lambda t=t: area_of(catalogue, t, wanted))  # type: ignore[misc]
        for t in chosen
    ]
    return areas, [process.id]


def _steps(
    catalogue: Catalogue, ledger: Ledger, areas: list[_Area], names: list[str]
) -> Iterator[Step]:
    for place in areas:
        area = place.make()
        context = Context(catalogue, area) if area else None
        for name in names:
            one = find(name)
            if context is None:
                measure = refused(one.text, no_boundary(place.town), place.fictitious)
            else:
                measure, outcome = measured(context, one)
                measure = guarded(ledger, context, one, (measure, outcome))
            yield Step(place.insee, place.town, place.name, measure)


class _Naming:
    """Begins the text of an error with the input that caused it."""

    def __call__(self, name: str) -> _Naming:
        self._name = name
        return self

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, UserError):
            raise BadRequestError(f"Input {self._name!r}: {error}") from None


def _value(name: str, wanted: Input, given: Any) -> Any:
    values = given if wanted.most is None and isinstance(given, list) else [given]
    found = [_unwrapped(name, value) for value in values]
    if len(found) < wanted.least:
        raise BadRequestError(f"Input {name!r} needs at least {wanted.least} values.")
    for value in found:
        error = next(iter(Draft202012Validator(wanted.schema).iter_errors(value)), None)
        if error is not None and error.validator == "pattern" and name == "town":
            raise BadRequestError(f"Input 'town': {value!r} is no INSEE code such as 24322.")
        if error is not None:
            where = "".join(f"[{part!r}]" for part in error.absolute_path)
            raise BadRequestError(f"Input {name!r}{where}: {_short(error.message)}.")
    return found if wanted.most is None else found[0]


def _unwrapped(name: str, value: Any) -> Any:
    """Return a value that came with its media type or unit, as OGC's qualified values do."""
    if isinstance(value, dict) and "href" in value:
        raise BadRequestError(f"Input {name!r} must be given by value, not by reference.")
    return value["value"] if isinstance(value, dict) and "value" in value else value


def _short(message: str) -> str:
    return message if len(message) <= 300 else f"{message[:300]}…"


def _of(text: Any) -> Process:
    return Process(text.id, text.name, text.tells, (text.code, text.axis), {
        "town": Input(
            Text(fr="Communes", en="Communes"),
            Text(fr="Codes INSEE ; toutes les villes du programme par défaut.",
                 en="INSEE codes; all towns of the programme by default."),
            {"type": "string", "pattern": "^[0-9][0-9AB][0-9]{3}$"}, most=None),
        "perimeter": Input(
            Text(fr="Périmètre", en="Perimeter"),
            Text(fr="commune, centre, ou l'identifiant d'un périmètre partagé.",
                 en="commune, centre, or the id of a shared perimeter."),
            {"type": "string", "default": "commune", "minLength": 1}),
    })  # fmt: skip


def _evaluation() -> Process:
    codes = [name for one in indicators().values() for name in (one.text.id, one.text.code)]
    return Process(
        EVALUATE,
        Text(fr="Évaluer un périmètre", en="Evaluate a perimeter"),
        Text(fr="Calcule des indicateurs sur un périmètre que vous dessinez.",
             en="Computes indicators on a perimeter that you draw."),
        ("perimeter",),
        {
            "perimeter": Input(
                Text(fr="Périmètre", en="Perimeter"),
                Text(fr="Polygone GeoJSON en CRS84 (longitude, latitude).",
                     en="GeoJSON polygon in CRS84 (longitude, latitude)."),
                {"allOf": [{"format": "geojson-geometry"}, POLYGON]}, least=1),
            "indicators": Input(
                Text(fr="Indicateurs", en="Indicators"),
                Text(fr="Identifiants ou codes ; tous par défaut.",
                     en="Ids or codes; all by default."),
                {"type": "string", "example": codes[0]}, most=None),
        },
    )  # fmt: skip
