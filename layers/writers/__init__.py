"""One module per output format: the rows of a query in, bytes out.

A module is a format when it holds ``FORMAT``, or several with ``FORMATS``. Adding a format is
adding a file.
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
        title: its name for people.
        attachment: extension of the file that a browser should save, None to show it.
        paged: it comes in pages with links; others hold all matching rows unless limited.
    """

    id: str
    media_type: str
    write: Write
    title: str
    attachment: str | None = None
    paged: bool = False


@cache
def formats() -> dict[str, Format]:
    """Return the known formats by id."""
    modules = (
        importlib.import_module(m.name) for m in pkgutil.iter_modules(__path__, f"{__name__}.")
    )
    found = [
        format_
        for module in modules
        for format_ in getattr(module, "FORMATS", (getattr(module, "FORMAT", None),))
        if format_
    ]
    return {format_.id: format_ for format_ in found}
