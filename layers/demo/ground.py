"""The ground of the sample town by cover and use, as OCS GE has it, and its brownfields."""

from __future__ import annotations

from functools import cache

import numpy as np
import shapely

from layers.demo.buildings import buildings
from layers.demo.fabric import greens
from layers.demo.frame import INSEE, Array, Geometry, placed, random
from layers.demo.landcover import fields
from layers.demo.plan import parts, plan
from layers.demo.rows import table
from layers.demo.streets import lots
from layers.demo.uses import uses
from layers.tables import Table

BUILT, SEALED, MINERAL, WATER = "CS1.1.1.1", "CS1.1.1.2", "CS1.1.2.1", "CS1.2.2"
WOOD, GRASS = "CS2.1.1.1", "CS2.2.1"
HOMES, TRADE, SERVICES, ROADS, FARMING, FORESTRY, NONE = (
    "US5", "US2", "US3", "US4.1.1", "US1.1", "US1.2", "US6.3"
)  # fmt: skip
USE_OF = {"business": TRADE, "estate": HOMES, "houses": HOMES, "faubourg": HOMES, "old": HOMES}
COURTS = {"old": SEALED, "business": SEALED, "market": SEALED, "station": MINERAL}
VINTAGES = (2019, 2022)
TILE = 300  # m; streets are one shape, cut so that a perimeter meets few
SMALLEST = 20.0  # m²
GRID = 0.01  # m
Piece = tuple[Geometry, str, str]


def land_use() -> Table:
    """Return two vintages that each cover the commune: in 2019 business parks were fields."""
    found = _pieces()
    years = np.repeat(VINTAGES, len(found)).tolist()
    now = [(cover, use) for _, cover, use in found]
    before = [(GRASS, FARMING) if use == TRADE else (cover, use) for cover, use in now]
    codes = before + now
    columns = {
        "code_cs": [cover for cover, _ in codes],
        "code_us": [use for _, use in codes],
        "vintage": years,
        "artificial": [None] * len(codes),
    }
    outlines = np.tile(placed([shape for shape, *_ in found]), len(VINTAGES))
    return table("sample-land-use", columns, outlines, vintage=str(VINTAGES[-1]))


@cache
def _pieces() -> list[Piece]:
    """Return shapes that cover the commune once, each with its cover and use."""
    town = plan()
    river = shapely.set_precision(town.river, grid_size=GRID)
    dry = shapely.difference(town.commune, river, grid_size=GRID)
    blocks = [_solid(block) for block in shapely.intersection(lots(), dry, grid_size=GRID)]
    built = _solid(shapely.union_all(blocks, grid_size=GRID))
    around = _solid(shapely.difference(town.urban, built, grid_size=GRID))
    streets = _solid(shapely.intersection(around, dry, grid_size=GRID))
    country = _solid(
        shapely.difference(dry, shapely.union(built, streets, grid_size=GRID), grid_size=GRID)
    )
    wood = [shape for _, kind, _, shape in greens() if kind == "forest"]
    woods = _solid(
        shapely.intersection(country, shapely.union_all(wood, grid_size=GRID), grid_size=GRID)
    )
    found: list[Piece] = [(river, WATER, NONE), (woods, WOOD, FORESTRY)]
    found += [piece for pair in zip(blocks, uses(), strict=True) for piece in _block(*pair)]
    found += [(tile, SEALED, ROADS) for tile in _tiles(streets)]
    open_land = _solid(shapely.difference(country, woods, grid_size=GRID))
    for shape, _ in fields(town.commune):
        found.append((shapely.intersection(shape, open_land, grid_size=GRID), GRASS, FARMING))
    return [piece for one in found for piece in _polygons(*one)]


def _solid(shape: Geometry) -> Geometry:
    """Return the polygons of a shape, without the lines and points that overlays leave."""
    return shapely.union_all([p for p in parts(shape) if p.geom_type == "Polygon"], grid_size=GRID)


def _polygons(shape: Geometry, cover: str, use: str) -> list[Piece]:
    return [(p, cover, use) for p in parts(shape) if p.geom_type == "Polygon" and p.area > SMALLEST]


def _block(block: Geometry, use: str) -> list[Piece]:
    """Return what of a block is under buildings, and its courts or gardens."""
    if use == "park":
        return [(block, GRASS, NONE)]
    footprints = buildings().footprints
    near = footprints[_tree().query(block, predicate="intersects")]
    under = _solid(
        shapely.union_all(shapely.intersection(near, block, grid_size=GRID), grid_size=GRID)
    )
    served = USE_OF.get(use, SERVICES)
    rest = shapely.difference(block, under, grid_size=GRID)
    return [(under, BUILT, served), (rest, COURTS.get(use, GRASS), served)]


@cache
def _tree() -> shapely.STRtree:
    return shapely.STRtree(buildings().footprints)


def _tiles(shape: Geometry) -> Array:
    minx, miny, maxx, maxy = shape.bounds
    x, y = np.meshgrid(np.arange(minx, maxx, TILE), np.arange(miny, maxy, TILE))
    tiles = shapely.intersection(
        shapely.box(x, y, x + TILE, y + TILE).ravel(), shape, grid_size=GRID
    )
    return np.asarray(tiles[~shapely.is_empty(tiles)])


def brownfields() -> Table:
    """Return six sites: old workshops in blocks of the town, one of them already converted."""
    rng = random("brownfields")
    ground, use = lots(), uses()
    chosen = [*rng.choice(np.flatnonzero(use == "old"), 1), *rng.choice(
        np.flatnonzero(use == "faubourg"), 3, replace=False), *rng.choice(
        np.flatnonzero(use == "business"), 2, replace=False)]  # fmt: skip
    shapes = [*ground[chosen[:-1]], shapely.point_on_surface(ground[chosen[-1]])]
    statuses = ("friche sans projet", "friche avec projet", "friche potentielle",
                "friche reconvertie", "friche sans projet", "friche potentielle")  # fmt: skip
    count = len(shapes)
    columns = {
        "site_id": [f"{INSEE}_{number}" for number in range(1, count + 1)],
        "name": [f"Ancien atelier n° {number} (fictif)" for number in range(1, count + 1)],
        "type": ["friche d'habitat", *["friche industrielle"] * 3, *["friche commerciale"] * 2],
        "status": list(statuses),
        "insee": [INSEE] * count,
        "vacancy": ["oui", "oui", None, "non", "oui", None],
        "area_m2": [round(float(shapely.area(ground[at]))) * 1.0 for at in chosen],
        "zoning": ["U"] * count,
    }
    outlines = placed(np.array(shapes, dtype=object))
    return table("sample-brownfields", columns, outlines, vintage="2025")
