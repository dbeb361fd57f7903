"""The licence of what is made from layers, computed from theirs by ``config/licences.yml``."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import as_file, files

from layers.records import Frozen, load_record


class Family(Frozen):
    """Licences alike: how their names are recognised, and the licence of what mixes them."""

    words: tuple[str, ...]
    licence: str
    shares_alike: bool = False


class Families(Frozen):
    """All families, the one that prevails first."""

    families: tuple[Family, ...]


@cache
def families() -> tuple[Family, ...]:
    """Return the families, the one that prevails first."""
    with as_file(files("config") / "licences.yml") as path:
        return load_record(path, Families).families


def output_licence(inputs: Iterable[str]) -> str | None:
    """Return the licence of what is made from inputs under some licences; None of no input.

    Two share-alike licences oblige to both, and a licence of no known family is kept beside the
    one that prevails: both are named, joined by `` + ``, for a person to judge.
    """
    named = sorted(set(inputs))
    found = {name: _family(name) for name in named}
    known = [family for family in families() if family in found.values()]
    kept = known[:1] + [family for family in known[1:] if family.shares_alike]
    unknown = [name for name, family in found.items() if family is None]
    return " + ".join([family.licence for family in kept] + unknown) or None


def _family(name: str) -> Family | None:
    plain = name.casefold()
    hit = (f for f in families() if any(word.casefold() in plain for word in f.words))
    return next(hit, None)
