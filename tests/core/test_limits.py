"""What one search may take."""

from __future__ import annotations

import threading

import pytest

from layers.catalogue import Catalogue
from layers.engine import Engine
from layers.errors import BadRequestError, OverloadError
from layers.limits import Limits
from layers.parameters import parse_query
from layers.publish import publish
from layers.query import select

LONG = "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE hash(a.range + b.range) = 1"


def test_a_long_search_is_stopped_with_what_to_do():
    engine = Engine(Limits(seconds=0.2))
    with pytest.raises(OverloadError, match=r"0\.2 seconds.*bbox"), engine.search() as cursor:
        cursor.execute(LONG).fetchall()
    # The engine serves on, and a short search leaves no thread that waits.
    with engine.search() as cursor:
        assert cursor.execute("SELECT 1").fetchall() == [(1,)]
    assert not [t for t in threading.enumerate() if isinstance(t, threading.Timer) and t.is_alive()
                and not t.finished.is_set()]  # fmt: skip


def test_a_search_beyond_the_memory_is_refused_with_what_to_do():
    engine = Engine(Limits(memory="20MB"))
    sql = "SELECT list(range || 'a long enough text') FROM range(5000000)"
    with pytest.raises(OverloadError, match="20MB"), engine.search() as cursor:
        cursor.execute(sql).fetchall()


def test_vertices_are_counted_over_the_whole_filter(tmp_path, make_record, make_table):
    catalogue = Catalogue(tmp_path, Limits(vertices=10))
    record = make_record("communes", geometry="point")
    publish(catalogue.lake, record, make_table(20), source="synthetic")
    layer = catalogue.layer("communes")
    box = "S_INTERSECTS(geometry, POLYGON((2 46, 3 46, 3 47, 2 47, 2 46)))"
    assert select(layer, parse_query({"filter": f"{box} OR {box}"}, layer)).matched == 20
    with pytest.raises(BadRequestError, match="more than 10 vertices"):
        parse_query({"filter": f"{box} OR {box} OR {box}"}, layer)
