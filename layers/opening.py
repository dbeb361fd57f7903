"""Any file as tables: what GDAL reads, GeoParquet, and delimited text with coordinates."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely
import yaml

from layers.codes import code_width, restore_codes
from layers.delimited import number, read_text
from layers.errors import ReadError, did_you_mean
from layers.files import write_atomically
from layers.records import LayerRecord, Text, kebab
from layers.report import Report
from layers.tables import GEOMETRY, Table

BATCH_ROWS = 16_384
LON_LAT = (("lon", "lat"), ("longitude", "latitude"), ("lng", "lat"), ("x_longitude", "y_latitude"))
PROJECTED = (("x", "y"), ("lambert_x", "lambert_y"), ("coord_x", "coord_y"), ("x_l93", "y_l93"))
WKT = ("wkt", "geom_wkt", "geometry_wkt")
# Lambert-93 coordinates of metropolitan France, in metres.
LAMBERT = (0.0, 1_300_000.0, 6_000_000.0, 7_200_000.0)


def open_file(path: Path, *, crs: str | None = None, layer: str | None = None) -> list[Table]:
    """Return every layer of a file, read lazily, with the file's own attribute names.

    Args:
        path: the file.
        crs: CRS that prevails over what the file says.
        layer: only this layer.

    Raises:
        ReadError: missing, empty, corrupt, of no known format, or without that layer.
    """
    if not path.exists():
        raise ReadError(f"No file {path}.")
    if path.is_file() and path.stat().st_size == 0:
        raise ReadError(f"{path.name} is empty.")
    suffix = path.name.removesuffix(".gz").rsplit(".", 1)[-1].lower()
    if suffix in ("parquet", "geoparquet"):
        return [_parquet(path, crs)]
    if suffix in ("csv", "tsv", "txt"):
        return [_delimited(path, crs)]
    return _vector(path, crs, layer)


def infer_record(
    table: Table,
    path: Path,
    *,
    id: str | None = None,  # noqa: A002
    title: str | None = None,
) -> LayerRecord:
    """Return the record of a layer that a user adds; only what the file says is claimed."""
    name = title or table.title or table.layer
    return LayerRecord(
        id=id or table.layer,
        title=Text(fr=name, en=name),
        description=Text(fr=f"Publié d'après {path.name}.", en=f"Published from {path.name}."),
        producer="non renseigné / not given",
        licence="non renseignée / not given",
        source=path.name,
        geometry="any" if table.geometry_name else "none",
    )


def save_record(record: LayerRecord, folder: Path) -> Path:
    """Write a record that ``load_layer_record`` reads back equal; return its path."""
    facts = record.model_dump(mode="json", exclude_defaults=True)
    text = yaml.safe_dump(facts, allow_unicode=True, sort_keys=False)
    path = folder / f"{record.id}.yml"
    write_atomically(path, text.encode())
    return path


def _vector(path: Path, crs: str | None, layer: str | None) -> list[Table]:
    import pyogrio

    source = f"/vsizip/{path}" if path.suffix.lower() == ".zip" else str(path)
    try:
        names = [str(name) for name, _ in pyogrio.list_layers(source)]
    except (pyogrio.errors.DataSourceError, OSError) as error:
        raise _unreadable(path, error) from error
    if not names:
        raise ReadError(f"{path.name} holds no layer.")
    if layer is not None and layer not in names:
        raise ReadError(f"{path.name} has no layer {layer!r}.{did_you_mean(layer, names)}")
    return [_vector_layer(path, source, name, crs) for name in names if layer in (None, name)]


def _vector_layer(path: Path, source: str, name: str, crs: str | None) -> Table:
    import pyogrio

    try:
        info = pyogrio.read_info(source, layer=name)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise _unreadable(path, error) from error
    has_geometry = info["geometry_type"] is not None
    report = Report()
    column = (info.get("geometry_name") or GEOMETRY) if has_geometry else None
    table = Table(kebab(name), (), crs or info["crs"], column, _vintage(path), report, name)
    table.batches = _vector_batches(path, source, name, table)
    return table


def _vector_batches(path: Path, source: str, name: str, table: Table) -> Iterator[pa.Table]:
    import pyogrio

    try:
        with pyogrio.raw.open_arrow(
            source, layer=name, use_pyarrow=True, batch_size=BATCH_ROWS
        ) as (meta, reader):
            given = meta.get("geometry_name") or "wkb_geometry"
            for batch in reader:
                rows = pa.Table.from_batches([batch])
                table.report.read += rows.num_rows
                if table.geometry_name and given in rows.column_names:
                    named = [table.geometry_name if n == given else n for n in rows.column_names]
                    rows = rows.rename_columns(named)
                yield _with_codes(rows, table.report)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, OSError) as error:
        raise _unreadable(path, error) from error
    except UnicodeDecodeError as error:
        raise ReadError(f"{path.name}: its texts are in another encoding than it says.") from error


def _parquet(path: Path, crs: str | None) -> Table:
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise _unreadable(path, error) from error
    geo = json.loads((file.schema_arrow.metadata or {}).get(b"geo", b"{}"))
    column = geo.get("primary_column")
    found = geo.get("columns", {}).get(column, {})
    if found.get("encoding", "WKB") != "WKB":
        raise ReadError(f"{path.name}: geometry encoded as {found['encoding']}; only WKB is read.")
    system = crs or (json.dumps(found["crs"]) if found.get("crs") else "OGC:CRS84")
    covering = {parts[0] for parts in found.get("covering", {}).get("bbox", {}).values()}
    names = [name for name in file.schema_arrow.names if name not in covering]
    report = Report()

    def batches() -> Iterator[pa.Table]:
        for batch in file.iter_batches(BATCH_ROWS, columns=names):
            report.read += batch.num_rows
            yield _with_codes(pa.Table.from_batches([batch]).replace_schema_metadata(None), report)

    stem = kebab(path.stem)
    return Table(
        stem, batches(), system if column else None, column, _vintage(path), report, path.stem
    )


def _delimited(path: Path, crs: str | None) -> Table:
    report = Report()
    first = next(read_text(path, Report()), None)
    if first is None:
        raise ReadError(f"{path.name} holds a header and no row.")
    place = _place(first, crs)
    types = _types(path)
    stem = kebab(path.name.split(".")[0])

    def batches() -> Iterator[pa.Table]:
        for batch in read_text(path, report):
            report.read += batch.num_rows
            yield _typed(batch, types, place, report)

    column = GEOMETRY if place else None
    return Table(
        stem, batches(), place["crs"] if place else None, column, _vintage(path), report, stem
    )


def _place(rows: pa.Table, crs: str | None) -> dict[str, Any] | None:
    """Return which columns hold the geometry and in which CRS, None for a plain table."""
    lower = {name.lower(): name for name in rows.column_names}
    if wkt := next((lower[name] for name in WKT if name in lower), None):
        return {"wkt": wkt, "crs": crs or "OGC:CRS84"}
    for pair in (*LON_LAT, *PROJECTED):
        if all(name in lower for name in pair):
            columns = [lower[name] for name in pair]
            return {"xy": columns, "crs": crs or _guessed(rows, columns, pair in LON_LAT)}
    return None


def _guessed(rows: pa.Table, columns: list[str], degrees: bool) -> str | None:
    if degrees:
        return "OGC:CRS84"
    x, y = (number(rows.column(name)) for name in columns)
    low, high = pc.min_max(x).as_py(), pc.min_max(y).as_py()
    if low["min"] is None:
        return None
    inside = LAMBERT[0] <= low["min"] and low["max"] <= LAMBERT[1]
    return (
        "EPSG:2154" if inside and LAMBERT[2] <= high["min"] and high["max"] <= LAMBERT[3] else None
    )


def _types(path: Path) -> dict[str, pa.DataType]:
    """Return the narrowest type that fits every value of each column; codes stay text."""
    candidates: dict[str, list[pa.DataType]] = {}
    for batch in read_text(path, Report()):
        for name in batch.column_names:
            known = candidates.setdefault(name, [pa.int64(), pa.float64(), pa.date32()])
            candidates[name] = [t for t in known if _fits(batch.column(name), t)]
    return {name: left[0] if left else pa.string() for name, left in candidates.items()}


def _fits(column: pa.ChunkedArray, kind: pa.DataType) -> bool:
    # A zero before other digits belongs to a code or a phone number, not to a number.
    if kind != pa.date32() and pc.any(pc.match_substring_regex(column, r"^-?0\d")).as_py():
        return False
    try:
        _converted(column, kind)
    except pa.ArrowInvalid:
        return False
    return True


def _converted(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    return number(column) if kind == pa.float64() else column.cast(kind)


def _typed(
    batch: pa.Table, types: dict[str, pa.DataType], place: dict[str, Any] | None, report: Report
) -> pa.Table:
    columns = {}
    for name in batch.column_names:
        column, width = batch.column(name), code_width(name)
        kind = types[name]
        columns[name] = restore_codes(column, width, report) if width else _converted(column, kind)
    rows = pa.table(columns)
    return rows.append_column(GEOMETRY, _points(batch, place, report)) if place else rows


def _points(batch: pa.Table, place: dict[str, Any], report: Report) -> pa.Array:
    if "wkt" in place:
        shapes = shapely.from_wkt(batch.column(place["wkt"]).to_numpy(), on_invalid="ignore")
        return pa.array(shapely.to_wkb(shapes), pa.binary())
    x, y = (number(batch.column(name)).to_numpy() for name in place["xy"])
    lost = (x != x) | (y != y)
    report.repair("row without coordinates kept", int(lost.sum()))
    points = shapely.points(x, y)
    points[lost] = None
    return pa.array(shapely.to_wkb(points), pa.binary())


def _with_codes(rows: pa.Table, report: Report) -> pa.Table:
    for at, name in enumerate(rows.column_names):
        if (width := code_width(name)) and not pa.types.is_binary(rows.schema.field(at).type):
            rows = rows.set_column(at, name, restore_codes(rows.column(at), width, report))
    return rows


def _vintage(path: Path) -> str | None:
    years = set(re.findall(r"(?<!\d)((?:19|20)\d\d)(?!\d)", path.stem))
    return years.pop() if len(years) == 1 else None


def _unreadable(path: Path, error: BaseException) -> ReadError:
    reason = str(error).replace(str(path), path.name).split("\n")[0][:200]
    return ReadError(f"{path.name} cannot be read; it may be damaged or misnamed: {reason}")
