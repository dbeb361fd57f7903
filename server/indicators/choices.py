"""What planners may change without programming: the files of ``config`` that indicators read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import as_file, files

from pydantic import Field

from layers.records import Frozen, load_record


class Accessibility(Frozen):
    """What "near" means; ``config/accessibility.yml`` tells what each number is."""

    minutes: float = Field(gt=0)
    cap_minutes: float = Field(gt=0)
    stop_metres: float = Field(gt=0)
    stop_departures: int = Field(gt=0)
    green_metres: float = Field(gt=0)
    green_hectares: float = Field(ge=0)
    green_edge_metres: float = Field(ge=0)
    green_kinds: tuple[str, ...]
    green_closed: tuple[str, ...]
    essentials: Mapping[str, tuple[str, ...]]
    culture: tuple[str, ...]
    not_central: tuple[str, ...]


@cache
def accessibility() -> Accessibility:
    """Return ``config/accessibility.yml``; a mistake in it raises RecordError."""
    return read("accessibility.yml", Accessibility)


def read[Model: Frozen](name: str, model: type[Model]) -> Model:
    """Return a file of ``config``; a mistake in it raises RecordError with file and line."""
    with as_file(files("config") / name) as path:
        return load_record(path, model)
