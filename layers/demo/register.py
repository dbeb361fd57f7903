"""Establishments of the sample town as the Sirene register would have them, open and closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import shapely

from layers.demo import names
from layers.demo.frame import INSEE, Array, placed, polar, random
from layers.demo.rows import table
from layers.demo.storefronts import services, shops
from layers.tables import Table

BY_SHOP = {
    "clothes": "47.71Z", "hairdresser": "96.02A", "bakery": "10.71C", "beauty": "96.02B",
    "optician": "47.78A", "shoes": "47.72A", "convenience": "47.11B", "estate_agent": "68.31Z",
    "florist": "47.76Z", "butcher": "47.22Z", "jewelry": "47.77Z", "mobile_phone": "47.42Z",
    "newsagent": "47.62Z", "tobacco": "47.26Z", "books": "47.61Z", "insurance": "66.22Z",
    "travel_agency": "79.11Z", "gift": "47.78C", "furniture": "47.59A", "cheese": "47.29Z",
    "greengrocer": "47.21Z", "wine": "47.25Z", "toys": "47.65Z", "bicycle": "47.64Z",
    "supermarket": "47.11D", "laundry": "96.01B",
}  # fmt: skip
BY_AMENITY = {"restaurant": "56.10A", "cafe": "56.30Z", "bar": "56.30Z", "fast_food": "56.10C",
              "bank": "64.19Z", "pharmacy": "47.73Z", "post_office": "53.10Z"}  # fmt: skip
VINTAGE = date(2025, 12, 1)
FIRST = date(1980, 1, 1)
YEARS = 365.25
UNPLACED = 14  # establishments whose point is drawn at random in the commune
PREDECESSORS = 0.9  # chance that another shop was there before, again and again


@dataclass(frozen=True)
class Premises:
    """A storefront: where it is, its last known activity, and whether it is empty."""

    place: Any
    address: str
    activity: str
    empty: bool


def establishments() -> Table:
    """Return each storefront's chain of establishments, and some that lie anywhere."""
    rng = random("register")
    rows = [row for premises in _premises(rng) for row in _chain(premises, rng)]
    rows += [_anywhere(rng) for _ in range(UNPLACED)]
    for number, row in enumerate(rows, start=1):
        row["siret"] = f"000{number:06d}00017"
    columns = {name: [row[name] for row in rows] for name in COLUMNS}
    places = placed([row["place"] for row in rows])
    return table("sample-establishments", columns, places, vintage=VINTAGE.isoformat())


COLUMNS = ("siret", "activity", "state", "employer", "created", "state_since", "address",
           "postcode", "insee", "qualite_xy")  # fmt: skip


def _premises(rng: np.random.Generator) -> list[Premises]:
    """Return the storefronts of the shops layer, and services that keep one."""
    found = []
    for source, key, codes in ((shops(), "shop", BY_SHOP), (services(), "amenity", BY_AMENITY)):
        (rows,) = source.batches
        places = _drawn(rows.column("geometry").to_pylist())
        for row, place in zip(rows.drop_columns("geometry").to_pylist(), places, strict=True):
            street = names.OLD_STREETS[rng.integers(len(names.OLD_STREETS))]
            address = row.get("address") or f"{rng.integers(1, 90)} {street}"
            empty = row.get("status", "active") != "active"
            kind = row[key] or "clothes"
            if kind in codes:
                found.append(Premises(place, address, codes[kind], empty))
    return found


def _drawn(shapes: list[bytes]) -> Array:
    """Return placed geometries in metres around the town hall again."""
    from layers.demo.frame import ORIGIN

    return np.asarray(shapely.transform(shapely.from_wkb(shapes), lambda xy: xy - ORIGIN))


def _chain(premises: Premises, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Return the shops that followed one another in a storefront, the last one first."""
    rows = []
    end = VINTAGE
    if premises.empty:
        end = VINTAGE - timedelta(days=int(YEARS * rng.uniform(0.4, 8)))
    else:
        created = _before(end, rng)
        rows.append(_row(premises, created, None, rng))
        end = created - timedelta(days=int(rng.integers(20, 500)))
    while end > FIRST and (not rows or rng.random() < PREDECESSORS):
        created = _before(end, rng)
        rows.append(_row(premises, created, end, rng))
        end = created - timedelta(days=int(rng.integers(20, 500)))
    return rows


def _before(day: date, rng: np.random.Generator) -> date:
    """Return when a shop opened that was still there on a day."""
    return max(day - timedelta(days=30 + int(YEARS * rng.exponential(7))), FIRST)


def _row(
    premises: Premises, created: date, closed: date | None, rng: np.random.Generator
) -> dict[str, Any]:
    codes = [premises.activity, premises.activity, *BY_SHOP.values()]
    activity = codes[rng.integers(len(codes))] if closed else premises.activity
    return {
        "activity": activity,
        "state": "F" if closed else "A",
        "employer": "O" if rng.random() < 0.55 else "N",
        "created": created,
        "state_since": closed or created,
        "address": premises.address.upper(),
        "postcode": "00000",
        "insee": INSEE,
        "qualite_xy": "11",
        "place": premises.place,
    }


def _anywhere(rng: np.random.Generator) -> dict[str, Any]:
    spot = shapely.Point(polar(rng.uniform(0, 1_800, 1), rng.uniform(0, 2 * np.pi, 1))[0])
    codes = list(BY_SHOP.values())
    premises = Premises(spot, "", codes[rng.integers(len(codes))], empty=False)
    row = _row(premises, _before(VINTAGE, rng), None, rng)
    return row | {"address": None, "qualite_xy": "33"}
