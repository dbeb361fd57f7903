"""Layouts of former vintages fill the same layers: synthetic rows in the documented layouts."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

SQUARE = shapely.box(700000, 6600000, 700010, 6600010)


def test_facilities_without_epsg_lie_in_the_legal_projection_of_their_commune(imported, written):
    text = (
        "AN;TYPEQU;DEPCOM;LAMBERT_X;LAMBERT_Y;QUALITE_XY\n"
        "2018;B203;01004;700000;6600000;Bonne\n2018;D301;97411;500000;7690000;Acceptable\n"
    )
    done = imported("bpe", written("bpe_ensemble_xy.csv", text))
    rows = {row["depcom"]: row for row in done.rows("facilities")}
    assert shapely.from_wkb(rows["01004"]["geometry"]).x == pytest.approx(3)
    assert shapely.from_wkb(rows["97411"]["geometry"]).x == pytest.approx(57)
    assert (rows["97411"]["typequ"], rows["97411"]["qualite_geoloc"]) == ("D307", None)
    assert done.versions["facilities"].vintage == "2018"


@pytest.mark.parametrize(
    ("former", "present"),
    [
        ("D201", "D265"), ("D232", "D281"), ("D233", "D279"), ("D244", "D281"), ("D221", "D277"),
        ("C101", "C107"), ("C104", "C109"),
    ],
)  # fmt: skip
def test_codes_of_before_2024_of_a_facility_and_of_its_range_become_the_same(
    imported, written, former, present
):
    """The BPE of 2024 numbered the health professions anew: a nurse is D281, no more D244."""
    text = f"TYPEQU;DEPCOM;LONGITUDE;LATITUDE\n{former};01004;5.35;45.96\n"
    (row,) = imported("bpe", written("BPE23.csv", text)).rows("facilities")
    ranges = f"TYPEQU_REGROUPEMENT;TYPEQU;GAMME\n{former};{former};Gamme de proximité\n"
    done = imported("bpe-ranges", written("BPE_gammes_equipements_2023.csv", ranges))
    (group,) = done.rows("facility-ranges")
    assert (row["typequ"], group["typequ"]) == (present, present)


def test_the_packaged_range_holds_no_code_of_a_former_vintage(repository):
    former = (repository / "config" / "facility-codes.csv").read_text().splitlines()[1:]
    codes = {line.split(",")[0] for line in former}
    ranges = (repository / "config" / "facility-ranges.csv").read_text().splitlines()[1:]
    assert not codes & {code for line in ranges for code in line.split(";")[:3:2]}


def test_facilities_of_a_former_commune(imported, written):
    changes = written(
        "v_mvt_commune.csv",
        "MOD,DATE_EFF,TYPECOM_AV,COM_AV,TYPECOM_AP,COM_AP\n32,2016-01-01,COM,01003,COM,01004\n",
    )
    text = "TYPEQU;DEPCOM;LONGITUDE;LATITUDE\nB207;01003;5.35;45.96\n"
    (row,) = imported("bpe", written("BPE15.csv", text), changes).rows("facilities")
    assert row["depcom"] == "01004"


def test_names_of_the_dates_of_building_before_2022(imported, written):
    text = (
        "CODGEO;P21_LOG;P21_RP;P21_RSECOCC;P21_LOGVAC;P21_RP_ACHTOT;P21_RP_ACH19;P21_RP_ACH45\n"
        "01004;100;90;5;5;88;20;10\n"
    )
    (row,) = imported("rp-housing-communes", written("cc.csv", text)).rows("commune-housing")
    assert [row[f"built_{part}"] for part in ("known", "before_1919", "1919_1945")] == [88, 20, 10]


def test_the_geographic_code_of_2020_has_its_columns_in_lower_case(imported, written):
    communes = "typecom,com,reg,dep,arr,tncc,ncc,nccenr,libelle,can,comparent\nCOM,01004,84,01,011,"
    path = written("communes2020.csv", communes + "1,AMBERIEU,Ambérieu,Ambérieu,0101,\n")
    done = imported("cog", path)
    assert done.rows("communes-cog")[0]["libelle"] == "Ambérieu"
    assert done.versions["communes-cog"].vintage == "2020"


def test_the_bd_topo_as_a_shapefile(imported, tmp_path):
    rows = {
        "ID": ["B1"], "NATURE": ["Église"], "USAGE1": ["Religieux"], "LEGER": ["Non"],
        "ETAT": ["En service"], "NB_LOGTS": [0], "NB_ETAGES": [2], "HAUTEUR": [9.5],
    }  # fmt: skip
    gpd.GeoDataFrame(rows, geometry=[SQUARE], crs=2154).to_file(tmp_path / "BATIMENT.shp")
    (row,) = imported("bdtopo", tmp_path / "BATIMENT.shp").rows("bdtopo-buildings")
    assert (row["cleabs"], row["usage_1"], row["light"]) == ("B1", "Religieux", False)
    assert (row["dwellings"], row["floors"], row["height"]) == (0, 2, 9.5)


def test_filosofi_as_a_geopackage_of_2019(imported, tmp_path):
    rows = {"idcar_200m": ["CRS3035RES200mN2387600E3728800"], "lcog_geo": ["12022"],
            "i_est_200": [1], "ind": [46.5], "men": [13.0]}  # fmt: skip
    path = tmp_path / "Filosofi2019_carreaux_200m_met.gpkg"
    cell = shapely.box(3728800, 2387600, 3729000, 2387800)
    gpd.GeoDataFrame(rows, geometry=[cell], crs=3035).to_file(path)
    done = imported("filosofi", path)
    (row,) = done.rows("income-cells")
    expected = gpd.GeoSeries([cell], crs=3035).to_crs(4326)[0]
    assert shapely.from_wkb(row["geometry"]).symmetric_difference(expected).area < 1e-12
    assert done.versions["income-cells"].vintage == "2019"
