"""Compression: which encoding a client wants, which answers gain by it, and the work itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Protocol

import zstandard

try:
    from isal import isal_zlib as zlib
except ImportError:  # no wheel for this processor
    import zlib  # type: ignore[no-redef]

# Below, a packet is saved at best; up to INLINE bytes, a thread would cost more than it spares.
LEAST = 700
INLINE = 32_768
LEVEL = 1
GZIP_WINDOW = 31
COMPRESSIBLE = ("text/", "application/json", "application/javascript", "image/svg+xml",
                "application/xml", "application/vnd.mapbox-vector-tile",
                "application/vnd.flatgeobuf", "application/vnd.oai.openapi")  # fmt: skip
SUFFIXES = ("+json", "+xml")


class Coder(Protocol):
    """A compressor of a body that comes in pieces."""

    def compress(self, data: bytes | memoryview, /) -> bytes:
        """Take a piece; return what is ready."""
        ...

    def flush(self) -> bytes:
        """Return the rest."""
        ...


def compressed(body: bytes | memoryview, encoding: str) -> bytes:
    """Return a whole body in an encoding, at the level that costs least time."""
    return _WHOLE[encoding](body)


def coder(encoding: str) -> Coder:
    """Return a compressor for a body in pieces."""
    if encoding == "zstd":
        return zstandard.ZstdCompressor(level=LEVEL).compressobj()
    return zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP_WINDOW)


@lru_cache(1024)
def wanted(header: bytes) -> str | None:
    """Return the encoding that an Accept-Encoding header wants most; gzip costs half of zstd."""
    weights: dict[str, float] = {}
    for part in header.decode("latin-1").lower().split(","):
        name, _, option = part.partition(";")
        try:
            weights[name.strip()] = float(option.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
    best = max(_WHOLE, key=lambda name: weights.get(name, weights.get("*", 0.0)))
    return best if weights.get(best, weights.get("*", 0.0)) > 0 else None


@lru_cache(1024)
def is_compressible(media_type: bytes) -> bool:
    """Tell whether answers of a media type gain by compression."""
    name = media_type.decode("latin-1").lower().split(";")[0].strip()
    return name.startswith(COMPRESSIBLE) or name.endswith(SUFFIXES)


def _zstd(body: bytes | memoryview) -> bytes:
    return zstandard.ZstdCompressor(level=LEVEL).compress(body)


def _gzip(body: bytes | memoryview) -> bytes:
    found: bytes = zlib.compress(body, LEVEL, GZIP_WINDOW)
    return found


_WHOLE: dict[str, Callable[[bytes | memoryview], bytes]] = {"gzip": _gzip, "zstd": _zstd}
