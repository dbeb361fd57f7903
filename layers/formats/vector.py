"""Vector files through GDAL, streamed as Arrow: GeoPackage, Shapefile, GeoJSON, KML and more."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa

from layers import shapefile, wkb
from layers.columns import plain, valid_text
from layers.errors import ReadError, did_you_mean
from layers.placement import placed_crs
from layers.records import kebab
from layers.report import Report
from layers.signatures import GEODATA_SUFFIXES, require_closed, sibling
from layers.tables import GEOMETRY, Table

BATCH_ROWS = 32_768
# Tables that programs keep beside the data of a GeoPackage.
NOT_DATA = frozenset(("layer_styles", "qgis_projects"))


@dataclass(frozen=True)
class Dataset:
    """What GDAL opens for a file: the file itself, or a member of an archive.

    Attributes:
        path: the user's file, for messages.
        name: the name that GDAL understands.
        encoding: encoding of its texts where GDAL would guess wrongly.
        parts: the ``.shp`` on disk, whose companions may have to be rebuilt; None otherwise.
        notes: remarks for the report of each layer.
    """

    path: Path
    name: str
    encoding: str | None = None
    parts: Path | None = None
    notes: tuple[str, ...] = ()

    def opened(self) -> AbstractContextManager[str | Path]:
        """Give the name to open, as long as the context lasts."""
        return shapefile.opened(self.parts) if self.parts else nullcontext(self.name)


def read_vector(path: Path, layer: str | None = None) -> list[Table]:
    """Return the layers of a file, unread; ``crs`` is None where the file does not say.

    Without ``layer``, layers without rows are left out when others have some.

    Raises:
        ReadError: corrupt, truncated, of no known format, without layers or without that one.
    """
    found = [(d, name) for d in _datasets(path) for name in _layer_names(d)]
    known = [name for _, name in found]
    if layer is not None and layer not in known:
        hint = did_you_mean(layer, known)
        raise ReadError(f"{path} has no layer {layer!r}.{hint} Layers: {', '.join(known)}.")
    wanted = [(d, n) for d, n in found if n == layer or (layer is None and n not in NOT_DATA)]
    if not wanted:
        raise ReadError(f"{path} holds no layer of data.")
    opened = [(d, name, _info(d, name)) for d, name in wanted]
    filled = [entry for entry in opened if entry[2]["features"] != 0]
    if not filled:
        raise ReadError(f"{path} holds no row: check the export.")
    empty = [name for _, name, info in opened if info["features"] == 0]
    tables = [_table(*entry) for entry in filled]
    if empty:
        tables[0].report.note(f"layers without rows left out: {', '.join(empty)}")
    return tables


def _datasets(path: Path) -> list[Dataset]:
    """Return what to open for a path."""
    suffix = path.suffix.lower()
    if zipfile.is_zipfile(path) and suffix == ".zip":
        return _members(path)
    if suffix == ".gz":
        return [Dataset(path, f"/vsigzip/{path.absolute()}")]
    if suffix in (".gml", ".kml", ".gpx", ".xml"):
        require_closed(path)
    if suffix not in (".shp", ".dbf"):
        return [Dataset(path, str(path.absolute()))]
    report = Report()
    shapefile.require_whole(path)
    if suffix == ".shp" and (table := sibling(path, ".dbf")):
        shapefile.require_whole(table)
    encoding = shapefile.encoding(path, report)
    parts = path if suffix == ".shp" else None
    return [Dataset(path, str(path.absolute()), encoding, parts, tuple(report.notes))]


def _members(path: Path) -> list[Dataset]:
    """Return the geodata inside a ZIP."""
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if not name.startswith("__MACOSX")]
    members = GEODATA_SUFFIXES - {".gdbtable"}
    found = [name for name in names if PurePosixPath(name).suffix.lower() in members]
    geodatabases = {
        str(parent)
        for name in names
        for parent in PurePosixPath(name).parents
        if parent.suffix.lower() == ".gdb"
    }
    found += sorted(geodatabases)
    if not found:
        holds = ", ".join(names[:5]) or "nothing"
        raise ReadError(f"{path} holds no geodata that is read inside a ZIP ({holds}): unpack it.")
    return [_member(path, name) for name in found]


def _member(path: Path, name: str) -> Dataset:
    report = Report()
    encoding = None
    if name.lower().endswith(".shp"):
        encoding = shapefile.zipped_encoding(path, name, report)
    return Dataset(path, f"/vsizip/{path.absolute()}/{name}", encoding, notes=tuple(report.notes))


def _layer_names(dataset: Dataset) -> list[str]:
    import pyogrio

    with _explained(dataset.path), _noted(Report()), dataset.opened() as name:
        return [str(layer) for layer, _ in pyogrio.list_layers(name)]


def _info(dataset: Dataset, layer: str) -> dict[str, Any]:
    import pyogrio

    with _explained(dataset.path), _noted(Report()), dataset.opened() as name:
        info: dict[str, Any] = pyogrio.read_info(name, layer=layer, force_feature_count=True)
    return info


def _table(dataset: Dataset, layer: str, info: dict[str, Any]) -> Table:
    column = None
    if info["geometry_type"]:
        column = _geometry_name(info["geometry_name"], [str(n) for n in info["fields"]])
    report = Report()
    for note in dataset.notes:
        report.note(note)
    table = Table(
        kebab(layer),
        batches=(),
        crs=placed_crs(info["crs"]) if column else None,
        geometry_name=column,
        report=report,
        title=layer,
        geometry=wkb.kind_of(info["geometry_type"]) if column else "none",
    )
    table.batches = _batches(dataset, layer, table)
    return table


def _geometry_name(own: str, fields: list[str]) -> str:
    """Return the geometry column's own name, else one that no attribute has."""
    if own:
        return own
    return next(name for name in (GEOMETRY, "geom", "_geometry") if name not in fields)


def _batches(dataset: Dataset, layer: str, table: Table) -> Iterator[pa.Table]:
    options = {"layer": layer, "encoding": dataset.encoding}
    start = 0
    with _explained(dataset.path), ExitStack() as stack:
        name = stack.enter_context(dataset.opened())
        given, reader = _stream(stack, name, options, table.report)
        while (batch := _next(reader, table.report)) is not None:
            rows = pa.Table.from_batches([batch]).replace_schema_metadata(None)
            table.report.read += rows.num_rows
            yield _mended(rows, given, table, partial(_linear, name, options, table.report, start))
            start += rows.num_rows


def _stream(
    stack: ExitStack, name: str | Path, options: dict[str, Any], report: Report
) -> tuple[str, pa.RecordBatchReader]:
    """Open a layer; return the name of its geometry column in the stream, and the stream."""
    from pyogrio.raw import open_arrow

    with _noted(report):
        opened = open_arrow(name, use_pyarrow=True, batch_size=BATCH_ROWS, **options)
        meta, reader = stack.enter_context(opened)
    return meta["geometry_name"] or "wkb_geometry", reader


def _next(reader: pa.RecordBatchReader, report: Report) -> pa.RecordBatch | None:
    with _noted(report):
        return next(reader, None)


@contextmanager
def _noted(report: Report) -> Iterator[None]:
    """Keep the warnings of GDAL as notes for the user."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for warning in caught:
        if not str(warning.message).startswith("Unable to open"):  # a part that may be missing
            report.note(f"GDAL: {warning.message}")


def _mended(rows: pa.Table, given: str, table: Table, linear: Any) -> pa.Table:
    """Return a batch of plain columns: valid text, no Arrow extension, geometry without arcs."""
    columns = {}
    for name in rows.column_names:
        column = plain(rows.column(name))
        if name == given and table.geometry_name:
            codes = wkb.type_codes(column)
            wkb.note_dimensions(codes, table.report)
            if wkb.is_curved(codes):
                table.report.note("arcs were replaced by short straight lines")
                column = linear(rows.num_rows)
            columns[table.geometry_name] = column
        elif name != given:
            columns[name] = valid_text(column, table.report)
    return pa.table(columns)


def _linear(
    name: str | Path, options: dict[str, Any], report: Report, start: int, rows: int
) -> pa.ChunkedArray:
    """Read some geometries again with arcs as lines, which the Arrow stream cannot do."""
    from pyogrio.raw import read

    window = {"skip_features": start, "max_features": rows}
    with _noted(report):
        _, _, shapes, _ = read(name, columns=[], **window, **options)
    return pa.chunked_array([pa.array(list(shapes), pa.binary())])


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn what GDAL and Arrow say into one sentence about the user's file."""
    from pyogrio.errors import DataLayerError, DataSourceError

    try:
        yield
    except (DataSourceError, DataLayerError, pa.ArrowException, OSError) as error:
        reason = str(error).split("\n")[0].replace(str(path.absolute()), path.name)
        if "not recognized as being in a supported file format" in reason:
            raise ReadError(
                f"{path} is in no format that is read. Export it as GeoPackage, GeoJSON, "
                "Shapefile, GeoParquet or CSV."
            ) from error
        raise ReadError(
            f"{path} is damaged or truncated: {reason[:200].rstrip('.')}. Export or download it "
            "again."
        ) from error
