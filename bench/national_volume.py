"""A generated national volume: the sample town stamped on every town of the programme.

Everything here is synthetic, though it goes by the ids of the official layers. Each town gets the
rows of the sample town around its own town hall, as they are or repeated at random places, under
its own code. ``scale`` shortens the four large layers and leaves the small ones whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from layers.catalogue import Catalogue
from layers.crs import CRS84, mover
from layers.demo import fill_lake
from layers.demo.frame import INSEE, ORIGIN, PROJECTION
from layers.demo.lake import DemoLayer, demo_layers
from layers.publish import publish
from layers.tables import GEOMETRY, Table
from server.indicators.perimeters import Town, towns

SEED = 20260101
CELL_M, SPREAD_M = 200.0, 1_500.0
SYNTHETIC = "synthetic, generated for the benchmark"
PIXEL_M = 10.0


@dataclass(frozen=True)
class Stamp:
    """How a layer follows from that of the sample town.

    Attributes:
        total: rows of the country; 0 for as many a town as the sample town has.
        ids: columns whose values get the town's code and a number.
        codes: columns that hold the code of the commune.
        spread: rows go to random places around the town hall.
        group: column of rows that stay together, and are numbered together.
        every: only one town in so many has the layer.
    """

    total: int = 0
    ids: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    spread: bool = False
    group: str | None = None
    every: int = 1


STAMPS = {
    "establishments": Stamp(5_000_000, ("siret",), ("insee",), spread=True),
    "income-cells": Stamp(2_300_000, ("idcar_200m",), ("lcog_geo",)),
    "sales": Stamp(3_000_000, (), ("code_commune", "id_parcelle"), spread=True,
                   group="id_mutation"),
    "bdtopo-buildings": Stamp(1_000_000, ("cleabs",)),
    "streets": Stamp(ids=("osm_id",)),
    "green-spaces": Stamp(ids=("osm_id",)),
    "shops": Stamp(ids=("osm_id",)),
    "services": Stamp(ids=("osm_id",)),
    "transit-stops": Stamp(ids=("stop_id",)),
    "transit-lines": Stamp(ids=("route_id",)),
    "cycle-ways": Stamp(ids=("osm_id",)),
    "facilities": Stamp(codes=("depcom",)),
    "commuting-flows": Stamp(codes=("home", "work")),
    "commuting-modes": Stamp(codes=("home", "work")),
    "energy-ratings": Stamp(ids=("numero_dpe",), codes=("insee", "address_id")),
    "structural-vacancy": Stamp(codes=("insee",)),
    "brownfields": Stamp(ids=("site_id",), codes=("insee",)),
    "land-use": Stamp(every=10),
}  # fmt: skip
ALONE = ("facility-ranges",)


def fill(data: Path, scale: float = 1.0) -> Iterator[str]:
    """Publish and index the volume in a data folder, what is there left; yield each layer's id."""
    for _ in fill_lake(data):
        pass
    catalogue = Catalogue(data)
    places = [one for one in towns(catalogue) if one.hall is not None and not one.fictitious]
    samples = {layer.id.removeprefix("sample-"): layer for layer in demo_layers()}
    source = f"{SYNTHETIC}, scale {scale:g}"
    for name in (*ALONE, *STAMPS):
        yield name
        manifest = catalogue.lake.manifest(name)
        if manifest is None or manifest.version().source != source:
            table = _table(name, samples[name], places, scale)
            publish(catalogue.lake, catalogue.record(name), table, source=source)
        _ = catalogue.layer(name).index


def _table(name: str, sample: DemoLayer, places: list[Town], scale: float) -> Table:
    made = sample.make()
    template = pa.concat_tables(list(made.batches))
    if name in ALONE:
        return Table(name, [template], None, None, made.vintage)
    stamp = STAMPS[name]
    rng = np.random.default_rng([SEED, list(STAMPS).index(name)])
    metres = _metres(template, made.crs)
    count = round(stamp.total * scale / len(places)) or template.num_rows
    batches = (
        _cells(template, town, count, rng) if name == "income-cells"
        else _stamped(template, metres, stamp, town, count, rng)
        for town in places[:: stamp.every]
    )  # fmt: skip
    return Table(name, batches, CRS84 if metres is not None else None,
                 GEOMETRY if metres is not None else None, made.vintage)  # fmt: skip


def _metres(template: pa.Table, crs: str | None) -> np.ndarray | None:
    """Return the shapes of a template in metres around its town hall."""
    if crs is None:
        return None
    shapes = shapely.from_wkb(template[GEOMETRY].to_numpy())
    if crs != PROJECTION:
        shapes = shapely.transform(shapes, mover(crs, PROJECTION))
    return np.asarray(shapely.transform(shapes, lambda xy: xy - np.array(ORIGIN)))


def _stamped(
    template: pa.Table, metres: np.ndarray | None, stamp: Stamp, town: Town, count: int,
    rng: np.random.Generator,
) -> pa.Table:  # fmt: skip
    rows, copy = _chosen(template, stamp, count, rng)
    table = template.take(pa.array(rows))
    for name in stamp.codes:
        table = _put(table, name, pc.replace_substring_regex(table[name], f"^{INSEE}", town.insee))
    for name in stamp.ids:
        numbered = [f"{town.insee}{i:09}" for i in range(len(rows))]
        table = _put(table, name, pa.array(numbered))
    if stamp.group:
        kept = table[stamp.group].to_pylist()
        numbered = [f"{one}-{town.insee}-{c}" for one, c in zip(kept, copy.tolist(), strict=True)]
        table = _put(table, stamp.group, pa.array(numbered))
    if metres is None:
        return table
    shapes = metres[rows]
    if stamp.spread:
        known = table[stamp.group or stamp.ids[0]].combine_chunks().dictionary_encode()
        moves = rng.normal(0, SPREAD_M, (len(known.dictionary), 2))[known.indices.to_numpy()]
        there = ~shapely.is_missing(shapes)
        shapes[there] = shapely.points(moves[there])
    return _put(table, GEOMETRY, pa.array(shapely.to_wkb(_placed(shapes, town)), pa.binary()))


def _chosen(
    template: pa.Table, stamp: Stamp, count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return rows of the template, and which time it is that each is taken."""
    size = template.num_rows
    if count == size or (not stamp.spread and count < size):
        return np.sort(rng.permutation(size)[:count]), np.zeros(count, dtype=int)
    every = np.arange(count)
    return every % size, every // size


def _cells(template: pa.Table, town: Town, count: int, rng: np.random.Generator) -> pa.Table:
    """Return squares side by side around a town hall, each with the values of some cell."""
    side = int(np.ceil(np.sqrt(count)))
    column, row = np.divmod(np.arange(count), side)
    corner = (np.column_stack([column, row]) - side / 2) * CELL_M
    squares = shapely.box(*corner.T, *(corner + CELL_M).T)
    table = template.take(pa.array(rng.integers(0, template.num_rows, count)))
    ids = [f"CRS3035RES200m{town.insee}N{y}E{x}" for x, y in zip(column, row, strict=True)]
    table = _put(table, "idcar_200m", pa.array(ids))
    table = _put(table, "lcog_geo", pa.array([town.insee] * count))
    return _put(table, GEOMETRY, pa.array(shapely.to_wkb(_placed(squares, town)), pa.binary()))


def _placed(shapes: np.ndarray, town: Town) -> np.ndarray:
    """Return shapes in metres around a town hall in degrees of CRS84."""
    hall = np.array([town.hall.x, town.hall.y])
    degree = np.array([111_320 * np.cos(np.radians(hall[1])), 111_132.0])
    return np.asarray(shapely.transform(shapes, lambda xy: xy / degree + hall))


def _put(table: pa.Table, name: str, values: pa.Array | pa.ChunkedArray) -> pa.Table:
    at = table.column_names.index(name)
    return table.set_column(at, pa.field(name, values.type), values)


def facts(data: Path) -> dict[str, int]:
    """Return the rows of each layer of the volume, in order."""
    catalogue = Catalogue(data)
    return {name: catalogue.layer(name).index.count for name in STAMPS}


if __name__ == "__main__":
    import sys
    import time

    for layer in fill(Path(sys.argv[1]), float(sys.argv[2])):
        print(time.strftime("%H:%M:%S"), layer, flush=True)
    print(json.dumps(facts(Path(sys.argv[1]))))
