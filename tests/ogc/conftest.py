"""A real server over a small lake whose rows are written by hand (synthetic)."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pyarrow as pa
import pytest
import shapely
import yaml

from layers.catalogue import Catalogue
from layers.lake import Lake
from layers.publish import publish
from layers.records import LayerRecord
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
