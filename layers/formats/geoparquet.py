"""GeoParquet 1.0 and 1.1, WKB or native encodings, any CRS; plain Parquet is a table of columns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from layers import wkb
from layers.columns import plain
from layers.coordinates import Place, Survey, points
from layers.errors import ReadError
from layers.records import kebab
from layers.report import Report
from layers.tables import Table

BATCH_ROWS = 32_768
# What geometry without metadata is usually called.
USUAL_NAMES = ("geometry", "geom", "wkb_geometry", "wkb", "the_geom")


def read_geoparquet(path: Path) -> Table:
    """Return the rows of a Parquet file, unread.

    Without geometry metadata, a binary column of a usual name is taken for WKB of an unknown
    CRS; else the table has no geometry.

    Raises:
        ReadError: corrupt, truncated, without rows, or with metadata that make no sense.
    """
    file = _opened(path)
    schema = file.schema_arrow
    geo = _metadata(schema, path)
    name = geo.get("primary_column") if geo else _usual(schema)
    column = geo.get("columns", {}).get(name, {}) if geo else {}
    if name is not None and name not in schema.names:
        raise ReadError(f"{path}: its metadata name a geometry column {name!r} that it lacks.")
    if name is None:
        return _table_of_columns(file, path)
    report = Report()
    if column.get("edges", "planar") != "planar":
        report.note("edges follow great circles in the file; they are read as straight lines")
    table = Table(
        kebab(path.stem),
        batches=(),
        crs=_crs(column) if geo else None,
        geometry_name=name,
        report=report,
        title=path.stem,
        geometry=_kind(column),
    )
    names = _wanted(schema, geo, name, report)
    table.batches = _batches(file, path, names, column.get("encoding", "WKB"), table)
    return table


def _table_of_columns(file: pq.ParquetFile, path: Path) -> Table:
    """Return plain columns, placed where some of them hold coordinates."""
    names = file.schema_arrow.names
    survey, report = Survey(), Report()
    table = Table(kebab(path.stem), (), None, None, report=report, title=path.stem, geometry="none")
    for _ in survey.seen(_batches(file, path, names, "WKB", Table("", (), None, None))):
        pass
    table.crs, table.geometry_name = survey.crs(report), survey.geometry_name(names)
    table.geometry = survey.geometry
    table.batches = _placed(
        _batches(_opened(path), path, names, "WKB", replace(table, geometry_name=None)),
        survey.place,
        table,
    )
    return table


def _placed(batches: Iterator[pa.Table], place: Place | None, table: Table) -> Iterator[pa.Table]:
    for batch in batches:
        if place is None or table.geometry_name is None:
            yield batch
            continue
        columns = dict(zip(batch.column_names, batch.columns, strict=True))
        columns[table.geometry_name] = points(batch, place, table.report)
        yield pa.table(columns)


def _opened(path: Path) -> pq.ParquetFile:
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from error
    if not file.metadata.num_rows:
        raise ReadError(f"{path} holds no row: check the export.")
    return file


def _metadata(schema: pa.Schema, path: Path) -> dict[str, Any] | None:
    raw = (schema.metadata or {}).get(b"geo")
    if raw is None:
        return None
    try:
        geo: dict[str, Any] = json.loads(raw)
        geo["columns"][geo["primary_column"]]
    except (ValueError, KeyError, TypeError) as error:
        raise ReadError(f"{path}: its GeoParquet metadata cannot be read: {error!r}.") from error
    return geo


def _usual(schema: pa.Schema) -> str | None:
    kinds = {name: schema.field(name).type for name in schema.names if name in USUAL_NAMES}
    binary = (n for n, t in kinds.items() if pa.types.is_binary(t) or pa.types.is_large_binary(t))
    return next(binary, None)


def _crs(column: dict[str, Any]) -> str | None:
    """Return the CRS of a column: absent means CRS84, null means unknown."""
    crs = column.get("crs", "OGC:CRS84")
    if crs is None or isinstance(crs, str):
        return crs
    identity = crs.get("id") or {}
    if identity.get("authority") and identity.get("code"):
        return f"{identity['authority']}:{identity['code']}"
    return json.dumps(crs)


def _kind(column: dict[str, Any]) -> Any:
    kinds = {wkb.kind_of(name) for name in column.get("geometry_types", [])}
    return kinds.pop() if len(kinds) == 1 else "any"


def _wanted(
    schema: pa.Schema, geo: dict[str, Any] | None, primary: str | None, report: Report
) -> list[str]:
    """Return the columns to read: all but bbox coverings and further geometries."""
    columns = (geo or {}).get("columns", {})
    coverings = {
        corner[0]
        for column in columns.values()
        for corner in column.get("covering", {}).get("bbox", {}).values()
    }
    further = [name for name in columns if name != primary]
    if further:
        report.note(f"further geometry columns left out: {', '.join(further)}")
    return [name for name in schema.names if name not in coverings and name not in further]


def _batches(
    file: pq.ParquetFile, path: Path, names: list[str], encoding: str, table: Table
) -> Iterator[pa.Table]:
    try:
        for batch in file.iter_batches(BATCH_ROWS, columns=names):
            rows = pa.Table.from_batches([batch]).replace_schema_metadata(None)
            table.report.read += rows.num_rows
            yield _plain(rows, encoding, table)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from error
    finally:
        file.close()


def _plain(rows: pa.Table, encoding: str, table: Table) -> pa.Table:
    """Return the rows without Arrow extensions, their geometry as WKB."""
    columns = {name: plain(rows.column(name)) for name in rows.column_names}
    if name := table.geometry_name:
        if encoding.upper() != "WKB":
            columns[name] = _as_wkb(columns[name], encoding)
        wkb.note_dimensions(wkb.type_codes(columns[name]), table.report)
    return pa.table(columns)


def _as_wkb(column: pa.ChunkedArray, encoding: str) -> pa.ChunkedArray:
    """Return native coordinates (https://geoarrow.org) as WKB."""
    import geopandas as gpd

    marks = {"ARROW:extension:name": f"geoarrow.{encoding.lower()}"}
    field = pa.field("geometry", column.type, metadata=marks)
    frame = gpd.GeoDataFrame.from_arrow(pa.table([column], schema=pa.schema([field])))
    return pa.chunked_array([pa.array(frame.geometry.to_wkb().to_numpy(), pa.binary())])


def _damaged(path: Path, error: Exception) -> ReadError:
    reason = str(error).split("\n")[0][:200].rstrip(".")
    return ReadError(f"{path} is damaged or truncated: {reason}. Export or download it again.")
