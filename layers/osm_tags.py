"""What OpenStreetMap tags say: pure functions from the tags of an object to a layer's columns.

Every function answers None for an object that its layer does not hold. Conventions are those of
https://wiki.openstreetmap.org (keys ``shop``, ``highway``, ``building``, life-cycle prefixes).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

Tags = Mapping[str, str]
Row = dict[str, str | float | None]

NOT_A_VALUE = ("no", "none")
FORMER = ("disused:shop", "abandoned:shop")
SHOP_KEYS = ("shop", *FORMER)

WALKABLE = frozenset(
    (
        "primary", "primary_link", "secondary", "secondary_link", "tertiary", "tertiary_link",
        "unclassified", "residential", "living_street", "pedestrian", "service", "road", "track",
        "footway", "path", "steps", "corridor",
    )
)  # fmt: skip
# Ways made for others, which a pedestrian may use only where a tag says so.
TOLERATED = frozenset(("trunk", "trunk_link", "cycleway", "bridleway", "busway"))
ALLOWED = frozenset(("yes", "designated", "permissive", "destination"))
FORBIDDEN = frozenset(("no", "private", "use_sidepath"))

CYCLE_PATHS = frozenset(("path", "footway", "track", "pedestrian", "bridleway"))
NOT_YET = ("construction", "proposed", "no")
CYCLE_ROOM = {
    "track": "track", "opposite_track": "track", "lane": "lane", "opposite_lane": "lane",
    "share_busway": "bus", "opposite_share_busway": "bus",
}  # fmt: skip

GREEN = {
    "leisure": frozenset(("park", "garden", "nature_reserve", "common", "dog_park")),
    "landuse": frozenset(
        ("grass", "forest", "meadow", "village_green", "recreation_ground", "orchard",
         "allotments", "flowerbed")
    ),
    "natural": frozenset(("wood", "grassland", "scrub", "heath")),
}  # fmt: skip


def shop(tags: Tags) -> Row | None:
    """Return a shop, or a vacant or disused one with its former type where that is known."""
    current = _value(tags, "shop")
    former = next((value for key in FORMER if (value := _value(tags, key))), None)
    if current == "vacant":
        status, kind = "vacant", former
    elif current:
        closed = "yes" in (tags.get("disused"), tags.get("abandoned"))
        status, kind = ("disused" if closed else "active"), current
    elif former:
        status, kind = "disused", former
    else:
        return None
    # ``disused:shop=yes`` says that there was a shop, and not which.
    known = kind if status == "active" or kind not in ("yes", "vacant") else None
    return {
        "name": tags.get("name"),
        "shop": known,
        "status": status,
        "brand": tags.get("brand"),
        "opening_hours": tags.get("opening_hours"),
        "wheelchair": tags.get("wheelchair"),
        "address": address(tags),
    }


def service(tags: Tags) -> Row | None:
    """Return a facility: anything under the key ``amenity``."""
    if not _value(tags, "amenity"):
        return None
    return {
        key: tags.get(key) for key in ("name", "amenity", "operator", "opening_hours", "wheelchair")
    }


def building(tags: Tags) -> Row | None:
    """Return a building, its storeys above ground and its height in metres."""
    if not _value(tags, "building"):
        return None
    return {
        "building": tags["building"],
        "name": tags.get("name"),
        "levels": quantity(tags.get("building:levels")),
        "height": quantity(tags.get("height")),
    }


def street(tags: Tags) -> Row | None:
    """Return a way that a pedestrian may use."""
    if not may_walk(tags):
        return None
    keys = ("name", "highway", "surface", "foot", "wheelchair", "lit", "maxspeed")
    return {key: tags.get(key) for key in keys}


def green_space(tags: Tags) -> Row | None:
    """Return a green space, its kind being the value of its key (``park``, ``forest``)."""
    kind = next((tags[key] for key, kinds in GREEN.items() if tags.get(key) in kinds), None)
    if kind is None:
        return None
    return {"name": tags.get("name"), "kind": kind, "access": tags.get("access")}


def cycle_way(tags: Tags) -> Row | None:
    """Return a way or a road with room of its own for cyclists, and on how many sides it has it."""
    kind = tags.get("highway")
    own = kind == "cycleway" or (kind in CYCLE_PATHS and tags.get("bicycle") == "designated")
    if kind is None or not own:
        return _along_road(tags) if kind not in (None, *NOT_YET) else None
    sides = 1 if "yes" in (tags.get("oneway"), tags.get("oneway:bicycle")) else 2
    return {"name": tags.get("name"), "kind": "way", "sides": sides}


def _along_road(tags: Tags) -> Row | None:
    both = tags.get("cycleway:both") or tags.get("cycleway") or ""
    rooms = [CYCLE_ROOM.get(tags.get(f"cycleway:{side}") or both) for side in ("left", "right")]
    sides = [room for room in rooms if room]
    if not sides:
        return None
    # ``cycleway`` of a one-way road, with or against its traffic, is on one side of it.
    single = both.startswith("opposite") or (
        tags.get("oneway") == "yes" and tags.get("cycleway") in CYCLE_ROOM
    )
    return {"name": tags.get("name"), "kind": sides[0], "sides": 1 if single else len(sides)}


def may_walk(tags: Tags) -> bool:
    """Tell whether a pedestrian may use a way; ``foot`` prevails over ``access``."""
    kind, foot = tags.get("highway"), tags.get("foot")
    if foot in FORBIDDEN or tags.get("motorroad") == "yes":
        return False
    if foot in ALLOWED:
        return kind in WALKABLE or kind in TOLERATED
    return kind in WALKABLE and tags.get("access") not in FORBIDDEN


def address(tags: Tags) -> str | None:
    """Return ``12 Rue X, 35600 Redon``, or what is known of it."""

    def part(*names: str) -> str:
        found = (tags.get(f"addr:{name}") or tags.get(f"contact:{name}") for name in names)
        return " ".join(value for value in found if value)

    street_line = part("housenumber", "street") or part("place")
    return ", ".join(line for line in (street_line, part("postcode", "city")) if line) or None


def quantity(text: str | None) -> float | None:
    """Return ``12``, ``12.5 m`` or ``12,5`` as a number; other units and words as None."""
    found = re.fullmatch(r"(\d+(?:[.,]\d+)?)\s*m?", (text or "").strip())
    return float(found[1].replace(",", ".")) if found else None


def _value(tags: Tags, key: str) -> str | None:
    value = tags.get(key)
    return None if value in NOT_A_VALUE else value
