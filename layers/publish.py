"""From a reader's table to a version in the lake, in bounded memory.

Rows pass twice: cleaned into a scratch file batch by batch, then sorted along a Hilbert curve by
DuckDB (which spills to disk) into GeoParquet 1.1 with a bbox covering.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from layers import crs, geometry
from layers.engine import connect
from layers.errors import PublishError, did_you_mean
from layers.lake import Lake, Ready, Version
from layers.records import Attribute, LayerRecord
from layers.schema import attributes_of, conform
from layers.tables import Table

SORT_MEMORY = "512MB"
BATCH_ROWS = 65_536
GENERATED_ID = "fid"
Progress = Callable[[int], None]

# Columns of the scratch file; its attributes are c0, c1, … since DuckDB takes A and a for one name.
_X, _Y, _SEQUENCE, _WKB = "x", "y", "sequence", "wkb"
BBOX = pa.struct([(name, pa.float64()) for name in ("xmin", "ymin", "xmax", "ymax")])


def publish(
    lake: Lake,
    record: LayerRecord,
    table: Table,
    *,
    source: str,
    progress: Progress | None = None,
    ready: Ready | None = None,
) -> Version:
    """Make the rows of a table the current version of a layer.

    Args:
        lake: where the version goes.
        record: the layer's record; when it declares attributes, the table must have just those.
        table: batches with WKB in ``table.crs``.
        source: file name or address, kept with the version.
        progress: called with the number of rows read so far.
        ready: prepares what serving the version needs, before it serves.

    Raises:
        PublishError: no CRS, a wrong one, columns or values that do not fit, duplicate ids, no
            rows, or a full disk. The former version then still serves.
    """
    if table.geometry_name and table.crs is None:
        raise PublishError(
            f"Layer {record.id!r}: the file does not say its CRS. "
            "Give it with --crs, such as --crs EPSG:2154."
        )

    def fill(folder: Path) -> dict[str, Any]:
        facts = _stage(folder / "scratch.parquet", record, table, progress or (lambda _: None))
        facts |= _sort(folder, record, facts)
        rows = facts.pop("rows")
        return {"rows": rows, "report": table.report.as_dict(), "facts": facts}

    return lake.commit(record.id, fill, source=source, vintage=table.vintage, ready=ready)


def _stage(path: Path, record: LayerRecord, table: Table, progress: Progress) -> dict[str, Any]:
    """Write the cleaned rows in the order of the file; return what was learnt on the way."""
    attributes: tuple[Attribute, ...] = ()
    writer: pq.ParquetWriter | None = None
    kinds: set[str] = set()
    box = np.array([np.inf, np.inf, -np.inf, -np.inf])
    rows = 0
    move = crs.file_mover(crs.file_crs(table.crs)) if table.crs else (lambda xy: xy)
    try:
        for batch in table.batches:
            if writer is None:
                attributes = attributes_of(batch.schema, table.geometry_name, record.attributes)
            staged, geometries = _clean_batch(batch, table, attributes, move, rows)
            writer = writer or pq.ParquetWriter(path, staged.schema, compression="zstd")
            writer.write_table(staged)
            rows += staged.num_rows
            kinds |= {
                shapely.GeometryType(t).name.title()
                for t in np.unique(shapely.get_type_id(geometries))
                if t >= 0
            }
            box = _grown(box, geometry.bounds(geometries))
            progress(rows)
    finally:
        if writer:
            writer.close()
    if not rows:
        raise PublishError(f"Layer {record.id!r}: the file holds no row.")
    _require_kind(record, kinds)
    table.report.kept = rows
    table.report.read = max(table.report.read, rows + sum(table.report.refused.values()))
    return {
        "rows": rows,
        "attributes": [attribute.model_dump(exclude_none=True) for attribute in attributes],
        "geometry_name": table.geometry_name,
        "geometry_types": sorted(_geojson_name(kind) for kind in kinds),
        "bounds": box.tolist() if np.isfinite(box).all() else None,
    }


def _require_kind(record: LayerRecord, kinds: set[str]) -> None:
    """Refuse a file without any geometry of the kind that the record promises."""
    wanted = record.geometry
    if wanted not in ("point", "line", "polygon") or not kinds:
        return
    if not any(wanted in kind.lower() for kind in kinds):
        raise PublishError(
            f"Layer {record.id!r} holds {wanted}s by its record, but the file holds "
            f"{', '.join(sorted(map(_geojson_name, kinds)))} only: it is probably another file."
        )


def _clean_batch(
    batch: pa.Table,
    table: Table,
    attributes: tuple[Attribute, ...],
    move: Callable[[np.ndarray], np.ndarray],
    start: int,
) -> tuple[pa.Table, np.ndarray]:
    values = conform(batch, attributes)
    if table.geometry_name:
        wkb = batch.column(table.geometry_name).to_pylist()
        geometries = geometry.clean(wkb, move, table.report)
    else:
        geometries = np.full(batch.num_rows, None, dtype=object)
    box = geometry.bounds(geometries)
    columns = {f"c{i}": column for i, column in enumerate(values)}
    columns[_WKB] = pa.array(shapely.to_wkb(geometries), type=pa.binary())
    columns[_X] = pa.array((box[:, 0] + box[:, 2]) / 2, from_pandas=True)
    columns[_Y] = pa.array((box[:, 1] + box[:, 3]) / 2, from_pandas=True)
    columns[_SEQUENCE] = pa.array(np.arange(start + 1, start + 1 + batch.num_rows, dtype=np.int64))
    return pa.table(columns), geometries


def _sort(folder: Path, record: LayerRecord, facts: dict[str, Any]) -> dict[str, Any]:
    """Write ``data.parquet`` in Hilbert order; return the facts that the order does not change."""
    connection = connect(SORT_MEMORY, folder)
    try:
        scratch = quote(str(folder / "scratch.parquet"), "'")
        connection.execute(f"CREATE VIEW staged AS SELECT * FROM read_parquet({scratch})")
        id_field, generated = _id_field(record, facts)
        if not generated:
            _refuse_duplicates(connection, record, _column(id_field, facts))
        interval = _interval(connection, _column(record.time_field, facts))
        learnt = {"id_field": id_field, "id_generated": generated, "interval": interval}
        _write_geoparquet(folder / "data.parquet", _sorted(connection, facts), facts | learnt)
    except duckdb.Error as error:
        raise PublishError(f"Layer {record.id!r} could not be sorted: {error}") from error
    finally:
        connection.close()
    return learnt


def _id_field(record: LayerRecord, facts: dict[str, Any]) -> tuple[str, bool]:
    if record.id_field:
        return record.id_field, False
    taken = {attribute["name"] for attribute in facts["attributes"]}
    return next(name for name in (GENERATED_ID, "_fid", "__fid") if name not in taken), True


def _column(name: str | None, facts: dict[str, Any]) -> str | None:
    """Return the scratch column of an attribute.

    Raises:
        PublishError: the record names an id or a time that the file does not have.
    """
    if name is None:
        return None
    names = [attribute["name"] for attribute in facts["attributes"]]
    if name not in names:
        raise PublishError(
            f"The record names the column {name!r}, which the file lacks."
            f"{did_you_mean(name, names)}"
        )
    return f"c{names.index(name)}"


def _refuse_duplicates(
    connection: duckdb.DuckDBPyConnection, record: LayerRecord, column: str | None
) -> None:
    query = (
        f"SELECT {column}, count(*) FROM staged GROUP BY 1 HAVING count(*) > 1 OR {column} IS NULL "
        "ORDER BY 2 DESC, 1 LIMIT 3"
    )
    found = connection.execute(query).fetchall()
    if found:
        examples = ", ".join(f"{value!r} ({count} rows)" for value, count in found)
        raise PublishError(
            f"Layer {record.id!r}: {record.id_field!r} must identify each row, "
            f"but is missing or repeated: {examples}."
        )


def _interval(connection: duckdb.DuckDBPyConnection, column: str | None) -> list[str] | None:
    if column is None:
        return None
    low, high = connection.execute(
        f"SELECT min({column}), max({column}) FROM staged"
    ).fetchone() or (None, None)
    return [low.isoformat(), high.isoformat()] if low is not None and high is not None else None


def _sorted(connection: duckdb.DuckDBPyConnection, facts: dict[str, Any]) -> Iterator[pa.Table]:
    order = f"{_SEQUENCE}"
    if facts["bounds"]:
        minx, miny, maxx, maxy = facts["bounds"]
        # ST_Hilbert divides by the extent, so a single point needs one that is not empty.
        corners = {"min_x": minx, "min_y": miny, "max_x": maxx + 1e-9, "max_y": maxy + 1e-9}
        order = f"ST_Hilbert({_X}, {_Y}, {corners}::BOX_2D) NULLS LAST, {order}"
    reader = connection.execute(
        f"SELECT * EXCLUDE ({_X}, {_Y}) FROM staged ORDER BY {order}"
    ).to_arrow_reader(BATCH_ROWS)
    for batch in reader:
        yield pa.Table.from_batches([batch])


def _write_geoparquet(path: Path, batches: Iterator[pa.Table], facts: dict[str, Any]) -> None:
    writer: pq.ParquetWriter | None = None
    try:
        for batch in batches:
            final = _final_columns(batch, facts)
            if writer is None:
                schema = final.schema.with_metadata(_metadata(facts))
                writer = pq.ParquetWriter(path, schema, compression="zstd", write_page_index=True)
            writer.write_table(final.cast(writer.schema), row_group_size=BATCH_ROWS)
    finally:
        if writer:
            writer.close()


def _final_columns(batch: pa.Table, facts: dict[str, Any]) -> pa.Table:
    wkb = batch.column(_WKB)
    sequence = batch.column(_SEQUENCE)
    final = batch.drop_columns([_WKB, _SEQUENCE])
    final = final.rename_columns([attribute["name"] for attribute in facts["attributes"]])
    if facts["id_generated"]:
        final = final.add_column(0, facts["id_field"], sequence)
    if facts["geometry_name"]:
        final = final.append_column(facts["geometry_name"], wkb)
        box = geometry.bounds(shapely.from_wkb(wkb.to_numpy(zero_copy_only=False)))
        corners = [pa.array(box[:, i], from_pandas=True) for i in range(4)]
        empty = pa.array(np.isnan(box[:, 0]))
        final = final.append_column(
            covering_name(facts), pa.StructArray.from_arrays(corners, fields=list(BBOX), mask=empty)
        )
    return final


def covering_name(facts: dict[str, Any]) -> str:
    """Return the name of the bbox column, one that no attribute has."""
    taken = {attribute["name"].casefold() for attribute in facts["attributes"]}
    return next(name for name in ("bbox", "_bbox", "__bbox") if name not in taken)


def _metadata(facts: dict[str, Any]) -> dict[str, str]:
    """Return the file's key-value metadata: GeoParquet 1.1, and what our index needs."""
    kept = {k: facts[k] for k in ("attributes", "geometry_name", "id_field", "id_generated")}
    metadata = {"coeurville": json.dumps(kept, ensure_ascii=False)}
    if name := facts["geometry_name"]:
        bbox = covering_name(facts)
        corners = {corner: [bbox, corner] for corner in ("xmin", "ymin", "xmax", "ymax")}
        column = {
            "encoding": "WKB",
            "geometry_types": facts["geometry_types"],
            "covering": {"bbox": corners},
        }
        if facts["bounds"]:
            column["bbox"] = facts["bounds"]
        metadata["geo"] = json.dumps(
            {"version": "1.1.0", "primary_column": name, "columns": {name: column}}
        )
    return metadata


def quote(text: str, mark: str = '"') -> str:
    """Return a SQL identifier, or with ``'`` a literal, whatever the text holds."""
    return mark + text.replace(mark, mark * 2) + mark


def _grown(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    known = boxes[~np.isnan(boxes[:, 0])]
    if not len(known):
        return box
    return np.concatenate(
        [
            np.minimum(box[:2], known[:, :2].min(axis=0)),
            np.maximum(box[2:], known[:, 2:].max(axis=0)),
        ]
    )


def _geojson_name(name: str) -> str:
    names = {
        "Linestring": "LineString",
        "Linearring": "LineString",
        "Multipoint": "MultiPoint",
        "Multilinestring": "MultiLineString",
        "Multipolygon": "MultiPolygon",
        "Geometrycollection": "GeometryCollection",
    }
    return names.get(name, name)
