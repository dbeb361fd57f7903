"""The streets of the sample town: faces between the axes, cut again and again into blocks.

Cutting the longest side with a bent line, each side on its own, gives blocks of unequal shapes and
staggered junctions, as towns that grew have them, rather than a grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import shapely
import shapely.ops
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from layers.demo import names
from layers.demo.frame import Array, Geometry, random
from layers.demo.plan import Axis, Plan, parts, plan

# Target area of a block (m²) and its streets' class in the old town, the faubourgs and beyond.
BLOCK_AREAS = (4_300.0, 9_500.0, 15_000.0)
ATTEMPTS = 8
GRID = 0.1
# Width between façades or fences (m) by class.
WIDTHS = {
    "secondary": 15.0, "tertiary": 20.0, "residential": 10.0, "living_street": 8.0,
    "pedestrian": 9.0, "footway": 5.0, "unclassified": 7.0, "track": 5.0,
}  # fmt: skip


@dataclass(frozen=True)
class Network:
    """The streets between junctions, and the blocks between streets.

    Attributes:
        lines: (n,) LineStrings that meet only at their ends.
        names: (n,) name of the street of each line, None for some paths.
        highways: (n,) OpenStreetMap class of each line.
        blocks: (m,) polygons up to the middle of the streets around them.
    """

    lines: Array
    names: Array
    highways: Array
    blocks: Array


@cache
def network() -> Network:
    """Return the streets and blocks of the town."""
    town = plan()
    cuts: list[Geometry] = []
    blocks = [block for face in _faces(town) for block in _divide(face, town, cuts)]
    axes = [*town.axes, *_streets(cuts, town)]
    # Snapping to a grid makes a street end on the very line that it meets.
    lines = _tidy(parts(shapely.union_all([axis.line for axis in axes], grid_size=GRID)))
    owner = _owners(lines, axes)
    return Network(
        lines,
        np.array([axes[i].name for i in owner], dtype=object),
        np.array([axes[i].highway for i in owner], dtype=object),
        np.array(blocks, dtype=object),
    )


def _faces(town: Plan) -> list[Geometry]:
    """Return the built-up faces between the axes, in a stable order."""
    lines = [axis.line for axis in town.axes] + [town.urban.exterior]
    noded = shapely.union_all(lines, grid_size=GRID)
    faces = parts(shapely.polygonize(parts(noded)))
    inside = shapely.point_on_surface(faces)
    water = town.river.buffer(12)
    kept = (
        shapely.within(inside, town.urban)
        & ~shapely.intersects(water, inside)
        & ~shapely.within(inside, town.square)
        & (shapely.area(faces) > 300)
    )
    return list(faces[kept])


def _divide(face: Geometry, town: Plan, cuts: list[Geometry]) -> list[Geometry]:
    """Return the blocks of a face; add the streets between them to ``cuts``."""
    rng = random(f"blocks {face.centroid.x:.0f} {face.centroid.y:.0f}")
    waiting, done = [face], []
    while waiting:
        block = waiting.pop()
        target = BLOCK_AREAS[_zone(block, town)] * rng.uniform(0.75, 1.45)
        halves = _cut(block, rng, cuts) if block.area > target else []
        if halves:
            waiting.extend(halves)
        else:
            done.append(block)
    return done


def _zone(block: Geometry, town: Plan) -> int:
    middle = block.centroid
    if town.core.contains(middle):
        return 0
    return 1 if town.inner.contains(middle) else 2


def _cut(block: Geometry, rng: np.random.Generator, cuts: list[Geometry]) -> list[Geometry]:
    """Return the two halves of a block, empty when no good cut was found."""
    for attempt in range(ATTEMPTS):
        line = _across(block, rng)
        # Of a line that meets a bent block several times, the part that is most in its middle.
        crossing = min(parts(line.intersection(block)), key=block.centroid.distance)
        halves = list(
            shapely.ops.split(
                block,
                shapely.ops.substring(
                    line,
                    line.project(shapely.Point(crossing.coords[0])) - 0.05,
                    line.project(shapely.Point(crossing.coords[-1])) + 0.05,
                ),
            ).geoms
        )
        smallest = (0.28 if attempt < ATTEMPTS / 2 else 0.12) * block.area
        if len(halves) == 2 and min(half.area for half in halves) > smallest:
            cuts.append(crossing)
            return halves
    return []


def _across(block: Geometry, rng: np.random.Generator) -> Geometry:
    """Return a slightly bent line across the long side of a block."""
    corners = shapely.get_coordinates(shapely.oriented_envelope(block))[:4]
    sides = corners[1] - corners[0], corners[2] - corners[1]
    long, short = sorted(sides, key=lambda side: -float(np.hypot(*side)))
    middle = corners.mean(axis=0) + long * rng.uniform(-0.14, 0.14)
    turn = rng.uniform(-0.13, 0.13)
    direction = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ short
    bend = long / np.hypot(*long) * rng.uniform(-0.05, 0.05) * np.hypot(*short)
    return shapely.LineString([middle - direction, middle + bend, middle + direction])


def _streets(cuts: list[Geometry], town: Plan) -> list[Axis]:
    """Return the streets that cut blocks apart, named and classed by where they are."""
    rng = random("streets")
    old = iter(rng.permutation(names.OLD_STREETS).tolist())
    kinds = ("Rue", "Allée", "Chemin", "Impasse")
    new = iter([f"{k} {w}" for k in kinds for w in rng.permutation(names.STREET_WORDS)])
    axes = []
    for line in (line for cut in cuts for line in parts(cut)):
        chance = rng.random()
        if town.core.contains(line.interpolate(0.5, normalized=True)):
            highway = "living_street" if chance < 0.5 else "residential"
            axes.append(Axis(next(old, None), "pedestrian" if chance < 0.15 else highway, line))
        elif chance < 0.05:
            axes.append(Axis(None, "footway", line))
        else:
            axes.append(Axis(next(new, None), "residential", line))
    return axes


def junctions(lines: Array) -> tuple[Array, Array]:
    """Return the number of the junction at each line's start and at its end."""
    ends = np.concatenate([shapely.get_point(lines, 0), shapely.get_point(lines, -1)])
    _, numbers = np.unique(shapely.get_coordinates(ends), axis=0, return_inverse=True)
    return numbers[: len(lines)], numbers[len(lines) :]


def _tidy(lines: Array) -> Array:
    """Return the lines without the overhangs of snapping and what hangs on nothing."""
    start, end = junctions(lines)
    meeting = np.bincount(np.concatenate([start, end]))
    overhang = (shapely.length(lines) < 4 * GRID) & ((meeting[start] == 1) | (meeting[end] == 1))
    lines = lines[~overhang]
    start, end = junctions(lines)
    size = int(max(start.max(), end.max())) + 1
    graph = coo_array((np.ones(len(lines)), (start, end)), shape=(size, size))
    _, part = connected_components(graph, directed=False)
    kept: Array = lines[part[start] == np.bincount(part).argmax()]
    return kept


def _owners(lines: Array, axes: list[Axis]) -> Array:
    """Return the axis that each line between junctions is a part of."""
    pieces = [(piece, i) for i, axis in enumerate(axes) for piece in parts(axis.line)]
    tree = shapely.STRtree([piece for piece, _ in pieces])
    nearest = tree.nearest(shapely.line_interpolate_point(lines, 0.5, normalized=True))
    owner: Array = np.array([i for _, i in pieces])[nearest]
    return owner


def lots() -> Array:
    """Return what may be built on of each block: without its streets; empty where none is left."""
    found = network()
    widths = np.array([WIDTHS[highway] for highway in found.highways])
    spaces = shapely.buffer(found.lines, widths / 2, quad_segs=3)
    tree = shapely.STRtree(spaces)
    water = plan().river.buffer(8)
    free = []
    for block in found.blocks:
        around = shapely.union_all(spaces[np.sort(tree.query(block))])
        free.append(block.difference(around).difference(water))
    return np.array([_largest(lot) for lot in free], dtype=object)


def _largest(lot: Geometry) -> Geometry:
    pieces = parts(lot)
    return pieces[np.argmax(shapely.area(pieces))] if len(pieces) else shapely.Polygon()
