"""Files of addresses, buildings, land and certificates: synthetic rows in documented layouts."""

from __future__ import annotations

import csv
import gzip
import json
import zipfile
from collections import Counter
from datetime import date

import geopandas as gpd
import py7zr
import pytest
import shapely

from layers.errors import ReadError
from layers.readers import source

SQUARE = shapely.box(700000, 6600000, 700010, 6600010)  # at the origin of Lambert-93: 3° E, 46.5° N


def place(row):
    shape = shapely.from_wkb(row["geometry"])
    return None if shape is None else (shape.x, shape.y)


def by(rows, key):
    return {row[key]: row for row in rows}


def frame(rows, geometry=SQUARE, crs="EPSG:2154"):
    return gpd.GeoDataFrame(rows, geometry=[geometry] * len(next(iter(rows.values()))), crs=crs)


BAN = (
    "id;id_fantoir;numero;rep;nom_voie;code_postal;code_insee;nom_commune;x;y;lon;lat\n"
    "01004_1_1;;1;bis;Rue d'Épi;1500;1004;Ambérieu;;;5.35;45.96\n"
    "01004_1_1;;1;bis;Rue d'Épi;1500;1004;Ambérieu;;;5.35;45.96\n"
    "01004_1_2;;2;;Rue d'Épi;01500;01004;Ambérieu;;;;\n"
)


def test_addresses(imported, tmp_path):
    path = tmp_path / "adresses-01.csv.gz"
    path.write_bytes(gzip.compress(BAN.encode()))
    done = imported("ban", path)
    rows = by(done.rows("addresses"), "id")
    assert (rows["01004_1_1"]["code_insee"], rows["01004_1_1"]["code_postal"]) == ("01004", "01500")
    assert place(rows["01004_1_1"]) == (5.35, 45.96)
    assert place(rows["01004_1_2"]) is None
    assert done.report("addresses")["refused"] == {"address that came before": 1}


def test_addresses_are_downloaded_by_departement():
    found = {town: source("ban").address(town)[0] for town in ("01004", "2A004", "97411")}
    assert [found[town].rsplit("-", 1)[-1] for town in found] == [
        "01.csv.gz", "2A.csv.gz", "974.csv.gz",
    ]  # fmt: skip


RNB = (
    "rnb_id;point;shape;status;ext_ids;addresses;plots;validated_by\n"
    'AAA;"SRID=4326;POINT(3 46)";"SRID=4326;MULTIPOLYGON(((3 46,3.1 46,3.1 46.1,3 46)))";'
    'constructed;"[{""id"": ""b1"", ""source"": ""bdnb""}]";'
    '"[{""cle_interop_ban"": ""01004_1_1""}, {""cle_interop_ban"": ""01004_1_2""}]";'
    '"[{""id"": ""01004000AB0001"", ""bdg_cover_ratio"": 1.0}]";[]\n'
    'BBB;"SRID=4326;POINT(3 46)";;demolished;;[];[];[]\n'
    "CCC;broken;;constructed;;;;\n"
)


def test_buildings_of_the_national_register(imported, tmp_path):
    path = tmp_path / "RNB_01.csv.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("RNB_01.csv", RNB)
    done = imported("rnb", path)
    rows = by(done.rows("rnb-buildings"), "rnb_id")
    assert shapely.from_wkb(rows["AAA"]["geometry"]).area == pytest.approx(0.005)
    assert rows["AAA"]["addresses"] == "01004_1_1;01004_1_2"
    assert rows["AAA"]["plots"] == "01004000AB0001"
    assert place(rows["BBB"]) == (3, 46)
    assert rows["BBB"]["addresses"] is None
    assert rows["CCC"]["geometry"] is None
    said = "building whose geometry cannot be read kept without"
    assert done.report("rnb-buildings")["repaired"][said] == 1


def buildings(**changes):
    rows = {
        "cleabs": ["B1", "B2"], "nature": ["Indifférenciée", "Église"],
        "usage_1": ["Résidentiel", "Religieux"], "usage_2": [None, None],
        "construction_legere": [False, True], "etat_de_l_objet": ["En service"] * 2,
        "nombre_de_logements": [3, None], "nombre_d_etages": [2, None], "hauteur": [7.5, None],
    }  # fmt: skip
    return frame(rows | changes)


def test_buildings_of_the_bd_topo_from_a_7z_archive(imported, tmp_path):
    path = tmp_path / "BDT_3-5_GPKG_LAMB93_D012.gpkg"
    buildings().to_file(path, layer="batiment")
    frame({"cleabs": ["R1"]}).to_file(path, layer="troncon_de_route")
    archive = tmp_path / "BDTOPO_3-5_TOUSTHEMES_GPKG_LAMB93_D012_2025-09-15.7z"
    with py7zr.SevenZipFile(archive, "w") as packed:
        packed.write(path, "BDTOPO/1_DONNEES/D012.gpkg")
        packed.writestr("read me", "BDTOPO/LISEZ-MOI.txt")
    done = imported("bdtopo", archive)
    rows = by(done.rows("bdtopo-buildings"), "cleabs")
    assert (rows["B1"]["dwellings"], rows["B1"]["floors"], rows["B1"]["height"]) == (3, 2, 7.5)
    assert (rows["B2"]["dwellings"], rows["B2"]["light"]) == (None, True)
    assert done.versions["bdtopo-buildings"].vintage == "2025-09-15"
    assert shapely.from_wkb(rows["B1"]["geometry"]).bounds[:2] == pytest.approx((3, 46.5))


def test_a_building_of_two_departements_is_kept_once(imported, tmp_path):
    buildings().to_file(tmp_path / "D012.gpkg", layer="batiment")
    buildings(cleabs=["B2", "B3"]).to_file(tmp_path / "D046.gpkg", layer="batiment")
    done = imported("bdtopo", tmp_path / "D012.gpkg", tmp_path / "D046.gpkg")
    assert sorted(row["cleabs"] for row in done.rows("bdtopo-buildings")) == ["B1", "B2", "B3"]
    report = done.report("bdtopo-buildings")
    assert report["refused"] == {"building that another département holds too": 1}
    assert (report["read"], report["kept"]) == (4, 3)


def test_files_in_two_crs_and_foreign_files_are_refused(tmp_path, shared_data):
    buildings().to_file(tmp_path / "D012.gpkg", layer="batiment")
    buildings().set_crs(2975, allow_override=True).to_file(tmp_path / "D974.gpkg", layer="batiment")
    with pytest.raises(ReadError, match="several CRS"):
        source("bdtopo").read([tmp_path / "D012.gpkg", tmp_path / "D974.gpkg"])
    (tmp_path / "x.7z").write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(40))
    with pytest.raises(ReadError, match="damaged"):
        source("bdtopo").read([tmp_path / "x.7z"])
    with pytest.raises(ReadError, match="no layer"):  # the BDNB is no BD TOPO
        source("bdtopo").read([shared_data / "perigueux" / "perigueux.gpkg"])


def geojson(tmp_path, name, properties):
    shape = json.loads(shapely.to_geojson(shapely.box(3, 46, 3.1, 46.1)))
    found = [
        {"type": "Feature", "id": p.get("id"), "geometry": shape, "properties": p}
        for p in properties
    ]
    path = tmp_path / name
    path.write_bytes(
        gzip.compress(json.dumps({"type": "FeatureCollection", "features": found}).encode())
    )
    return path


def test_parcels_and_buildings_of_the_cadastre(imported, tmp_path):
    parcel = {
        "id": "01004000AB0001", "commune": "01004", "prefixe": "000", "section": "AB",
        "numero": "1", "contenance": 512, "created": "2003-05-01", "updated": "2020-01-31",
    }  # fmt: skip
    parcels = geojson(tmp_path, "cadastre-01004-parcelles.json.gz", [parcel, parcel])
    building = {"type": "01", "nom": None, "commune": "01004", "created": "2003-05-01"}
    walls = geojson(tmp_path, "cadastre-01004-batiments.json.gz", [building])
    done = imported("cadastre", parcels, walls)
    (row,) = done.rows("parcels")
    assert (row["contenance"], row["created"], row["commune"]) == (512, date(2003, 5, 1), "01004")
    assert done.report("parcels")["refused"] == {"parcel that came before": 1}
    (row,) = done.rows("cadastre-buildings")
    assert (row["type"], row["nom"], row["updated"]) == ("01", None, None)
    with pytest.raises(ReadError, match="parcelles or batiments"):
        source("cadastre").read([tmp_path / "x.json.gz"])


def test_the_cadastre_is_downloaded_by_commune():
    first, second = source("cadastre").address("97411")
    assert first.endswith("/communes/974/97411/cadastre-97411-parcelles.json.gz")
    assert second.endswith("/cadastre-97411-batiments.json.gz")


DPE = (
    "numero_dpe,date_etablissement_dpe,etiquette_dpe,etiquette_ges,type_batiment,identifiant_ban,"
    "code_insee_ban,coordonnee_cartographique_x_ban,coordonnee_cartographique_y_ban,score_ban,"
    "numero_etage_appartement,surface_habitable_logement\n"
    "2101E1,2024-05-01,F,C,appartement,01004_1_1,1004,700000.0,6600000.0,0.95,2,45.5\n"
    "2101E2,2024-05-02,A,A,maison,97411_1_1,97411,500000.0,7690000.0,0.4,,100\n"
    "2101E2,2024-05-02,A,A,maison,97411_1_1,97411,500000.0,7690000.0,0.4,,100\n"
    "2101E3,02/05/2024,G,G,maison,,,,,,,\n"
)


def test_energy_ratings_lie_in_the_legal_projection_of_their_commune(imported, written):
    done = imported("dpe", written("dpe.csv", DPE))
    rows = by(done.rows("energy-ratings"), "numero_dpe")
    assert place(rows["2101E1"]) == pytest.approx((3, 46.5), abs=1e-7)
    assert place(rows["2101E2"])[0] == pytest.approx(57, abs=1e-7)
    assert place(rows["2101E3"]) is None
    assert (rows["2101E1"]["insee"], rows["2101E1"]["floor"]) == ("01004", "2")
    assert rows["2101E3"]["date"] == date(2024, 5, 2)
    assert rows["2101E3"]["score"] is None
    assert done.report("energy-ratings")["refused"] == {"certificate that came before": 1}


def test_energy_ratings_under_the_names_of_older_exports(imported, written):
    text = (
        "N°DPE,Date_établissement_DPE,Etiquette_DPE,Code_INSEE_(BAN),"
        "Coordonnée_cartographique_X_(BAN),Coordonnée_cartographique_Y_(BAN)\n"
        "1,2022-01-01,D,01004,700000,6600000\n"
    )
    (row,) = imported("dpe", written("dpe.csv", text)).rows("energy-ratings")
    assert (row["rating"], row["address_id"]) == ("D", None)


def test_land_use_from_shapefiles_named_by_year(imported, tmp_path):
    for year in (2018, 2021):
        path = tmp_path / f"OCSGE_D012_{year}.shp"
        frame({"ID": ["1"], "CODE_CS": ["CS1.1.1.1"], "CODE_US": ["US5"]}).to_file(path)
    done = imported("ocsge", *sorted(tmp_path.glob("*.shp")))
    rows = done.rows("land-use")
    assert sorted(row["vintage"] for row in rows) == [2018, 2021]
    assert {row["artificial"] for row in rows} == {None}
    assert done.versions["land-use"].vintage == "2018/2021"


def test_artificialised_land_is_said_by_the_file(imported, tmp_path):
    rows = {
        "code_cs": ["CS1.1.1.1", "CS2.1.1.1", "CS2.2.1"], "code_us": ["US5", "US1.1", "US5"],
        "millesime": ["2021"] * 3, "artif": ["artif", "non artif", "?"],
    }  # fmt: skip
    frame(rows).to_file(tmp_path / "artif.gpkg", layer="artif_2021_32")
    done = imported("ocsge", tmp_path / "artif.gpkg")
    found = by(done.rows("land-use"), "code_cs")
    assert [found[code]["artificial"] for code in rows["code_cs"]] == [True, False, None]
    assert done.report("land-use")["repaired"] == {"unknown value of artif left empty": 1}


def test_land_use_in_an_archive_that_holds_other_layers_too(imported, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    frame({"CODE_CS": ["CS2.2.1"], "CODE_US": ["US5"]}).to_file(folder / "OCCUPATION_SOL.shp")
    frame({"ID": ["1"]}).to_file(folder / "ZONE_CONSTRUITE.shp")
    archive = tmp_path / "OCSGE_2-0__SHP_LAMB93_D012_2021-01-01.7z"
    with py7zr.SevenZipFile(archive, "w") as packed:
        packed.writeall(folder, "OCSGE/1_DONNEES")
    (row,) = imported("ocsge", archive).rows("land-use")
    assert (row["code_cs"], row["vintage"]) == ("CS2.2.1", 2021)


def test_land_use_without_a_vintage_is_refused(tmp_path):
    frame({"CODE_CS": ["CS1.1.1.1"], "CODE_US": ["US5"]}).to_file(tmp_path / "ocs.shp")
    (table,) = source("ocsge").read([tmp_path / "ocs.shp"])
    with pytest.raises(ReadError, match="vintage"):
        list(table.batches)


SITE = {
    "site_id": "01004_1", "site_nom": "Filature", "site_type": "friche industrielle",
    "site_statut": "friche sans projet", "comm_insee": "1004", "bati_vacance": "vacant",
    "unite_fonciere_surface": 16750, "urba_zone_type": "U",
}  # fmt: skip


def test_brownfields_as_outlines_or_points(imported, tmp_path, written):
    path = tmp_path / "friches.gpkg"
    frame({name: [value] for name, value in SITE.items()}).to_file(path)
    (row,) = imported("cartofriches", path).rows("brownfields")
    assert shapely.from_wkb(row["geometry"]).geom_type == "Polygon"
    columns = SITE | {"longitude": 3.5, "latitude": 46.5}
    text = ";".join(columns) + "\n" + ";".join(map(str, columns.values())) + "\n"
    (row,) = imported("cartofriches", written("friches.csv", text)).rows("brownfields")
    assert place(row) == (3.5, 46.5)
    assert (row["insee"], row["area_m2"], row["vacancy"]) == ("01004", 16750, "vacant")


def test_the_list_of_ort(imported, shared_data):
    """Real rows, against counts made by the standard library."""
    path = shared_data / "acv" / "ort_communes.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        said = Counter(row["Signée ?"] for row in csv.DictReader(file))
    done = imported("ort", path)
    rows = done.rows("ort-communes")
    assert len(rows) == 2290
    found = Counter(row["agreement"] for row in rows)
    words = {"signed": "Signée", "pending": "En cours", "none": "Non signée", None: ""}
    assert {words[state]: count for state, count in found.items()} == said
    brest = by(rows, "insee")["29019"]
    assert (brest["name"], brest["signed"], brest["acv"]) == ("Brest", date(2020, 6, 23), False)
    assert all(len(row["insee"]) == 5 for row in rows)


def test_filosofi_of_three_grids_in_one_archive(imported, tmp_path):
    head = "idcar_200m,lcog_geo,i_est_200,ind,men\n"
    path = tmp_path / "Filosofi2021_carreaux_200m_csv.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "carreaux_200m_met.csv", f"{head}CRS3035RES200mN2387600E3728800,1202212045,1,46.5,13\n"
        )
        archive.writestr(
            "carreaux_200m_reun.csv", f"{head}CRS2975RES200mN7690000E500000,97411,0,5,2\n"
        )
        archive.writestr(
            "carreaux_200m_mart.csv", f"{head}CRS5490RES200mN1592600E728800,97209,0,5,2\n"
        )
    done = imported("filosofi", path)
    rows = by(done.rows("income-cells"), "lcog_geo")
    west, south, *_ = shapely.from_wkb(rows["97411"]["geometry"]).bounds
    assert (west, south) == (pytest.approx(57, abs=1e-7), pytest.approx(-20.89, abs=1e-2))
    martinique = shapely.from_wkb(rows["97209"]["geometry"]).centroid
    assert (martinique.x, martinique.y) == pytest.approx((-60.9, 14.4), abs=0.1)
    assert rows["12022"]["i_est_200"] == 1
    assert done.versions["income-cells"].vintage == "2021"


def test_filosofi_of_two_years_is_refused_and_a_guessed_year_is_said(imported, written):
    text = "idcar_200m,ind\nCRS3035RES200mN2387600E3728800,4\n"
    old, new = written("Filosofi2017.csv", text), written("Filosofi2021.csv", text)
    with pytest.raises(ReadError, match="several vintages"):
        source("filosofi").read([old, new])
    done = imported("filosofi", written("carreaux_200m_met.csv", text))
    assert any("does not say its year" in n for n in done.report("income-cells")["notes"])
    layout = "IdINSPIRE,Id_car2010,I_est_cr,Ind\nCRS3035RES200mN2387600E3728800,,1,4\n"
    done = imported("filosofi", written("Filosofi2015_carreaux.csv", layout))
    (row,) = done.rows("income-cells")
    assert (row["i_est_200"], row["ind"]) == (1, 4)
    assert done.versions["income-cells"].vintage == "2015"


def test_the_brownfields_of_the_national_file_are_points_with_the_standard_s_columns(
    imported, written
):
    """Header and values of a row of the file of sites in the CNIG standard (2025)."""
    header = (
        "site_id;longitude;latitude;site_nom;site_type;site_statut;comm_nom;comm_insee;"
        "bati_vacance;unite_fonciere_surface;unite_fonciere_refcad;urba_zone_type;geompoint"
    )
    row = (
        "07010_20714;4.667919;45.24651;Annonay ;inconnu;friche avec projet;ANNONAY;07010;inconnu;"
        "7301.0;{07010000AK0105,07010000AK0106};U;POINT (4.667919 45.24651)"
    )
    path = written("friches-standard.csv", f"{header}\n{row}\n")
    (found,) = imported("cartofriches", path).rows("brownfields")
    assert (found["status"], found["insee"], found["area_m2"]) == (
        "friche avec projet", "07010", 7301,
    )  # fmt: skip
    assert shapely.from_wkb(found["geometry"]).equals(shapely.Point(4.667919, 45.24651))


@pytest.mark.parametrize("name", ["ban", "rnb", "dpe", "ort", "cartofriches", "ocsge", "filosofi"])
def test_a_foreign_file_is_refused_with_the_columns_it_lacks(name, written):
    path = written("x.csv", "a;b\n1;2\n")
    with pytest.raises(ReadError, match="no column"):
        _ = [list(table.batches) for table in source(name).read([path])]
