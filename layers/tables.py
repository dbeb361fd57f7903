"""The table that travels from a reader to the lake: batches of Arrow rows and what they mean.

Arrow rather than data frames because it streams, keeps integers with gaps as integers, and is
what GDAL, DuckDB and Parquet exchange without conversion.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa

from layers.records import GeometryType
from layers.report import Report

if TYPE_CHECKING:
    import geopandas as gpd

GEOMETRY = "geometry"


@dataclass
class Table:
    """Rows of one layer as a reader delivers them.

    Attributes:
        layer: id of the layer the rows belong to (kebab-case).
        batches: Arrow tables of one common schema, read lazily and once; the geometry column,
            when there is one, holds WKB.
        crs: CRS of the geometry as pyproj understands it; None when the file does not say.
        geometry_name: name of the geometry column; None for a table without geometry.
        vintage: the date or year that the data describes (``2021``, ``2025-04``), if known.
        report: the reader counts what it reads, repairs and refuses; ``publish`` counts on.
        title: the layer's own title, for layers whose record is inferred.
        geometry: kind of geometry that the file declares, for the same layers.
    """

    layer: str
    batches: Iterable[pa.Table]
    crs: str | None
    geometry_name: str | None = GEOMETRY
    vintage: str | None = None
    report: Report = field(default_factory=Report)
    title: str | None = None
    geometry: GeometryType = "any"


def from_frame(frame: gpd.GeoDataFrame) -> pa.Table:
    """Return a GeoDataFrame as an Arrow table with a WKB column ``geometry``, without index."""
    attributes = frame.drop(columns=frame.geometry.name)
    table = pa.Table.from_pandas(attributes, preserve_index=False).replace_schema_metadata(None)
    wkb = pa.array(frame.geometry.to_wkb().to_numpy(), type=pa.binary())
    return table.append_column(GEOMETRY, wkb)
