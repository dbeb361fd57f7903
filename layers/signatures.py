"""What a file holds, told by its first bytes before any library opens it.

A download that failed leaves an empty file, a web page or half an archive under the right name;
GDAL's own words for those help nobody.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Literal

from layers.errors import ReadError, did_you_mean

Kind = Literal["vector", "zip", "gzip", "parquet", "text", "raster", "osm", "gtfs"]

HEAD_BYTES = 4096
TEXT_SUFFIXES = {".csv", ".txt", ".tsv"}
# Formats of several files: any of them stands for the one that GDAL opens.
SHAPEFILE_PARTS = {".shx", ".dbf", ".prj", ".cpg", ".qpj", ".sbn", ".sbx"}
# Suffixes that promise a binary format, which text under that name cannot be.
BINARY_SUFFIXES = {".gpkg", ".fgb", ".shp", ".dbf", ".parquet", ".sqlite", ".zip", ".tif", ".pbf"}
# Archives that GDAL opens as they are.
ZIPPED_FORMATS = {".xlsx", ".ods", ".kmz", ".xlsm"}

_FOREIGN = {
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"%PDF": "a PDF document",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"\xd0\xcf\x11\xe0": "an old Microsoft Office document",
}
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_VECTOR = (b"SQLite format 3\0", b"fgb\x03", b"\0\0\x27\x0a")


def recognise(path: Path) -> Kind:
    """Return which kind of reader a file needs.

    Raises:
        ReadError: it is missing, a folder, empty, or plainly something else.
    """
    if path.is_dir():
        return _folder(path)
    head = _head(path)
    for start, what in _FOREIGN.items():
        if head.startswith(start):
            raise ReadError(
                f"{path} is {what}, not geodata. Unpack it, export it as GeoPackage or CSV, "
                "or download it again."
            )
    suffix = path.suffix.lower()
    if head.startswith(_TIFF):
        return "raster"
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"PK\x03\x04") and suffix not in ZIPPED_FORMATS:
        return _archive(path)
    if head.startswith(b"\x1f\x8b"):
        return "osm" if path.name.lower().endswith(".osm.gz") else "gzip"
    if b"OSMHeader" in head[:64] or path.name.lower().endswith(".osm.bz2"):
        return "osm"
    if head.startswith(_VECTOR) or b"\0" in head:
        return "vector"
    return _text(path, head)


def main_part(path: Path) -> Path:
    """Return the ``.shp`` of a Shapefile that is designated by another of its files."""
    if path.suffix.lower() not in SHAPEFILE_PARTS:
        return path
    return sibling(path, ".shp") or path


def sibling(path: Path, suffix: str) -> Path | None:
    """Return the file of the same name with another suffix, whatever its case."""
    wanted = (path.stem + suffix).casefold()
    found = (p for p in path.parent.iterdir() if p.name.casefold() == wanted and p.is_file())
    return next(found, None)


def _folder(path: Path) -> Kind:
    if path.suffix.lower() == ".gdb":
        return "vector"
    names = sorted(p.name for p in path.iterdir() if p.is_file() and not p.name.startswith("."))
    inside = f" It holds {', '.join(names[:5])}." if names else " It holds no file."
    raise ReadError(f"{path} is a folder: give one of its files.{inside}")


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except FileNotFoundError:
        names = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        raise ReadError(f"No file {path}.{did_you_mean(path.name, names)}") from None
    except OSError as error:
        raise ReadError(f"{path} cannot be opened: {error.strerror}.") from error
    if not head:
        raise ReadError(f"{path} is empty (0 bytes): download or export it again.")
    return head


def _archive(path: Path) -> Kind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = {Path(name).name for name in archive.namelist()}
    except zipfile.BadZipFile as error:
        raise ReadError(f"{path} is a broken or truncated ZIP: download it again.") from error
    return "gtfs" if {"stops.txt", "trips.txt"} <= names else "zip"


def _text(path: Path, head: bytes) -> Kind:
    """Tell markup and JSON, which GDAL reads, from rows of text, which we read ourselves."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html")):
        raise ReadError(
            f"{path} is a web page, not geodata: the address probably answered an error or asked "
            "to log in. Download the file itself."
        )
    if text.startswith(b"<"):
        return "osm" if b"<osm" in text else "vector"
    suffix = path.suffix.lower()
    if text.startswith((b"{", b"[")):
        return "vector"
    if suffix in BINARY_SUFFIXES:
        raise ReadError(
            f"{path} is not a {suffix} file: its content is text. Give it its right name, such as "
            f"{path.stem}.csv, or download it again."
        )
    vector_text = {".mif", ".mid", ".tab", ".dxf", ".gpx", ".vrt", ".geojsonl", ".geojsons", ".gmt"}
    return "vector" if suffix in vector_text else "text"
