"""Finding layers in the catalogue: by words in either language, place, time, type and name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely

from layers import crs, projected
from layers.catalogue import Layer
from layers.parameters import parse_box, parse_instant, parse_interval
from layers.vocabularies import theme

TYPE = "dataset"
PARAMETERS = ("q", "bbox", "bbox-crs", "datetime", "type", "ids", "externalIds", "keywords")
Interval = tuple[datetime | None, datetime | None]


@dataclass(frozen=True)
class Search:
    """What a layer must meet; None asks nothing.

    Attributes:
        phrases: words that follow each other, folded; one phrase found is enough.
        area: geometry of CRS84 that the layer's bounds meet.
        interval: first and last instant that the layer's time meets.
        ids: ids of layers.
        external: pairs of scheme and value, either of which may be empty.
        keywords: folded keywords, all of which the layer has.
    """

    phrases: tuple[str, ...] | None = None
    area: Any = None
    interval: Interval | None = None
    types: tuple[str, ...] | None = None
    ids: tuple[str, ...] | None = None
    external: tuple[tuple[str, str], ...] | None = None
    keywords: tuple[str, ...] | None = None

    def finds(self, layer: Layer) -> bool:
        """Tell whether a layer meets all that is asked."""
        return (
            (self.types is None or TYPE in self.types)
            and (self.ids is None or layer.id in self.ids)
            and (self.area is None or _is_met(self.area, layer))
            and (self.interval is None or _is_during(self.interval, layer))
            and (self.external is None or _is_source(self.external, layer))
            and (self.keywords is None or set(self.keywords) <= _folded_keywords(layer))
            and (self.phrases is None or _says(self.phrases, layer))
        )


def parse_search(parameters: Mapping[str, str]) -> Search:
    """Return what the parameters of a request ask of layers.

    Raises:
        BadRequestError: an area or a time that is none.
    """
    # An empty field of a form asks nothing.
    listed = {name: _listed(parameters[name]) for name in parameters if name in _LISTS}
    given = {name: values for name, values in listed.items() if values}
    return Search(
        phrases=tuple(map(fold, given["q"])) if "q" in given else None,
        area=_area(parameters),
        interval=parse_interval(parameters["datetime"]) if "datetime" in parameters else None,
        types=given.get("type"),
        ids=given.get("ids"),
        external=tuple(map(_external, given["externalIds"])) if "externalIds" in given else None,
        keywords=tuple(map(fold, given["keywords"])) if "keywords" in given else None,
    )


def fold(text: str) -> str:
    """Return a text for comparison: without accents, case or runs of blanks."""
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "oe"))
    bare = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub(r"\s+", " ", bare.casefold().replace("’", "'")).strip()


def keywords_of(layer: Layer, language: str) -> list[str]:
    """Return the keywords of a layer: its theme, the EU's, its producer."""
    record = layer.record
    title: str = getattr(theme(record)[1], language)
    found = [record.theme or record.id, title, record.producer]
    if record.fictitious:
        found.append({"fr": "données fictives", "en": "fictitious data"}[language])
    return found


def time_of(layer: Layer) -> list[str] | None:
    """Return the first and last day that a layer is about, None where nothing tells."""
    if interval := layer.version.facts.get("interval"):
        return [str(end)[:10] for end in interval]
    vintage = layer.version.vintage or ""
    if re.fullmatch(r"\d{4}", vintage):
        return [f"{vintage}-01-01", f"{vintage}-12-31"]
    return [vintage, vintage] if re.fullmatch(r"\d{4}-\d{2}-\d{2}", vintage) else None


_LISTS = ("q", "type", "ids", "externalIds", "keywords")


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _external(text: str) -> tuple[str, str]:
    """Return scheme and value of ``scheme:value``; an address is a value."""
    if re.match(r"[a-z]+://", text):
        return "", text
    scheme, colon, value = text.partition(":")
    return (scheme, value) if colon else ("", text)


def _area(parameters: Mapping[str, str]) -> Any:
    if "bbox" not in parameters:
        return None
    reference = crs.reference(parameters.get("bbox-crs", crs.CRS84))
    return projected.to_storage(parse_box(parameters["bbox"], reference), reference)


def _is_met(area: Any, layer: Layer) -> bool:
    """Tell whether bounds meet an area; a layer without any matches, as Part 1 of Features asks."""
    return layer.bounds is None or bool(shapely.intersects(area, shapely.box(*layer.bounds)))


def _is_during(interval: Interval, layer: Layer) -> bool:
    time = time_of(layer)
    if time is None:
        return True
    start, end = interval
    first, last = parse_instant(time[0])[0], parse_instant(time[1])[1]
    return (end is None or first <= end) and (start is None or last >= start)


def _is_source(wanted: tuple[tuple[str, str], ...], layer: Layer) -> bool:
    known = {("", layer.record.source), *_own_ids(layer)}
    values, schemes = {v for _, v in known}, {s for s, _ in known}
    return any(
        (value in values) if not scheme else (scheme in schemes if not value else pair in known)
        for pair in wanted
        for scheme, value in (pair,)
    )


def _own_ids(layer: Layer) -> set[tuple[str, str]]:
    return {("reader", layer.record.reader)} if layer.record.reader else set()


def _folded_keywords(layer: Layer) -> set[str]:
    return {fold(word) for language in ("fr", "en") for word in keywords_of(layer, language)}


def _says(phrases: tuple[str, ...], layer: Layer) -> bool:
    record = layer.record
    texts = [record.id, record.producer, record.title.fr, record.title.en]
    texts += [record.description.fr, record.description.en, *_folded_keywords(layer)]
    texts += [t for a in record.attributes if a.title for t in (a.title.fr, a.title.en)]
    folded = [fold(text) for text in texts]
    return any(phrase in text for phrase in phrases for text in folded)
