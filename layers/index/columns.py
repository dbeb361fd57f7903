"""The columns of an index as DuckDB sees them: c0, c1, … of the attributes, id, geom and pos."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from layers.records import Attribute


def numbered(rows: pa.Table, positions: np.ndarray) -> pa.Table:
    """Return rows with their columns as r0, r1, …, which no name of a layer can upset, and pos."""
    renamed = rows.rename_columns([f"r{i}" for i in range(rows.num_columns)])
    return renamed.append_column("pos", pa.array(positions, pa.int64()))


def selected(
    names: Sequence[str], attributes: Sequence[Attribute], geometry: str | None, id_field: str
) -> str:
    """Return the SELECT list over numbered rows.

    Args:
        names: of the columns of the rows, in order.
        attributes: those of the layer.
        geometry: name of the column that holds it as WKB.
        id_field: name of the column that holds the ids.
    """
    at = {name: f"r{i}" for i, name in enumerate(names)}
    columns = [f"{at[a.name]} AS c{i}" for i, a in enumerate(attributes)]
    geom = f"ST_GeomFromWKB({at[geometry]})" if geometry else "NULL::GEOMETRY"
    return ", ".join([*columns, f"{at[id_field]}::VARCHAR AS id", f"{geom} AS geom", "pos"])
