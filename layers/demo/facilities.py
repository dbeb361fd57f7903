"""Facilities of the sample town under the codes of Insee's BPE, and the ranges they belong to.

Types of facility and the proximity range are the real ones; every facility is invented.
"""

from __future__ import annotations

import csv
import io
from functools import cache
from importlib.resources import files

import numpy as np
import shapely

from layers.demo.buildings import buildings
from layers.demo.frame import EPCI, INSEE, Array, placed, polar, random
from layers.demo.neighbours import NEIGHBOURS
from layers.demo.rows import table
from layers.demo.storefronts import services, shops
from layers.tables import Table

BY_SHOP = {
    "bakery": "B207", "hairdresser": "A501", "beauty": "A507", "estate_agent": "A505",
    "convenience": "B202", "supermarket": "B105",
}  # fmt: skip
BY_AMENITY = {
    "restaurant": "A504", "fast_food": "A504", "bank": "A203", "pharmacy": "D307",
    "doctors": "D265", "dentist": "D277", "post_office": "A206", "library": "F307",
    "cinema": "F303", "theatre": "F315", "police": "A101", "school": "C108", "hospital": "D101",
}  # fmt: skip
# Craftsmen, garages, taxis, nurses, a creche's office, grounds of sport, a museum; how many of
# each, and how many more whose place is not known.
SCATTERED = (
    ("A301", 9, 0), ("A401", 12, 6), ("A402", 10, 4), ("A403", 8, 3), ("A404", 11, 5),
    ("A405", 9, 4), ("E101", 5, 5), ("B326", 2, 0), ("D281", 12, 2), ("D505", 2, 0),
    ("F102", 2, 0), ("F111", 6, 0), ("F113", 3, 0), ("F121", 3, 0), ("F312", 1, 0),
    ("C201", 2, 0), ("C301", 1, 0),
)  # fmt: skip
# A few groups of the wider ranges, for trying: the real ones are 48 and 61.
WIDER = (
    ("A203", "Banque", "intermediate"), ("C201", "Collège", "intermediate"),
    ("B105", "Supermarché", "intermediate"), ("A101", "Police", "intermediate"),
    ("C301", "Lycée", "upper"), ("D101", "Hôpital", "upper"), ("F303", "Cinéma", "upper"),
    ("F312", "Lieu d'exposition", "upper"), ("C501", "Université", "upper"),
)  # fmt: skip
YEAR = "2025"


def _mapped(source: Table, key: str, codes: dict[str, str]) -> list[tuple[str, object]]:
    """Return the code and the place of each shop or service that the BPE counts."""
    (rows,) = source.batches
    places = shapely.from_wkb(rows.column("geometry").to_pylist())
    kinds, names = rows.column(key).to_pylist(), rows.column("name").to_pylist()
    return [
        (codes[kind], place)
        for kind, name, place in zip(kinds, names, places, strict=True)
        # A vacant storefront has no name; a lycée is no primary school.
        if kind in codes and name and "Lycée" not in name
    ]


@cache
def _scattered() -> tuple[list[tuple[str, object]], list[tuple[str, object]]]:
    """Return what lies in houses all over the town, and what Insee could not place."""
    rng = random("facilities")
    town = buildings()
    houses = np.flatnonzero(np.isin(town.uses, ["faubourg", "houses"]))
    spots: Array = placed(shapely.point_on_surface(town.footprints[houses]))
    found, drawn = [], []
    for code, count, unknown in SCATTERED:
        places = rng.choice(len(spots), count + unknown, replace=False)
        rows = [(code, spots[place]) for place in places]
        found += rows[:count]
        drawn += rows[count:]
    return found, drawn


def facilities() -> Table:
    """Return the facilities of the town, and one of each neighbouring commune."""
    known = [*_mapped(shops(), "shop", BY_SHOP), *_mapped(services(), "amenity", BY_AMENITY)]
    spread, drawn = _scattered()
    codes = [code for code, _ in (*known, *spread, *drawn)]
    places = [place for _, place in (*known, *spread, *drawn)]
    count, other = len(codes), len(NEIGHBOURS)
    sure = count - len(drawn)
    columns = {
        "typequ": codes + ["D201"] * other,
        "dom": [code[0] for code in codes] + ["D"] * other,
        "sdom": [code[:2] for code in codes] + ["D2"] * other,
        "nomrs": [None] * (count + other),
        "depcom": [INSEE] * count + [one.insee for one in NEIGHBOURS],
        "dciris": [None] * (count + other),
        "siret": [None] * (count + other),
        "capacite": [None] * (count + other),
        "qualite_xy": ["Bonne"] * sure + ["Mauvaise"] * len(drawn) + ["Bonne"] * other,
        "qualite_geoloc": ["11"] * sure + ["33"] * len(drawn) + ["11"] * other,
        "epci": [EPCI] * count + [one.epci for one in NEIGHBOURS],
    }
    away = polar(np.array([one.metres for one in NEIGHBOURS]), np.linspace(0.4, 5.6, other))
    spots = np.concatenate([np.array(places, dtype=object), placed(shapely.points(away))])
    return table("sample-facilities", columns, spots, vintage=YEAR)


def facility_ranges() -> Table:
    """Return Insee's proximity range, and a few groups of the wider ones."""
    text = files("config").joinpath("facility-ranges.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    columns = {
        "typequ_group": [r["TYPEQU_REGROUPEMENT"] for r in rows] + [code for code, _, _ in WIDER],
        "group_label": [r["LIBELLE_TYPEQU_REGROUPEMENT"] or None for r in rows]
        + [label for _, label, _ in WIDER],
        "typequ": [r["TYPEQU"] for r in rows] + [code for code, _, _ in WIDER],
        "label": [r["LIBELLE_TYPEQU"] or None for r in rows] + [label for _, label, _ in WIDER],
        "range": ["proximity"] * len(rows) + [range_ for _, _, range_ in WIDER],
    }
    return table("sample-facility-ranges", columns, vintage=YEAR)
