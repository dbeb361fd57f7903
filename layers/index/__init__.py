"""The serving index: memory-mapped arrays over one layer version, derived and disposable.

::

    index/<layer>/<version>/
        meta.json        count, attributes, geometry column, id field
        fragments.bin    every feature as GeoJSON, each followed by a comma, in Hilbert order
        offsets.npy      (n + 1) byte offsets into it
        parts.npy        (n, 2) offsets inside a fragment: where geometry and properties start
        boxes.npy        (4, n / 256, 256) xmin, ymin, xmax, ymax of each row, in runs of 256; NaN
                         without geometry
        blocks.npy       (4, n / 256) the same for whole runs
        ids.npy          ids as UTF-8, sorted
        id_rows.npy      the row of each of them
        numbers.npy      (n) the ids as unsigned integers, where all are such
        vertices.bin, …  geometry as flat arrays for tiles, see paths
        rows.arrow       all columns, uncompressed, geometry as WKB
        columns.duckdb   the same columns for filters and sorting, as c0, c1, …, geom, pos
"""

from layers.index.build import FORMAT, build_index
from layers.index.reader import Index
from layers.index.ready import ensure_index, is_ready

__all__ = ["FORMAT", "Index", "build_index", "ensure_index", "is_ready"]
