"""Building an index from a GeoParquet file, batch by batch."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely

from layers import geometry
from layers.engine import connect
from layers.files import write_json
from layers.index.columns import numbered, select_list, sources, terms
from layers.index.paths import PathWriter
from layers.index.tags import TagWriter
from layers.records import Attribute

BLOCK_ROWS = 256
BATCH_ROWS = 65_536
# 1e-7 degree is a centimetre: finer digits would be noise, and a quarter more bytes.
DECIMALS = 7
COPY_MEMORY = "256MB"  # more is not faster: rows come batch by batch
FORMAT = 4


def build_index(parquet: Path, folder: Path) -> None:
    """Write the index of a version into an empty folder.

    Args:
        parquet: the version's GeoParquet file, as ``publish`` writes it.
        folder: where the files go; the caller moves it into place when it is whole.
    """
    file = pq.ParquetFile(parquet)
    meta = _meta(file)
    _write_arrays(file, meta, folder)
    _write_columns(meta, folder)
    _write_ids(folder, meta)
    write_json(folder / "meta.json", meta)


def _meta(file: pq.ParquetFile) -> dict[str, Any]:
    metadata = file.schema_arrow.metadata
    kept: dict[str, Any] = json.loads(metadata[b"coeurville"])
    return kept | {"count": file.metadata.num_rows, "format": FORMAT}


def _write_arrays(file: pq.ParquetFile, meta: dict[str, Any], folder: Path) -> None:
    count = meta["count"]
    offsets = _array(folder / "offsets.npy", "<i8", (count + 1,))
    parts = _array(folder / "parts.npy", "<u4", (count, 2))
    runs = _array(folder / "boxes.npy", "<f8", (4, -(-count // BLOCK_ROWS), BLOCK_ROWS))
    runs[:, -1:] = np.nan
    boxes = runs.reshape(4, -1)[:, :count]
    row = 0
    schema = _row_schema(file, meta)
    with (
        (folder / "fragments.bin").open("wb") as fragments,
        pa.OSFile(str(folder / "rows.arrow"), "wb") as sink,
        pa.ipc.new_file(sink, schema) as rows,
        PathWriter(folder) as paths,
        TagWriter(folder, len(meta["attributes"])) as tags,
    ):
        for batch in _batches(file, schema):
            rows.write_table(batch)
            end = row + batch.num_rows
            geometries = _geometries(batch, meta)
            boxes[:, row:end] = geometry.bounds(geometries).T
            written, starts = features(batch, geometries, meta)
            offsets[row + 1 : end + 1] = offsets[row] + np.cumsum([len(f) for f in written])
            parts[row:end] = starts
            fragments.write(b"".join(written))
            paths.write(geometries)
            tags.write(batch.select([attribute["name"] for attribute in meta["attributes"]]))
            row = end
    np.save(folder / "blocks.npy", _blocks(runs))
    for array in (offsets, parts, runs):
        array.flush()


def _array(path: Path, dtype: str, shape: tuple[int, ...]) -> np.memmap[Any, Any]:
    array = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape)
    # A mapped file that finds the disk full kills the process; asking for its place first does not.
    with path.open("r+b") as file:
        os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
    return array


def _row_schema(file: pq.ParquetFile, meta: dict[str, Any]) -> pa.Schema:
    """Return the columns of the rows: all but the bbox covering."""
    names = [meta["id_field"]] if meta["id_generated"] else []
    names += [attribute["name"] for attribute in meta["attributes"]]
    names += [meta["geometry_name"]] if meta["geometry_name"] else []
    return pa.schema([file.schema_arrow.field(name) for name in names])


def _batches(file: pq.ParquetFile, schema: pa.Schema) -> Iterator[pa.Table]:
    for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=schema.names):
        yield pa.Table.from_batches([batch]).select(schema.names).replace_schema_metadata(None)


def _geometries(batch: pa.Table, meta: dict[str, Any]) -> np.ndarray:
    if not meta["geometry_name"]:
        return np.full(batch.num_rows, None, dtype=object)
    wkb = batch.column(meta["geometry_name"]).to_numpy()
    return np.asarray(shapely.from_wkb(wkb))


def rounded_geojson(geometries: np.ndarray, decimals: int) -> list[bytes]:
    """Return each geometry as GeoJSON text, ``null`` where there is none."""
    moved = shapely.transform(geometries, lambda xy: np.round(xy, decimals))
    return [b"null" if text is None else text.encode() for text in shapely.to_geojson(moved)]


def rounded_points(xy: np.ndarray, decimals: int) -> list[bytes]:
    """Return each of (n, 2) positions as a GeoJSON point."""
    if not len(xy):
        return []
    rounded = np.ascontiguousarray(np.round(xy, decimals))
    pairs = orjson.dumps(rounded, option=orjson.OPT_SERIALIZE_NUMPY)[2:-2].split(b"],[")
    return [b'{"type":"Point","coordinates":[%b]}' % pair for pair in pairs]


def features(
    batch: pa.Table, geometries: np.ndarray, meta: dict[str, Any]
) -> tuple[list[bytes], np.ndarray]:
    """Return each row as a GeoJSON feature and a comma, with the starts of its two parts."""
    names = [attribute["name"] for attribute in meta["attributes"]]
    heads = [
        b'{"type":"Feature","id":%b,"geometry":' % orjson.dumps(i)
        for i in batch[meta["id_field"]].to_pylist()
    ]
    shapes = rounded_geojson(geometries, DECIMALS)
    tails = [b',"properties":%b},' % text for text in properties(batch.select(names))]
    starts = np.empty((batch.num_rows, 2), dtype=np.uint32)
    starts[:, 0] = [len(head) for head in heads]
    starts[:, 1] = starts[:, 0] + [len(shape) for shape in shapes]
    return [b"".join(f) for f in zip(heads, shapes, tails, strict=True)], starts


def properties(table: pa.Table) -> list[bytes]:
    """Return each row of attributes as a JSON object; dates as RFC 3339, missing as null."""
    names = table.column_names
    columns = [column.to_pylist() for column in table.columns]
    option = orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z
    if not columns:
        return [b"{}"] * table.num_rows
    return [
        orjson.dumps(dict(zip(names, row, strict=True)), option=option)
        for row in zip(*columns, strict=True)
    ]


def _blocks(runs: np.ndarray) -> np.ndarray:
    """Return the boxes of whole runs; a run without geometry matches nothing."""
    low = np.fmin.reduce(runs[:2], axis=2)
    return np.concatenate([low, np.fmax.reduce(runs[2:], axis=2)])


def _write_columns(meta: dict[str, Any], folder: Path) -> None:
    """Copy the rows into a DuckDB file, with their positions."""
    connection = connect(COPY_MEMORY, folder)
    try:
        connection.execute(
            f"ATTACH '{str(folder / 'columns.duckdb').replace(chr(39), chr(39) * 2)}' AS target"
        )
        # Read, not mapped, and batch by batch: millions of rows take little more memory than a few.
        with pa.OSFile(str(folder / "rows.arrow")) as source:
            attributes = [Attribute.model_validate(a) for a in meta["attributes"]]
            made = terms(attributes, meta["geometry_name"], meta["id_field"])
            connection.register("source", _numbered(pa.ipc.open_file(source), sources(made)))
            connection.execute(
                f"CREATE TABLE target.rows AS SELECT {select_list(made)} FROM source"
            )
            connection.unregister("source")
        connection.execute("DETACH target")
    finally:
        connection.close()


def _numbered(file: pa.ipc.RecordBatchFileReader, columns: list[str]) -> pa.RecordBatchReader:
    """Return some columns of the rows as ``numbered`` has them, one batch after another."""

    def batches() -> Iterator[pa.RecordBatch]:
        row = 0
        for i in range(file.num_record_batches):
            rows = pa.Table.from_batches([file.get_batch(i)]).select(columns)
            yield from numbered(rows, np.arange(row, row + rows.num_rows)).to_batches()
            row += rows.num_rows

    none = numbered(file.schema.empty_table().select(columns), [])
    return pa.RecordBatchReader.from_batches(none.schema, batches())


def _write_ids(folder: Path, meta: dict[str, Any]) -> None:
    """Write the ids sorted by their bytes, so that a binary search finds one, and for tiles."""
    with pa.memory_map(str(folder / "rows.arrow")) as source:
        column = pa.ipc.open_file(source).read_all()[meta["id_field"]]
        if pa.types.is_integer(column.type) and (pc.min(column).as_py() or 0) >= 0:
            np.save(folder / "numbers.npy", column.to_numpy().astype("<u8"))
        texts = column.cast(pa.string())
        width = pc.max(pc.binary_length(texts)).as_py() or 1
        ids, row = np.empty(len(texts), dtype=f"S{width}"), 0
        # Millions of texts as Python's would take ten times what their bytes do.
        for chunk in texts.chunks:
            ids[row : row + len(chunk)] = chunk.cast(pa.binary()).to_pylist()
            row += len(chunk)
    order = np.argsort(ids, kind="stable").astype("<i8")
    np.save(folder / "ids.npy", ids[order])
    np.save(folder / "id_rows.npy", order)
