"""Indicators on real files against the same figures worked out another way (docs/validation.md)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pyarrow as pa
import pyogrio
import pytest
import shapely
from pyproj import Geod, Transformer

from layers.catalogue import Catalogue
from layers.publish import publish
from layers.rasters import publish_raster
from layers.readers import source
from layers.schema import ARROW_TYPES
from layers.tables import Table
from server.indicators.evaluation import evaluate
from server.indicators.formes import CALM, STREETS
from server.indicators.perimeters import Perimeter
from server.indicators.soils import CORINE_ARTIFICIAL

EARTH = Geod(ellps="GRS80")
BIG = shapely.box(-3, 42, 4, 49)


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue(tmp_path)


def load(catalogue: Catalogue, name: str, *paths: Path) -> None:
    for table in source(name).read(list(paths)):
        publish(catalogue.lake, catalogue.record(table.layer), table, source=paths[0].name)


def boundary(folder: Path, department: str, insee: str) -> Any:
    (path,) = (folder / "communes").glob(f"communes-{department}-*.geojson")
    features = json.loads(path.read_text("utf-8"))["features"]
    shape = next(f["geometry"] for f in features if f["properties"]["code"] == insee)
    return shapely.from_geojson(json.dumps(shape))


def place(insee: str, shape: Any) -> Perimeter:
    return Perimeter("commune", "commune", insee, insee, shape, ("", ""), fictitious=False)


def test_cells_of_rodez(catalogue: Catalogue, shared_data: Path) -> None:
    path = shared_data / "rodez" / "filosofi_200m_2015.shp"
    load(catalogue, "filosofi", path)
    cells = pyogrio.read_dataframe(path, read_geometry=False)
    periods = cells[["log_av45", "log_45_70", "log_70_90", "log_ap90"]].sum()
    everyone, _, dates, poor = evaluate(
        catalogue, place("12202", shapely.box(2.3, 44.2, 2.8, 44.6)), ["H01", "H02", "H09", "H10"]
    )
    assert everyone.value == pytest.approx(cells["ind"].sum())
    assert dates.value == pytest.approx(100 * periods["log_av45"] / periods.sum())
    assert poor.value == pytest.approx(100 * cells["men_pauv"].sum() / cells["men"].sum())

    here = cells["depcom"] == "12202"
    town = place("12202", boundary(shared_data, "12", "12202"))
    everyone, dates, poor = evaluate(catalogue, town, ["H01", "H09", "H10"])
    assert everyone.value == pytest.approx(cells["ind"][here].sum(), rel=0.006)
    assert poor.value == pytest.approx(
        100 * cells["men_pauv"][here].sum() / cells["men"][here].sum(), abs=0.1
    )


def test_squares_of_rodez_hold_who_the_european_grid_counts(
    catalogue: Catalogue, shared_data: Path
) -> None:
    """The 1 km grid is another publication: its squares whose cells are all at hand agree."""
    import rasterio

    load(catalogue, "filosofi", shared_data / "rodez" / "filosofi_200m_2015.shp")
    back = Transformer.from_crs(3035, "OGC:CRS84", always_xy=True)
    with rasterio.open(shared_data / "cahors" / "pop.tif") as grid:
        counted = {
            (x, y): float(grid.read(1)[grid.index(1_000 * x + 500, 1_000 * y + 500)])
            for x, y in ((3727, 2390), (3728, 2388), (3728, 2390), (3729, 2390), (3728, 2389))
        }
    for (x, y), persons in counted.items():
        box = shapely.segmentize(shapely.box(x, y, x + 1, y + 1), 0.01)
        square = shapely.transform(
            box, lambda xy: np.column_stack(back.transform(*(1_000 * xy).T))
        )  # fmt: skip
        (measure,) = evaluate(catalogue, place("12202", square), ["H01"])
        assert measure.value == pytest.approx(persons, rel=2e-3)


def test_buildings_of_perigueux(catalogue: Catalogue, shared_data: Path) -> None:
    path = shared_data / "perigueux" / "perigueux.gpkg"
    buildings = pyogrio.read_dataframe(path, layer="bdnb_batiment")
    town = pyogrio.read_dataframe(path, layer="commune").geometry[0]
    record = catalogue.record("bdtopo-buildings")
    given = {
        "cleabs": [str(row) for row in range(len(buildings))],
        "height": buildings["hauteur"].tolist(),
    }
    nothing = [None] * len(buildings)
    columns = {
        a.name: pa.array(given.get(a.name, nothing), ARROW_TYPES[a.type]) for a in record.attributes
    }
    columns["geometry"] = pa.array(shapely.to_wkb(buildings.geometry.to_numpy()), pa.binary())
    table = Table(record.id, [pa.table(columns)], "EPSG:2154", "geometry")
    publish(catalogue.lake, record, table, source=path.name)
    back = Transformer.from_crs(2154, "OGC:CRS84", always_xy=True)
    shape = shapely.transform(town, lambda xy: np.column_stack(back.transform(*xy.T)))
    coverage, floors = evaluate(catalogue, place("24322", shape), ["U01", "U02"])

    shapes = shapely.intersection(shapely.make_valid(buildings.geometry.to_numpy()), town)
    assert coverage.value == pytest.approx(100 * shapely.union_all(shapes).area / town.area)
    levels = np.maximum(np.round(buildings["hauteur"] / 3), 1)
    assert floors.value == pytest.approx((shapely.area(shapes) * levels).sum() / town.area)


def test_calm_streets_of_redon(catalogue: Catalogue, shared_data: Path) -> None:
    path = shared_data / "redon" / "redon.osm"
    load(catalogue, "osm", path)
    (measure,) = evaluate(catalogue, place("35236", BIG), ["U07"])
    root = ElementTree.parse(path).getroot()
    nodes = {n.get("id"): (float(n.get("lon")), float(n.get("lat"))) for n in root.iter("node")}
    lengths = {True: 0.0, False: 0.0}
    for way in root.iter("way"):
        kind = next((t.get("v") for t in way.iter("tag") if t.get("k") == "highway"), None)
        points = [nodes[n.get("ref")] for n in way.iter("nd") if n.get("ref") in nodes]
        if kind in STREETS and len(points) > 1:
            lengths[kind in CALM] += EARTH.line_length(*zip(*points, strict=True))
    # Lambert-93 is shorter than the ellipsoid by 0.08 % there, calm or not.
    assert measure.denominator == pytest.approx(sum(lengths.values()) / 1_000, rel=1e-3)
    assert measure.value == pytest.approx(100 * lengths[True] / sum(lengths.values()), rel=1e-4)


def test_artificial_surfaces_of_cahors(catalogue: Catalogue, shared_data: Path) -> None:
    import rasterio.mask

    path = shared_data / "cahors" / "clc.tif"
    publish_raster(catalogue.lake, catalogue.record("land-cover"), path, source=path.name)
    town = boundary(shared_data, "46", "46042")
    (measure,) = evaluate(catalogue, place("46042", town), ["U04"])
    with rasterio.open(path) as image:
        move = Transformer.from_crs("OGC:CRS84", image.crs, always_xy=True)
        moved = shapely.transform(town, lambda xy: np.column_stack(move.transform(*xy.T)))
        shape = shapely.geometry.mapping(moved)
        pixels = rasterio.mask.mask(image, [shape], crop=True, filled=False)[0].compressed()
    by_centres = 100 * np.isin(pixels, list(CORINE_ARTIFICIAL)).mean()
    assert measure.value == pytest.approx(by_centres, abs=0.15)
    assert measure.coverage == pytest.approx(100)


def test_sales_of_dwellings_in_beziers(catalogue: Catalogue, shared_data: Path) -> None:
    import pandas as pd

    path = shared_data / "occitanie" / "dvf_occitanie.csv"
    load(catalogue, "dvf", path)
    load(catalogue, "rp-housing", shared_data / "iris" / "base-ic-logement-2021.csv")
    (measure,) = evaluate(catalogue, place("34032", boundary(shared_data, "34", "34032")), ["H07"])
    rows = pd.read_csv(path, dtype=str)
    newest = pd.to_datetime(rows["date_mutation"]).max()
    recent = pd.to_datetime(rows["date_mutation"]) >= newest - pd.Timedelta(days=1_096)
    sold = rows[recent & (rows["code_commune"] == "34032")
                & rows["nature_mutation"].isin(["Vente", "Vente en l'état futur d'achèvement"])
                & rows["code_type_local"].astype(float).isin([1, 2])]  # fmt: skip
    assert measure.n == sold["id_mutation"].nunique() > 1_000


def test_dwellings_share_out_cells_better_than_area(demo_data: Path) -> None:
    """The sample town knows where each household lives, so the error of both can be told."""
    from layers import crs
    from layers.demo.frame import ORIGIN
    from layers.demo.households import dwellings, locations
    from server.indicators.context import Context
    from server.indicators.overlays import area_inside, contains
    from server.indicators.population import cells

    catalogue = Catalogue(demo_data)
    points = shapely.get_coordinates(locations()) + np.array(ORIGIN)
    rng = np.random.default_rng(1)
    errors: dict[str, list[float]] = {"dwellings": [], "area": []}
    for _ in range(30):
        middle = np.array(ORIGIN) + rng.uniform(-500, 500, 2)
        disc = shapely.buffer(shapely.Point(middle), rng.uniform(150, 400))
        area = shapely.transform(disc, crs.mover(f"{crs.EPSG}2154", crs.CRS84))
        drawn = Perimeter("posted", "posted", "00001", "", area, ("", ""), fictitious=True)
        found = cells(Context(catalogue, drawn))
        persons = found.rows.column("ind")
        plain = area_inside(found.rows.shapes, drawn.projected) / shapely.area(found.rows.shapes)
        truth = dwellings().persons[contains(drawn.projected, points)].sum()
        errors["dwellings"].append(abs((persons * found.weights).sum() / truth - 1))
        errors["area"].append(abs((persons * plain).sum() / truth - 1))
    assert np.median(errors["dwellings"]) < 0.015
    assert np.median(errors["dwellings"]) < 0.6 * np.median(errors["area"])
