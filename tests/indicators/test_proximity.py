"""What inhabitants have within a walk, in a town of two streets whose times are known by hand."""

from __future__ import annotations

from datetime import date

import pytest
import shapely

from server.indicators.evaluation import explain

# One street of 2 km along y = 1000, one of 1 km north from its middle. Cells of 200 m hang on
# them; the middle of each lies on a street or next to it.
STREETS = [
    {"osm_id": "w1", "highway": "residential", "geometry": shapely.LineString(
        [(0, 1_000), (1_000, 1_000), (2_000, 1_000)])},
    {"osm_id": "w2", "highway": "residential", "geometry": shapely.LineString(
        [(1_000, 1_000), (1_000, 2_000)])},
]  # fmt: skip


def cell(number: int, x: float, y: float, persons: float, imputed: int = 0) -> dict:
    """Return a cell whose middle is at (x, y), of twenty households."""
    return {"idcar_200m": f"c{number}", "ind": persons, "men": 20.0, "i_est_200": imputed,
            "geometry": shapely.box(x - 100, y - 100, x + 100, y + 100)}  # fmt: skip


# By 80 m a minute: 0, 10 and 12.5 minutes from the east end of the centre at (200, 1000).
CELLS = [
    cell(1, 100, 1_000, 100),
    cell(2, 1_000, 1_000, 300, 1),
    cell(3, 1_000, 1_900, 400),  # 800 + 900 m
    cell(4, 1_300, 1_000, 200),  # 1100 m
]


@pytest.fixture
def walk_lake(town_lake):
    town_lake.add("streets", STREETS)
    town_lake.add("income-cells", CELLS)
    return town_lake


def facility(typequ: str, x: float, y: float, quality: str = "11") -> dict:
    return {"typequ": typequ, "depcom": "12202", "qualite_geoloc": quality,
            "geometry": shapely.Point(x, y)}  # fmt: skip


def group(code: str, *types: str, range_: str = "proximity") -> list[dict]:
    return [{"typequ_group": code, "typequ": one, "range": range_} for one in types]


def test_inhabitants_within_a_quarter_of_an_hour_of_the_centre(walk_lake) -> None:
    centre = walk_lake.drawn(shapely.box(0, 900, 200, 1_100))
    measure = walk_lake.measure("M01", centre)
    assert measure.value == pytest.approx(60, abs=0.1)
    assert measure.denominator == pytest.approx(1_000)
    assert (measure.n, measure.coverage) == (80, 100)
    assert measure.imputed_share == pytest.approx(30)
    assert set(measure.vintages) == {"streets", "income-cells"}
    # 1,700 m are seven minutes by cycle.
    assert explain(walk_lake.catalogue, centre, "M01")["details"]["share_by_cycle"] == 100


def test_never_more_than_within_a_disc_of_1200_m(walk_lake) -> None:
    centre = walk_lake.drawn(shapely.box(0, 900, 90, 1_100))
    disc = centre.projected.buffer(1_200)
    inside = [c for c in CELLS if disc.intersects(walk_lake.place(c["geometry"].centroid))]
    assert walk_lake.measure("M01", centre).value <= sum(c["ind"] for c in inside) / 10 == 40


def test_of_a_commune_it_is_its_centre_that_is_walked_to(walk_lake, shops) -> None:
    walk_lake.add("shops", shops([(1_000 + 20 * i, 1_000) for i in range(6)]))
    walk_lake.catalogue.layers()
    told = explain(walk_lake.catalogue, walk_lake.commune(), "M01")
    assert told["details"]["centre"] == "centre"
    # 900 m and less: everybody.
    assert told["measure"].value == 100


def test_quarter_hour_score_by_hand(walk_lake) -> None:
    rows = group("bakery", "B203", "B207") + group("doctor", "D201", "D265") + group("bank", "A203")
    walk_lake.add("facility-ranges", rows + group("cinema", "F303", range_="upper"))
    walk_lake.add("facilities", [
        facility("B207", 1_000, 1_000),  # 900, 0, 900 and 300 m from the cells
        facility("D265", 110, 1_000),  # 10, 890, 1790 and 1190 m
        facility("A203", 1_000, 1_900, "33"),
    ])  # fmt: skip
    measure = walk_lake.measure("M02")
    assert measure.value == pytest.approx((1_000 + 600) / 3 / 1_000, abs=1e-4)
    told = explain(walk_lake.catalogue, walk_lake.commune(), "M02")["details"]
    assert told["share_by_group"] == pytest.approx({"bakery": 100, "doctor": 60, "bank": 0})


def test_every_group_at_the_door_is_a_score_of_one(walk_lake) -> None:
    walk_lake.add("facility-ranges", group("bakery", "B207") + group("doctor", "D265"))
    places = [(100, 1_000), (1_000, 1_000), (1_000, 1_900)]
    kinds = ("B207", "D265")
    walk_lake.add("facilities", [facility(kind, *place) for kind in kinds for place in places])
    assert walk_lake.measure("M02").value == pytest.approx(1)


def test_mean_walk_to_essentials_by_hand(walk_lake) -> None:
    walk_lake.add("facilities", [
        facility("D307", 1_000, 1_000), facility("C108", 1_000, 1_000),
        facility("B105", 1_000, 1_000), facility("D265", 1_000, 1_000, "33"),
    ])  # fmt: skip
    told = explain(walk_lake.catalogue, walk_lake.commune(), "M03")
    near = (100 * 900 + 400 * 900 + 200 * 300) / 1_000 / 80
    assert told["details"]["minutes"]["pharmacy"] == pytest.approx(near, abs=1e-3)
    assert told["details"]["minutes"]["doctor"] == 30  # placed at random: no way to it is known
    assert told["measure"].value == pytest.approx((3 * near + 30) / 4, abs=1e-3)


def test_inhabitants_near_a_frequent_stop(walk_lake) -> None:
    day = date(2025, 4, 29)
    stops = [("s1", 30, 1_300), ("s2", 29, 100), ("s3", None, 1_000)]
    walk_lake.add("transit-stops", [
        {"stop_id": s, "departures": d, "reference_day": day, "geometry": shapely.Point(x, 1_000)}
        for s, d, x in stops
    ])  # fmt: skip
    measure = walk_lake.measure("M05")
    assert measure.value == pytest.approx(50)  # cells 2 (300 m) and 4; not 1: 29 departures
    told = explain(walk_lake.catalogue, walk_lake.commune(), "M05")
    assert told["details"] == {"reference_days": ["2025-04-29"], "stops": 1}


def test_inhabitants_near_a_public_green_space_of_half_a_hectare(walk_lake) -> None:
    def green(number, shape, **facts):
        return {"osm_id": f"w{number}", "kind": "park", "geometry": shape} | facts

    walk_lake.add("green-spaces", [
        green(1, shapely.box(1_200, 1_010, 1_300, 1_100)),  # 0.9 ha, along the street
        green(2, shapely.box(90, 1_010, 130, 1_050)),  # 0.16 ha
        green(3, shapely.box(900, 1_850, 990, 1_990), access="private"),
        green(4, shapely.box(900, 1_850, 990, 1_990), kind="meadow"),
    ])  # fmt: skip
    assert walk_lake.measure("U06").value == pytest.approx(50)


def test_too_few_on_published_streets_is_withheld(town_lake) -> None:
    town_lake.add("streets", STREETS)
    town_lake.add("income-cells", [cell(1, 100, 1_000, 100), cell(2, 300, 300, 300)])
    town_lake.add("green-spaces", [{"osm_id": "w1", "kind": "park",
                                    "geometry": shapely.box(0, 0, 90, 90)}])  # fmt: skip
    assert town_lake.measure("U06").withheld.reason == "network-incomplete"


@pytest.mark.parametrize("name", ["M01", "M02", "M03", "M05", "U06", "M07"])
def test_without_their_layers_nothing_is_given(town_lake, shops, name) -> None:
    town_lake.add("shops", shops([(1_000, 1_000)]))
    assert town_lake.measure(name).withheld.reason == "missing-layer"


def test_residents_of_buildings_live_there(walk_lake) -> None:
    walk_lake.add("facility-ranges", group("bakery", "B207"))
    walk_lake.add("facilities", [facility("B207", 630, 1_000)])
    # The middle of the third cell is 370 + 900 m away, its only building 370 + 810 m.
    assert walk_lake.measure("M02").value == pytest.approx(0.6)
    walk_lake.add("bdtopo-buildings", [
        {"cleabs": "b1", "dwellings": 4, "geometry": shapely.box(995, 1_805, 1_005, 1_815)}
    ])  # fmt: skip
    assert walk_lake.measure("M02").value == pytest.approx(1)
    assert walk_lake.measure("M02").denominator == pytest.approx(1_000)


def test_cycle_ways_of_a_single_side_count_half(walk_lake) -> None:
    walk_lake.add("cycle-ways", [
        {"osm_id": "w8", "kind": "way", "sides": 2,
         "geometry": shapely.LineString([(0, 500), (500, 500)])},
        {"osm_id": "w9", "kind": "lane", "sides": 1,
         "geometry": shapely.LineString([(0, 1_000), (1_000, 1_000)])},
    ])  # fmt: skip
    measure = walk_lake.measure("M07")
    assert measure.value == pytest.approx(100 * 1.0 / 3.0, rel=1e-4)
    assert measure.denominator == pytest.approx(3, rel=1e-4)
    half = walk_lake.drawn(shapely.box(0, 0, 1_000, 1_500))
    assert walk_lake.measure("M07", half).numerator == pytest.approx(1, rel=1e-3)
