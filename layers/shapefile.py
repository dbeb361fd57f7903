"""Shapefiles as they are found: parts missing, text of an unknown encoding, downloads cut short."""

from __future__ import annotations

import struct
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from layers.errors import ReadError
from layers.report import Report
from layers.signatures import sibling

SAMPLE_BYTES = 4 << 20
_DBF_HEADER = 32
_LANGUAGE_BYTE = 29


def require_whole(path: Path) -> None:
    """Compare the sizes with those that the headers announce.

    GDAL reads what is left of a truncated Shapefile without an error.

    Raises:
        ReadError: the file is shorter than it says.
    """
    with path.open("rb") as file:
        header = file.read(_DBF_HEADER)
    if len(header) == _DBF_HEADER:
        if path.suffix.lower() == ".shp":
            announced = struct.unpack(">i", header[24:28])[0] * 2
        else:
            rows, start, width = struct.unpack("<IHH", header[4:12])
            announced = start + rows * width
        if path.stat().st_size >= announced:
            return
    raise ReadError(
        f"{path} is truncated: {path.stat().st_size:,} bytes, its header announces more. "
        "Copy or download it again."
    )


@contextmanager
def opened(path: Path) -> Iterator[Path]:
    """Give a path that GDAL opens: the file itself, or a copy whose lost ``.shx`` is rebuilt.

    The user's folder is never written to.
    """
    if sibling(path, ".shx"):
        yield path
        return
    import pyogrio

    with tempfile.TemporaryDirectory(prefix="coeurville-") as folder:
        for part in path.parent.iterdir():
            if part.stem == path.stem and part.is_file():
                (Path(folder) / part.name).symlink_to(part.absolute())
        copy = Path(folder) / path.name
        pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": "YES"})
        try:
            pyogrio.list_layers(copy)  # writes the index beside the copy
        finally:
            pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": None})
        yield copy


def encoding(path: Path, report: Report) -> str | None:
    """Return the encoding of a ``.dbf`` where what it declares is absent or wrong.

    None leaves the choice to GDAL, which follows the ``.cpg`` file and the header.
    """
    table = path if path.suffix.lower() == ".dbf" else sibling(path, ".dbf")
    if table is None:
        report.note("no .dbf file beside the .shp: geometry only, without attributes")
        return None
    page = sibling(path, ".cpg")
    with table.open("rb") as file:
        sample = file.read(SAMPLE_BYTES)
    return _encoding(sample, page.read_bytes() if page else b"", report)


def zipped_encoding(archive: Path, member: str, report: Report) -> str | None:
    """Return the encoding of a Shapefile inside a ZIP, as ``encoding`` does."""
    stem = member[: -len(".shp")].casefold()
    with zipfile.ZipFile(archive) as content:
        names = {name.casefold(): name for name in content.namelist()}
        if f"{stem}.dbf" not in names:
            return None
        with content.open(names[f"{stem}.dbf"]) as file:
            sample = file.read(SAMPLE_BYTES)
        page = content.read(names[f"{stem}.cpg"]) if f"{stem}.cpg" in names else b""
    return _encoding(sample, page, report)


def _encoding(sample: bytes, page: bytes, report: Report) -> str | None:
    """Weigh the bytes of a ``.dbf`` against its code page.

    Other text is almost never valid UTF-8 by chance, so UTF-8 is believed wherever it fits;
    a field cut in the middle of a character is forgiven.
    """
    if len(sample) < _DBF_HEADER:
        return None
    start = struct.unpack("<H", sample[8:10])[0]
    rows = sample[start:]
    if rows.isascii():
        return None
    decoded = rows.decode("utf-8", "replace")
    wrong = decoded.count("\ufffd")
    right = sum(character > "\x7f" for character in decoded) - wrong
    declared = page.decode("ascii", "replace").strip().upper()
    if right > 2 * wrong:
        if declared not in ("UTF-8", "UTF8", "65001"):
            report.note("the text is in UTF-8, which the file does not say")
        return "UTF-8"
    if declared in ("UTF-8", "UTF8", "65001"):
        report.note("the .cpg file says UTF-8 but the text is in Windows-1252: read as that")
        return "CP1252"
    if declared or sample[_LANGUAGE_BYTE]:
        return None
    # Accents are bytes 0x80 to 0x9f in DOS text and 0xe0 to 0xff in Windows text.
    low = sum(0x80 <= byte < 0xA0 for byte in rows)
    high = sum(byte >= 0xA0 for byte in rows)
    found = "CP850" if low > high else "CP1252"
    report.note(f"the file does not say its encoding: read as {found}")
    return found
