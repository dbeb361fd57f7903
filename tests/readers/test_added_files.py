"""From any file to a layer that serves: opened, recorded, published, indexed, read again."""

from __future__ import annotations

import json

import geopandas as gpd
import pytest
import shapely

from layers.catalogue import Catalogue
from layers.errors import PublishError, UserError
from layers.opening import infer_record, open_file, save_record
from layers.publish import publish


@pytest.fixture
def add(tmp_path):
    """Give a function: a file in, the layers that it became out."""
    catalogue = Catalogue(tmp_path / "data")

    def run(path, **options):
        done = []
        for table in open_file(path, **options):
            record = infer_record(table, path)
            publish(catalogue.lake, record, table, source=path.name)
            save_record(record, catalogue.own_records)
            done.append(catalogue.layer(record.id))
        return done

    return run


def test_every_layer_of_perigueux_serves_with_its_own_names(add, shared_data):
    path = shared_data / "perigueux" / "perigueux.gpkg"
    layers = add(path)
    assert [(layer.id, layer.index.count) for layer in layers] == [
        ("commune", 1),
        ("bdnb-batiment", 10381),
        ("osm-building", 14774),
    ]
    given = gpd.read_file(path, layer="bdnb_batiment")
    kept = gpd.read_parquet(layers[1].file)
    assert kept.geometry.name == "geom"
    assert kept.crs == "OGC:CRS84"
    assert sorted(kept["batiment_c"]) == sorted(given["batiment_c"])
    area = kept.to_crs(2154).set_index("batiment_c").area
    assert area.sum() == pytest.approx(given.area.sum(), rel=1e-6)
    assert layers[1].record.geometry == "polygon"
    assert "perigueux.gpkg (bdnb_batiment)" in layers[1].record.description.fr


def test_odd_names_survive_to_the_index(add, tmp_path):
    """Synthetic: names that differ by case, or are those of a covering, an id, a geometry."""
    properties = {"A": 1, "a": "x", "bbox": "b", "geometry": "g", "fid": "f", "l": ["u"]}
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [2, 45, 7]},
        "properties": properties,
    }
    path = tmp_path / "odd.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    (layer,) = add(path)
    (served,) = layer.index.rows([0]).to_pylist()
    assert {k: served[k] for k in properties} == {**properties, "l": '["u"]'}
    assert layer.version.report["notes"] == [
        "heights (Z) or measures (M) of the geometry were dropped"
    ]
    assert gpd.read_parquet(layer.file).geometry.iloc[0].equals(shapely.Point(2, 45))


def test_geometry_alone_attributes_alone_and_projected_text(add, shared_data, tmp_path):
    for suffix in (".shp", ".shx", ".prj"):
        content = (shared_data / "rodez" / f"filosofi_200m_2015{suffix}").read_bytes()
        (tmp_path / f"contours{suffix}").write_bytes(content)
    (layer,) = add(tmp_path / "contours.shp")
    assert layer.index.count == 457
    assert layer.version.facts["attributes"] == []
    (layer,) = add(shared_data / "iris" / "base-ic-logement-2021.csv")
    assert (layer.index.count, layer.record.geometry, layer.version.vintage) == (
        3302, "none", "2021",
    )  # fmt: skip
    path = tmp_path / "mairies.csv"
    path.write_text("Nom;X;Y\nMairie;652000,5;6862000,25\n", encoding="utf-8")
    (layer,) = add(path)
    frame = gpd.read_parquet(layer.file).to_crs(2154)
    assert frame.geometry.x.iloc[0] == pytest.approx(652000.5, abs=1e-3)
    assert frame.geometry.y.iloc[0] == pytest.approx(6862000.25, abs=1e-3)
    assert frame["Nom"].iloc[0] == "Mairie"


def test_invalid_polygons_are_repaired_and_counted(add, shared_data):
    (layer,) = add(shared_data / "perpignan" / "qpv_66136.geojson")
    assert layer.version.report["repaired"]["invalid geometry repaired"] == 2
    assert (layer.version.report["read"], layer.version.report["kept"]) == (9, 9)
    assert gpd.read_parquet(layer.file).is_valid.all()


def test_a_wrong_crs_leaves_nothing(add, shared_data, tmp_path):
    with pytest.raises(PublishError, match="outside the world"):
        add(shared_data / "rodez" / "filosofi_200m_2015.shp", crs="EPSG:4326")
    assert not list((tmp_path / "data").rglob("*.parquet"))
    with pytest.raises(UserError, match="Unknown CRS 'EPSG:21544444'"):
        add(shared_data / "rodez" / "filosofi_200m_2015.shp", crs="EPSG:21544444")


def test_an_id_that_is_none_is_refused_with_one_that_is(shared_data):
    path = shared_data / "perpignan" / "qpv_66136.geojson"
    (table,) = open_file(path)
    with pytest.raises(UserError, match="try 'quartiers-2024'"):
        infer_record(table, path, id="Quartiers 2024")
