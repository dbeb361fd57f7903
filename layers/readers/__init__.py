"""One module per source format: paths in, tables out.

A module of this folder is a source when it holds ``SOURCE``; its file name has no other meaning.
Adding a format is adding a file.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from layers.errors import NotFoundError, did_you_mean
from layers.tables import Table


@dataclass(frozen=True)
class Source:
    """An official format.

    Attributes:
        id: word used on the command line (``dvf``).
        title: what the user reads.
        layers: ids of the layers it fills; each has a record in ``config/layers``.
        read: files in, one lazy table per layer out. Raises ReadError for a file that is not of
            this format, saying what was expected and what was found.
        address: function of an INSEE commune code giving the download addresses, if there are.
        hint: where to get the file by hand, and where to put it.
        changes: among its files ``read`` takes the list of changes of communes, to replace the
            codes of former ones.
    """

    id: str
    title: str
    layers: tuple[str, ...]
    read: Callable[[Sequence[Path]], Iterable[Table]]
    address: Callable[[str], Sequence[str]] | None = None
    hint: str = ""
    changes: bool = False


@cache
def sources() -> dict[str, Source]:
    """Return the known sources by id."""
    modules = (
        importlib.import_module(m.name) for m in pkgutil.iter_modules(__path__, f"{__name__}.")
    )
    found = [module.SOURCE for module in modules if hasattr(module, "SOURCE")]
    return {source.id: source for source in sorted(found, key=lambda source: source.id)}


def source(name: str) -> Source:
    """Return the source of that name; a mistyped one raises NotFoundError with the nearest."""
    known = sources()
    if name not in known:
        raise NotFoundError(
            f"Unknown source {name!r}.{did_you_mean(name, known)} Known: {', '.join(known)}."
        )
    return known[name]
