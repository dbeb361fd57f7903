"""Which activities keep a storefront, and of what family: ``config/storefronts.yml``."""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files
from typing import Annotated, Any

import numpy as np
from pydantic import StringConstraints

from layers.records import Frozen, Kebab, Text, load_record

Naf = Annotated[str, StringConstraints(pattern=r"^\d\d\.\d\d[A-Z]$")]


class Family(Frozen):
    """A family of shops: its activities are codes of NAF rév. 2."""

    id: Kebab
    name: Text
    activities: tuple[Naf, ...]


class Storefronts(Frozen):
    """The families; an activity belongs to one at most."""

    families: tuple[Family, ...]


@cache
def families() -> tuple[Family, ...]:
    """Return the families in the order of the file.

    Raises:
        RecordError: ``file:line: what is wrong``.
    """
    with as_file(files("config") / "storefronts.yml") as path:
        return load_record(path, Storefronts).families


@cache
def activities() -> dict[str, int]:
    """Return the rank of the family of each activity that keeps a storefront."""
    return {code: rank for rank, family in enumerate(families()) for code in family.activities}


def ranks(codes: np.ndarray) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the rank of the family of each code, -1 for one without a storefront."""
    known = activities()
    unique, inverse = np.unique(codes.astype(str), return_inverse=True)
    return np.array([known.get(code, -1) for code in unique], dtype=np.int64)[inverse]
