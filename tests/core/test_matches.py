"""Rows found are kept within a bound, whatever is asked (synthetic rows)."""

from __future__ import annotations

import numpy as np

from layers.matches import ENTRY_BYTES, Matches


def test_a_query_asked_again_is_not_searched_again():
    matches, asked = Matches(), []

    def find():
        asked.append(1)
        return np.arange(3)

    for _ in range(2):
        assert matches.found(("layer", "n > 1"), find).tolist() == [0, 1, 2]
    assert len(asked) == 1
    assert matches.found(("another", "n > 1"), lambda: np.arange(1)).tolist() == [0]


def test_searches_that_find_nothing_are_bounded_too():
    matches = Matches(10 * ENTRY_BYTES)
    for i in range(1000):
        matches.found(i, lambda: np.arange(0))
    assert len(matches) == 10


def test_rows_push_out_the_queries_asked_longest_ago():
    matches = Matches(10 * ENTRY_BYTES)
    for i in range(5):
        matches.found(i, lambda: np.arange(ENTRY_BYTES // 8))
    matches.found(0, lambda: np.arange(0))
    matches.found("new", lambda: np.arange(0))
    assert len(matches) == 5
    assert len(matches.found(0, lambda: np.arange(0))) == ENTRY_BYTES // 8
    assert len(matches.found(1, lambda: np.arange(0))) == 0


def test_a_search_that_finds_more_than_fits_is_kept_alone():
    matches = Matches(10 * ENTRY_BYTES)
    matches.found("small", lambda: np.arange(1))
    matches.found("large", lambda: np.arange(100 * ENTRY_BYTES))
    assert len(matches) == 1
    assert len(matches.found("large", lambda: np.arange(0))) == 100 * ENTRY_BYTES
