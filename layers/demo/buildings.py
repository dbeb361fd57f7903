"""The buildings of the sample town, block by block: no two overlap, none stands on a street."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import shapely
import shapely.affinity

from layers.demo.frame import Array, Geometry, random
from layers.demo.plan import parts
from layers.demo.streets import lots
from layers.demo.uses import uses

STOREY = 3.0  # m
NARROW = 1.4  # half the width (m) of the narrowest building
Builder = Callable[[Geometry, np.random.Generator], list[Geometry]]


@dataclass(frozen=True)
class Buildings:
    """The buildings; arrays of one length.

    Attributes:
        footprints: polygons (m around the town hall).
        uses: use of the block each stands on.
        levels: number of storeys.
    """

    footprints: Array
    uses: Array
    levels: Array


@cache
def buildings() -> Buildings:
    """Return the buildings of the town."""
    rng = random("buildings")
    found = [
        (footprint, use)
        for lot, use in zip(lots(), uses(), strict=True)
        if use in BUILDERS
        for footprint in BUILDERS[use](lot, rng)
    ]
    footprints = np.array([footprint for footprint, _ in found], dtype=object)
    found_uses = np.array([use for _, use in found], dtype=object)
    sound = ~shapely.is_empty(shapely.buffer(footprints, -NARROW)) & shapely.is_valid(footprints)
    footprints, found_uses = footprints[sound], found_uses[sound]
    return Buildings(footprints, found_uses, _levels(found_uses, rng))


def _levels(kinds: Array, rng: np.random.Generator) -> Array:
    shares = {
        "old": ([2, 3, 4], [0.2, 0.55, 0.25]),
        "faubourg": ([1, 2, 3, 4], [0.1, 0.55, 0.27, 0.08]),
        "houses": ([1, 2], [0.55, 0.45]),
        "estate": ([4, 5, 8], [0.4, 0.4, 0.2]),
        "business": ([1, 2], [0.9, 0.1]),
    }
    levels = np.full(len(kinds), 2)
    for kind, (values, odds) in shares.items():
        of_kind = kinds == kind
        levels[of_kind] = rng.choice(values, of_kind.sum(), p=odds)
    return levels


def _terraced(spacing: float, depth: float, gaps: float) -> Builder:
    """Return a builder of houses wall to wall around a courtyard."""

    def build(lot: Geometry, rng: np.random.Generator) -> list[Geometry]:
        ring = lot.exterior
        count = max(int(ring.length / spacing), 4)
        at = (np.arange(count) + rng.uniform(-0.28, 0.28, count)) * ring.length / count
        seeds = shapely.MultiPoint(shapely.line_interpolate_point(ring, at))
        cells = parts(shapely.voronoi_polygons(seeds, extend_to=lot))
        band = lot.difference(lot.buffer(-depth * rng.uniform(0.9, 1.2), join_style="mitre"))
        plots = parts(shapely.intersection(cells, band))
        plots = plots[(shapely.get_type_id(plots) == 3) & (shapely.area(plots) > 35)]
        return list(plots[rng.random(len(plots)) > gaps])

    return build


def _detached(spacing: float, setback: float, gaps: float) -> Builder:
    """Return a builder of single houses along the streets, each in its garden."""

    def build(lot: Geometry, rng: np.random.Generator) -> list[Geometry]:
        line = lot.buffer(-setback - 4.5, join_style="mitre")
        houses: list[Geometry] = []
        for ring in (p.exterior for p in parts(line) if p.area > 60):
            count = int(ring.length / spacing)
            at = np.sort((np.arange(count) + rng.uniform(-0.2, 0.2, count)) * spacing)
            sizes = rng.uniform((8, 7), (13, 9.5), (count, 2))
            houses.extend(_along(ring, at, sizes))
        kept = [house for house in houses if rng.random() > gaps]
        return _apart(kept, lot.buffer(-1))

    return build


def _along(ring: Geometry, at: Array, sizes: Array) -> Iterator[Geometry]:
    """Yield rectangles of the given sizes (along, across) that follow a ring at some distances."""
    starts = shapely.get_coordinates(shapely.line_interpolate_point(ring, at))
    ends = shapely.get_coordinates(shapely.line_interpolate_point(ring, (at + 1.0) % ring.length))
    for middle, end, (length, width) in zip(starts, ends, sizes, strict=True):
        along = (end - middle) / max(float(np.hypot(*(end - middle))), 1e-9)
        across = np.array([-along[1], along[0]])
        a, b = along * length / 2, across * width / 2
        yield shapely.Polygon([middle - a - b, middle + a - b, middle + a + b, middle - a + b])


def _apart(shapes: list[Geometry], ground: Geometry) -> list[Geometry]:
    """Return the shapes that lie on the ground and clear of those kept before them."""
    kept: list[Geometry] = []
    for shape in shapes:
        if ground.contains(shape) and all(shape.distance(other) > 2 for other in kept):
            kept.append(shape)
    return kept


def _slabs(lot: Geometry, rng: np.random.Generator) -> list[Geometry]:
    """Return the parallel slabs of a housing estate."""
    return _rows(lot, (52, 12), 24, rng)


def _sheds(lot: Geometry, rng: np.random.Generator) -> list[Geometry]:
    """Return the large sheds of a business park."""
    return _rows(lot, (38, 24), 12, rng)


def _single(share: float) -> Builder:
    """Return a builder of one large building with a wing, for a public use."""

    def build(lot: Geometry, rng: np.random.Generator) -> list[Geometry]:
        length = float(np.sqrt(lot.area * share / 0.6))
        hall = shapely.box(-length / 2, -length * 0.16, length / 2, length * 0.16)
        wing = shapely.box(-length / 2, -length * 0.5, -length * 0.2, length * 0.16)
        shape = shapely.affinity.rotate(hall.union(wing), _heading(lot), origin=(0, 0))
        centre = shapely.centroid(lot.buffer(-length * 0.2) or lot)
        moved = shapely.affinity.translate(shape, centre.x, centre.y).intersection(lot.buffer(-3))
        return [piece for piece in parts(moved) if piece.area > 60][:1]

    return build


def _rows(
    lot: Geometry, size: tuple[float, float], gap: float, rng: np.random.Generator
) -> list[Geometry]:
    """Return rectangles side by side, parallel to the block's long side."""
    heading = _heading(lot)
    centre = lot.centroid
    flat = shapely.affinity.rotate(lot, -heading, origin=centre)
    minx, miny, maxx, maxy = flat.bounds
    ground = flat.buffer(-3)
    found = []
    for y in np.arange(miny + 5, maxy - size[1], size[1] + gap):
        for x in np.arange(minx + 5, maxx - size[0] * 0.6, size[0] + gap * 0.6):
            length = size[0] * rng.uniform(0.6, 1)
            found.append(shapely.box(x, y, x + length, y + size[1]))
    return [
        shapely.affinity.rotate(shape, heading, origin=centre) for shape in _apart(found, ground)
    ]


def _heading(lot: Geometry) -> float:
    """Return the direction of a block's long side in degrees."""
    corners = shapely.get_coordinates(shapely.oriented_envelope(lot))
    sides = np.diff(corners[:3], axis=0)
    along = sides[np.argmax(np.hypot(*sides.T))]
    return float(np.degrees(np.arctan2(along[1], along[0])))


BUILDERS: dict[str, Builder] = {
    "old": _terraced(9.5, 11, 0.05),
    "faubourg": _terraced(14, 10, 0.36),
    "houses": _detached(23, 5, 0.12),
    "estate": _slabs,
    "business": _sheds,
    "church": _single(0.35),
    "market": _single(0.45),
    "townhall": _single(0.30),
    "school": _single(0.22),
    "lycee": _single(0.25),
    "hospital": _single(0.28),
    "station": _single(0.15),
}
