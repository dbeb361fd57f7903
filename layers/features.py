"""Official files of features, whatever the format: columns of a layout, geometry, one CRS."""

from __future__ import annotations

import atexit
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pyarrow as pa

from layers.errors import ReadError, did_you_mean
from layers.layouts import Layout
from layers.opening import open_file
from layers.repeats import Repeats
from layers.report import Report
from layers.tables import GEOMETRY, Table
from layers.values import identified
from layers.vintages import named_date

SEVEN_ZIP = b"7z\xbc\xaf\x27\x1c"


@dataclass(frozen=True)
class Features:
    """The features of some files, unread, in one CRS."""

    batches: Iterator[pa.Table]
    crs: str | None


def features(paths: Sequence[Path], layout: Layout, report: Report, layer: str = "") -> Features:
    """Open files of one layout; their rows come with the attributes of the layout and geometry.

    Args:
        paths: what GDAL reads, GeoParquet, CSV with coordinates, or a 7z archive of one of these.
        layout: the columns that the files must have.
        report: counts what is read, repaired and refused.
        layer: regular expression of the layer's name, where a file holds several.

    Raises:
        ReadError: a file is damaged, lacks the layer, or is in another CRS than the first.
    """
    opened = [(path, table) for path in paths for table in _tables(path, layer)]
    systems = {table.crs for _, table in opened if table.geometry_name}
    if len(systems) > 1:
        raise ReadError(
            f"The files have several CRS ({', '.join(sorted(map(str, systems)))}): import those of "
            "one CRS, then the others into a layer of their own."
        )
    return Features(_batches(opened, layout, report), systems.pop() if systems else None)


def feature_table(
    paths: Sequence[Path], layout: Layout, table: str, repeated: str, layer: str = "",
    vintage: str | None = None,
) -> Table:  # fmt: skip
    """Return files of one layout as a layer whose rows are told by the layout's first attribute.

    Args:
        paths: see ``features``.
        layout: the columns that the files must have.
        table: id of the layer.
        repeated: what the report calls a row whose id came before; it is left out.
        layer: regular expression of the layer's name, where a file holds several.
        vintage: by default the last date in the names of the files.

    Raises:
        ReadError: as ``features`` does.
    """
    report, key = Report(), next(iter(layout.columns))
    found = features(paths, layout, report, layer)
    repeats = Repeats(key, report, repeated)
    batches = (repeats.without(identified(rows, key, report)) for rows in found.batches)
    return Table(table, batches, found.crs, vintage=vintage or named_date(paths), report=report)


def _tables(path: Path, layer: str) -> list[Table]:
    inner = unpacked(path, layer)
    tables = open_file(inner)
    if len(tables) == 1 or not layer:
        return tables
    names = [table.title or table.layer for table in tables]
    found = [t for t, name in zip(tables, names, strict=True) if re.search(layer, name, re.I)]
    if not found:
        wanted = layer.strip("^$")
        hint = did_you_mean(wanted, names)
        raise ReadError(f"{path.name} has no layer {wanted!r}, but {', '.join(names)}.{hint}")
    return found


def _batches(
    opened: Sequence[tuple[Path, Table]], layout: Layout, report: Report
) -> Iterator[pa.Table]:
    for path, table in opened:
        for batch in table.batches:
            found = layout.find(path, batch.column_names, report)
            rows = layout.convert(batch, found, report)
            report.read += batch.num_rows
            name = table.geometry_name
            shapes = batch.column(name) if name else pa.nulls(batch.num_rows, pa.binary())
            yield rows.append_column(GEOMETRY, shapes)
        for reason, count in table.report.repaired.items():
            report.repair(reason, count)
        for note in table.report.notes:
            report.note(note)


def unpacked(path: Path, layer: str = "") -> Path:
    """Return the data inside a 7z archive, unpacked as long as the process lasts, or the path.

    Args:
        path: an archive, or any other file, which is returned as it is.
        layer: regular expression of the name of the file, where an archive holds several.

    Raises:
        ReadError: a damaged archive, or one of no or several sets of data.
    """
    try:
        with path.open("rb") as file:
            is_archive = file.read(6) == SEVEN_ZIP
    except OSError as error:
        raise ReadError(f"{path} cannot be read: {error.strerror}.") from error
    return _unpacked(path, layer) if is_archive else path


def _unpacked(path: Path, layer: str) -> Path:
    import py7zr

    folder = Path(tempfile.mkdtemp(prefix="coeurville-7z-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    try:
        with py7zr.SevenZipFile(path) as archive:
            names = archive.getnames()
            wanted = _wanted(path, names, layer)
            archive.extract(folder, targets=[n for n in names if _stem(n) == _stem(wanted)])
    except (py7zr.exceptions.ArchiveError, OSError, EOFError, ValueError) as error:
        raise ReadError(
            f"{path.name} is damaged or truncated: {error}. Download it again."
        ) from error
    return folder / wanted


def _wanted(path: Path, names: Sequence[str], layer: str) -> str:
    """Return the one set of data of an archive: a GeoPackage, or the main part of a Shapefile."""
    for suffix in (".gpkg", ".shp"):
        found = [name for name in names if name.lower().endswith(suffix)]
        chosen = [n for n in found if re.search(layer, PurePosixPath(n).stem, re.IGNORECASE)]
        if len(found) == 1 or len(chosen) == 1:
            return (found if len(found) == 1 else chosen)[0]
        if found:
            listed = ", ".join(found[:5])
            raise ReadError(f"{path.name} holds {len(found)} sets of data ({listed}): unpack one.")
    raise ReadError(f"{path.name} holds neither a GeoPackage nor a Shapefile.")


def _stem(name: str) -> str:
    return name.rsplit(".", 1)[0]
