"""Cycle ways of the sample town."""

from __future__ import annotations

import numpy as np

from layers.demo.frame import placed
from layers.demo.rows import table
from layers.demo.streets import network
from layers.tables import Table

# Streets with room for cyclists: its kind and on how many sides.
WAYS = {
    "Chemin de Halage": ("way", 2),
    "Boulevard des Remparts": ("lane", 2),
    "Avenue de la Gare": ("track", 2),
    "Avenue du Pont Neuf": ("lane", 1),
    "Quai des Bateliers": ("lane", 1),
}


def cycle_ways() -> Table:
    """Return the stretches of the streets that have room of their own for cyclists."""
    found = network()
    chosen = np.flatnonzero(np.isin(found.names.astype(str), list(WAYS)))
    names = found.names[chosen].tolist()
    columns = {
        "osm_id": [f"w{10_001 + i}" for i in chosen],
        "name": names,
        "kind": [WAYS[name][0] for name in names],
        "sides": [WAYS[name][1] for name in names],
    }
    return table("sample-cycle-ways", columns, placed(found.lines[chosen]))
