"""Facilities, cycle ways and journeys to work of the fictitious town."""

from __future__ import annotations

import pytest

from layers.catalogue import Catalogue
from server.indicators import perimeters
from server.indicators.evaluation import evaluate

CODES = [
    "M01", "M02", "M03", "M04", "M05", "M06", "M07", "U06", "S01", "S02", "S03", "S04",
    "D01", "D02", "D03", "D04",
]  # fmt: skip
LAYERS = ["cycle-ways", "facilities", "facility-ranges", "commuting-flows", "commuting-modes"]


@pytest.fixture(scope="module")
def catalogue(demo_data) -> Catalogue:
    return Catalogue(demo_data)


def test_each_indicator_has_a_value_labelled_fictitious(catalogue) -> None:
    town = perimeters.town(catalogue, "00001")
    measures = evaluate(catalogue, perimeters.commune(catalogue, town), CODES)
    assert {m.code for m in measures if m.value is None} == set()
    assert all(measure.fictitious for measure in measures)
    by_code = {measure.code: measure.value for measure in measures}
    assert by_code["D01"] == pytest.approx(16, rel=1e-4)
    assert by_code["D02"] == pytest.approx(47, rel=1e-4)


@pytest.mark.parametrize("layer", LAYERS)
def test_the_layers_are_labelled_fictitious(catalogue, layer) -> None:
    found = catalogue.layer(f"sample-{layer}")
    assert found.record.fictitious
    assert found.index.count > 0


def test_places_drawn_at_random_are_told(catalogue) -> None:
    index = catalogue.layer("sample-facilities").index
    table = index.rows(range(index.count), ["qualite_geoloc", "depcom"]).to_pylist()
    own = [row for row in table if row["depcom"] == "00001"]
    assert 0 < sum(row["qualite_geoloc"] == "33" for row in own) < len(own) / 4


def test_everybody_who_lives_in_the_town_is_placed(catalogue) -> None:
    town = perimeters.town(catalogue, "00001")
    for area in perimeters.perimeters(catalogue, town):
        people, walkers = evaluate(catalogue, area, ["H01", "M02"])
        assert walkers.denominator == pytest.approx(people.value)
