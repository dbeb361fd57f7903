"""The sample town: its parts agree with each other. All of it is invented."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import rasterio
import shapely
from pyproj import Transformer

from layers.demo import demo_tables, write_land_cover
from layers.tables import Table

TO_LAMBERT = Transformer.from_crs(3035, 2154, always_xy=True)


@pytest.fixture(scope="module")
def tables() -> dict[str, Table]:
    return {layer: table for layer, _, table in demo_tables()}


@pytest.fixture(scope="module")
def frames(tables: dict[str, Table]) -> dict[str, pa.Table]:
    return {layer: pa.concat_tables(table.batches) for layer, table in tables.items()}


def shapes(frame: pa.Table) -> Any:
    return shapely.from_wkb(frame["geometry"].to_numpy())


def total(frame: pa.Table, column: str) -> float:
    return float(sum(value for value in frame[column].to_pylist() if value is not None))


def test_all_geometries_are_valid_and_inside_the_commune(frames: dict[str, pa.Table]) -> None:
    commune = shapes(frames["sample-communes"])[0].buffer(1)
    drawn = [name for name, frame in frames.items()
             if name.startswith("sample-") and "geometry" in frame.column_names]  # fmt: skip
    assert len(drawn) == 19
    for name in drawn:
        found = shapes(frames[name])
        assert shapely.is_valid(found).all(), name
        if name == "sample-facilities":  # the neighbours have one each
            found = found[np.array(frames[name]["depcom"]) == "00001"]
        if name != "sample-income-cells":  # the grid is the continent's
            assert shapely.covered_by(found, commune).all(), name


def test_it_lies_in_the_sea_where_promised(frames: dict[str, pa.Table]) -> None:
    hall = shapes(frames["sample-towns"])[0]
    lon, lat = Transformer.from_crs(2154, 4326, always_xy=True).transform(hall.x, hall.y)
    assert (lon, lat) == pytest.approx((-3.0, 46.5), abs=1e-4)
    names = frames["sample-towns"].to_pylist()[0]
    assert names["insee"] == "00001"
    assert "fictive" in names["name"]
    assert "fictive" in names["epci_name"]


def test_streets_are_one_connected_network(frames: dict[str, pa.Table]) -> None:
    lines = shapes(frames["sample-streets"])
    parent: dict[tuple[float, ...], tuple[float, ...]] = {}

    def root(node: tuple[float, ...]) -> tuple[float, ...]:
        while parent.setdefault(node, node) != node:
            node = parent[node]
        return node

    for line in lines:
        parent[root(line.coords[0])] = root(line.coords[-1])
    assert len({root(node) for node in list(parent)}) == 1


def test_buildings_stand_beside_streets_and_beside_each_other(
    frames: dict[str, pa.Table],
) -> None:
    buildings, lines = shapes(frames["sample-buildings"]), shapes(frames["sample-streets"])
    assert 3_000 < len(buildings) < 8_000
    near = shapely.STRtree(buildings).query(shapely.buffer(lines, 1.5), predicate="intersects")
    assert near.shape[1] == 0
    first, second = shapely.STRtree(buildings).query(buildings, predicate="intersects")
    pairs = first < second
    shared = shapely.area(shapely.intersection(buildings[first[pairs]], buildings[second[pairs]]))
    assert shared.max() < 0.5  # m²: walls in common, to the centimetre
    assert shapely.area(buildings).min() > 20


def test_population_of_cells_iris_and_commune_agree(frames: dict[str, pa.Table]) -> None:
    town = frames["sample-towns"]["population"][0].as_py()
    assert frames["sample-communes"]["population"][0].as_py() == town
    iris = total(frames["sample-iris-population"], "population")
    cells = total(frames["sample-income-cells"], "ind")
    assert 15_000 < town < 30_000
    assert cells == pytest.approx(iris, abs=1)
    assert cells == pytest.approx(town, rel=0.05)
    for row in frames["sample-iris-population"].to_pylist():
        assert row["population"] == row["age_0_19"] + row["age_20_64"] + row["age_65_plus"]


def test_dwellings_add_up(frames: dict[str, pa.Table]) -> None:
    iris = frames["sample-iris-housing"].to_pylist()
    assert 5 <= len(iris) <= 8
    assert len({row["iris"] for row in iris}) == len(iris)
    for row in iris:
        assert len(row["iris"]) == 9
        assert row["iris"].startswith("00001")
        uses = row["main_residences"] + row["second_homes"] + row["vacant_dwellings"]
        assert row["dwellings"] == uses == row["houses"] + row["flats"]
    centre, *others = iris
    assert centre["vacant_dwellings"] / centre["dwellings"] > max(
        row["vacant_dwellings"] / row["dwellings"] for row in others if row["dwellings"]
    )
    men = total(frames["sample-income-cells"], "men")
    assert men == pytest.approx(total(frames["sample-iris-housing"], "main_residences"), abs=1)


def test_cells_are_squares_of_the_european_grid(frames: dict[str, pa.Table]) -> None:
    cells = frames["sample-income-cells"]
    for name, shape in zip(cells["idcar_200m"].to_pylist(), shapes(cells), strict=True):
        east, north = shape.bounds[:2]
        assert name == f"CRS3035RES200mN{north:.0f}E{east:.0f}"
        assert (north % 200, east % 200, shape.area) == (0, 0, 40_000)


def test_facts_of_a_cell_are_coherent(frames: dict[str, pa.Table]) -> None:
    ages = [name for name in frames["sample-income-cells"].column_names if name.startswith("ind_")]
    periods = ("log_av45", "log_45_70", "log_70_90", "log_ap90", "log_inc")
    seen = set()
    for row in frames["sample-income-cells"].to_pylist():
        seen.add(row["i_est_200"])
        people = sum(row[name] for name in ages if name != "ind_snv")
        assert people == pytest.approx(row["ind"], abs=0.1)
        assert sum(row[name] for name in periods) == pytest.approx(row["men"], abs=0.1)
        assert row["men_coll"] + row["men_mais"] == pytest.approx(row["men"], abs=0.1)
        for part in ("men_pauv", "men_1ind", "men_5ind", "men_prop", "men_fmp", "log_soc"):
            assert 0 <= row[part] <= row["men"] + 0.01
        assert 7_000 < row["ind_snv"] / row["ind"] < 60_000
    assert seen == {0, 1}


def test_cells_cover_every_home(frames: dict[str, pa.Table]) -> None:
    corners = shapely.transform(
        shapes(frames["sample-income-cells"]),
        lambda xy: np.column_stack(TO_LAMBERT.transform(xy[:, 0], xy[:, 1])),
    )
    homes = frames["sample-buildings"]
    houses = shapes(homes)[np.array(homes["building"].to_pylist()) == "house"]
    covered = shapely.within(shapely.centroid(houses), shapely.union_all(corners).buffer(1))
    assert covered.mean() > 0.99  # but those that are vacant alone in their square


def test_150_storefronts_with_12_percent_empty(frames: dict[str, pa.Table]) -> None:
    shops = frames["sample-shops"]
    status = shops["status"].to_pylist()
    assert len(status) == 150
    assert {s: status.count(s) for s in set(status)} == {
        "active": 132,
        "vacant": 12,
        "disused": 6,
    }
    for row in shops.to_pylist():
        assert (row["name"] is None) == (row["status"] != "active")
        assert (row["shop"] is None) == (row["status"] == "vacant")
    assert len({row["shop"] for row in shops.to_pylist()}) > 15
    streets = shapely.union_all(shapes(frames["sample-streets"]))
    assert shapely.distance(shapes(shops), streets).max() < 25
    at_home = shapely.STRtree(shapes(frames["sample-buildings"])).query(
        shapes(shops), predicate="intersects"
    )
    assert len(set(at_home[0])) == 150


def test_the_shared_perimeter_holds_the_town_hall_and_most_shops(
    frames: dict[str, pa.Table],
) -> None:
    (centre,) = shapes(frames["sample-centre-perimeters"])
    assert centre.contains(shapes(frames["sample-towns"])[0])
    inside = shapely.within(shapes(frames["sample-shops"]), centre)
    assert 0.8 < inside.mean() < 1
    assert frames["sample-centre-perimeters"]["insee"].to_pylist() == ["00001"]


def test_services_that_every_town_has(frames: dict[str, pa.Table]) -> None:
    amenities = set(frames["sample-services"]["amenity"].to_pylist())
    assert amenities >= {
        "townhall", "school", "pharmacy", "doctors", "post_office", "library", "hospital",
        "restaurant", "place_of_worship", "marketplace",
    }  # fmt: skip


def test_sales_have_the_layout_of_dvf(frames: dict[str, pa.Table]) -> None:
    lines = frames["sample-sales"].to_pylist()
    sales: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        sales.setdefault(line["id_mutation"], []).append(line)
    assert len(sales) == 900
    assert len(lines) > 1.3 * len(sales)
    for sale in sales.values():
        assert len({(s["valeur_fonciere"], s["date_mutation"]) for s in sale}) == 1
    dates = [line["date_mutation"] for line in lines]
    assert (min(dates).year, max(dates).year) == (2023, 2025)
    kinds = {line["code_type_local"] for line in lines}
    assert kinds == {"1", "2", "3", "4"}
    prices = [
        sale[0]["valeur_fonciere"] / sale[0]["surface_reelle_bati"]
        for sale in sales.values()
        if len(sale) == 1 and sale[0]["valeur_fonciere"]
    ]
    assert 1_200 < np.median(prices) < 2_500


def test_buses_meet_in_the_centre(frames: dict[str, pa.Table]) -> None:
    lines, stops = frames["sample-transit-lines"], frames["sample-transit-stops"]
    assert lines["short_name"].to_pylist() == ["1", "2", "3"]
    assert {day.strftime("%A") for day in stops["reference_day"].to_pylist()} == {"Tuesday"}
    centre = next(row for row in stops.to_pylist() if row["name"] == "Centre")
    assert centre["lines"] == "1;2;3"
    assert centre["departures"] == total(lines, "trips") == 164
    routes = dict(zip(lines["short_name"].to_pylist(), shapes(lines), strict=True))
    streets = shapely.union_all(shapes(frames["sample-streets"])).buffer(0.5)
    assert all(streets.covers(route) for route in routes.values())
    for row, place in zip(stops.to_pylist(), shapes(stops), strict=True):
        for line in row["lines"].split(";"):
            assert routes[line].distance(place) < 140
    names = stops["name"].to_pylist()
    assert len(set(names)) == len(names)


def test_green_spaces_are_not_built_on(frames: dict[str, pa.Table]) -> None:
    greens = frames["sample-green-spaces"]
    assert set(greens["kind"].to_pylist()) >= {"park", "garden", "forest", "meadow", "grass"}
    built = shapely.union_all(shapes(frames["sample-buildings"]))
    assert shapely.area(shapely.intersection(shapes(greens), built)).sum() < 1


def test_ids_are_unique(frames: dict[str, pa.Table]) -> None:
    for name, frame in frames.items():
        if "osm_id" in frame.column_names:
            ids = frame["osm_id"].to_pylist()
            assert len(set(ids)) == len(ids), name


def test_land_cover_shows_the_town(tmp_path: Any, frames: dict[str, pa.Table]) -> None:
    write_land_cover(tmp_path / "a.tif")
    write_land_cover(tmp_path / "b.tif")
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()
    with rasterio.open(tmp_path / "a.tif") as image:
        classes = image.read(1)
        assert (image.crs.to_epsg(), classes.dtype, image.nodata) == (2154, "uint8", 255)
        assert image.tags()["fictitious"] == "true"
        hall = shapes(frames["sample-towns"])[0]
        assert classes[image.index(hall.x, hall.y)] == 1
        commune = shapes(frames["sample-communes"])[0]
        inside = np.count_nonzero(classes != 255) * image.res[0] * image.res[1]
        assert inside == pytest.approx(commune.area, rel=0.01)
    assert set(np.unique(classes)) == {1, 2, 3, 10, 12, 18, 20, 23, 40, 255}


def test_dwellings_of_its_buildings_are_those_of_the_census(frames: dict[str, pa.Table]) -> None:
    dwellings = total(frames["sample-iris-housing"], "dwellings")
    assert total(frames["sample-bdtopo-buildings"], "dwellings") == dwellings
    known = [n for n in frames["sample-bdtopo-buildings"]["dwellings"].to_pylist() if n is not None]
    assert min(known) > 0
    assert len(known) < frames["sample-bdtopo-buildings"].num_rows


def test_each_vintage_of_the_ground_covers_the_commune_once(frames: dict[str, pa.Table]) -> None:
    frame = frames["sample-land-use"]
    (commune,) = shapes(frames["sample-communes"])
    for year in (2019, 2022):
        found = shapes(frame.filter(pc.field("vintage") == year))
        assert shapely.area(found).sum() == pytest.approx(commune.area, rel=1e-3)
        union = shapely.disjoint_subset_union_all(found)
        assert union.area == pytest.approx(commune.area, rel=1e-3)


def test_shops_follow_one_another_at_an_address(frames: dict[str, pa.Table]) -> None:
    rows = [r for r in frames["sample-establishments"].to_pylist() if r["address"]]
    shops = frames["sample-shops"].to_pylist()
    active = {s["address"].upper() for s in shops if s["status"] == "active"}
    assert active <= {r["address"] for r in rows if r["state"] == "A"}
    assert all(r["created"] < r["state_since"] for r in rows if r["state"] == "F")
    assert all(r["created"] == r["state_since"] for r in rows if r["state"] == "A")
    assert len({r["siret"] for r in rows}) == len(rows)
