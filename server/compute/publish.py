"""Results as layers: one feature per town, wide; and one row per town and indicator, long.

Results whose inputs have changed since stay, marked as such: a run over some towns must not make
the others disappear from the layers that people map and join.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import groupby
from typing import Any

import orjson
import pyarrow as pa
import shapely

from layers.catalogue import Catalogue
from layers.lake import Version
from layers.records import Attribute, Text
from layers.schema import ARROW_TYPES
from layers.tables import GEOMETRY, Table
from server.compute.plan import results_kept
from server.compute.rows import ATTRIBUTES, row
from server.compute.work import area_of
from server.indicators.measures import Measure, restore
from server.indicators.perimeters import Town
from server.indicators.registry import Indicator, indicators
from server.ledger import Ledger
from server.ledger.results import Result

WIDE, LONG, SAMPLE = "town-indicators", "town-indicators-long", "sample-"
MEASURE = {field.name for field in fields(Measure)}
LONG_ATTRIBUTES = (
    *ATTRIBUTES,
    Attribute(name="licence", type="string",
              title=Text(fr="Licence du résultat", en="Licence of the result")),
    Attribute(name="current", type="boolean",
              title=Text(fr="Calculé sur les couches de la dernière exécution",
                         en="Computed from the layers of the last run")),
    Attribute(name="computed", type="datetime", title=Text(fr="Calculé le", en="Computed on")),
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One result of a town; ``current`` where its inputs are those of now."""

    town: Town
    result: Result
    measure: Measure
    current: bool


Rows = list[Row]


@dataclass(frozen=True)
class Published:
    """What was published: new versions by layer, and how many results have former inputs."""

    versions: dict[str, Version]
    outdated: int


def publish_results(catalogue: Catalogue, ledger: Ledger) -> Published:
    """Publish all results, those of the fictitious town in layers of its own.

    A layer whose results are those of its current version is left alone.
    """
    everything = _rows(catalogue, ledger)
    published: dict[str, Version | None] = {}
    for prefix, fictitious in (("", False), (SAMPLE, True)):
        rows = [found for found in everything if found.town.fictitious == fictitious]
        wide = [found for found in rows if found.result.perimeter == "commune"]
        for layer, kept, make in ((LONG, rows, _long_table), (WIDE, wide, _wide_table)):
            name = f"{prefix}{layer}"
            published[name] = _publish(catalogue, name, kept, make)
    versions = {name: version for name, version in published.items() if version}
    return Published(versions, sum(not found.current for found in everything))


def _rows(catalogue: Catalogue, ledger: Ledger) -> Rows:
    """Return the results that this program can read; another version's may have other keys."""
    told = (
        (town, result, orjson.loads(result.measure), current)
        for town, result, current in results_kept(catalogue, ledger, indicators().values())
    )
    return [
        Row(town, result, restore(document), current)
        for town, result, document, current in told
        if document.keys() == MEASURE
    ]


def _publish(catalogue: Catalogue, layer: str, rows: Rows, make: Any) -> Version | None:
    if not rows:
        return None
    source = f"coeurville compute, {_digest(rows)}"
    manifest = catalogue.lake.manifest(layer)
    if manifest and manifest.version().source == source:
        return None
    table, attributes = make(catalogue, layer, rows)
    record = catalogue.record(layer).model_copy(update={"attributes": attributes})
    return catalogue.publish(record, table, source=source)


def _digest(rows: Rows) -> str:
    keys = "".join(
        f"{one.result.insee}{one.result.perimeter}{one.result.key}{one.current}" for one in rows
    )
    return hashlib.sha256(keys.encode()).hexdigest()[:16]


def _long_table(
    catalogue: Catalogue, layer: str, rows: Rows
) -> tuple[Table, tuple[Attribute, ...]]:
    found = [
        row(one.town.insee, one.town.name, one.result.perimeter, one.measure)
        | {"licence": one.result.licence, "computed": _naive(one.result.computed)}
        | {"current": one.current}
        for one in rows
    ]
    return Table(layer, [_arrow(found, LONG_ATTRIBUTES)], None, None), LONG_ATTRIBUTES


def _wide_table(
    catalogue: Catalogue, layer: str, rows: Rows
) -> tuple[Table, tuple[Attribute, ...]]:
    """Return a column per indicator; what was withheld is told in one column for all."""
    towns = {one.town.insee: one.town for one in rows}
    by_town = groupby(rows, key=lambda one: one.town.insee)
    found = {insee: _wide_row(list(group)) for insee, group in by_town}
    ids = {one.measure.id for one in rows}
    attributes = _wide_attributes(one for name, one in indicators().items() if name in ids)
    areas = [area_of(catalogue, towns[insee], "commune") for insee in found]
    wkb = shapely.to_wkb([area.area if area else None for area in areas])
    batch = _arrow(list(found.values()), attributes)
    batch = batch.append_column(GEOMETRY, pa.array(wkb, pa.binary()))
    return Table(layer, [batch], "OGC:CRS84"), attributes


def _wide_row(rows: Rows) -> dict[str, Any]:
    """Return the columns of one town."""
    town, measures = rows[0].town, [one.measure for one in rows]
    withheld = [f"{one.code}: {one.withheld.reason}" for one in measures if one.withheld]
    outdated = [one.measure.code for one in rows if not one.current]
    return {snake(one.id): one.value for one in measures} | {
        "insee": town.insee,
        "town": town.name,
        "withheld": "; ".join(withheld) or None,
        "outdated": ", ".join(outdated) or None,
        "computed": max(_naive(one.result.computed) for one in rows),
    }


def _wide_attributes(chosen: Iterable[Indicator]) -> tuple[Attribute, ...]:
    columns = (
        Attribute(name=snake(one.text.id), type="number", title=one.text.name, unit=one.text.unit)
        for one in chosen
    )
    return (
        *ATTRIBUTES[:2],
        *columns,
        Attribute(name="withheld", type="string",
                  title=Text(fr="Valeurs absentes et motifs", en="Missing values and reasons")),
        Attribute(name="outdated", type="string",
                  title=Text(fr="Indicateurs calculés sur des couches antérieures",
                             en="Indicators computed from former layers")),
        Attribute(name="computed", type="datetime", title=Text(fr="Calculé le", en="Computed on")),
    )  # fmt: skip


def snake(name: str) -> str:
    """Return an id as a column name that every GIS reads."""
    return name.replace("-", "_")


def _arrow(rows: list[dict[str, Any]], attributes: tuple[Attribute, ...]) -> pa.Table:
    names = [(attribute.name, ARROW_TYPES[attribute.type]) for attribute in attributes]
    return pa.Table.from_pylist(rows, schema=pa.schema(names))


def _naive(computed: str) -> datetime:
    return datetime.fromisoformat(computed).replace(tzinfo=None)
