"""No two answers on drawn perimeters may tell what a few households earn."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import shapely
from fastapi.testclient import TestClient

from layers import crs
from layers.catalogue import Catalogue
from layers.opening import save_record
from layers.publish import publish
from layers.schema import ARROW_TYPES
from layers.tables import Table
from server.api.explanations import Drawn, explained_posted
from server.app import create_app
from server.compute.disclosure import evaluate_guarded
from server.indicators import perimeters
from server.ledger import Ledger
from server.settings import Settings

CORNER = (3_700_000, 2_370_000)  # EPSG:3035
SIDE, CELL = 5, 200
FEW = (4, 2)  # the one cell with five households; the others have forty


ACCESS = ("open", "restricted")
restricted = pytest.mark.parametrize("catalogue", ["restricted"], indirect=True)


@pytest.fixture(params=ACCESS)
def catalogue(request, tmp_path) -> Catalogue:
    """A town of 5 × 5 cells of 200 m, published for all or held under an agreement."""
    catalogue = Catalogue(tmp_path)
    whole = square(0, 0, SIDE, SIDE)
    town = {"insee": "12001", "name": "Essai (synthétique)"}
    put(catalogue, "towns", [town | {"geometry": shapely.centroid(whole)}])
    put(catalogue, "communes", [town | {"geometry": shapely.buffer(whole, 0.001)}])
    publish_cells(catalogue, request.param)
    return catalogue


@pytest.fixture
def ask(catalogue):
    """Give a function: corners of a rectangle in cells in, the measure of poverty out."""
    ledger = Ledger.of(Settings(catalogue.data))

    def ask(*corners: float):
        posted = perimeters.posted(catalogue, dict(shapely.geometry.mapping(square(*corners))))
        return evaluate_guarded(catalogue, ledger, posted, ["poor-households"])[0]

    return ask


def cells() -> list[dict]:
    found = []
    for x in range(SIDE):
        for y in range(SIDE):
            men = 5.0 if (x, y) == FEW else 40.0
            place = {"idcar_200m": f"{x}-{y}", "geometry": square(x, y, x + 1, y + 1)}
            found.append(place | {"men": men, "men_pauv": men / 5, "ind": men, "i_est_200": 0})
    return found


def publish_cells(catalogue: Catalogue, access: str) -> None:
    if access == "open":
        put(catalogue, "income-cells", cells())
        return
    changes = {"id": "our-cells", "theme": "income-cells", "access": access, "reader": None}
    record = catalogue.record("income-cells").model_copy(update=changes)
    catalogue.own_records.mkdir(parents=True, exist_ok=True)
    save_record(record, catalogue.own_records)
    put(Catalogue(catalogue.data), "our-cells", cells())


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


@restricted
def test_three_answers_that_isolate_a_small_cell_are_no_better_than_two(ask) -> None:
    assert ask(4, 0, 5, 2).value == pytest.approx(20)  # the two cells below the small one
    assert ask(3, 0, 4, 3).value == pytest.approx(20)  # the three to the left of these
    assert ask(3, 0, 5, 3).withheld.reason == "differencing"  # all five and the small one


@restricted
def test_a_chain_of_answers_that_isolates_a_small_cell_is_seen(ask) -> None:
    """The small one is (4 + small + 3) - (4 + 2) - (3 + 1) + (2 + 1), each of forty households."""
    assert ask(3, 0, 5, 1).value is not None  # cells (3, 0) and (4, 0)
    assert ask(3, 0, 4, 2).value is not None  # (3, 0) and (3, 1)
    assert ask(3, 1, 4, 3).value is not None  # (3, 1) and (3, 2)
    assert ask(3, 2, 5, 3).withheld is None  # (3, 2) and the small one: what it holds is not told
    assert ask(4, 0, 5, 1).withheld.reason == "differencing"  # (4, 0) alone would tell all others


def test_the_same_cells_published_again_are_the_same_cells(catalogue, ask) -> None:
    assert ask(4, 0, 5, 2).value is not None
    (layer,) = {"income-cells", "our-cells"} & set(catalogue.layers())
    put(catalogue, layer, cells())
    assert ask(4, 0, 5, 3).withheld.reason == "differencing"


@restricted
def test_what_follows_from_earlier_answers_is_given_as_it_tells_nothing_new(ask) -> None:
    assert ask(0, 0, 1, 3).value is not None
    assert ask(1, 0, 2, 3).value is not None
    assert ask(0, 0, 2, 3).value == pytest.approx(20)


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


@restricted
def test_the_doors_of_http_know_of_one_another(catalogue) -> None:
    """Two answers by two doors, then each door is asked for what would isolate the small cell."""
    outline = {name: dict(shapely.geometry.mapping(square(*corners))) for name, corners in {
        "below": (4, 0, 5, 2), "left": (3, 0, 4, 3), "all": (3, 0, 5, 3)}.items()}  # fmt: skip
    process = "/ogc/processes/evaluate-perimeter/execution"

    def inputs(name: str) -> dict:
        return {"inputs": {"perimeter": outline[name], "indicators": ["H10"]}}

    with TestClient(create_app(Settings(catalogue.data))) as client:
        first = client.post(
            "/evaluate", json={"perimeter": outline["below"], "indicators": ["H10"]}
        )
        assert first.json()["measures"][0]["value"] == pytest.approx(20)
        assert '"value":20' in client.post(process, json=inputs("left")).text.replace(" ", "")
        asked = {"perimeter": outline["all"]}
        for answer in (
            client.post("/evaluate", json=asked | {"indicators": ["H10"]}),
            client.post("/evaluate?format=csv", json=asked | {"indicators": ["H10"]}),
            client.post("/indicators/H10/explain", json=asked),
            client.post("/indicators/H10/explain/features", json=asked),
            client.post(process, json=inputs("all")),
        ):
            assert answer.status_code == 200
            assert "differencing" in answer.text
            assert "205" not in answer.text  # households, of which a fifth are poor
            assert "41.0" not in answer.text
