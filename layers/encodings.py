"""Which encoding a text is in, from all of its bytes."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import IO

import numpy as np

CHUNK = 1 << 20
HEAD_BYTES = 1 << 18


@dataclass(frozen=True)
class Scan:
    """What the bytes of a file say: its start, its encoding, whether it is no text."""

    head: bytes
    encoding: str
    binary: bool


def scan(file: IO[bytes]) -> Scan:
    """Read a file to its end, a chunk at a time.

    Raises:
        OSError, EOFError, zlib.error, zipfile.BadZipFile: the file or archive is damaged.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    utf8, head, counts = True, b"", np.zeros(256, dtype=np.int64)
    while chunk := file.read(CHUNK):
        head = head or chunk[:HEAD_BYTES]
        if utf8:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                utf8 = False
        if not chunk.isascii() or b"\0" in chunk:
            counts += np.bincount(np.frombuffer(chunk, np.uint8), minlength=256)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Scan(head, "utf-16", binary=False)
    return Scan(head, "utf-8" if utf8 else _eight_bits(counts), binary=bool(counts[0]))


def _eight_bits(counts: np.ndarray) -> str:
    """Tell Windows, DOS and Macintosh text apart by where their accents lie.

    Those of Windows are bytes from 0xC0; the others' are from 0x80 to 0x9F, where é, the most
    frequent in French, is 0x82 for DOS and 0x8E for Macintosh. Without one they are the quotes,
    œ and € of Windows.
    """
    foreign = counts[[0x82, 0x8E]].any()
    if foreign and counts[0x80:0xA0].sum() > counts[0xA0:].sum():
        return "cp850" if counts[0x82] >= counts[0x8E] else "mac_roman"
    undefined = counts[[0x81, 0x8D, 0x8F, 0x90, 0x9D]].any()
    return "latin-1" if undefined else "cp1252"
