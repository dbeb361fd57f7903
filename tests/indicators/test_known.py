"""Measures, centres and classes are made once for a state of the layers, and anew for the next."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from layers.catalogue import Catalogue
from server.indicators import centres, evaluation, perimeters, stored, typology
from server.indicators.evaluation import evaluate
from server.indicators.known import known


@pytest.fixture
def counted(monkeypatch):
    """Count the calls of a function of a module."""

    def count(module, name: str) -> list[int]:
        calls: list[int] = []
        function = getattr(module, name)

        def called(*args):
            calls.append(1)
            return function(*args)

        monkeypatch.setattr(module, name, called)
        return calls

    return count


def row(x: float, count: int) -> list[tuple[float, float]]:
    return [(x + 10 * i, 1_000) for i in range(count)]


def test_a_measure_is_made_once_until_a_layer_changes(town_lake, shops, counted) -> None:
    town_lake.add("shops", shops(row(1_000, 30)))
    commune, calls = town_lake.commune(), counted(evaluation, "measured")
    first = known(town_lake.catalogue, commune, ["E10"])
    assert first == evaluate(town_lake.catalogue, commune, ["E10"])
    assert first[0].n == 30
    made = len(calls)
    assert known(town_lake.catalogue, commune, ["E10"]) == first
    assert len(calls) == made
    town_lake.add("shops", shops(row(1_000, 31)))
    assert known(town_lake.catalogue, commune, ["E10"])[0].n == 31
    assert len(calls) == made + 1


def test_threads_that_want_the_same_measures_make_them_once(town_lake, shops, counted) -> None:
    town_lake.add("shops", shops(row(1_000, 30)))
    commune, calls = town_lake.commune(), counted(evaluation, "measured")
    with ThreadPoolExecutor(4) as pool:
        asked = [["E10"], ["E04", "E10"], ["E10"], ["E10", "E04"]]
        found = list(pool.map(lambda names: known(town_lake.catalogue, commune, names), asked))
    assert len({id(one) for measures in found for one in measures}) == len(calls) == 2


def test_measures_come_in_the_order_asked_for_those_known_and_those_new(town_lake, shops) -> None:
    town_lake.add("shops", shops(row(1_000, 30)))
    commune = town_lake.commune()
    known(town_lake.catalogue, commune, ["E10"])
    asked = ["E04", "E10", "H01"]
    assert [one.code for one in known(town_lake.catalogue, commune, asked)] == asked


def test_a_centre_is_drawn_once_until_its_shops_change(town_lake, shops, counted) -> None:
    town_lake.add("shops", shops(row(1_000, 30)))
    town = perimeters.town(town_lake.catalogue, town_lake.commune().insee)
    calls = counted(centres, "_drawn")
    first = perimeters.centre(town_lake.catalogue, town)
    assert perimeters.centre(town_lake.catalogue, town) is first
    assert len(calls) == 1
    town_lake.add("shops", shops(row(1_000, 60)))
    second = perimeters.centre(town_lake.catalogue, town)
    assert len(calls) == 2
    assert second.projected.area > first.projected.area


def test_classes_are_stored_for_other_processes(demo_data, tmp_path, counted) -> None:
    found, file = typology.portraits(Catalogue(demo_data)), tmp_path / "typology.json"
    calls = counted(typology, "_classes")
    first = typology._typology(found, file)
    again = typology._typology(found, file)
    assert len(calls) == 1
    assert (again.classes == first.classes).all()
    assert again.trials == first.trials
    assert set(json.loads(file.read_text())) == {"key", "made"}


def test_what_is_stored_is_made_anew_for_another_key_or_from_a_broken_file(tmp_path) -> None:
    file = tmp_path / "made.json"
    assert stored.stored(file, "a", lambda: [1]) == [1]
    assert stored.stored(file, "a", lambda: [2]) == [1]
    assert stored.stored(file, "b", lambda: [3]) == [3]
    file.write_text('{"key": "b", "ma')
    assert stored.stored(file, "b", lambda: [4]) == [4]


def test_a_folder_that_cannot_be_written_stores_nothing_and_gives_the_answer(tmp_path) -> None:
    (tmp_path / "file").write_text("not a folder")
    assert stored.stored(tmp_path / "file" / "made.json", "a", lambda: [1]) == [1]
