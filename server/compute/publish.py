"""Results as layers: one feature per town, wide; and one row per town and indicator, long."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import orjson
import pyarrow as pa
import shapely

from layers.catalogue import Catalogue
from layers.lake import Version
from layers.records import Attribute, Text
from layers.schema import ARROW_TYPES
from layers.tables import GEOMETRY, Table
from server.compute.plan import current_results
from server.compute.rows import ATTRIBUTES, row
from server.compute.work import area_of
from server.indicators.measures import Measure, restore
from server.indicators.perimeters import Town
from server.indicators.registry import Indicator, indicators
from server.ledger import Ledger
from server.ledger.results import Result

WIDE, LONG, SAMPLE = "town-indicators", "town-indicators-long", "sample-"
Rows = list[tuple[Town, Result, Measure]]
LONG_ATTRIBUTES = (
    *ATTRIBUTES,
    Attribute(name="licence", type="string",
              title=Text(fr="Licence du résultat", en="Licence of the result")),
    Attribute(name="computed", type="datetime", title=Text(fr="Calculé le", en="Computed on")),
)  # fmt: skip


def publish_results(catalogue: Catalogue, ledger: Ledger) -> dict[str, Version]:
    """Publish all current results, those of the fictitious town in layers of its own.

    Returns the new versions by layer.

    A layer whose results are those of its current version is left alone.
    """
    everything = [
        (town, result, restore(orjson.loads(result.measure)))
        for town, result in current_results(catalogue, ledger, indicators().values())
    ]
    published: dict[str, Version | None] = {}
    for prefix, fictitious in (("", False), (SAMPLE, True)):
        rows = [found for found in everything if found[0].fictitious == fictitious]
        wide = [found for found in rows if found[1].perimeter == "commune"]
        for layer, kept, make in ((LONG, rows, _long_table), (WIDE, wide, _wide_table)):
            name = f"{prefix}{layer}"
            published[name] = _publish(catalogue, name, kept, make)
    return {name: version for name, version in published.items() if version}


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
    keys = "".join(f"{result.insee}{result.perimeter}{result.key}" for _, result, _ in rows)
    return hashlib.sha256(keys.encode()).hexdigest()[:16]


def _long_table(
    catalogue: Catalogue, layer: str, rows: Rows
) -> tuple[Table, tuple[Attribute, ...]]:
    found = [
        row(town.insee, town.name, result.perimeter, measure)
        | {"licence": result.licence, "computed": _naive(result.computed)}
        for town, result, measure in rows
    ]
    return Table(layer, [_arrow(found, LONG_ATTRIBUTES)], None, None), LONG_ATTRIBUTES


def _wide_table(
    catalogue: Catalogue, layer: str, rows: Rows
) -> tuple[Table, tuple[Attribute, ...]]:
    """Return a column per indicator; what was withheld is told in one column for all."""
    towns = {town.insee: town for town, _, _ in rows}
    found: dict[str, dict[str, Any]] = {
        insee: {"insee": insee, "town": town.name, "withheld": ""} for insee, town in towns.items()
    }
    for town, result, measure in rows:
        there = found[town.insee]
        there[snake(measure.id)] = measure.value
        there["computed"] = max(there.get("computed", _naive("")), _naive(result.computed))
        if measure.withheld:
            there["withheld"] += f"{measure.code}: {measure.withheld.reason}; "
    for there in found.values():
        there["withheld"] = there["withheld"].removesuffix("; ") or None
    ids = {measure.id for _, _, measure in rows}
    attributes = _wide_attributes(one for name, one in indicators().items() if name in ids)
    areas = [area_of(catalogue, towns[insee], "commune") for insee in found]
    wkb = shapely.to_wkb([area.area if area else None for area in areas])
    batch = _arrow(list(found.values()), attributes)
    batch = batch.append_column(GEOMETRY, pa.array(wkb, pa.binary()))
    return Table(layer, [batch], "OGC:CRS84"), attributes


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
        Attribute(name="computed", type="datetime", title=Text(fr="Calculé le", en="Computed on")),
    )  # fmt: skip


def snake(name: str) -> str:
    """Return an id as a column name that every GIS reads."""
    return name.replace("-", "_")


def _arrow(rows: list[dict[str, Any]], attributes: tuple[Attribute, ...]) -> pa.Table:
    names = [(attribute.name, ARROW_TYPES[attribute.type]) for attribute in attributes]
    return pa.Table.from_pylist(rows, schema=pa.schema(names))


def _naive(computed: str) -> Any:
    from datetime import datetime

    return datetime.fromisoformat(computed).replace(tzinfo=None) if computed else datetime.min
