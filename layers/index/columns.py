"""The columns of an index as DuckDB sees them: c0, c1, … of the attributes, id, geom and pos."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa

from layers.records import Attribute

# A column of the rows, None for none, and what is made of it.
Terms = dict[str, tuple[str | None, str]]


def terms(attributes: Sequence[Attribute], geometry: str | None, id_field: str) -> Terms:
    """Return how each column is made, by its name.

    Args:
        attributes: those of the layer.
        geometry: name of the column that holds it as WKB.
        id_field: name of the column that holds the ids.
    """
    found: Terms = {f"c{i}": (a.name, "{}") for i, a in enumerate(attributes)}
    found["id"] = (id_field, "{}::VARCHAR")
    found["geom"] = (geometry, "ST_GeomFromWKB({})") if geometry else (None, "NULL::GEOMETRY")
    return found


def sources(made: Terms) -> list[str]:
    """Return the columns of the rows that some terms are made of."""
    return list(dict.fromkeys(column for column, _ in made.values() if column))


def select_list(made: Terms) -> str:
    """Return terms over the table of ``numbered`` as SQL, followed by pos."""
    at = {column: f"r{i}" for i, column in enumerate(sources(made))}
    named = (f"{term.format(at.get(column or ''))} AS {n}" for n, (column, term) in made.items())
    return ", ".join([*named, "pos"])


def numbered(rows: pa.Table, positions: Iterable[int] | np.ndarray) -> pa.Table:
    """Return rows with their columns as r0, r1, …, which no name of a layer can upset, and pos."""
    renamed = rows.rename_columns([f"r{i}" for i in range(rows.num_columns)])
    return renamed.append_column("pos", pa.array(positions, pa.int64()))
