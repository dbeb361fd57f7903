"""Urban form: areas and lengths known by hand, and what must hold whatever the drawing."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
import shapely.affinity
import shapely.ops

from layers.rasters import publish_raster
from server.indicators.evaluation import explain
from server.indicators.land import is_artificial
from server.indicators.overlays import covered

_number = count()
HECTARE = shapely.box(500, 500, 600, 600)
CLOSE = 1e-5  # a square of degrees is not quite one of metres


def house(shape: Any, **facts: Any) -> dict:
    return {"cleabs": f"b{next(_number)}", "light": False, "geometry": shape} | facts


def ground(shape: Any, cover: str, use: str = "US5", vintage: int = 2023, **facts: Any) -> dict:
    return {"code_cs": cover, "code_us": use, "vintage": vintage, "geometry": shape} | facts


def test_ground_under_buildings(town_lake) -> None:
    town_lake.add("bdtopo-buildings", [
        house(shapely.box(510, 510, 530, 530)),
        house(shapely.box(520, 510, 540, 530)),  # half of it over the first
        house(shapely.box(590, 590, 610, 610)),  # a quarter inside
        house(shapely.box(550, 550, 560, 560), light=True),
        house(shapely.box(550, 550, 560, 560), state="En projet"),
    ])  # fmt: skip
    measure = town_lake.measure("U01", town_lake.drawn(HECTARE))
    assert measure.numerator == pytest.approx(400 + 200 + 100, rel=CLOSE)
    assert measure.value == pytest.approx(7, rel=CLOSE)
    assert measure.n == 3


def test_ground_coverage_is_100_at_most_and_does_not_depend_on_turning(town_lake) -> None:
    whole = shapely.box(400, 400, 700, 700)
    town_lake.add("bdtopo-buildings", [house(whole), house(whole)])
    assert town_lake.measure("U01", town_lake.drawn(HECTARE)).value == pytest.approx(100)
    cross = shapely.box(540, 400, 560, 700)
    for angle in (0, 30, 77):
        turned = shapely.affinity.rotate(cross, angle, origin=(550, 550))
        town_lake.add("bdtopo-buildings", [house(turned)])
        disc = shapely.affinity.rotate(HECTARE, angle, origin=(550, 550))
        measure = town_lake.measure("U01", town_lake.drawn(disc))
        assert measure.value == pytest.approx(20, rel=1e-4)


def test_buildings_of_a_small_part_of_the_perimeter_say_nothing_of_the_whole(town_lake) -> None:
    town_lake.add("bdtopo-buildings", [house(shapely.box(0, 0, 400, 400))])
    for code in ("U01", "U02"):
        measure = town_lake.measure(code)
        assert (measure.value, measure.withheld.reason) == (None, "partly-mapped")
    town_lake.add("bdtopo-buildings", [house(shapely.box(0, 0, 2_000, 1_000))])
    measure = town_lake.measure("U01")
    assert measure.value == pytest.approx(50, rel=1e-3)
    assert measure.coverage == pytest.approx(75, abs=0.5)  # 500 m beyond the last building


def test_no_building_in_a_mapped_town_is_a_true_zero(town_lake) -> None:
    corners = [shapely.box(x, y, x + 10, y + 10) for x in (0, 1_990) for y in (0, 1_990)]
    town_lake.add("bdtopo-buildings", [house(shape, floors=2) for shape in corners])
    for code in ("U01", "U02"):
        measure = town_lake.measure(code, town_lake.drawn(HECTARE))
        assert (measure.value, measure.withheld) == (0, None)


def test_floors_come_from_storeys_then_height_then_the_others(town_lake) -> None:
    town_lake.add("bdtopo-buildings", [
        house(shapely.box(510, 510, 520, 520), floors=4, height=3.0),
        house(shapely.box(530, 510, 540, 520), height=6.2),
        house(shapely.box(550, 510, 560, 530)),  # 200 m² at the mean of the others, 3
    ])  # fmt: skip
    measure = town_lake.measure("U02", town_lake.drawn(HECTARE))
    assert measure.numerator == pytest.approx(400 + 200 + 600, rel=CLOSE)
    assert measure.value == pytest.approx(0.12, rel=CLOSE)
    assert measure.coverage == pytest.approx(50)
    assert measure.imputed_share == pytest.approx(50)
    assert measure.evidence == "estimé"


def test_mostly_unknown_heights_give_no_floor_area(town_lake) -> None:
    known = house(shapely.box(530, 510, 539, 520), floors=2)
    town_lake.add("bdtopo-buildings", [house(shapely.box(510, 510, 520, 520)), known])
    measure = town_lake.measure("U02", town_lake.drawn(HECTARE))
    assert (measure.value, measure.withheld.reason) == (None, "heights-unknown")


def land_of_a_hectare(vintage: int = 2023, sealed: float = 540) -> list[dict]:
    return [ground(shapely.box(400, 400, 520, 700), "CS1.1.1.1", vintage=vintage),
            ground(shapely.box(520, 400, sealed, 700), "CS1.1.1.2", "US4.1.1", vintage),
            ground(shapely.box(sealed, 400, 580, 700), "CS2.1.1.1", "US6.3", vintage),
            ground(shapely.box(580, 400, 700, 700), "CS2.2.1", "US2", vintage)]  # fmt: skip


def test_land_by_cover_adds_up(town_lake) -> None:
    town_lake.add("land-use", land_of_a_hectare())
    drawn = town_lake.drawn(HECTARE)
    values = {code: town_lake.measure(code, drawn) for code in ("U03", "U04", "U05")}
    assert values["U03"].value == pytest.approx(40, rel=1e-4)
    assert values["U04"].value == pytest.approx(60, rel=1e-4)  # with the lawn of an industry
    assert values["U05"].value == pytest.approx(60, rel=1e-4)
    assert all(m.coverage == pytest.approx(100, rel=1e-4) for m in values.values())
    cover = explain(town_lake.catalogue, drawn, "U03")["details"]["cover"]
    assert sum(cover.values()) == pytest.approx(100)


def test_the_newest_vintage_counts_and_the_change_is_told(town_lake) -> None:
    town_lake.add("land-use", land_of_a_hectare(2019, 530) + land_of_a_hectare(2022, 540))
    drawn = town_lake.drawn(HECTARE)
    told = explain(town_lake.catalogue, drawn, "U04")
    assert told["measure"].value == pytest.approx(60, rel=1e-4)
    assert told["details"]["between"] == [2019, 2022]
    assert told["details"]["change_ha"] == pytest.approx(0.1, rel=1e-3)


def test_land_not_told_is_left_out_and_lowers_the_coverage(town_lake) -> None:
    town_lake.add("land-use", [ground(shapely.box(500, 500, 550, 600), "CS1.1.1.1")])
    measure = town_lake.measure("U03", town_lake.drawn(HECTARE))
    assert measure.value == pytest.approx(100)
    assert measure.coverage == pytest.approx(50, rel=1e-4)


def test_the_attribute_of_the_product_prevails(town_lake) -> None:
    town_lake.add("land-use", [ground(HECTARE, "CS1.1.1.1", artificial=False)])
    assert town_lake.measure("U04", town_lake.drawn(HECTARE)).value == 0


@pytest.mark.parametrize(
    ("cover", "use", "artificial"),
    [("CS1.1.1.1", "US1.1", True), ("CS1.1.1.2", "US6.3", True), ("CS1.1.2.1", "US1.3", False),
     ("CS1.1.2.1", "US5", True), ("CS1.1.2.2", "US1.1", True), ("CS1.2.1", "US5", False),
     ("CS2.1.1.1", "US5", False), ("CS2.2.1", "US5", True), ("CS2.2.1", "US1.1", False),
     ("CS2.2.1", "US4.1.1", True), ("CS2.2.2", "US6.2", True), ("CS2.2.1", "US6.3", False)],
)  # fmt: skip
def test_artificial_land_by_the_decree(cover: str, use: str, artificial: bool) -> None:
    assert is_artificial(np.array([cover]), np.array([use])).tolist() == [artificial]


def test_parts_of_a_perimeter_add_up(town_lake) -> None:
    town_lake.add("land-use", land_of_a_hectare())
    town_lake.add("bdtopo-buildings", [house(shapely.box(510, 450, 530, 650), floors=2)])
    parts = shapely.ops.split(HECTARE, shapely.LineString([(490, 520), (610, 590)])).geoms
    for code in ("U01", "U02", "U03", "U05"):
        whole = town_lake.measure(code, town_lake.drawn(HECTARE)).numerator
        pieces = [town_lake.measure(code, town_lake.drawn(part)).numerator for part in parts]
        assert sum(pieces) == pytest.approx(whole, rel=1e-4)


@pytest.fixture
def raster(town_lake, tmp_path: Path):
    """Give a function that publishes pixels of 10 m whose north-west corner is (500, 700)."""
    import rasterio
    from rasterio.transform import from_origin

    def publish(layer: str, pixels: np.ndarray) -> None:
        path = tmp_path / f"{layer}.tif"
        corner = shapely.get_coordinates(town_lake.place(shapely.Point(500, 700)))[0]
        profile = {
            "driver": "GTiff", "dtype": "uint8", "count": 1, "nodata": 255, "crs": "EPSG:2154",
            "height": pixels.shape[0], "width": pixels.shape[1],
            "transform": from_origin(*corner, 10, 10),
        }  # fmt: skip
        with rasterio.open(path, "w", **profile) as image:
            image.write(pixels.astype("uint8"), 1)
        record = town_lake.catalogue.record(layer)
        publish_raster(town_lake.catalogue.lake, record, path, source="synthetic")

    return publish


def test_without_ocs_ge_the_raster_tells_imperviousness(town_lake, raster) -> None:
    pixels = np.zeros((20, 20))
    pixels[:, :10] = 80
    pixels[0, :] = 255
    raster("imperviousness", pixels)
    # Columns from x = 500: five pixels of 80, two and a half of 0; the top row has no value.
    measure = town_lake.measure("U03", town_lake.drawn(shapely.box(550, 500, 625, 700)))
    assert measure.value == pytest.approx(80 * 5 / 7.5, rel=1e-3)
    assert measure.coverage == pytest.approx(95, rel=1e-3)
    assert measure.evidence == "estimé"
    assert measure.n == round(7.5 * 19)


def test_a_raster_too_coarse_for_the_perimeter_says_nothing(town_lake, raster) -> None:
    raster("imperviousness", np.full((20, 20), 50))
    measure = town_lake.measure("U03", town_lake.drawn(shapely.box(500, 500, 560, 600)))
    assert measure.withheld.reason == "missing-layer"


def test_classes_of_rasters_stand_in_for_land_use(town_lake, raster) -> None:
    pixels = np.full((20, 20), 13)  # OSO: meadow
    pixels[:, :5] = 1
    pixels[:, 5:8] = 23  # water
    raster("oso-land-cover", pixels)
    drawn = town_lake.drawn(shapely.box(500, 500, 700, 700))
    assert town_lake.measure("U04", drawn).value == pytest.approx(25, rel=1e-3)
    assert town_lake.measure("U05", drawn).value == pytest.approx(60, rel=1e-3)


def test_corine_tells_artificial_surfaces_last(town_lake, raster) -> None:
    pixels = np.full((20, 20), 12)
    pixels[:5] = 2
    raster("land-cover", pixels)
    drawn = town_lake.drawn(shapely.box(500, 500, 700, 700))
    assert town_lake.measure("U04", drawn).value == pytest.approx(25, rel=1e-3)
    assert town_lake.measure("U05", drawn).withheld.reason == "missing-layer"


def street(kind: str, *points: tuple[float, float]) -> dict:
    return {"osm_id": f"w{next(_number)}", "highway": kind, "geometry": shapely.LineString(points)}


def test_length_of_calm_streets(town_lake) -> None:
    town_lake.add("streets", [
        street("residential", (0, 500), (3_000, 500)),  # 1,500 m inside
        street("pedestrian", (100, 100), (100, 500)),
        street("living_street", (200, 100), (200, 200)),
        street("footway", (300, 100), (300, 900)), street("service", (400, 100), (400, 900)),
    ])  # fmt: skip
    measure = town_lake.measure("U07", town_lake.drawn(shapely.box(0, 0, 1_500, 1_000)))
    assert measure.numerator == pytest.approx(0.5, rel=1e-4)
    assert measure.denominator == pytest.approx(2, rel=1e-4)
    assert measure.value == pytest.approx(25, rel=1e-4)
    small = town_lake.drawn(shapely.box(0, 400, 800, 600))
    assert town_lake.measure("U07", small).withheld.reason == "too-few"


def test_brownfields_drawn_or_declared(town_lake) -> None:
    town_lake.add("brownfields", [
        {"site_id": "a", "status": "sans projet", "geometry": shapely.box(480, 500, 520, 550)},
        {"site_id": "b", "status": None, "geometry": shapely.box(510, 500, 530, 550)},
        {"site_id": "c", "area_m2": 500.0, "geometry": shapely.Point(580, 580)},
        {"site_id": "d", "geometry": shapely.Point(570, 580)},
        {"site_id": "e", "status": "friche reconvertie", "geometry": HECTARE},
        {"site_id": "f", "status": "friche potentielle", "geometry": HECTARE},
    ])  # fmt: skip
    measure = town_lake.measure("U08", town_lake.drawn(HECTARE))
    assert measure.numerator == pytest.approx(1_500 + 500, rel=1e-4)
    assert measure.value == pytest.approx(20, rel=1e-4)
    assert (measure.n, measure.coverage) == (4, 75)
    told = explain(town_lake.catalogue, town_lake.drawn(HECTARE), "U08")["details"]
    assert told["sites_not_verified"] == 1
    elsewhere = town_lake.drawn(shapely.box(900, 900, 1_000, 1_000))
    assert (town_lake.measure("U08", elsewhere).value, measure.evidence) == (0, "estimé")


@pytest.mark.parametrize("angle", [30, 77, 145])
def test_turning_a_town_changes_no_length_area_or_share(town_lake, angle) -> None:
    """A hectare with a house, a street, a cycle way, grass, a brownfield, before and after."""
    square = shapely.box(0, 0, 1_200, 1_200)

    def told(degrees: float) -> dict[str, float]:
        def turned(shape: Any) -> Any:
            return shapely.affinity.rotate(shape, degrees, origin=(600, 600))

        along, across = [(0, 300), (1_500, 300)], [(200, 100), (900, 800)]
        ways = [street("residential", *along), street("pedestrian", *across)]
        ways = [way | {"geometry": turned(way["geometry"])} for way in ways]
        site = {"site_id": "1", "geometry": turned(shapely.box(900, 900, 1_400, 1_000))}
        town_lake.add("bdtopo-buildings", [
            house(turned(shapely.box(1_100, 400, 1_300, 900)), floors=3),
            house(turned(shapely.box(100, 500, 300, 700)), height=6.0),
        ])  # fmt: skip
        town_lake.add("streets", ways)
        town_lake.add("cycle-ways", [ways[0] | {"sides": 1}])
        town_lake.add("brownfields", [site])
        town_lake.add("land-use", [
            ground(turned(shapely.box(-300, -300, 600, 1_500)), "CS1.1.1.1"),
            ground(turned(shapely.box(600, -300, 1_500, 1_500)), "CS2.2.1", use="US1.1"),
        ])  # fmt: skip
        area = town_lake.drawn(turned(square))
        codes = ("U01", "U02", "U03", "U04", "U05", "U07", "U08", "M07")
        return {code: town_lake.measure(code, area).value for code in codes}

    straight = told(0)
    assert None not in straight.values()
    assert told(angle) == pytest.approx(straight, rel=1e-3)


def test_ground_that_several_buildings_cover_counts_once() -> None:
    house, annex, beside = (shapely.box(x, 0, x + 10, 10) for x in (0, 5, 15))
    inside, far = shapely.box(1, 1, 2, 2), shapely.box(100, 0, 101, 1)
    corner = shapely.GeometryCollection(
        [shapely.box(0, 20, 1, 21), shapely.LineString([(1, 20), (9, 20)])]
    )
    assert covered(np.array([house, annex, beside, inside, far, corner])) == pytest.approx(252)
    assert covered(np.array([house, beside])) == pytest.approx(200)
    assert covered(np.empty(0, dtype=object)) == 0
