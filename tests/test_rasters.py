"""Rasters become cloud-optimised versions of a layer, whole or not at all."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import rasterio
import yaml
from rasterio.transform import from_origin
from rio_cogeo.cogeo import cog_validate

from layers.catalogue import Catalogue
from layers.errors import PublishError, ReadError
from layers.lake import Lake
from layers.rasters import publish_raster
from layers.records import LayerRecord, Text

TEXT = Text(fr="Essai", en="Trial")


def record(layer: str = "land-cover", geometry: str = "raster") -> LayerRecord:
    return LayerRecord(
        id=layer, title=TEXT, description=TEXT, producer="p", licence="l", source="s",
        geometry=geometry,  # type: ignore[arg-type]
    )  # fmt: skip


def write(path: Path, **changes: object) -> Path:
    """Write a synthetic raster of 2000 x 1500 random bytes in Lambert-93."""
    profile = {
        "driver": "GTiff", "width": 2000, "height": 1500, "count": 1, "dtype": "float32",
        "crs": "EPSG:2154", "transform": from_origin(600_000, 6_400_000, 10, 10),
    } | changes  # fmt: skip
    rng = np.random.default_rng(1)
    with rasterio.open(path, "w", **profile) as image:
        image.write(rng.uniform(0, 1000, (1500, 2000)).astype("float32"), 1)
    return path


def stored(lake: Lake, layer: str) -> Path:
    return lake.folder(layer, lake.require(layer).current) / "data.tif"


@pytest.mark.parametrize(
    ("name", "crs", "shape", "classes"),
    [
        ("CLC2018_Lot.tif", "EPSG:3035", [914, 979], True),
        ("clc.tif", "EPSG:2154", [332, 314], True),
        ("pop.tif", "EPSG:3035", [193, 199], False),
    ],
)
def test_a_real_raster_is_stored_as_a_valid_cog_with_equal_pixels(
    shared_data, tmp_path, name, crs, shape, classes
):
    lake = Lake(tmp_path / "lake")
    seen: list[int] = []
    path = shared_data / "cahors" / name
    version = publish_raster(
        lake, record(), path, source=name, vintage="2018", progress=seen.append
    )
    assert (version.rows, version.vintage, version.source) == (None, "2018", name)
    facts = version.facts
    assert (facts["crs"], facts["shape"], facts["classes"]) == (crs, shape, classes)
    assert (facts["attributes"], facts["geometry_types"]) == ([], [])
    assert facts["nodata"] == "nan"
    assert seen == [shape[0]]
    # Cahors, 44.45 N 1.44 E, lies inside all three.
    west, south, east, north = facts["bounds"]
    assert west < 1.44 < east
    assert south < 44.45 < north
    json.loads(lake.manifest_path("land-cover").read_text(), parse_constant=pytest.fail)
    file = stored(lake, "land-cover")
    valid, errors, _ = cog_validate(file)
    assert valid, errors
    with rasterio.open(path) as given, rasterio.open(file) as kept:
        np.testing.assert_array_equal(kept.read(), given.read())
        assert kept.compression.name == "deflate"
        assert kept.transform == given.transform
        assert math.isnan(kept.nodata)


def test_overviews_of_classes_hold_no_invented_class(shared_data, tmp_path):
    lake = Lake(tmp_path / "lake")
    publish_raster(lake, record(), shared_data / "cahors" / "CLC2018_Lot.tif", source="s")
    with rasterio.open(stored(lake, "land-cover")) as image:
        levels = image.overviews(1)
        assert levels
        classes = set(np.unique(image.read(1)))
    with rasterio.open(stored(lake, "land-cover"), overview_level=0) as image:
        values = image.read(1)
        assert values.shape[0] < 914
        assert set(np.unique(values[~np.isnan(values)])) <= classes


def test_overviews_of_quantities_are_averages(tmp_path):
    lake = Lake(tmp_path / "lake")
    path = write(tmp_path / "quantity.tif")
    publish_raster(lake, record(), path, source="s")
    with rasterio.open(stored(lake, "land-cover"), overview_level=0) as image:
        pixel = image.read(1)[0, 0]
    with rasterio.open(path) as image:
        assert pixel == pytest.approx(image.read(1)[:2, :2].mean(), rel=1e-5)


def test_a_raster_without_crs_is_refused_with_a_proposal_and_taken_with_one(tmp_path):
    lake = Lake(tmp_path / "lake")
    path = write(tmp_path / "bare.tif", crs=None)
    with pytest.raises(PublishError, match=r"does not say its CRS.*Lambert-93.*--crs EPSG:2154"):
        publish_raster(lake, record(), path, source="s")
    assert lake.layers() == []
    version = publish_raster(lake, record(), path, source="s", crs="EPSG:2154")
    assert version.facts["crs"] == "EPSG:2154"
    with rasterio.open(path) as given, rasterio.open(stored(lake, "land-cover")) as kept:
        np.testing.assert_array_equal(kept.read(), given.read())
        assert kept.transform == given.transform


def test_a_raster_without_position_is_refused(tmp_path):
    path = tmp_path / "scan.tif"
    with pytest.warns(rasterio.errors.NotGeoreferencedWarning):
        write(path, transform=None, crs=None)
    with (
        pytest.warns(rasterio.errors.NotGeoreferencedWarning),
        pytest.raises(PublishError, match="where on Earth"),
    ):
        publish_raster(Lake(tmp_path / "lake"), record(), path, source="s")


def test_a_raster_in_a_wrong_crs_is_refused(tmp_path):
    path = write(tmp_path / "wrong.tif", crs="EPSG:4326")
    with pytest.raises(PublishError, match=r"outside the world.*--crs"):
        publish_raster(Lake(tmp_path / "lake"), record(), path, source="s")


def test_truncated_corrupt_and_missing_rasters_leave_the_former_version(shared_data, tmp_path):
    lake = Lake(tmp_path / "lake")
    whole = shared_data / "cahors" / "CLC2018_Lot.tif"
    former = publish_raster(lake, record(), whole, source="whole")
    truncated, half = tmp_path / "truncated.tif", tmp_path / "half.tif"
    truncated.write_bytes(whole.read_bytes()[:200_000])
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    text = tmp_path / "text.tif"
    text.write_text("not a raster")
    for path, words in (
        (truncated, "truncated"),
        (half, "truncated"),
        (text, "not a raster"),
        (tmp_path / "absent.tif", "No file"),
    ):
        with pytest.raises(ReadError, match=words):
            publish_raster(lake, record(), path, source="s")
    with pytest.raises(ReadError, match="truncated"):  # read through another driver of GDAL
        publish_raster(lake, record().model_copy(update={"nodata": 255}), half, source="s")
    assert lake.require("land-cover").current == former.id
    assert [version.id for version in lake.versions("land-cover")] == [former.id]
    assert not [p for p in (lake.root / ".staging").iterdir() if p.is_dir()]


def test_a_vector_record_is_refused(shared_data, tmp_path):
    with pytest.raises(PublishError, match="geometry: raster"):
        publish_raster(
            Lake(tmp_path / "lake"),
            record(geometry="polygon"),
            shared_data / "cahors" / "clc.tif",
            source="s",
        )


def test_pixels_without_data_are_declared_where_the_record_says_so_and_the_file_does_not(tmp_path):
    path = tmp_path / "IMD_2018.tif"
    pixels = np.full((600, 600), 40, dtype="uint8")
    pixels[:300] = 255
    profile = {
        "driver": "GTiff", "width": 600, "height": 600, "count": 1, "dtype": "uint8",
        "crs": "EPSG:3035", "transform": from_origin(3_700_000, 2_400_000, 10, 10),
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as image:
        image.write(pixels, 1)
    lake = Lake(tmp_path / "lake")
    known = record("imperviousness").model_copy(update={"nodata": 255.0})
    version = publish_raster(lake, known, path, source=path.name)
    assert version.facts["nodata"] == 255
    with rasterio.open(stored(lake, "imperviousness")) as image:
        assert (image.read(1) == pixels).all()
        assert image.read(1, masked=True).mean() == 40
        assert image.read(1, out_shape=(300, 300), masked=True).max() == 40


@pytest.fixture
def older(tmp_path):
    """A layer whose manifest lacks what an earlier release did not note."""
    catalogue = Catalogue(tmp_path)
    catalogue.own_records.mkdir(parents=True)
    known = record("old-cover")
    text = yaml.safe_dump(known.model_dump(mode="json", exclude_none=True))
    (catalogue.own_records / "old-cover.yml").write_text(text, encoding="utf-8")
    version = publish_raster(catalogue.lake, known, write(tmp_path / "r.tif"), source="s")
    manifest = catalogue.lake.manifest_path("old-cover")
    content = json.loads(manifest.read_text(encoding="utf-8"))
    content["versions"][0]["facts"] = {"bounds": version.facts["bounds"], "crs": "EPSG:2154"}
    manifest.write_text(json.dumps(content), encoding="utf-8")
    return tmp_path, version


def test_facts_that_an_earlier_release_did_not_note_are_read_from_the_file(older):
    data, version = older
    assert Catalogue(data).layers()["old-cover"].version.facts == version.facts


def test_a_raster_without_facts_and_file_is_refused_with_the_reason(older):
    data, _ = older
    catalogue = Catalogue(data)
    stored(catalogue.lake, "old-cover").unlink()
    assert "old-cover" not in catalogue.layers()
    assert "publish it again" in catalogue.problems()["old-cover"]
