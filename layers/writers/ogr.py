"""Files that GDAL writes: rows flow into a temporary file, which is sent and removed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any

import pyarrow as pa

from layers import interruption
from layers.catalogue import Layer
from layers.query import Query, Selection
from layers.writers import batches as arrow

PIECE = 1 << 20
SUFFIXES = {"GPKG": ".gpkg", "FlatGeobuf": ".fgb"}  # FlatGeobuf makes a folder without
# Up to this many rows GDAL takes some milliseconds, less than a process takes to start.
FEW_ROWS = 1_000
PROGRAM = Path(__file__).with_name("ogr_process.py")
LOOK_S = 0.1  # how often a process is asked whether it has ended


def write_file(
    layer: Layer, query: Query, selection: Selection, driver: str, options: Mapping[str, str]
) -> Iterator[bytes]:
    """Yield a file of one layer; coordinates are x before y, as these formats demand.

    Args:
        layer: whose rows.
        query: which columns, in which CRS.
        selection: which rows, in order.
        driver: GDAL's short name.
        options: GDAL's layer creation options.
    """
    with TemporaryDirectory(prefix="coeurville-") as folder:
        path = Path(folder) / f"{layer.id}{SUFFIXES[driver]}"
        facts = {"path": str(path), "layer": layer.id, "driver": driver, **_shapes(layer, query)}
        facts["layer_options"] = dict(options)
        promote = geometry_type(layer).startswith("Multi")
        rows = arrow.batches(layer, query, selection, promote=promote)
        write = _here if len(selection.positions) <= FEW_ROWS else _beside
        write(arrow.schema(layer, query), rows, facts)
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece


def _shapes(layer: Layer, query: Query) -> dict[str, Any]:
    """Return what pyogrio has to know of the geometry, nothing where there is none."""
    if not arrow.has_geometry(layer, query):
        return {}
    # Both formats are x before y, so EPSG:4326 says what readers understand best.
    crs = f"EPSG:{query.crs.epsg or 4326}"
    name, kind = layer.index.geometry_name, geometry_type(layer)
    return {"geometry_name": name, "geometry_type": kind, "crs": crs}


def _here(schema: pa.Schema, rows: Iterator[pa.RecordBatch], facts: dict[str, Any]) -> None:
    """Write rows in this process."""
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    try:
        pyogrio.write_arrow(pa.RecordBatchReader.from_batches(schema, rows), **facts)
    except (DataLayerError, DataSourceError, RuntimeError):
        # An interruption of the rows comes out as an error of the stream that GDAL reads.
        interruption.check()
        raise


def _beside(schema: pa.Schema, rows: Iterator[pa.RecordBatch], facts: dict[str, Any]) -> None:
    """Write rows in a process of its own, so that others are answered meanwhile."""
    with TemporaryFile() as words, _process(json.dumps(facts), words) as process:
        # Where the process has ended early, its words tell more than the broken pipe.
        with (
            suppress(BrokenPipeError),
            process.stdin,
            pa.ipc.new_stream(process.stdin, schema) as to,
        ):
            for batch in rows:
                to.write_batch(batch)
        while process.poll() is None:
            interruption.check()
            _wait(process)
        if process.returncode:
            words.seek(0)
            raise RuntimeError(f"GDAL could not write: {words.read().decode(errors='replace')}")


@contextmanager
def _process(facts: str, words: IO[bytes]) -> Iterator[Any]:
    """Run the program that writes; end it where what is done with it fails."""
    # Its folder must not be on the path: it holds modules named like the standard library's.
    command = [sys.executable, "-P", str(PROGRAM), facts]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=words, stderr=words)  # noqa: S603
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _wait(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(LOOK_S)
    except subprocess.TimeoutExpired:
        return


def geometry_type(layer: Layer) -> str:
    """Return the one type that holds all geometries: Point, MultiPolygon, …, or Unknown."""
    types = set(layer.version.facts["geometry_types"])
    if len(types) == 1:
        return str(types.pop())
    single = {name.removeprefix("Multi") for name in types}
    return f"Multi{single.pop()}" if len(single) == 1 else "Unknown"
