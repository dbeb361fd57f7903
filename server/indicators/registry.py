"""Which indicators there are: one registered function and one text each."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import Literal

from pydantic import Field

from layers.errors import NotFoundError, did_you_mean
from layers.records import Break, Frozen, Kebab, Text, load_record
from server.indicators.context import Context
from server.indicators.measures import Evidence, Outcome

Compute = Callable[[Context], Outcome]
NEXT_CHECK = Text(
    fr="Comparer une dizaine de lignes comptées avec ce qui se voit sur place, et les signaler.",
    en="Compare about ten of the rows counted with what is seen on site, and report them.",
)
_functions: dict[str, Compute] = {}


Axis = Literal["habitat", "commerce", "mobilites", "formes", "services", "dependance", "diversite"]


class IndicatorText(Frozen):
    """What a reader must know of an indicator.

    Attributes:
        code: its code in the indicator table (``H03``).
        tells: what it tells, in a sentence.
        formula_fr: the same formula with its words in French, where it has words.
        inputs: themes of the layers that it reads.
        thresholds: reading aids of practitioners, never a verdict.
        minimum_n: fewer observations than this are withheld; 0 where none is a true answer.
        next_check: what to look at in the field before acting on the value.
        breaks: years from which values compare no more with earlier ones.
    """

    id: Kebab
    code: str
    axis: Axis
    name: Text
    tells: Text
    formula: str
    formula_fr: str | None = None
    unit: str = Field(min_length=1)
    direction: Literal["higher", "lower", "neutral"]
    scale: str
    source: str
    inputs: tuple[Kebab, ...]
    method: Text
    pitfalls: Text
    thresholds: Text | None = None
    minimum_n: int = Field(ge=0)
    evidence: Evidence
    next_check: Text = NEXT_CHECK
    breaks: tuple[Break, ...] = ()

    def formula_in(self, language: str) -> str:
        """Return the formula in a language, ``fr`` or ``en``."""
        return (self.formula_fr or self.formula) if language == "fr" else self.formula


@dataclass(frozen=True)
class Indicator:
    """A text with its function."""

    text: IndicatorText
    compute: Compute


def indicator(name: str) -> Callable[[Compute], Compute]:
    """Register the function of an indicator under its id."""

    def register(function: Compute) -> Compute:
        _functions[name] = function
        return function

    return register


@cache
def indicators() -> dict[str, Indicator]:
    """Return all indicators by id, in the order of their codes.

    Raises:
        RecordError: a text is invalid.
        LookupError: a text without a function, or the reverse.
    """
    package = importlib.import_module(__package__)
    for module in pkgutil.iter_modules(package.__path__, f"{__package__}."):
        importlib.import_module(module.name)
    with as_file(files("config") / "indicators") as folder:
        texts = [load_record(path, IndicatorText) for path in sorted(folder.glob("*.yml"))]
    if odd := {text.id for text in texts} ^ set(_functions):
        raise LookupError(f"Indicators need a text and a function; one is missing for {odd}.")
    ordered = sorted(texts, key=lambda text: text.code)
    return {text.id: Indicator(text, _functions[text.id]) for text in ordered}


def find(name: str) -> Indicator:
    """Return an indicator by id or code, whatever the case.

    Raises:
        NotFoundError: with the nearest name.
    """
    known = indicators()
    by_name = {i.text.code.casefold(): i for i in known.values()} | dict(known)
    if name.casefold() not in by_name:
        hint = did_you_mean(name, [*known, *(i.text.code for i in known.values())])
        raise NotFoundError(f"No indicator {name!r}.{hint}")
    return by_name[name.casefold()]
