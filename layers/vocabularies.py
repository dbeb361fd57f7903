"""The words of records in shared vocabularies: SPDX licences, themes and frequencies of the EU."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml
from pydantic import TypeAdapter

from layers.records import Frozen, LayerRecord, Text

AUTHORITY = "http://publications.europa.eu/resource/authority"
THEMES = f"{AUTHORITY}/data-theme"


class Licence(Frozen):
    """A known licence: how a record's own words start, its SPDX id or ``other``, its address."""

    starts: str
    spdx: str
    uri: str


class Themes(Frozen):
    """Themes of the EU by themes of records, and their titles."""

    default: str
    codes: dict[str, tuple[str, ...]]
    titles: dict[str, Text]


class Vocabularies(Frozen):
    """The file ``config/vocabularies.yml``."""

    licences: tuple[Licence, ...]
    frequencies: dict[str, str]
    themes: Themes


@cache
def vocabularies() -> Vocabularies:
    """Return the packaged vocabularies."""
    text = (files("config") / "vocabularies.yml").read_text(encoding="utf-8")
    return TypeAdapter(Vocabularies).validate_python(yaml.safe_load(text))


def licence(record: LayerRecord) -> Licence | None:
    """Return the licence of a record, None where its words are of no known one."""
    known = vocabularies().licences
    return next((one for one in known if record.licence.startswith(one.starts)), None)


def frequency(record: LayerRecord) -> str:
    """Return how often a layer is renewed, as a URI of the EU."""
    code = vocabularies().frequencies.get(record.cadence, "UNKNOWN")
    return f"{AUTHORITY}/frequency/{code}"


def theme(record: LayerRecord) -> tuple[str, Text]:
    """Return the EU theme of a layer: its code and its title."""
    themes = vocabularies().themes
    found = (code for code, names in themes.codes.items() if record.theme in names)
    code = next(found, themes.default)
    return code, themes.titles[code]
