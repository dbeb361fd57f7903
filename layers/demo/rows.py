"""From columns and shapely geometries to the table that ``publish`` takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from layers.demo.frame import PROJECTION, Array
from layers.tables import GEOMETRY, Table


def table(
    layer: str,
    columns: Mapping[str, Any],
    geometries: Array | None = None,
    *,
    crs: str = PROJECTION,
    vintage: str | None = None,
) -> Table:
    """Return a table of one batch.

    Args:
        layer: id of the layer.
        columns: name to values of equal length; missing values are None, never NaN.
        geometries: (n,) geometries in ``crs``, None for a layer without.
        crs: CRS of the geometries.
        vintage: year or date that the data describe.
    """
    arrow = pa.table({name: pa.array(values) for name, values in columns.items()})
    if geometries is None:
        return Table(layer, [arrow], None, None, vintage)
    wkb = pa.array(shapely.to_wkb(np.asarray(geometries, dtype=object)), type=pa.binary())
    return Table(layer, [arrow.append_column(GEOMETRY, wkb)], crs, GEOMETRY, vintage)


def some(values: Any, present: Array) -> list[Any]:
    """Return values as a list, None where not present."""
    return [
        value if there else None
        for value, there in zip(np.asarray(values).tolist(), present.tolist(), strict=True)
    ]
