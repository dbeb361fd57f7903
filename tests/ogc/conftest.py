"""A real server over a small lake whose rows are written by hand (synthetic)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pyarrow as pa
import pytest
import rasterio
import shapely
import yaml
from rasterio.transform import from_origin

from layers.catalogue import Catalogue
from layers.lake import Lake
from layers.opening import save_record
from layers.publish import publish
from layers.raster_adding import add_raster, import_raster
from layers.records import LayerRecord, Stretch
from layers.tables import Table

COUNT = 250


def record(layer: str, **changes: object) -> LayerRecord:
    facts: dict[str, object] = {
        "id": layer,
        "title": {"fr": f"Couche {layer}", "en": f"Layer {layer}"},
        "description": {"fr": "Données synthétiques", "en": "Synthetic data"},
        "producer": "tests",
        "licence": "CC0",
        "source": "synthetic",
        "geometry": "any",
    }
    return LayerRecord.model_validate(facts | changes)


def rows(count: int) -> pa.Table:
    """Points on a line from (2, 46) to (3, 47), numbered from 0."""
    at = range(count)
    points = shapely.points([2 + i / count for i in at], [46 + i / count for i in at])
    return pa.table(
        {
            "code": [f"{i:05d}" for i in at],
            "name": [f"<b>n°{i}</b> & co" for i in at],
            "size": pa.array([None if i % 10 == 0 else i / 2 for i in at], pa.float64()),
            "day": pa.array([18262 + i for i in at], pa.int32()).cast(pa.date32()),
            "geom": shapely.to_wkb(points),
        }
    )


CAFES = {
    "id_field": "key",
    "fictitious": True,
    "title": {"fr": "Cafés <3 & bars", "en": "Coffee <3 & bars"},
    "attributes": [
        {"name": "key", "type": "string"},
        {"name": "kind", "type": "string", "values": ["<bar>", "café"]},
        {"name": "open", "type": "boolean"},
        {"name": "area", "type": "number", "unit": "m²",
         "title": {"fr": "Surface de vente", "en": "Sales area"}},
    ],
}  # fmt: skip


def cafes() -> pa.Table:
    """Three places whose ids need quoting in an address, texts as pandas 3 writes them."""
    return pa.table(
        {
            "key": ["a/b", "c d?", "é&f=html"],
            "kind": pa.array(["<bar>", "café", None], pa.large_string()),
            "open": [True, False, None],
            "area": [10.5, None, 30.0],
            "geometry": shapely.to_wkb(shapely.points([2.0, 2.1, 2.2], [46.0, 46.1, 46.2])),
        }
    )


def grid() -> pa.Table:
    """900 points over western Brittany, where EPSG:2154 is turned by 5.7 degrees."""
    at = [(-5 + i / 30, 48 + j / 30) for i in range(30) for j in range(30)]
    points = shapely.points([x for x, _ in at], [y for _, y in at])
    return pa.table({"n": list(range(900)), "geometry": shapely.to_wkb(points)})


def put(data: Path, one: LayerRecord, table: pa.Table) -> None:
    """Publish a table with its record, as a user's own layer."""
    crs, geometry = (
        ("OGC:CRS84", table.column_names[-1]) if one.geometry != "none" else (None, None)
    )
    publish(Lake(data / "lake"), one, Table(one.id, [table], crs, geometry), source="synthetic")
    folder = Catalogue(data).own_records
    folder.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(one.model_dump(mode="json", exclude_none=True), allow_unicode=True)
    (folder / f"{one.id}.yml").write_text(text)


@pytest.fixture(scope="session")
def town_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("town")
    put(data, record("cafes", **CAFES), cafes())
    put(data, record("grid"), grid())
    return data


@pytest.fixture(scope="session")
def town(town_data: Path, run_server) -> Iterator[httpx.Client]:
    """A client of a server with a labelled layer and one in Brittany."""
    with run_server(town_data) as url, httpx.Client(base_url=f"{url}/ogc", timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def publish_as():
    """Give a function: data folder, id, rows (a number, or a table that ends with geometry)."""

    def publish_rows(data: Path, layer: str, table: pa.Table | int, **changes: object) -> None:
        put(data, record(layer, **changes), rows(table) if isinstance(table, int) else table)

    return publish_rows


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, run_server) -> Iterator[str]:
    data = tmp_path_factory.mktemp("ogc")
    catalogue = Catalogue(data)
    points = record("points", id_field="code", time_field="day")
    table = Table("points", [rows(COUNT)], "OGC:CRS84", "geom")
    plain = Table("facts", [pa.table({"n": [1, 2, 3]})], None, None)
    secret = Table("secret", [rows(3)], "OGC:CRS84", "geom")
    records = (points, record("facts", geometry="none"), record("secret", access="restricted"))
    for one, rows_ in zip(records, (table, plain, secret), strict=True):
        publish(Lake(data / "lake"), one, rows_, source="synthetic")
        text = yaml.safe_dump(one.model_dump(mode="json", exclude_none=True), allow_unicode=True)
        catalogue.own_records.mkdir(parents=True, exist_ok=True)
        (catalogue.own_records / f"{one.id}.yml").write_text(text)
    with run_server(data) as url:
        yield f"{url}/ogc"


@pytest.fixture(scope="session")
def client(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server, timeout=30) as client:
        yield client


def write_bands(path: Path) -> Path:
    """Write a synthetic raster of 4 x 3 cells in 2 bands: 0 to 11, of which 5 is missing; tens."""
    profile = {
        "driver": "GTiff", "width": 4, "height": 3, "count": 2, "dtype": "int16", "nodata": -1,
        "crs": "EPSG:2154", "transform": from_origin(600_000, 6_400_000, 10, 10),
    }  # fmt: skip
    values = np.arange(12, dtype="int16").reshape(3, 4)
    with rasterio.open(path, "w", **profile) as image:
        image.write(np.stack([np.where(values == 5, -1, values), values * 10]))
        image.descriptions = ("count", "tens")
        image.units = ("m", "")
    return path


@pytest.fixture(scope="session")
def raster_data(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Path:
    """Land cover of Cahors, real, in two CRS; its population, real; two bands, synthetic."""
    data = tmp_path_factory.mktemp("rasters")
    catalogue = Catalogue(data)
    folder = shared_data / "cahors"
    import_raster(catalogue, catalogue.record("corine-land-cover"), folder / "CLC2018_Lot.tif")
    import_raster(catalogue, catalogue.record("population-grid"), folder / "pop.tif")
    add_raster(catalogue, folder / "clc.tif")
    bands, _ = add_raster(catalogue, write_bands(data / "bands.tif"))
    # So few whole numbers look like codes; the stretch says that they are quantities.
    save_record(
        bands.model_copy(update={"classes": (), "stretch": Stretch(low=0, high=11)}),
        catalogue.own_records,
    )
    put(data, record("grid"), grid())
    return data


@pytest.fixture(scope="session")
def rasters(raster_data: Path, run_server) -> Iterator[httpx.Client]:
    with run_server(raster_data) as url, httpx.Client(base_url=f"{url}/ogc", timeout=30) as client:
        yield client
