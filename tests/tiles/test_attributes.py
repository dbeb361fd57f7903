"""Attributes of features in tiles, of every type, and their absence."""

from __future__ import annotations

import datetime as dt
import json

import mapbox_vector_tile
import pyarrow as pa
import shapely

from layers.query import Query
from tests.tiles.decoding import features, place_of, tile_of

PLACE = place_of(2.0, 46.0, 10)
NOON = dt.datetime(2024, 5, 1, 12)
COLUMNS = {
    "text": ["été", "", None, "été"],
    "whole": [0, -5, None, 2**40],
    "part": [0.1, float("nan"), None, -1e300],
    "flag": [True, False, None, True],
    "day": pa.array([dt.date(2024, 5, 1), None, dt.date(1960, 1, 1), None]),
    "at": pa.array([NOON, None, NOON.replace(microsecond=1500), None], pa.timestamp("us")),
}  # fmt: skip


def test_values_are_those_of_geojson(layer_of) -> None:
    layer = layer_of([shapely.Point(2, 46)] * 4, **COLUMNS)
    shown = {f["id"]: f["properties"] for f in features(tile_of(layer, PLACE).data)}
    page = json.loads(b"[" + bytes(layer.index.page(0, 4)) + b"]")
    expected = {f["id"]: {k: v for k, v in f["properties"].items() if v is not None} for f in page}
    assert shown == expected
    assert type(shown[0]["flag"]) is bool


def test_a_value_is_written_once(layer_of) -> None:
    layer = layer_of([shapely.Point(2, 46)] * 500, kind=["a long text to repeat"] * 500)
    assert tile_of(layer, PLACE).data.count(b"a long text to repeat") == 1


def test_only_the_properties_asked_for_are_there(layer_of) -> None:
    layer = layer_of([shapely.Point(2, 46)] * 4, **COLUMNS)
    shown = features(tile_of(layer, PLACE, query=Query(properties=("text",))).data)
    assert {name for f in shown for name in f["properties"]} == {"text"}
    shown = features(tile_of(layer, PLACE, query=Query(properties=())).data)
    assert [f["properties"] for f in shown] == [{}] * 4
    assert {f["id"] for f in shown} == {0, 1, 2, 3}


def test_ids_that_are_no_whole_numbers_are_left_to_the_attributes(make_layer) -> None:
    wkb = shapely.to_wkb(shapely.points([[2.0, 46.0], [2.0, 46.01]]))
    layer = make_layer(pa.table({"code": ["a", "2A004"], "geometry": wkb}), id_field="code")
    shown = mapbox_vector_tile.decode(tile_of(layer, PLACE).data)["things"]["features"]
    assert sorted(f["properties"]["code"] for f in shown) == ["2A004", "a"]


def test_generated_ids_are_those_of_the_features(make_layer) -> None:
    wkb = shapely.to_wkb(shapely.points([[2.0, 46.0], [2.0, 46.01]]))
    layer = make_layer(pa.table({"code": ["a", "b"], "geometry": wkb}))
    shown = features(tile_of(layer, PLACE).data)
    assert {f["id"]: f["properties"]["code"] for f in shown} == {1: "a", 2: "b"}
