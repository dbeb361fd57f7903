"""Streets, buildings and green spaces of the sample town as OpenStreetMap would have them."""

from __future__ import annotations

from functools import cache

import numpy as np
import shapely
import shapely.affinity

from layers.demo.buildings import STOREY, buildings
from layers.demo.frame import Array, Geometry, placed, random
from layers.demo.plan import blob, parts, plan
from layers.demo.rows import some, table
from layers.demo.streets import lots, network
from layers.demo.uses import uses
from layers.tables import Table

SPEEDS = {"secondary": "50", "tertiary": "50", "residential": "30", "living_street": "20"}
SURFACES = {"pedestrian": "sett", "footway": "fine_gravel", "track": "gravel"}
BUILDING_TYPES = {
    "houses": "house", "estate": "apartments", "business": "retail", "school": "school",
    "lycee": "school", "hospital": "hospital", "church": "church", "station": "train_station",
    "townhall": "public", "market": "retail",
}  # fmt: skip
BUILDING_NAMES = {
    "church": "Église Saint-Exemple", "market": "Halle du marché", "townhall": "Hôtel de ville",
    "hospital": "Centre hospitalier d'Exempleville", "station": "Gare d'Exempleville",
    "lycee": "Lycée d'Exempleville",
}  # fmt: skip
PARKS = ("Jardin public", "Parc des Tilleuls", "Parc de la Rivière", "Square du Levant")
WOODS = ((-1850, 1150, 330), (1500, -1450, 420), (1750, 1250, 260), (-1500, -1500, 280))


def streets() -> Table:
    """Return the street network, one row per stretch between junctions."""
    rng = random("street tags")
    found = network()
    highways = found.highways
    foot = np.isin(highways, ["footway", "pedestrian"])
    surfaces = np.array([SURFACES.get(h, "asphalt") for h in highways])
    columns = {
        "osm_id": [f"w{10_001 + i}" for i in range(len(highways))],
        "name": found.names.tolist(),
        "highway": highways.tolist(),
        "surface": some(surfaces, rng.random(len(highways)) < 0.85),
        "foot": some(np.full(len(highways), "designated"), foot),
        "wheelchair": some(
            np.where(surfaces == "asphalt", "yes", "limited"), rng.random(len(highways)) < 0.25
        ),
        "lit": some(np.where(highways == "track", "no", "yes"), rng.random(len(highways)) < 0.7),
        "maxspeed": [SPEEDS.get(h) for h in highways],
    }
    return table("sample-streets", columns, placed(found.lines))


def building_rows() -> Table:
    """Return the buildings; storeys and height are unknown for some, as in reality."""
    rng = random("building tags")
    found = buildings()
    count = len(found.levels)
    known = rng.random(count) < 0.8
    flats = np.isin(found.uses, ["old", "faubourg"]) & (found.levels > 2)
    heights = np.round(found.levels * STOREY + rng.uniform(0.5, 3, count), 1)
    columns = {
        "osm_id": [f"w{20_001 + i}" for i in range(count)],
        "building": [
            "apartments" if flat else BUILDING_TYPES.get(use, "yes")
            for use, flat in zip(found.uses, flats, strict=True)
        ],
        "name": [BUILDING_NAMES.get(use) for use in found.uses],
        "levels": some(found.levels.astype(float), known),
        "height": some(heights, known & (rng.random(count) < 0.9)),
    }
    return table("sample-buildings", columns, placed(found.footprints))


@cache
def greens() -> tuple[tuple[str | None, str, str | None, Geometry], ...]:
    """Return name, kind, access and outline (m around the town hall) of each green space."""
    ground, use, town = lots(), uses(), plan()
    parks = ground[use == "park"]
    found: list[tuple[str | None, str, str | None, Geometry]]
    found = [(name, "park", "yes", park) for name, park in zip(PARKS, parks, strict=True)]
    for kind, name, wanted in (
        ("grass", None, "estate"), ("garden", "Jardin de la Mairie", "townhall"),
        ("garden", "Jardin du Parvis", "church"), ("grass", None, "hospital"),
    ):  # fmt: skip
        access = "yes" if name else None
        found += [(name, kind, access, clear) for clear in _clearings(ground[use == wanted])]
    country = town.commune.difference(town.urban.buffer(25)).difference(town.river.buffer(6))
    roads = shapely.union_all([shapely.buffer(axis.line, 8) for axis in town.axes])
    for x, y, radius in WOODS:
        wood = shapely.affinity.translate(blob(f"wood {x}", radius, 0.25), x, y)
        wood = wood.intersection(country).difference(roads)
        found += [("Bois d'Exemple", "forest", None, wood)] if not wood.is_empty else []
    banks = town.river.buffer(110).intersection(country).difference(roads)
    found += [(None, "meadow", None, bank) for bank in parts(banks) if bank.area > 3000]
    return tuple(found)


def _clearings(ground: Array) -> list[Geometry]:
    """Return the largest round lawn that the buildings leave on each lot, if it is worth it."""
    built = shapely.union_all(buildings().footprints[np.isin(buildings().uses, list(PUBLIC))])
    found = []
    for lot in ground:
        circle = shapely.maximum_inscribed_circle(lot.difference(built.buffer(2)), 1.0)
        if circle.length > 8:
            found.append(shapely.Point(circle.coords[0]).buffer(min(circle.length, 28) * 0.9))
    return found


PUBLIC = ("estate", "townhall", "church", "hospital")


def green_spaces() -> Table:
    """Return parks, gardens, playgrounds, woods and meadows."""
    found = greens()
    columns = {
        "osm_id": [f"w{40_001 + i}" for i in range(len(found))],
        "name": [name for name, _, _, _ in found],
        "kind": [kind for _, kind, _, _ in found],
        "access": [access for _, _, access, _ in found],
    }
    return table("sample-green-spaces", columns, placed([shape for *_, shape in found]))
