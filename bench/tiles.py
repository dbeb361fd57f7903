"""Encoding tiles in one process: ours against DuckDB's ST_AsMVT, on the same synthetic rows.

``python -m bench.tiles [FOLDER]`` publishes the generated volume into FOLDER (by default a new
temporary one), then asks both for the tiles of the same towns in turn and prints medians.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import duckdb
import geopandas as gpd
import pyarrow as pa

from bench import volume
from bench.requests import tile
from layers.catalogue import Catalogue, Layer
from layers.engine import connect
from layers.index import ensure_index
from layers.lake import Lake
from layers.publish import publish
from layers.query import Query
from layers.records import LayerRecord
from layers.tables import Table
from layers.tiles import GRIDS, Place, make_tile

ZOOMS = (10, 12, 14, 16)
TOWNS = 15
HALF = 20037508.342789244
UNLIMITED = 10**9


def published(data: Path, name: str, frame: gpd.GeoDataFrame) -> Layer:
    """Return a generated layer, published unless the folder holds it."""
    text = {"fr": f"{name}, données synthétiques", "en": f"{name}, synthetic data"}
    record = LayerRecord.model_validate(
        {"id": name, "title": text, "description": text, "producer": "bench", "licence": "CC0",
         "source": "synthetic", "geometry": "any", "id_field": "id"}
    )  # fmt: skip
    lake = Lake(data / "lake")
    if lake.manifest(name) is None:
        rows = pa.Table.from_pandas(frame.drop(columns="geometry"), preserve_index=False)
        rows = rows.append_column("geometry", pa.array(frame.geometry.to_wkb(), pa.binary()))
        publish(lake, record, Table(name, iter([rows]), "OGC:CRS84"),
                source="synthetic")  # fmt: skip
    version = lake.require(name).version()
    folder = lake.folder(name, version.id)
    index = data / "index" / name / version.id
    started = time.perf_counter()
    ensure_index(folder / "data.parquet", index)
    print(f"{name}: index ready in {time.perf_counter() - started:.1f} s")
    return Layer(record, version, Catalogue(data).engine, folder, index)


def duckdb_encoder(layer: Layer) -> Callable[[Place], bytes]:
    """Return DuckDB's encoder over a table in Web Mercator with the boxes of its rows."""
    connection = connect("2GB")
    names = ", ".join(f'"{a.name}"' for a in layer.index.attributes)
    connection.execute(
        f"""CREATE TABLE moved AS
        SELECT {names}, geom, ST_XMin(geom) AS x0, ST_XMax(geom) AS x1,
               ST_YMin(geom) AS y0, ST_YMax(geom) AS y1
        FROM (SELECT {names}, ST_Transform(geometry, 'OGC:CRS84', 'EPSG:3857', true) AS geom
              FROM read_parquet('{layer.file}'))"""
    )
    properties = ", ".join(f'"{a.name}": "{a.name}"' for a in layer.index.attributes)
    sql = f"""SELECT ST_AsMVT({{"geom": shape, {properties}}}, '{layer.id}') FROM (
        SELECT {names}, ST_AsMVTGeom(geom, ST_Extent(ST_MakeEnvelope($1, $2, $3, $4)), 4096, 64,
                                     true) AS shape
        FROM moved WHERE x0 <= $3 AND x1 >= $1 AND y0 <= $4 AND y1 >= $2)
        WHERE shape IS NOT NULL"""

    def encode(place: Place) -> bytes:
        side = 2 * HALF / 2**place.z
        x, y = place.column * side - HALF, HALF - place.row * side
        found = connection.execute(sql, [x, y - side, x + side, y]).fetchone()
        return bytes(found[0]) if found and found[0] else b""

    return encode


def main() -> None:
    """Publish, ask in turn, print."""
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="bench-tiles"))
    print(f"duckdb {duckdb.__version__}; medians of {TOWNS} towns, ms")
    print("layer        zoom  ours, all  ours, budget  duckdb, all  ratio   kB all  kB budget")
    for name, make in (("points", volume.points), ("buildings", volume.buildings)):
        layer = published(data, name, make())
        duck = duckdb_encoder(layer)
        for zoom in ZOOMS:
            _compare(layer, duck, zoom)


def _made(layer: Layer, at: Place, *budget: int) -> bytes:
    return make_tile([(layer, Query())], QUAD, at, *budget).data


def _compare(layer: Layer, duck: Callable[[Place], bytes], zoom: int) -> None:
    times: dict[str, list[float]] = {"all": [], "budget": [], "duckdb": []}
    sizes: dict[str, list[float]] = {name: [] for name in times}
    for i in range(-2, TOWNS):
        column, row = tile(max(i, 0), zoom)
        place = Place(zoom, row, column)
        askers: dict[str, Callable[[], bytes]] = {
            "all": partial(_made, layer, place, UNLIMITED),
            "budget": partial(_made, layer, place),
            "duckdb": partial(duck, place),
        }
        for name, ask in askers.items():
            started = time.perf_counter()
            body = ask()
            if i >= 0:
                times[name].append((time.perf_counter() - started) * 1e3)
                sizes[name].append(len(body) / 1e3)
    t = {name: statistics.median(values) for name, values in times.items()}
    s = {name: statistics.median(values) for name, values in sizes.items()}
    print(f"{layer.id:12} {zoom:4}  {t['all']:9.1f}  {t['budget']:12.1f}  {t['duckdb']:11.1f}  "
          f"{t['duckdb'] / t['all']:5.1f}  {s['all']:7.0f}  {s['budget']:9.0f}")  # fmt: skip


QUAD = GRIDS["WebMercatorQuad"]

if __name__ == "__main__":
    main()
