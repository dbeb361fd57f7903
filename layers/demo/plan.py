"""The plan of the sample town: what its streets grew along.

A square, boulevards where the ramparts stood, a ring road, roads to the neighbours, a river.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import shapely
import shapely.ops

from layers.demo.frame import Array, Geometry, polar, random

QUAY = 30.0  # metres from the river's axis to the axis of its quays
RIVER_WIDTH = 38.0
RADIALS = 7
MAIN_STREETS = (1, 4)  # radials that meet at the square as its shopping street
STEP = 60.0
OLD_TOWN_NAMES = (
    "Rue du Marché", "Grande Rue", "Rue de l'Église", "Rue des Halles",
    "Rue de la République", "Rue du Vieux Pont", "Rue des Tanneurs",
)  # fmt: skip
ROAD_NAMES = (
    "Route de l'Est", "Avenue du Nord", "Avenue de la Gare", "Route des Bois",
    "Avenue de l'Ouest", "Route du Sud", "Avenue du Pont Neuf",
)  # fmt: skip


@dataclass(frozen=True)
class Axis:
    """A line that the town grew along: its name, its OpenStreetMap class and its line."""

    name: str | None
    highway: str
    line: Geometry


@dataclass(frozen=True)
class Plan:
    """The town in broad strokes, in metres around the town hall.

    Attributes:
        square: the square in front of the town hall.
        core: the old town, inside the boulevards.
        inner: the faubourgs and the old town, inside the ring road.
        urban: where the town is built up.
        commune: the territory of the commune.
        river: the water.
        axes: streets that everything else hangs on.
        roads: line of each radial from the square to the border, as buses use them.
        ring: line of the ring road.
    """

    square: Geometry
    core: Geometry
    inner: Geometry
    urban: Geometry
    commune: Geometry
    river: Geometry
    axes: tuple[Axis, ...]
    roads: tuple[Geometry, ...]
    ring: Geometry


@cache
def plan() -> Plan:
    """Return the plan of the town."""
    square = blob("square", 34, 0.10)
    core = blob("core", 285, 0.13)
    inner = blob("inner", 690, 0.10)
    commune = blob("commune", 2650, 0.14)
    axis = _river()
    roads = tuple(_roads(square, commune))
    urban = _built_up(roads)
    axes = [
        Axis("Place de l'Hôtel-de-Ville", "pedestrian", square.exterior),
        Axis("Boulevard des Remparts", "tertiary", core.exterior),
        Axis("Boulevard de Ceinture", "secondary", inner.exterior),
        *_named_roads(roads, core),
        *_quays(axis, urban),
        *_lanes(commune, urban),
    ]
    river = axis.buffer(RIVER_WIDTH / 2, cap_style="flat").intersection(commune)
    return Plan(square, core, inner, urban, commune, river, tuple(axes), roads, inner.exterior)


def blob(topic: str, radius: float, wobble: float) -> Geometry:
    """Return an irregular round polygon about the town hall."""
    rng = random(topic)
    angles = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    waves = np.arange(2, 6)
    sizes = wobble * rng.uniform(0.4, 1, len(waves)) / waves**0.7
    phases = rng.uniform(0, 2 * np.pi, len(waves))
    factor = 1 + (sizes * np.cos(np.outer(angles, waves) + phases)).sum(axis=1)
    return shapely.Polygon(polar(radius * factor, angles))


def _built_up(roads: tuple[Geometry, ...]) -> Geometry:
    """Return where the town is built up: its body, and ribbons along the roads out of it."""
    rng = random("built-up")
    body = blob("urban", 850, 0.18)
    ribbons = [
        shapely.ops.substring(road, 0, rng.uniform(1000, 1500)).buffer(rng.uniform(110, 190))
        for road in roads
    ]
    whole = shapely.union_all([body, *ribbons])
    return whole.buffer(70).buffer(-120).buffer(50).simplify(4)


def _river() -> Geometry:
    x = np.arange(-3600.0, 3601.0, 60.0)
    y = -455 + 75 * np.sin(x / 430 + 0.6) + 140 * np.sin(x / 1500)
    return shapely.LineString(np.column_stack([x, y]))


def _roads(square: Geometry, commune: Geometry) -> list[Geometry]:
    """Return the radials: lines from the square's edge to the border, each with its own bends."""
    rng = random("roads")
    starts = (np.arange(RADIALS) + rng.uniform(-0.22, 0.22, RADIALS)) * 2 * np.pi / RADIALS + 0.35
    radii = np.arange(0, 3600, STEP)
    lines = []
    for start in starts:
        phases = rng.uniform(0, 2 * np.pi, 2)
        bend = 0.10 * np.sin(radii / 260 + phases[0]) + 0.09 * np.sin(radii / 900 + phases[1])
        line = shapely.LineString(polar(radii, start + bend - bend[0]))
        lines.append(line.intersection(commune).difference(square))
    return lines


def _named_roads(roads: tuple[Geometry, ...], core: Geometry) -> list[Axis]:
    """Return each radial as a street of the old town and a road beyond it."""
    axes = []
    for number, road in enumerate(roads):
        street = "pedestrian" if number in MAIN_STREETS else "living_street"
        axes.append(Axis(OLD_TOWN_NAMES[number], street, road.intersection(core)))
        axes.append(Axis(ROAD_NAMES[number], "secondary", road.difference(core)))
    return axes


def _quays(river: Geometry, urban: Geometry) -> list[Axis]:
    """Return the streets along the river: a quay to the north, a towpath to the south."""
    north = river.offset_curve(QUAY).intersection(urban)
    south = river.offset_curve(-QUAY).intersection(urban)
    return [
        Axis("Quai des Bateliers", "residential", north),
        Axis("Chemin de Halage", "footway", south),
    ]


def _lanes(commune: Geometry, urban: Geometry) -> list[Axis]:
    """Return the country lanes that join the roads beyond the town."""
    lanes = (("Chemin des Vignes", 1650, "unclassified"), ("Chemin des Hauts", 2150, "track"))
    axes = []
    for name, radius, highway in lanes:
        ring = blob(name, radius, 0.10).exterior
        axes.append(Axis(name, highway, ring.intersection(commune).difference(urban)))
    return axes


def parts(geometry: Geometry) -> Array:
    """Return the single lines or polygons of a geometry."""
    return np.asarray(shapely.get_parts(geometry))
