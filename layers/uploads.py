"""A file that a stranger sends, as polygons: GeoJSON, GeoPackage, zipped Shapefile.

What GDAL opens is chosen here and not by the sender: other formats (VRT, KML, GML) may name files
and addresses that the server would read on the sender's behalf.
"""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import shapely

from layers.crs import file_crs, file_mover
from layers.errors import BadRequestError, PublishError, ReadError
from layers.geometry import clean
from layers.opening import tables_of
from layers.tables import Table

MAX_BYTES = 5_000_000
MAX_UNPACKED = 100_000_000
MAX_POLYGONS = 500
MAX_VERTICES = 200_000
NAMES = ("name", "nom", "libelle", "label", "title", "titre")
POLYGONS = ("Polygon", "MultiPolygon")
_ACCEPTED = "Send GeoJSON, a GeoPackage (.gpkg) or a zipped Shapefile (.zip)."
# What a member of an archive must start with, by suffix; b"" for those that describe others.
_MEMBERS = {
    ".shp": b"\0\0\x27\x0a", ".gpkg": b"SQLite format 3\0", ".geojson": b"{", ".json": b"{",
}  # fmt: skip


def read_polygons(content: bytes, name: str = "The file") -> list[tuple[str | None, Any]]:
    """Return name and shapely polygon (CRS84, without heights) of each polygon of a file.

    Args:
        content: the file.
        name: what its sender calls it, for messages.

    Raises:
        BadRequestError: of no accepted format, damaged, without CRS, without polygons, or too
            large once unpacked; the text says what to do.
    """
    suffix = _suffix(content, name)
    with tempfile.TemporaryDirectory(prefix="coeurville-upload-") as folder:
        path = Path(folder) / f"file{suffix}"
        path.write_bytes(content)
        try:
            found = [one for table in tables_of(path) for one in _polygons(table)]
        except (ReadError, PublishError) as error:
            told = str(error).replace(f"/vsizip/{path}", name).replace(str(path), name)
            raise BadRequestError(f"{told.split(' --crs')[0]} {_ACCEPTED}") from None
    if not found:
        raise BadRequestError(f"{name} holds no polygon, but a perimeter is one. {_ACCEPTED}")
    if len(found) > MAX_POLYGONS or _vertices(found) > MAX_VERTICES:
        raise BadRequestError(
            f"{name} holds {len(found)} polygons of {_vertices(found)} vertices; at most "
            f"{MAX_POLYGONS} of {MAX_VERTICES} in all are read. Keep the perimeters only."
        )
    return found


def _suffix(content: bytes, name: str) -> str:
    """Return the suffix of the format that the content is of."""
    if content.startswith(_MEMBERS[".gpkg"]):
        return ".gpkg"
    if content.startswith(b"PK\x03\x04"):
        _check_archive(content)
        return ".zip"
    if _is_json(content):
        return ".geojson"
    raise BadRequestError(f"{name} is of no format that is read here. {_ACCEPTED}")


def _check_archive(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(member.file_size for member in archive.infolist()) > MAX_UNPACKED:
                raise BadRequestError("The archive is too large once unpacked.")
            names = archive.namelist()
            if not any(PurePosixPath(name).suffix.lower() in _MEMBERS for name in names):
                raise BadRequestError(f"The archive holds no geodata. {_ACCEPTED}")
            for name in names:
                _check_member(archive, name)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
        raise BadRequestError(f"The archive cannot be read ({error}). {_ACCEPTED}") from None


def _check_member(archive: zipfile.ZipFile, name: str) -> None:
    """Refuse a member that GDAL might read as something else than its name says."""
    path = PurePosixPath(name)
    suffix = path.suffix.lower()
    if ".." in path.parts or path.is_absolute():
        raise BadRequestError(f"The archive holds {name!r}, which leads outside of it.")
    if any(parent.suffix.lower() == ".gdb" for parent in path.parents):
        raise BadRequestError(f"A file geodatabase is not read here. {_ACCEPTED}")
    if suffix in (".kml", ".gml", ".gpx", ".fgb", ".tab", ".mif", ".vrt"):
        raise BadRequestError(f"The archive holds {name!r}. {_ACCEPTED}")
    if suffix in _MEMBERS and not name.startswith("__MACOSX"):
        with archive.open(name) as file:
            start = file.read(64)
        right = _is_json(start) if _MEMBERS[suffix] == b"{" else start.startswith(_MEMBERS[suffix])
        if not right:
            raise BadRequestError(f"{name!r} in the archive is not what its name says.")


def _is_json(content: bytes) -> bool:
    return content[:64].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")


def _polygons(table: Table) -> Iterator[tuple[str | None, Any]]:
    if table.geometry_name is None:
        return
    if table.crs is None:
        raise ReadError("The file does not say its CRS (a Shapefile needs its .prj).")
    move = file_mover(file_crs(table.crs))
    for batch in table.batches:
        shapes = clean(batch.column(table.geometry_name).to_pylist(), move, table.report)
        known = {name.casefold(): name for name in batch.column_names}
        column = next((known[name] for name in NAMES if name in known), None)
        names = batch.column(column).to_pylist() if column else [None] * len(shapes)
        for name, shape in zip(names, shapes, strict=True):
            if shape is not None and shape.geom_type in POLYGONS:
                yield (None if name is None else str(name)), shape


def _vertices(found: list[tuple[str | None, Any]]) -> int:
    return int(np.sum([shapely.get_num_coordinates(shape) for _, shape in found]))
