"""One module per output format: the rows of a query in, bytes out.

A module is a format when it holds ``FORMAT``. Adding a format is adding a file.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from layers.catalogue import Layer
from layers.query import Query, Selection

Write = Callable[[Layer, Query, Selection, list[dict[str, Any]]], Iterator[bytes | memoryview]]


@dataclass(frozen=True)
class Format:
    """An output format.

    Attributes:
        id: value of the ``f`` parameter.
        media_type: what is sent as Content-Type.
        write: layer, query, selection and links in; the body in pieces.
        attachment: extension of the file that a browser should save, None to show it.
    """

    id: str
    media_type: str
    write: Write
    attachment: str | None = None


@cache
def formats() -> dict[str, Format]:
    """Return the known formats by id."""
    modules = (
        importlib.import_module(m.name) for m in pkgutil.iter_modules(__path__, f"{__name__}.")
    )
    found = [module.FORMAT for module in modules if hasattr(module, "FORMAT")]
    return {format_.id: format_ for format_ in found}
