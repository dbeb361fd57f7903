"""The sample town as a town: its row, its boundary, its shared perimeter."""

from __future__ import annotations

from datetime import date

import numpy as np
import shapely

from layers.demo.census import population
from layers.demo.frame import EPCI, EPCI_NAME, INSEE, NAME, placed
from layers.demo.plan import plan
from layers.demo.rows import table
from layers.tables import Table

DEPARTMENT, DEPARTMENT_NAME = "00", "Département d'Exemple (fictif)"
REGION, REGION_NAME = "00", "Région d'Exemple (fictive)"
YEAR = "2025"


def towns() -> Table:
    """Return the town, at its town hall."""
    columns = {
        "insee": [INSEE],
        "name": [NAME],
        "site_id": ["ACV000"],
        "site_name": [NAME],
        "signed": [date(2018, 9, 28)],
        "department": [DEPARTMENT],
        "department_name": [DEPARTMENT_NAME],
        "region": [REGION],
        "region_name": [REGION_NAME],
        "epci": [EPCI],
        "epci_name": [EPCI_NAME],
        "population": [population()],
    }
    return table("sample-towns", columns, placed([shapely.Point(0, 0)]), vintage=YEAR)


def communes() -> Table:
    """Return the boundary of the town."""
    columns = {
        "insee": [INSEE],
        "name": [NAME],
        "department": [DEPARTMENT],
        "region": [REGION],
        "epci": [EPCI],
        "epci_name": [EPCI_NAME],
        "population": [population()],
    }
    return table("sample-communes", columns, placed([plan().commune]), vintage=YEAR)


def centre_perimeters() -> Table:
    """Return the perimeter of the town's revitalisation scheme: the old town and its edge."""
    outline = plan().core.buffer(70).simplify(6)
    columns = {
        "perimeter_id": [f"{INSEE}-ort"],
        "insee": [INSEE],
        "name": ["ORT d'Exempleville (fictive)"],
        "kind": ["ort"],
        "source": ["Tracé inventé / invented outline"],
    }
    shapes = placed(np.array([outline], dtype=object))
    return table("sample-centre-perimeters", columns, shapes, vintage=YEAR)
