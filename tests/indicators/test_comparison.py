"""Peers, places among them, typology: on numbers known by hand and on the 244 towns."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.catalogue import Catalogue
from layers.errors import BadRequestError
from server.indicators import perimeters
from server.indicators.diversite import decile
from server.indicators.evaluation import evaluate
from server.indicators.measures import Withheld
from server.indicators.peers import distances, nearest, peers, position
from server.indicators.portraits import choices, portraits, robust
from server.indicators.typology import adjusted_rand, described, typology

DORDOGNE = "24322"  # Périgueux
SCORES = np.array([[0, 0], [3, 4], [0, np.nan], [np.nan, np.nan]], dtype=float)


@pytest.fixture(scope="module")
def catalogue(demo_data) -> Catalogue:
    return Catalogue(demo_data)


def test_a_distance_is_the_quadratic_mean_over_what_is_known_of_both() -> None:
    found = distances(SCORES, np.array([1.0, 1.0]), 0)
    assert found[:3] == pytest.approx([0, np.sqrt(25 / 2), 0])
    assert np.isnan(found[3])
    assert distances(SCORES, np.array([3.0, 1.0]), 0)[1] == pytest.approx(np.sqrt((27 + 16) / 4))
    # Half of the weight at least must be known of both.
    assert np.isnan(distances(SCORES, np.array([1.0, 3.0]), 0)[2])


def test_several_sets_of_weights_at_once() -> None:
    several = distances(SCORES, np.array([[1.0, 1.0], [3.0, 1.0]]), 0)
    assert several[1] == pytest.approx([np.sqrt(12.5), np.sqrt(10.75)])


def test_distances_are_the_same_both_ways(catalogue) -> None:
    table = portraits(catalogue)
    weights = np.array([one.weight for one in table.variables])
    every = np.array([distances(table.scores, weights, row) for row in range(len(table.insee))])
    assert np.allclose(every, every.T, equal_nan=True)
    assert np.nanmax(np.diag(every)) == 0


def test_the_nearest_leave_the_town_and_the_unknown_out() -> None:
    assert nearest(np.array([0.0, 2.0, np.nan, 1.0]), 0, 5).tolist() == [3, 1]


def test_robust_scores_withstand_one_giant() -> None:
    values = np.array([[1.0], [2.0], [3.0], [4.0], [1_000.0], [np.nan]])
    scores = robust(values)[:, 0]
    assert scores[2] == 0
    assert scores[3] == pytest.approx(1 / 1.4826)
    assert scores[4] == 6
    assert np.isnan(scores[5])


@pytest.mark.parametrize(
    ("value", "others", "percentile"),
    [(5, [1, 2, 3, 4], 100), (0, [1, 2], 0), (2, [1, 2, 3], 50), (3, [1, None, 5], 50)],
)
def test_a_percentile_counts_ties_half(value, others, percentile) -> None:
    assert position(value, others)["percentile"] == percentile


def test_a_place_gives_the_spread_of_the_peers_and_how_many_have_a_value() -> None:
    found = position(None, [1.0, 2.0, 3.0, 4.0, 5.0, None])
    assert found == {"n": 5, "percentile": None, "minimum": 1, "first_quartile": 2, "median": 3,
                     "third_quartile": 4, "maximum": 5}  # fmt: skip
    assert position(3.0, [None])["percentile"] is None


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.floats(-1e6, 1e6))
def test_a_percentile_turns_round_with_the_sign(others, value) -> None:
    there = position(value, others)["percentile"]
    back = position(-value, [-other for other in others])["percentile"]
    assert there + back == pytest.approx(100)


def test_peers_of_a_real_town(catalogue) -> None:
    found = peers(catalogue, DORDOGNE)
    assert len(found.insee) == choices().k == 15
    assert DORDOGNE not in found.insee
    assert (np.diff(found.distances) >= 0).all()
    assert ((found.stability >= 0) & (found.stability <= 100)).all()
    assert found.stability[:3].mean() > found.stability[-3:].mean()


def test_the_user_chooses_how_many_which_variables_or_which_towns(catalogue) -> None:
    assert len(peers(catalogue, DORDOGNE, k=4).insee) == 4
    found = peers(catalogue, DORDOGNE, k=3, variables=["population"])
    sizes = found.portraits.values[:, 0]
    own = sizes[found.town]
    gaps = np.sort(np.abs(np.log1p(sizes) - np.log1p(own)))
    assert np.abs(np.log1p(sizes[found.rows]) - np.log1p(own)) == pytest.approx(gaps[1:4])
    own_list = peers(catalogue, DORDOGNE, chosen=["12202", DORDOGNE, "35236"])
    assert sorted(own_list.insee) == ["12202", "35236"]
    assert own_list.stability is None


def test_a_town_named_twice_counts_once_in_whatever_order(
    catalogue,
) -> None:
    one = peers(catalogue, DORDOGNE, chosen=["12202", "35236", "12202"])
    other = peers(catalogue, DORDOGNE, chosen=["35236", "12202"])
    assert one.insee == other.insee
    assert one.distances.tolist() == other.distances.tolist()


def test_a_town_of_which_the_census_tells_nothing_is_compared_by_what_is_known(catalogue) -> None:
    """Of the towns of Mayotte, only their distance to a metropole is known in the demo."""
    found = peers(catalogue, "97608")
    assert isinstance(found, Withheld)
    assert found.reason == "too-little-known"
    assert len(peers(catalogue, "97608", variables=["metropole-distance"]).insee) == 15
    named = peers(catalogue, DORDOGNE, chosen=["97608", "12202"])
    assert named.insee == ["12202", "97608"]  # of which no distance is known comes last
    assert np.isnan(named.distances[1])


def test_every_process_finds_the_same_peers_and_classes(catalogue) -> None:
    code = (
        "import sys; from pathlib import Path; import numpy as np\n"
        "from layers.catalogue import Catalogue\n"
        "from server.indicators.peers import peers\n"
        "from server.indicators.typology import middles\n"
        "found = peers(Catalogue(Path(sys.argv[1])), '24322')\n"
        "points = np.nan_to_num(found.portraits.scores)\n"
        "print(found.insee, found.distances.tolist(), found.stability.tolist(),"
        " middles(points, 6, 1).tolist())"
    )
    told = set()
    for seed in ("0", "1"):
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "OPENBLAS_NUM_THREADS": str(1 + int(seed)),
        }
        told.add(subprocess.run(
            [sys.executable, "-c", code, str(catalogue.data)],
            env=environment, capture_output=True, text=True, check=True, timeout=120,
        ).stdout)  # fmt: skip
    assert len(told) == 1
    assert told.pop().startswith("['")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"k": 0}, "between 1 and 243"),
        ({"variables": ["populaton"]}, "Did you mean 'population'"),
        ({"variables": ["poverty"]}, "No layer that tells it"),
        ({"chosen": ["12203"]}, "No town '12203'"),
        ({"chosen": [DORDOGNE]}, "no other town"),
    ],
)
def test_a_wrong_choice_is_told(catalogue, asked, said) -> None:
    with pytest.raises(BadRequestError, match=said):
        peers(catalogue, DORDOGNE, **asked)


def test_the_fictitious_town_has_no_peers(catalogue) -> None:
    found = peers(catalogue, "00001")
    assert isinstance(found, Withheld)
    town = perimeters.town(catalogue, "00001")
    measures = evaluate(catalogue, perimeters.commune(catalogue, town), ["V01", "V02"])
    assert [one.withheld.reason for one in measures] == ["fictitious-town"] * 2


def test_densities_and_distances_are_those_of_the_map(catalogue) -> None:
    table = portraits(catalogue)
    columns = {one.id: i for i, one in enumerate(table.variables)}
    row = table.values[table.insee.index(DORDOGNE)]
    # 29,966 inhabitants on 9.82 km² (Insee); the shipped boundary is simplified.
    assert row[columns["density"]] == pytest.approx(29_966 / 9.82, rel=0.05)
    # 108 km to Bordeaux as the crow flies.
    assert row[columns["metropole-distance"]] == pytest.approx(108, abs=3)


def test_shares_come_from_the_census(catalogue, shared_data) -> None:
    import pandas as pd

    table = portraits(catalogue)
    column = [one.id for one in table.variables].index("vacancy")
    (path,) = sorted((shared_data / "iris").glob("*log*"))
    raw = pd.read_csv(path, dtype={"IRIS": str, "COM": str}, sep=None, engine="python")
    sums = raw[raw["COM"] == DORDOGNE][["P21_LOGVAC", "P21_LOG"]].sum()
    expected = 100 * sums["P21_LOGVAC"] / sums["P21_LOG"]
    assert table.values[table.insee.index(DORDOGNE), column] == pytest.approx(expected)


def test_adjusted_rand_by_hand() -> None:
    one = np.array([0, 0, 0, 1, 1, 1])
    assert adjusted_rand(one, one) == 1
    assert adjusted_rand(one, 1 - one) == 1
    # Pairs together in both: 2; by chance 6 · 7 / 15 = 2.8; at most 6.5.
    other = np.array([0, 0, 1, 1, 1, 1])
    assert adjusted_rand(one, other) == pytest.approx((4 - 2.8) / (6.5 - 2.8))


def test_every_known_town_is_in_one_class(catalogue) -> None:
    made = typology(catalogue)
    assert set(made.trials) == set(choices().typology.classes)
    # The census of Mayotte is not in the demo: its four towns are in no class.
    unknown = set(range(244)) - set(made.rows.tolist())
    assert {made.portraits.insee[row][:3] for row in unknown} == {"976"}
    assert len(made.classes) == 240
    sizes = np.bincount(made.classes)
    assert (np.diff(sizes) <= 0).all()
    assert sizes.min() >= choices().typology.smallest
    stable = max(trial["stability"] for trial in made.trials.values())
    assert made.trials[len(sizes)]["stability"] == stable > 0.5
    names = [described(row, made.portraits.variables)["name"]["fr"] for row in made.medians]
    assert len(set(names)) == len(names)


def test_a_class_is_described_by_what_marks_it(catalogue) -> None:
    variables = portraits(catalogue).variables[:3]
    found = described(np.array([0.2, -2.0, 0.6]), variables)
    assert found["name"]["en"] == "Less dense, more young people"
    assert [mark["id"] for mark in found["marks"]] == ["density", "young"]
    assert described(np.zeros(3), variables)["name"]["fr"] == "Proches de la médiane"


def test_deciles_go_from_zero_to_nine() -> None:
    values = np.arange(100.0)
    ranks = [decile(value, values) for value in values]
    assert np.bincount(ranks).tolist() == [10] * 10


def test_the_distance_to_the_peers_is_the_mean_of_theirs(catalogue) -> None:
    town = perimeters.town(catalogue, DORDOGNE)
    (measure,) = evaluate(catalogue, perimeters.commune(catalogue, town), ["V02"])
    assert measure.value == pytest.approx(peers(catalogue, DORDOGNE).distances.mean())
    assert measure.n == 15
    (part,) = evaluate(catalogue, perimeters.centre(catalogue, town), ["V02"])
    assert part.withheld.reason == "commune-only"
