"""Layers in a lake of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pytest
import shapely

from layers.catalogue import Catalogue, Layer
from layers.lake import Lake
from layers.publish import publish
from layers.records import LayerRecord
from layers.tables import Table


@pytest.fixture(scope="session")
def make_layer(tmp_path_factory):
    """Give a function: a table that ends with its geometry in, an open layer out."""

    def make(table: pa.Table, crs: str = "OGC:CRS84", **changes: object) -> Layer:
        data = tmp_path_factory.mktemp("tiles")
        text = {"fr": "Données synthétiques", "en": "Synthetic data"}
        facts = {"id": "things", "title": text, "description": text, "producer": "tests",
                 "licence": "CC0", "source": "synthetic", "geometry": "any"}  # fmt: skip
        record = LayerRecord.model_validate(facts | changes)
        source = Table("things", [table], crs, table.column_names[-1])
        version = publish(Lake(data / "lake"), record, source, source="synthetic")
        catalogue = Catalogue(data)
        folder = catalogue.lake.folder("things", version.id)
        return Layer(record, version, catalogue.engine, folder, data / "index" / version.id)

    return make


@pytest.fixture(scope="session")
def layer_of(make_layer) -> Callable[..., Layer]:
    """Give a function: geometries of CRS84 in, a layer of them with the id ``n`` out."""

    def make(geometries: list[object], **columns: list[object]) -> Layer:
        wkb = shapely.to_wkb(np.array(geometries, dtype=object))
        rows = {"n": list(range(len(geometries))), **columns}
        return make_layer(pa.table({**rows, "geometry": wkb}), id_field="n")

    return make


@pytest.fixture(scope="session")
def perigueux(shared_data: Path, make_layer) -> tuple[Layer, gpd.GeoDataFrame]:
    """The buildings of Périgueux in Lambert-93: the layer, and the frame by its id."""
    frame = gpd.read_file(shared_data / "perigueux" / "perigueux.gpkg", layer="osm_building")
    frame = frame[["geometry"]].assign(n=range(len(frame)))
    table = pa.table({"n": frame.n, "geometry": frame.geometry.to_wkb()})
    return make_layer(table, "EPSG:2154", id_field="n"), frame.set_index("n")
