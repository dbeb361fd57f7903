"""Official rasters as sources: one file, stored as it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from layers.errors import ReadError
from layers.readers import Source
from layers.tables import Table


def raster_source(name: str, title: str, layer: str, hint: str) -> Source:
    """Return the source of a layer of geometry ``raster``.

    ``import`` stores rasters before it asks a source for rows, so that only files that are no
    raster come to ``read``, which refuses them.

    Args:
        name: id of the source.
        title: what the user reads.
        layer: id of the layer.
        hint: where to get the file.
    """

    def read(paths: Sequence[Path]) -> Iterable[Table]:
        files = ", ".join(path.name for path in paths)
        raise ReadError(f"{files}: no raster that GDAL reads, as {title} is. {hint}")

    return Source(id=name, title=title, layers=(layer,), read=read, hint=hint)
