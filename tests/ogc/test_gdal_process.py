"""Many rows are written by GDAL in a process of its own, which ends with its work (synthetic)."""

from __future__ import annotations

import psutil
import pyarrow as pa
import pyogrio
import pytest
import shapely

from layers import interruption
from layers.catalogue import Catalogue
from layers.interruption import InterruptedWorkError
from layers.query import Query, select
from layers.writers import formats, ogr

COUNT = 40_000


@pytest.fixture(scope="module")
def layer(tmp_path_factory, publish_as):
    folder = tmp_path_factory.mktemp("many")
    points = shapely.points([2 + i / 1e5 for i in range(COUNT)], [46.0] * COUNT)
    rows = pa.table({"n": range(COUNT), "name": [f"é{i}" for i in range(COUNT)],
                     "geometry": shapely.to_wkb(points)})  # fmt: skip
    publish_as(folder, "many", rows, id_field="n")
    return Catalogue(folder).layer("many")


def written(layer, form, path, **asked):
    query = Query(**{"limit": COUNT, **asked})
    path.write_bytes(b"".join(formats()[form].write(layer, query, select(layer, query), [])))
    return pyogrio.read_dataframe(path, fid_as_index=False).drop(columns="geometry")


@pytest.mark.parametrize("form", ["gpkg", "fgb"])
def test_a_file_is_the_same_from_either_process(layer, form, tmp_path, monkeypatch):
    beside = written(layer, form, tmp_path / f"beside.{form}")
    assert len(beside) == COUNT
    monkeypatch.setattr(ogr, "FEW_ROWS", COUNT)
    assert beside.equals(written(layer, form, tmp_path / f"here.{form}"))


@pytest.mark.parametrize("form", ["gpkg", "fgb"])
def test_only_many_rows_need_a_process(layer, form, tmp_path, monkeypatch):
    monkeypatch.setattr(ogr, "PROGRAM", tmp_path / "missing.py")
    assert len(written(layer, form, tmp_path / f"few.{form}", limit=100)) == 100
    with pytest.raises(RuntimeError, match=r"missing\.py"):
        written(layer, form, tmp_path / f"many.{form}")


def test_what_gdal_says_is_told(layer, tmp_path, monkeypatch):
    monkeypatch.setitem(ogr.SUFFIXES, "GPKG", "/no-such-folder.gpkg")
    with pytest.raises(RuntimeError, match="no-such-folder"):
        written(layer, "gpkg", tmp_path / "x.gpkg")


def test_a_process_ends_with_the_work_that_wanted_it(layer, monkeypatch):
    others, looks = psutil.Process().children(), []

    def check():
        looks.append([p for p in psutil.Process().children() if p not in others])
        if len(looks) > 2:
            raise InterruptedWorkError

    monkeypatch.setattr(interruption, "check", check)
    query = Query(limit=COUNT)
    with pytest.raises(InterruptedWorkError):
        list(formats()["gpkg"].write(layer, query, select(layer, query), []))
    (process,) = looks[-1]
    assert not process.is_running()
