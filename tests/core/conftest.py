"""Small layers written by hand (synthetic) for the tests of the lake."""

from __future__ import annotations

import pyarrow as pa
import pytest
import shapely

from layers.records import LayerRecord
from layers.tables import Table


@pytest.fixture(scope="session")
def make_record():
    def make(layer: str = "places", **changes: object) -> LayerRecord:
        text = {"fr": "Lieux synthétiques", "en": "Synthetic places"}
        facts: dict[str, object] = {
            "id": layer, "title": text, "description": text, "producer": "tests",
            "licence": "CC0", "source": "synthetic", "geometry": "any",
        }  # fmt: skip
        return LayerRecord.model_validate(facts | changes)

    return make


@pytest.fixture(scope="session")
def make_table():
    def make(count: int = 1000, batches: int = 1, **columns: list[object]) -> Table:
        """Points on a diagonal from (2, 46), ``code`` counting from 0."""
        step = count // batches

        def batch(start: int) -> pa.Table:
            at = range(start, start + step)
            points = shapely.points([2 + i / 1000 for i in at], [46 + i / 1000 for i in at])
            rows = {"code": [f"{i:05d}" for i in at], "size": [i * 0.5 for i in at]}
            rows |= {name: values[start : start + step] for name, values in columns.items()}
            return pa.table(rows | {"geometry": shapely.to_wkb(points)})

        return Table("places", (batch(i * step) for i in range(batches)), "OGC:CRS84")

    return make
