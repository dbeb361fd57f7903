"""Shops and services of the sample town, behind façades of its streets."""

from __future__ import annotations

from functools import cache

import numpy as np
import shapely

from layers.demo import names
from layers.demo.buildings import buildings
from layers.demo.frame import Array, placed, random
from layers.demo.plan import MAIN_STREETS, OLD_TOWN_NAMES
from layers.demo.rows import some, table
from layers.demo.streets import network
from layers.tables import Table

SHOPS = 150
VACANT, DISUSED = 12, 6  # 12 % of the storefronts
MAIN = (*(OLD_TOWN_NAMES[i] for i in MAIN_STREETS), "Place de l'Hôtel-de-Ville")
DOOR = 1.0  # metres behind the façade where a storefront is mapped
NEAR = 230.0  # metres from the town hall that other shopping streets reach
# Storefronts of the shopping street, of other streets of the old town, and of the rest.
SHARES = (86, 42, 22)

# Amenities of OpenStreetMap in the centre, with how many there are.
CENTRAL = (
    ("restaurant", 14, "Restaurant"), ("cafe", 8, "Café"), ("bar", 5, "Bar"),
    ("fast_food", 5, "Snack"), ("bank", 7, "Banque"), ("pharmacy", 5, "Pharmacie"),
    ("doctors", 6, "Cabinet médical"), ("dentist", 4, "Cabinet dentaire"),
    ("post_office", 1, "La Poste"), ("library", 1, "Médiathèque"), ("cinema", 1, "Cinéma"),
    ("theatre", 1, "Théâtre"), ("police", 1, "Police municipale"), ("courthouse", 1, "Tribunal"),
    ("community_centre", 2, "Maison des associations"), ("kindergarten", 1, "Crèche"),
)  # fmt: skip
SUBURBAN = (
    ("pharmacy", 3, "Pharmacie"), ("doctors", 4, "Cabinet médical"), ("kindergarten", 2, "Crèche"),
    ("post_office", 1, "La Poste"), ("social_facility", 1, "Centre social"),
    ("nursing_home", 1, "Résidence"), ("restaurant", 3, "Restaurant"), ("fuel", 2, "Station"),
)  # fmt: skip
PUBLIC = {
    "townhall": ("townhall", "Hôtel de ville"),
    "church": ("place_of_worship", "Église Saint-Exemple"),
    "market": ("marketplace", "Halle du marché"), "school": ("school", "École"),
    "lycee": ("school", "Lycée d'Exempleville"),
    "hospital": ("hospital", "Centre hospitalier d'Exempleville"),
}  # fmt: skip
OPERATORS = {
    "townhall": "Ville d'Exempleville", "school": "Ville d'Exempleville",
    "library": "Ville d'Exempleville", "police": "Ville d'Exempleville",
}  # fmt: skip


@cache
def _fronts() -> tuple[Array, Array]:
    """Return of each building its door (m around the town hall) and the street it opens on."""
    found, footprints = network(), buildings().footprints
    nearest = shapely.STRtree(found.lines).nearest(footprints)
    behind = shapely.buffer(footprints, -DOOR)
    way = shapely.shortest_line(behind, found.lines[nearest])
    return shapely.get_point(way, 0), found.names[nearest]


@cache
def _premises() -> tuple[Array, Array]:
    """Return the buildings with a shop, the best places first, and those left for services."""
    rng = random("storefronts")
    doors, streets = _fronts()
    town = buildings()
    away = np.hypot(shapely.get_x(doors), shapely.get_y(doors))
    main = np.isin(streets, MAIN) & (town.uses == "old")
    side = (town.uses == "old") & ~main & (away < NEAR)
    edge = np.isin(town.uses, ["faubourg", "business"]) & np.isin(streets, _through_roads())
    chosen: list[int] = []
    for group, share in zip((main, side, edge), SHARES, strict=True):
        members = np.flatnonzero(group)
        appeal = away[members] * rng.uniform(0.6, 1.4, len(members))
        chosen.extend(members[np.argsort(appeal)][:share].tolist())
    left = np.setdiff1d(np.flatnonzero(np.isin(town.uses, ["old", "faubourg", "houses"])), chosen)
    return np.array(chosen), left


def _through_roads() -> list[str]:
    found = network()
    return sorted({n for n, h in zip(found.names, found.highways, strict=True) if h == "secondary"})


def shops() -> Table:
    """Return 150 storefronts, 12 % of them vacant or disused and more so away from the centre."""
    rng = random("shops")
    premises, _ = _premises()
    doors, streets = _fronts()
    count = len(premises)
    kinds = [(kind, word) for kind, number, word in names.SHOP_TYPES for _ in range(number)]
    kinds = [kinds[i] for i in rng.permutation(len(kinds))[:count]]
    odds = np.repeat([0.05, 0.2, 0.25], SHARES)
    empty = rng.choice(count, VACANT + DISUSED, replace=False, p=odds / odds.sum())
    status = np.full(count, "active", dtype=object)
    status[empty[:VACANT]], status[empty[VACANT:]] = "vacant", "disused"
    open_ = status == "active"
    words = rng.choice(names.SHOP_WORDS, count)
    numbers = rng.integers(1, 90, count)
    columns = {
        "osm_id": [f"n{50_001 + i}" for i in range(count)],
        "name": some([f"{k[1]} {w}" for k, w in zip(kinds, words, strict=True)], open_),
        "shop": some([kind for kind, _ in kinds], open_ | (status == "disused")),
        "status": status.tolist(),
        "brand": [None] * count,
        "opening_hours": some(
            np.full(count, "Tu-Sa 09:30-12:30,14:00-19:00"), open_ & (rng.random(count) < 0.4)
        ),
        "wheelchair": some(rng.choice(["yes", "limited", "no"], count), rng.random(count) < 0.35),
        "address": [f"{n} {s}" for n, s in zip(numbers, streets[premises], strict=True)],
    }
    return table("sample-shops", columns, placed(doors[premises]))


def services() -> Table:
    """Return schools, health, public offices, culture, food and drink."""
    rng = random("services")
    amenities, titles, places = _public()
    doors, _ = _fronts()
    town, (_, left) = buildings(), _premises()
    away = np.hypot(shapely.get_x(doors[left]), shapely.get_y(doors[left]))
    groups = ((CENTRAL, left[town.uses[left] == "old"]), (SUBURBAN, left[away > 450]))
    for kinds, candidates in groups:
        wanted = [(a, w) for a, number, w in kinds for _ in range(number)]
        chosen = rng.choice(candidates, len(wanted), replace=False)
        words = rng.choice(names.SHOP_WORDS, len(wanted))
        amenities += [amenity for amenity, _ in wanted]
        titles += [f"{title} {word}" for (_, title), word in zip(wanted, words, strict=True)]
        places += list(doors[chosen])
    count = len(places)
    columns = {
        "osm_id": [f"n{60_001 + i}" for i in range(count)],
        "name": titles,
        "amenity": amenities,
        "operator": [OPERATORS.get(amenity) for amenity in amenities],
        "opening_hours": some(np.full(count, "Mo-Fr 09:00-18:00"), rng.random(count) < 0.3),
        "wheelchair": some(rng.choice(["yes", "limited", "no"], count), rng.random(count) < 0.4),
    }
    return table("sample-services", columns, placed(places))


def _public() -> tuple[list[str], list[str], list[object]]:
    """Return amenity, name and place of what has a building of its own."""
    town = buildings()
    found = np.flatnonzero(np.isin(town.uses, list(PUBLIC)))
    amenities = [PUBLIC[use][0] for use in town.uses[found]]
    titles = [PUBLIC[use][1] for use in town.uses[found]]
    schools = iter(("des Lilas", "du Centre", "des Remparts", "de la Rivière"))
    titles = [f"École {next(schools)}" if title == "École" else title for title in titles]
    return amenities, titles, list(shapely.point_on_surface(town.footprints[found]))
