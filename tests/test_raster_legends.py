"""Legends that files bring along, and those made where they bring none (synthetic rasters)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from layers.catalogue import Catalogue
from layers.errors import PublishError, RecordError
from layers.opening import save_record
from layers.raster_adding import add_raster
from layers.raster_checks import raster_findings
from layers.raster_legends import DISTINCT, legend
from layers.records import LayerRecord, Stretch, Text, load_layer_record

PLACE = {"crs": "EPSG:2154", "transform": from_origin(600_000, 6_400_000, 10, 10)}


def write(path: Path, values: np.ndarray, palette: dict | None = None, **changes: object) -> Path:
    rows, columns = values.shape
    profile = {"driver": "GTiff", "width": columns, "height": rows, "count": 1} | PLACE
    with rasterio.open(path, "w", dtype=values.dtype, **(profile | changes)) as image:
        image.write(values, 1)
        if palette:
            image.write_colormap(1, palette)
    return path


def added(tmp_path: Path, file: Path, **changes: object):
    catalogue = Catalogue(tmp_path / "data")
    record, _ = add_raster(catalogue, file)
    if changes:
        save_record(record.model_copy(update={"classes": (), **changes}), catalogue.own_records)
    return Catalogue(tmp_path / "data").layer(record.id)


CODES = np.array([[1, 2], [3, 1]], "uint8")


def test_a_palette_gives_colours_and_stays_in_the_file(tmp_path):
    file = write(tmp_path / "painted.tif", CODES, {1: (255, 0, 0), 2: (0, 255, 0), 3: (0, 0, 255)})
    layer = added(tmp_path, file)
    assert [(c.value, c.color, c.title.fr) for c in legend(layer).classes] == [
        (1, "#ff0000", "1"), (2, "#00ff00", "2"), (3, "#0000ff", "3"),
    ]  # fmt: skip
    with rasterio.open(layer.file) as image:
        assert image.colormap(1)[2][:3] == (0, 255, 0)


def test_category_names_give_titles(tmp_path):
    file = write(tmp_path / "named.tif", CODES)
    names = "".join(f"<Category>{n}</Category>" for n in ("", "Bâti & voirie", "Champ", "Eau"))
    (tmp_path / "named.tif.aux.xml").write_text(
        "<PAMDataset><PAMRasterBand band='1'><CategoryNames>"
        f"{names.replace('&', '&amp;')}</CategoryNames></PAMRasterBand></PAMDataset>",
        encoding="utf-8",
    )
    classes = legend(added(tmp_path, file)).classes
    assert [c.title.fr for c in classes] == ["Bâti & voirie", "Champ", "Eau"]
    assert [c.color for c in classes] == list(DISTINCT[:3])


def test_an_attribute_table_gives_names_and_colours(tmp_path):
    file = write(tmp_path / "table.tif", CODES)
    fields = [("Value", 0, 5), ("Classe", 2, 2), ("R", 0, 6), ("V", 0, 7), ("B", 0, 8)]
    definitions = "".join(
        f"<FieldDefn index='{i}'><Name>{n}</Name><Type>{t}</Type><Usage>{u}</Usage></FieldDefn>"
        for i, (n, t, u) in enumerate(fields)
    )
    row = "<Row index='0'><F>2</F><F>Champ</F><F>10</F><F>20</F><F>30</F></Row>"
    (tmp_path / "table.tif.aux.xml").write_text(
        "<PAMDataset><PAMRasterBand band='1'><GDALRasterAttributeTable tableType='thematic'>"
        f"{definitions}{row}</GDALRasterAttributeTable></PAMRasterBand></PAMDataset>"
    )
    found = {c.value: (c.color, c.title.fr) for c in legend(added(tmp_path, file)).classes}
    assert found[2] == ("#0a141e", "Champ")
    assert found[1][1] == "Valeur 1"


def test_other_whole_numbers_than_those_of_corine_are_not_taken_for_it(tmp_path):
    layer = added(tmp_path, write(tmp_path / "clc_other.tif", CODES.astype("int16") * 1000))
    assert [c.title.en for c in legend(layer).classes] == ["Value 1000", "Value 2000", "Value 3000"]


def test_a_stretch_makes_quantities_of_whole_numbers(tmp_path):
    file = write(tmp_path / "share.tif", CODES)
    found = legend(added(tmp_path, file, stretch=Stretch(low=0, high=3, colormap="viridis")))
    assert (found.classes, found.low, found.high, found.colormap) == ((), 0, 3, "viridis")


def test_three_bands_of_bytes_are_a_picture(tmp_path):
    values = np.random.default_rng(1).integers(0, 255, (40, 40)).astype("uint8")
    file = tmp_path / "photo.tif"
    profile = {"driver": "GTiff", "width": 40, "height": 40, "count": 3, "dtype": "uint8"} | PLACE
    with rasterio.open(file, "w", **profile) as image:
        image.write(np.stack([values * 1, values // 2, values // 3]))
    layer = added(tmp_path, file, stretch=None)
    assert legend(layer).is_picture or layer.version.facts["classes"]


# Records.


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('classes: [{value: 1, color: red, title: {fr: a, en: b}}]', "classes.0.color"),
        ('classes: [{value: 1, color: "#000000", title: {fr: a}}]', "classes.0.title.en"),
        ('classes: [{value: 1, color: "#000000", titel: {fr: a, en: b}}]', "Did you mean 'title'"),
        ("stretch: {low: 2, high: 1}", "low (2) must be less than high (1)"),
        ("stretch: {low: 0, high: 1, colormap: jet}", "stretch.colormap"),
        ("stretch: {low: 0, high: 1}\nlegend: corine-land-cover", "legend of another layer"),
        ("legend: corine-land-cover\ngeometry: point", "geometry: raster"),
    ],
)  # fmt: skip
def test_a_wrong_legend_is_told_with_its_place(tmp_path, line, words):
    path = tmp_path / "wrong.yml"
    text = "id: wrong\ntitle: {fr: a, en: b}\ndescription: {fr: a, en: b}\n"
    text += "producer: p\nlicence: l\nsource: s\n"
    path.write_text(text + line + ("" if "geometry" in line else "\ngeometry: raster"))
    with pytest.raises(RecordError, match=r"wrong\.yml:\d+: ") as caught:
        load_layer_record(path)
    assert words in str(caught.value)


def test_the_same_value_twice_is_refused():
    one = {"value": 1, "color": "#000000", "title": Text(fr="a", en="b")}
    facts = dict.fromkeys(("id", "producer", "licence", "source"), "x")
    text = {"title": one["title"], "description": one["title"]}
    with pytest.raises(ValueError, match="value 1 is given twice"):
        LayerRecord(**facts, **text, geometry="raster", classes=(one, one))


# The doctor, and what cannot be published.


@pytest.mark.parametrize(
    ("values", "changes", "severity", "words"),
    [
        (np.full((4, 4), -1.5, "float32"), {"nodata": -1.5}, "warning", "no value at all"),
        (np.array([[-9999, 1.5], [2.5, 3.5]], "float32"), {}, "warning", "missing values"),
        (CODES, {}, "info", "classes without a name"),
        (CODES.astype("float32") / 2, {"crs": "EPSG:32633"}, "warning", "outside France"),
        (CODES, {"crs": None}, "error", "--crs EPSG:2154"),
        (CODES, {"crs": "EPSG:4326"}, "error", "outside the world"),
    ],
)  # fmt: skip
def test_the_doctor_tells_what_is_wrong_with_a_raster(tmp_path, values, changes, severity, words):
    file = write(tmp_path / "sick.tif", values, **changes)
    found = list(raster_findings(file))
    assert any(f.severity == severity and words in f.what for f in found), found


def test_the_doctor_finds_nothing_in_a_sound_raster_and_the_damage_of_another(
    shared_data, tmp_path
):
    whole = shared_data / "cahors" / "CLC2018_Lot.tif"
    assert list(raster_findings(whole)) == []
    truncated = tmp_path / "truncated.tif"
    truncated.write_bytes(whole.read_bytes()[:200_000])
    (found,) = raster_findings(truncated)
    assert found.severity == "error"


def test_a_turned_raster_is_refused(tmp_path):
    turned = PLACE["transform"] @ rasterio.Affine.rotation(30)
    file = write(tmp_path / "turned.tif", CODES, transform=turned)
    with pytest.raises(PublishError, match="gdalwarp"):
        add_raster(Catalogue(tmp_path / "data"), file)
