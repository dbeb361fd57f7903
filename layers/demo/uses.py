"""What each block of the sample town is used for."""

from __future__ import annotations

from functools import cache

import numpy as np
import shapely

from layers.demo.frame import Array
from layers.demo.plan import plan
from layers.demo.streets import lots

# Where a use is wanted (metres from the town hall), and how far around it blocks take that use.
WANTED = (
    ("church", 115, 75, 0), ("market", -95, 95, 0), ("townhall", 10, -60, 0),
    ("park", 190, 360, 0), ("park", -420, -180, 0), ("park", 250, -480, 0), ("park", 560, 60, 0),
    ("school", -210, -60, 0), ("school", 330, 330, 0), ("school", -330, 420, 0),
    ("school", 120, -640, 0), ("lycee", -500, 60, 0), ("hospital", 480, 420, 0),
    ("station", -400, 250, 0), ("estate", 400, 1260, 210), ("estate", -560, -1120, 150),
    ("business", -1330, 380, 300), ("business", 1050, -560, 130),
)  # fmt: skip
MIN_LOT = 250.0  # m²


@cache
def uses() -> Array:
    """Return the use of each block: ``old``, ``faubourg``, ``houses`` or one of WANTED."""
    ground = lots()
    middles = shapely.centroid(ground)
    town = plan()
    found = np.full(len(ground), "houses", dtype=object)
    found[shapely.within(middles, town.inner)] = "faubourg"
    found[shapely.within(middles, town.core)] = "old"
    found[shapely.area(ground) < MIN_LOT] = "none"
    for use, x, y, reach in WANTED:
        distances = shapely.distance(middles, shapely.Point(x, y))
        distances[(shapely.area(ground) < 900) | np.isin(found, [w[0] for w in WANTED])] = np.inf
        chosen = distances <= reach if reach else distances == distances.min()
        found[chosen] = use
    return found
