"""A small synthetic town, drawn in metres around a corner, published in a lake of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import shapely
import yaml

from layers.catalogue import Catalogue
from layers.publish import publish
from layers.schema import ARROW_TYPES
from layers.tables import Table
from server.indicators import perimeters
from server.indicators.evaluation import evaluate
from server.indicators.measures import Measure
from server.indicators.perimeters import Perimeter

INSEE = "12202"
CORNER = (666_000.0, 6_361_000.0)  # EPSG:2154, somewhere in Aveyron


class SyntheticLake:
    """A lake to fill with rows whose geometries are metres from CORNER."""

    def __init__(self, data: Path) -> None:
        self.catalogue = Catalogue(data)

    def add(
        self, layer: str, rows: list[dict[str, Any]], vintage: str | None = None, shift: float = 0
    ) -> None:
        """Publish rows; attributes that a row does not name are missing."""
        record = self.catalogue.record(layer)
        columns = {
            a.name: pa.array([row.get(a.name) for row in rows], ARROW_TYPES[a.type])
            for a in record.attributes
        }
        located = record.geometry != "none"
        if located:
            placed = [self.place(row["geometry"], shift) for row in rows]
            columns["geometry"] = pa.array(shapely.to_wkb(placed), pa.binary())
        table = Table(
            layer,
            [pa.table(columns)],
            "EPSG:2154" if located else None,
            geometry_name="geometry" if located else None,
            vintage=vintage,
        )
        publish(self.catalogue.lake, record, table, source="synthetic")

    def place(self, shape: Any, shift: float = 0) -> Any:
        """Return a shape of the drawing in EPSG:2154."""
        return shapely.transform(shape, lambda xy: xy + CORNER + (shift, 0))

    def share(self, layer: str, theme: str) -> None:
        """Write the record of a layer that the town shares, with the attributes of its theme."""
        record = self.catalogue.record(theme).model_dump(mode="json", exclude_none=True)
        record |= {"id": layer, "producer": "Ville (synthétique)", "licence": "Licence Ouverte 2.0"}
        del record["reader"]
        self.catalogue.own_records.mkdir(parents=True, exist_ok=True)
        path = self.catalogue.own_records / f"{layer}.yml"
        path.write_text(yaml.safe_dump(record, allow_unicode=True), encoding="utf-8")

    def town(self, side: float = 2_000, insee: str = INSEE, shift: float = 0) -> None:
        """Publish one square commune, its town hall in the middle."""
        facts = {"insee": insee, "name": f"Essai {insee} (synthétique)", "population": 1_000}
        hall = shapely.Point(side / 2, side / 2)
        self.add("towns", [facts | {"geometry": hall}], shift=shift)
        self.add("communes", [facts | {"geometry": shapely.box(0, 0, side, side)}], shift=shift)

    def commune(self, insee: str = INSEE) -> Perimeter:
        """Return the perimeter of a commune."""
        return perimeters.commune(self.catalogue, perimeters.town(self.catalogue, insee))

    def drawn(self, shape: Any) -> Perimeter:
        """Return the perimeter of a polygon of the drawing."""
        return perimeters.posted(self.catalogue, geojson(self.place(shape)))

    def measure(self, name: str, perimeter: Perimeter | None = None) -> Measure:
        """Evaluate one indicator, by default on the commune."""
        return evaluate(self.catalogue, perimeter or self.commune(), [name])[0]


def geojson(shape: Any) -> dict[str, Any]:
    """Return a shape of EPSG:2154 as a GeoJSON geometry in CRS84."""
    from layers import crs

    move = crs.mover(f"{crs.EPSG}2154", crs.CRS84)
    return dict(shapely.geometry.mapping(shapely.transform(shape, move)))


@pytest.fixture
def lake(tmp_path: Path) -> SyntheticLake:
    return SyntheticLake(tmp_path)


@pytest.fixture(scope="session")
def drawn_town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder that holds the town and its commune, to be copied."""
    data = tmp_path_factory.mktemp("synthetic")
    lake = SyntheticLake(data)
    lake.town()
    lake.commune()
    return data


@pytest.fixture
def town_lake(drawn_town: Path, tmp_path: Path) -> SyntheticLake:
    shutil.copytree(drawn_town, tmp_path, dirs_exist_ok=True)
    return SyntheticLake(tmp_path)


@pytest.fixture(scope="session")
def shops() -> Callable[..., list[dict[str, Any]]]:
    """Give a function from points of the drawing to shops."""

    def make(points: Any, status: str | None = "active", start: int = 0) -> list[dict[str, Any]]:
        return [
            {"osm_id": f"n{start + i}", "shop": "bakery", "status": status,
             "geometry": shapely.Point(point)}
            for i, point in enumerate(points)
        ]  # fmt: skip

    return make
