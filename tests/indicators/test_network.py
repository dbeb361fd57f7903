"""Times on a street network whose ways are known by hand."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from server.indicators.network import CYCLE, Network

# A ladder: two streets of 300 m, 100 m apart, joined at their east end only.
LADDER = [
    shapely.LineString([(0, 0), (300, 0)]),
    shapely.LineString([(0, 100), (300, 100)]),
    shapely.LineString([(300, 0), (300, 100)]),
]
M_PER_MIN = 80.0


def streets(*lines):
    return Network(np.array(lines, dtype=object), ["residential"] * len(lines))


def minutes(network, source, target, limit=np.inf):
    return float(network.minutes(np.array([source]), np.array([target]), limit)[0])


def test_the_way_around_is_counted_not_the_straight_line() -> None:
    assert minutes(streets(*LADDER), (0, 0), (0, 100)) == pytest.approx(700 / M_PER_MIN)


def test_the_way_to_the_street_counts_at_both_ends() -> None:
    found = minutes(streets(*LADDER), (100, -30), (200, -50))
    assert found == pytest.approx((30 + 100 + 50) / M_PER_MIN)


def test_one_who_comes_out_anywhere_on_a_street_goes_either_way() -> None:
    found = [minutes(streets(*LADDER), (x, 0), (300, 0)) for x in (100, 105, 110, 115)]
    assert found == pytest.approx([(300 - x) / M_PER_MIN for x in (100, 105, 110, 115)])


def test_further_than_a_hundred_metres_from_a_street_nothing_is_reached() -> None:
    assert minutes(streets(*LADDER), (100, 0), (200, -101)) == np.inf
    assert minutes(streets(*LADDER), (100, -101), (200, 0)) == np.inf


def test_nobody_steps_across_to_a_street_that_is_not_the_nearest() -> None:
    # Two parallel ways 10 m apart that never meet, as on both sides of a railway.
    apart = streets(
        shapely.LineString([(0, 0), (300, 0)]), shapely.LineString([(0, 10), (300, 10)])
    )
    assert minutes(apart, (0, 0), (300, 10)) == np.inf
    assert minutes(apart, (0, 4), (300, -5)) == pytest.approx((4 + 300 + 5) / M_PER_MIN)


def test_a_path_mapped_on_its_own_leads_nobody_astray() -> None:
    alone = shapely.LineString([(100, 20), (110, 20)])
    assert minutes(streets(*LADDER, alone), (100, 21), (100, 0)) == pytest.approx(21 / M_PER_MIN)


def test_a_bridge_does_not_join_the_street_below() -> None:
    below = shapely.LineString([(0, 0), (200, 0)])
    bridge = shapely.LineString([(100, -100), (100, 100)])
    assert minutes(streets(below, bridge), (0, 0), (100, 100)) == np.inf
    joined = shapely.LineString([(0, 0), (100, 0), (200, 0)])
    crossing = shapely.LineString([(100, -100), (100, 0), (100, 100)])
    assert minutes(streets(joined, crossing), (0, 0), (100, 100)) == pytest.approx(200 / M_PER_MIN)


def test_the_nearest_of_several_sources_is_taken() -> None:
    sources = np.array([(0, 0), (300, 100), (0, 100)])
    found = streets(*LADDER).minutes(sources, np.array([(200, 0), (40, 100)]))
    assert found == pytest.approx([200 / M_PER_MIN, 40 / M_PER_MIN])


def test_beyond_the_limit_nothing_is_reached() -> None:
    assert minutes(streets(*LADDER), (0, 0), (0, 100), limit=8.7) == np.inf
    assert minutes(streets(*LADDER), (0, 0), (0, 100), limit=8.8) == pytest.approx(8.75)


def test_a_cycle_is_faster_but_takes_no_steps_and_is_pushed_on_pavements() -> None:
    lines = np.array(LADDER, dtype=object)
    fast = Network(lines, ["residential", "residential", "residential"], CYCLE)
    assert minutes(fast, (0, 0), (0, 100)) == pytest.approx(700 / 250)
    pushed = Network(lines, ["residential", "residential", "footway"], CYCLE)
    assert minutes(pushed, (0, 0), (0, 100)) == pytest.approx(600 / 250 + 100 / 80)
    assert minutes(Network(lines, ["road", None, "steps"], CYCLE), (0, 0), (0, 100)) == np.inf


def test_an_empty_network_reaches_nothing() -> None:
    empty = Network(np.array([], dtype=object), [])
    assert empty.minutes(np.zeros((1, 2)), np.zeros((2, 2))).tolist() == [np.inf, np.inf]


def test_never_shorter_than_the_straight_line_and_the_same_both_ways() -> None:
    rng = np.random.default_rng(5)
    places = rng.uniform(0, 1_000, (60, 2))
    tree = shapely.delaunay_triangles(shapely.multipoints(places), only_edges=True)
    lines = shapely.get_parts(tree)[::2]
    found = Network(lines, ["residential"] * len(lines))
    ends = rng.uniform(0, 1_000, (40, 2, 2))
    there = np.array([minutes(found, a, b) for a, b in ends])
    back = np.array([minutes(found, b, a) for a, b in ends])
    straight = np.hypot(*(ends[:, 0] - ends[:, 1]).T) / M_PER_MIN
    assert np.isfinite(there).sum() > 10
    assert (there >= straight - 1e-9).all()
    assert there == pytest.approx(back)
