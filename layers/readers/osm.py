"""OpenStreetMap, ``.osm`` or ``.osm.pbf``: shops, services, buildings, streets and more.

Each layer is a pass of its own over the file, so that no more than a batch of its rows and the
positions of the nodes are ever in memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import shapely

from layers import osm_tags
from layers.errors import ReadError
from layers.readers import Source
from layers.report import Report
from layers.tables import GEOMETRY, Table

BATCH_ROWS = 16_384
ID = "osm_id"
TYPES = {"levels": pa.float64(), "height": pa.float64(), "sides": pa.int64()}
CUT = "way cut at the edge of the extract"
NO_OUTLINE = "object kept without geometry: no outline, or cut at the edge of the extract"
OUTLINE_ROLES = ("outer", "inner", "")
TWICE = "object that a former file holds too"
NOT_A_NUMBER = "levels or height that are no number left out"


@dataclass(frozen=True)
class Kind:
    """A layer: the keys it looks for, its columns, how it reads tags and which geometry it has."""

    layer: str
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    row: Callable[[osm_tags.Tags], osm_tags.Row | None]
    geometry: Literal["point", "line", "polygon"]


KINDS = (
    Kind("shops", osm_tags.SHOP_KEYS, ("name", "shop", "status", "brand", "opening_hours",
         "wheelchair", "address"), osm_tags.shop, "point"),
    Kind("services", ("amenity",), ("name", "amenity", "operator", "opening_hours", "wheelchair"),
         osm_tags.service, "point"),
    Kind("buildings", ("building",), ("building", "name", "levels", "height"),
         osm_tags.building, "polygon"),
    Kind("streets", ("highway",), ("name", "highway", "surface", "foot", "wheelchair", "lit",
         "maxspeed"), osm_tags.street, "line"),
    Kind("green-spaces", tuple(osm_tags.GREEN), ("name", "kind", "access"),
         osm_tags.green_space, "polygon"),
    Kind("cycle-ways", ("highway",), ("name", "kind", "sides"), osm_tags.cycle_way, "line"),
)  # fmt: skip


def read(paths: Sequence[Path]) -> Iterable[Table]:
    """Return six layers in longitude and latitude.

    Shops and services mapped as outlines become a point inside them; what is mapped as a relation
    is read where it is a multipolygon.

    Raises:
        ReadError: a file is missing, damaged or no OpenStreetMap data.
    """
    vintages = {_check(path) for path in paths}
    vintage = vintages.pop() if len(vintages) == 1 else None
    return [_table(kind, paths, vintage) for kind in KINDS]


def _table(kind: Kind, paths: Sequence[Path], vintage: str | None) -> Table:
    report = Report()
    batches = _batches(kind, paths, report)
    return Table(kind.layer, batches, "OGC:CRS84", vintage=vintage, report=report)


def _check(path: Path) -> str | None:
    """Return the date of a file, None when it has none; raise if it is not of this format."""
    import osmium

    try:
        with osmium.io.Reader(str(path), osmium.osm.NOTHING) as reader:
            stamp = reader.header().get("osmosis_replication_timestamp", "")
        with path.open("rb") as file:
            start = file.read(2048).decode("ascii", "ignore")
    except (RuntimeError, OSError) as error:
        raise _unreadable(path, error) from error
    # Overpass writes the date of its database as an attribute that the library does not give.
    found = re.search(r'osm_base="(\d{4}-\d\d-\d\d)', start)
    return stamp[:10] or (found[1] if found else None)


def _batches(kind: Kind, paths: Sequence[Path], report: Report) -> Iterator[pa.Table]:
    rows: list[dict[str, Any]] = []
    seen: set[str] | None = set() if len(paths) > 1 else None
    for path in paths:
        for row in _rows(kind, path, report):
            if seen is not None and row[ID] in seen:
                report.refuse(TWICE)
                continue
            if seen is not None:
                seen.add(row[ID])
            rows.append(row)
            if len(rows) == BATCH_ROWS:
                yield _arrow(kind, rows)
                rows.clear()
    yield _arrow(kind, rows)


def _arrow(kind: Kind, rows: Sequence[dict[str, Any]]) -> pa.Table:
    kinds = {name: TYPES.get(name, pa.string()) for name in kind.columns}
    columns = {ID: pa.array([row[ID] for row in rows], pa.string())}
    for name, arrow in kinds.items():
        columns[name] = pa.array([row[name] for row in rows], arrow)
    shapes = [row[GEOMETRY] for row in rows]
    columns[GEOMETRY] = pa.array(shapely.to_wkb(shapes), pa.binary())
    return pa.table(columns)


def _rows(kind: Kind, path: Path, report: Report) -> Iterator[dict[str, Any]]:
    for thing in _objects(path, kind.keys, "nw" if kind.geometry != "line" else "w"):
        if (row := kind.row(thing.tags)) is not None:
            name, shape = f"{thing.type_str()}{thing.id}", _shape(kind, thing, report)
            yield _made(name, _counted(row, thing.tags, report), shape, report)
    if kind.geometry != "line":
        yield from _relation_rows(kind, path, report)


def _made(
    name: str, row: osm_tags.Row, shape: shapely.Geometry | None, report: Report
) -> dict[str, Any]:
    report.read += 1
    if shape is None:
        report.repair(NO_OUTLINE)
    return {ID: name, **row, GEOMETRY: shape}


def _objects(path: Path, keys: Sequence[str], types: str) -> Iterator[Any]:
    """Yield the objects of some types (of ``nwr``) that have one of the keys."""
    import osmium

    bits = {"n": osmium.osm.NODE, "w": osmium.osm.WAY, "r": osmium.osm.RELATION}
    wanted = osmium.osm.NOTHING
    for letter in types:
        wanted |= bits[letter]
    yield from _filtered(path, wanted, osmium.filter.KeyFilter(*keys))


def _filtered(path: Path, wanted: Any, condition: Any) -> Iterator[Any]:
    import osmium

    if wanted == osmium.osm.RELATION:
        processor = osmium.FileProcessor(str(path), wanted)
    else:
        processor = osmium.FileProcessor(str(path)).with_locations()
        processor = processor.with_filter(osmium.filter.EntityFilter(wanted))
    try:
        yield from processor.with_filter(condition)
    except (RuntimeError, OSError) as error:
        raise _unreadable(path, error) from error


def _shape(kind: Kind, thing: Any, report: Report) -> shapely.Geometry | None:
    """Return the geometry of the layer's type; None when the extract lacks a part of it."""
    if thing.is_node():
        placed = thing.location.valid() and kind.geometry == "point"
        return shapely.Point(thing.lon, thing.lat) if placed else None
    places = [(node.lon, node.lat) for node in thing.nodes if node.location.valid()]
    whole = len(places) == len(thing.nodes)
    if len(places) < 2 or (kind.geometry == "polygon" and not whole):
        return None
    if not whole:
        report.repair(CUT)
    if kind.geometry != "line" and whole and thing.is_closed() and len(places) > 3:
        return _fitted(kind, shapely.Polygon(places))
    return _fitted(kind, shapely.LineString(places))


def _fitted(kind: Kind, shape: shapely.Geometry) -> shapely.Geometry | None:
    if kind.geometry == "point":
        return shapely.point_on_surface(shape)
    if kind.geometry == "polygon" and shape.geom_type not in ("Polygon", "MultiPolygon"):
        return None
    return shape


def _relation_rows(kind: Kind, path: Path, report: Report) -> Iterator[dict[str, Any]]:
    """Yield multipolygons, put together from the lines of their members.

    The library's own assembly refuses files whose ids are not sorted, such as those of Overpass.
    """
    import osmium

    found: list[tuple[str, osm_tags.Row, list[int]]] = []
    for thing in _objects(path, kind.keys, "r"):
        if (row := kind.row(thing.tags)) is not None:
            ways = [m.ref for m in thing.members if m.type == "w" and m.role in OUTLINE_ROLES]
            found.append((f"r{thing.id}", _counted(row, thing.tags, report), ways))
    wanted = {way for _, _, ways in found for way in ways}
    lines: dict[int, shapely.Geometry] = {}
    if wanted:
        for way in _filtered(path, osmium.osm.WAY, osmium.filter.IdFilter(wanted)):
            places = [(node.lon, node.lat) for node in way.nodes if node.location.valid()]
            if len(places) == len(way.nodes) > 1:
                lines[way.id] = shapely.LineString(places)
    for name, row, ways in found:
        shape = _assembled([lines.get(way) for way in ways])
        yield _made(name, row, shape and _fitted(kind, shape), report)


def _assembled(lines: Sequence[shapely.Geometry | None]) -> shapely.Geometry | None:
    """Return the area that lines enclose, holes left out; None when one misses or ends loose."""
    if not lines or any(line is None for line in lines):
        return None
    merged = shapely.line_merge(shapely.MultiLineString(list(lines)))
    if not all(part.is_closed for part in getattr(merged, "geoms", [merged])):
        return None
    area = shapely.build_area(merged)
    return None if area.is_empty else area


def _counted(row: osm_tags.Row, tags: osm_tags.Tags, report: Report) -> osm_tags.Row:
    """Return the row, having counted numbers that could not be read."""
    for name, key in (("levels", "building:levels"), ("height", "height")):
        if name in row and row[name] is None and key in tags:
            report.repair(NOT_A_NUMBER)
    return row


def _unreadable(path: Path, error: Exception) -> ReadError:
    reason = str(error).replace(str(path), path.name).split("\n")[0][:200]
    return ReadError(f"{path.name} cannot be read as OpenStreetMap data (.osm, .osm.pbf): {reason}")


SOURCE = Source(
    id="osm",
    title="OpenStreetMap (ODbL)",
    layers=tuple(kind.layer for kind in KINDS),
    read=read,
    hint="Get the town from overpass-turbo.eu or a region from download.geofabrik.de.",
)
