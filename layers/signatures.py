"""What a file holds, told by its first bytes before any library opens it.

A download that failed leaves an empty file, a web page or half an archive under the right name;
GDAL's own words for those help nobody.
"""

from __future__ import annotations

import codecs
import re
import zipfile
from pathlib import Path
from typing import Literal

from layers.errors import ReadError, did_you_mean

Kind = Literal["vector", "zip", "gzip", "parquet", "text", "raster", "osm", "gtfs"]

HEAD_BYTES = 4096
TEXT_SUFFIXES = {".csv", ".txt", ".tsv", ".dat", ""}
# Suffixes that GDAL takes for rows of text, whatever the content.
ROWS_SUFFIXES = {".csv", ".tsv", ".psv"}
# Formats of several files: any of them stands for the one that GDAL opens.
SHAPEFILE_PARTS = {".shx", ".dbf", ".prj", ".cpg", ".qpj", ".sbn", ".sbx"}
# Suffixes that promise a binary format, which text under that name cannot be.
BINARY_SUFFIXES = {".gpkg", ".fgb", ".shp", ".dbf", ".parquet", ".sqlite", ".zip", ".tif", ".pbf"}
# Formats that are read inside a ZIP.
GEODATA_SUFFIXES = {
    ".shp", ".gpkg", ".geojson", ".json", ".fgb", ".gml", ".kml", ".tab", ".mif", ".gpx",
    ".gdbtable",
}  # fmt: skip
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
# Formats under one of our suffixes that is not theirs: GDAL would believe the name, and read rows
# out of noise.
_NAMED: tuple[tuple[bytes, str, frozenset[str]], ...] = (
    (b"SQLite format 3\0", "a GeoPackage or SQLite database", frozenset((".gpkg", ".sqlite"))),
    (b"fgb\x03", "FlatGeobuf", frozenset((".fgb",))),
    (b"\0\0\x27\x0a", "a Shapefile", frozenset((".shp", ".shx"))),
    (b"PAR1", "GeoParquet", frozenset((".parquet",))),
)
_STARTS: tuple[tuple[tuple[bytes, ...], Kind], ...] = (
    ((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), "raster"),
    ((b"PAR1",), "parquet"),
    ((b"SQLite format 3\0", b"fgb\x03", b"\0\0\x27\x0a"), "vector"),
    ((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE), "text"),
)


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
    _require_right_name(path, head)
    for starts, kind in _STARTS:
        if head.startswith(starts):
            return kind
    if head.startswith(b"PK\x03\x04"):
        return "vector" if path.suffix.lower() in ZIPPED_FORMATS else _archive(path)
    if b"OSMHeader" in head[:64] or path.name.lower().endswith((".osm.gz", ".osm.bz2")):
        return "osm"
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    return "vector" if b"\0" in head else _text(path, head)


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


def require_closed(path: Path) -> None:
    """Look whether an XML file ends with its root element, which GDAL does not demand.

    Raises:
        ReadError: it was cut short.
    """
    with path.open("rb") as file:
        root = re.search(rb"<([A-Za-z_][\w.:-]*)[\s>/]", file.read(HEAD_BYTES))
        file.seek(max(path.stat().st_size - HEAD_BYTES, 0))
        end = file.read()
    if root and b"</" + root[1] not in end and not end.rstrip().endswith(b"/>"):
        raise ReadError(f"{path} is truncated: its last lines are missing. Download it again.")


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
    if {"stops.txt", "trips.txt"} <= names:
        return "gtfs"
    tables = [name for name in names if Path(name).suffix.lower() in {".csv", ".txt", ".tsv"}]
    geodata = any(Path(name).suffix.lower() in GEODATA_SUFFIXES for name in names)
    return "text" if len(tables) == 1 and not geodata else "zip"


def _require_right_name(path: Path, head: bytes) -> None:
    suffix = path.suffix.lower()
    if suffix not in BINARY_SUFFIXES | GEODATA_SUFFIXES | ROWS_SUFFIXES:
        return
    for start, what, own in _NAMED:
        if head.startswith(start) and suffix not in own:
            raise ReadError(_misnamed(path, what, min(own)))


def _misnamed(path: Path, what: str, suffix: str) -> str:
    return (
        f"{path} is not a {path.suffix.lower()} file: its content is {what}. Give it its right "
        f"name, such as {path.stem}{suffix}, or download it again."
    )


def _text(path: Path, head: bytes) -> Kind:
    """Tell markup and JSON, which GDAL reads, from rows of text, which we read ourselves."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html")):
        raise ReadError(
            f"{path} is a web page, not geodata: the address probably answered an error or asked "
            "to log in. Download the file itself."
        )
    suffix = path.suffix.lower()
    if text.startswith(b"<osm") or b"<osm " in text:
        return "osm"
    markup = text.startswith((b"<", b"{", b"["))
    if markup and suffix in BINARY_SUFFIXES | ROWS_SUFFIXES:
        what, own = ("XML", ".gml") if text.startswith(b"<") else ("JSON", ".geojson")
        raise ReadError(_misnamed(path, what, own))
    if markup:
        return "vector"
    if suffix in BINARY_SUFFIXES:
        raise ReadError(_misnamed(path, "text", ".csv"))
    return "text" if suffix in TEXT_SUFFIXES else "vector"
