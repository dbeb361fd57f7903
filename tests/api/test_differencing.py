"""No two answers on drawn perimeters may tell what a few households earn."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import shapely

from layers import crs
from layers.catalogue import Catalogue
from layers.publish import publish
from layers.schema import ARROW_TYPES
from layers.tables import Table
from server.api.explanations import Drawn, explained_posted
from server.compute.disclosure import evaluate_guarded
from server.indicators import perimeters
from server.ledger import Ledger
from server.settings import Settings

CORNER = (3_700_000, 2_370_000)  # EPSG:3035
SIDE, CELL = 5, 200
FEW = (4, 2)  # the one cell with five households; the others have forty


@pytest.fixture
def catalogue(tmp_path) -> Catalogue:
    """A town of 5 × 5 cells of 200 m."""
    catalogue = Catalogue(tmp_path)
    cells = []
    for x in range(SIDE):
        for y in range(SIDE):
            men = 5.0 if (x, y) == FEW else 40.0
            place = {"idcar_200m": f"{x}-{y}", "geometry": square(x, y, x + 1, y + 1)}
            cells.append(place | {"men": men, "men_pauv": men / 5, "ind": men, "i_est_200": 0})
    whole = square(0, 0, SIDE, SIDE)
    town = {"insee": "12001", "name": "Essai (synthétique)"}
    put(catalogue, "towns", [town | {"geometry": shapely.centroid(whole)}])
    put(catalogue, "communes", [town | {"geometry": shapely.buffer(whole, 0.001)}])
    put(catalogue, "income-cells", cells)
    return catalogue


@pytest.fixture
def ask(catalogue):
    """Give a function: corners of a rectangle in cells in, the measure of poverty out."""
    ledger = Ledger.of(Settings(catalogue.data))

    def ask(*corners: float):
        posted = perimeters.posted(catalogue, dict(shapely.geometry.mapping(square(*corners))))
        return evaluate_guarded(catalogue, ledger, posted, ["poor-households"])[0]

    return ask


def square(x: float, y: float, right: float, top: float):
    box = shapely.box(x, y, right, top)
    move = crs.mover(f"{crs.EPSG}3035", crs.CRS84)
    return shapely.transform(box, lambda xy: move(np.asarray(xy) * CELL + CORNER))


def put(catalogue: Catalogue, layer: str, rows: list[dict]) -> None:
    record = catalogue.record(layer)
    columns = {a.name: pa.array([row.get(a.name) for row in rows], ARROW_TYPES[a.type])
               for a in record.attributes}  # fmt: skip
    columns["geometry"] = pa.array(shapely.to_wkb([row["geometry"] for row in rows]), pa.binary())
    table = Table(layer, [pa.table(columns)], "OGC:CRS84", "geometry", "2021")
    publish(catalogue.lake, record, table, source="synthetic")


def test_a_perimeter_that_isolates_a_small_cell_is_refused(ask) -> None:
    column = ask(4, 0, 5, 2)  # the two cells below the small one
    assert column.value == pytest.approx(20)
    refused = ask(4, 0, 5, 3)  # and the small one
    assert (refused.value, refused.withheld.reason) == (None, "differencing")
    assert refused.numerator is None
    assert refused.n is None


def test_the_order_of_the_two_makes_no_difference(ask) -> None:
    assert ask(4, 0, 5, 3).value == pytest.approx(20)
    assert ask(4, 0, 5, 2).withheld.reason == "differencing"


def test_the_same_cells_again_get_the_same_answer(ask) -> None:
    first = ask(0, 0, 3, 3)
    assert ask(0.05, 0.05, 2.95, 2.95) == first
    assert first.value == pytest.approx(20)


def test_a_difference_of_many_households_is_answered(ask) -> None:
    assert ask(0, 0, 3, 3).value == pytest.approx(20)
    assert ask(0, 0, 3, 4).value == pytest.approx(20)


def test_the_known_perimeters_of_the_town_count_as_answered(catalogue) -> None:
    ledger = Ledger.of(Settings(catalogue.data))
    most = shapely.difference(square(0, 0, SIDE, SIDE), square(4, 2, 5, 3))
    posted = perimeters.posted(catalogue, dict(shapely.geometry.mapping(most)))
    (measure,) = evaluate_guarded(catalogue, ledger, posted, ["H10"])
    assert measure.withheld.reason == "differencing"


def test_other_servers_know_what_was_answered(catalogue, ask) -> None:
    assert ask(4, 0, 5, 2).value is not None
    elsewhere = Ledger.of(Settings(catalogue.data))
    posted = perimeters.posted(catalogue, dict(shapely.geometry.mapping(square(4, 0, 5, 3))))
    (measure,) = evaluate_guarded(Catalogue(catalogue.data), elsewhere, posted, ["H10"])
    assert measure.withheld.reason == "differencing"


def test_an_explanation_is_refused_with_its_value(catalogue, ask) -> None:
    assert ask(4, 0, 5, 2).value is not None
    drawn = Drawn(perimeter=dict(shapely.geometry.mapping(square(4, 0, 5, 3))))
    ledger = Ledger.of(Settings(catalogue.data))
    _, _, measure, outcome = explained_posted(catalogue, ledger, "H10", drawn)
    assert (measure.withheld.reason, outcome) == ("differencing", None)
