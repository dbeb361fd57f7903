"""One state of the layers for all the work of a request, each look at them made once."""

from __future__ import annotations

import pytest

from layers.errors import NotFoundError
from layers.index import Index
from layers.snapshot import snapshot
from server.indicators.evaluation import evaluate


def test_a_new_version_does_not_show_in_a_snapshot(town_lake, shops) -> None:
    town_lake.add("shops", shops([(10, 10)]))
    before = snapshot(town_lake.catalogue)
    town_lake.add("shops", shops([(10, 10), (20, 20)]))
    assert before.layer("shops").index.count == 1
    assert [layer.version.rows for layer in before.themed("shops")] == [1]
    assert town_lake.catalogue.layer("shops").index.count == 2
    assert snapshot(before) is before
    with pytest.raises(NotFoundError, match="'shops'"):
        before.layer("shop")


def test_indicators_of_one_request_share_the_rows_they_find(town_lake, shops, monkeypatch) -> None:
    points = [(1_000 + 10 * i, 1_000) for i in range(30)]
    town_lake.add("shops", shops(points))
    looks: list[int] = []
    intersecting = Index.intersecting

    def counted(index: Index, area: object) -> object:
        looks.append(index.count)
        return intersecting(index, area)

    monkeypatch.setattr(Index, "intersecting", counted)
    measures = evaluate(town_lake.catalogue, town_lake.commune(), ["E04", "E10"])
    assert [m.n for m in measures] == [30, 30]
    assert looks.count(30) == 1
