"""From files in the official layouts (their rows synthetic) to the values of indicators."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from layers.publish import publish
from layers.readers import source

X, Y = 666_500.0, 6_361_500.0  # EPSG:2154, in the town


@pytest.fixture
def load(town_lake):
    """Give a function: a source and its files in, their layers published out."""

    def run(name: str, *paths: Path) -> None:
        catalogue = town_lake.catalogue
        for table in source(name).read(list(paths)):
            publish(catalogue.lake, catalogue.record(table.layer), table, source=paths[0].name)

    return run


def in_degrees(town_lake) -> tuple[float, float]:
    from layers import crs

    move = crs.mover(f"{crs.EPSG}2154", crs.CRS84)
    return tuple(shapely.get_coordinates(shapely.transform(shapely.Point(X, Y), move))[0])


def test_lovac(load, town_lake, tmp_path: Path) -> None:
    path = tmp_path / "lovac.csv"
    path.write_text(
        "CODGEO_26;LIBGEO_26;pp_vacant_26;pp_vacant_plus_2ans_26;ff_pp_total_25;"
        "pp_vacant_25;pp_vacant_plus_2ans_25;ff_pp_total_24\n"
        "12202;Rodez;1 500;600;12 000;1 400;s;11 900\n",
        encoding="latin-1",
    )
    load("lovac", path)
    measure = town_lake.measure("H04")
    assert (measure.value, measure.numerator, measure.denominator) == (5, 600, 12_000)


def test_dpe(load, town_lake, tmp_path: Path) -> None:
    head = (
        "numero_dpe,date_etablissement_dpe,etiquette_dpe,etiquette_ges,type_batiment,"
        "identifiant_ban,code_insee_ban,coordonnee_cartographique_x_ban,"
        "coordonnee_cartographique_y_ban,score_ban,numero_etage_appartement,"
        "surface_habitable_logement"
    )
    rows = [f"D{n},2024-05-01,{'G' if n < 5 else 'C'},C,maison,b{n},12202,{X},{Y},0.9,,90"
            for n in range(20)]  # fmt: skip
    rows += ["D90,2022-05-01,G,C,maison,b19,12202,666500,6361500,0.9,,90",
             "D91,2024-05-01,G,C,immeuble,b91,12202,666500,6361500,0.9,,900",
             "D92,2024-05-01,G,C,maison,b92,12202,666500,6361500,0.3,,90"]  # fmt: skip
    path = tmp_path / "dpe.csv"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    load("dpe", path)
    measure = town_lake.measure("H08")
    assert (measure.numerator, measure.denominator, measure.value) == (5, 20, 25)


def test_sirene(load, town_lake, tmp_path: Path) -> None:
    lon, lat = in_degrees(town_lake)
    count = 24
    state = ["A"] * 21 + ["F"] * 3
    stock = {
        "siret": [f"{n:014d}" for n in range(count)],
        "statutDiffusionEtablissement": ["O"] * count,
        "dateCreationEtablissement": ["2015-03-01"] * count,
        "dateDebut": ["2015-03-01"] * 21 + ["2020-01-01"] * 3,
        "dateDernierTraitementEtablissement": ["2026-08-30T10:11:12"] * count,
        "numeroVoieEtablissement": [str(n) for n in range(1, count + 1)],
        "indiceRepetitionEtablissement": [None] * count,
        "typeVoieEtablissement": ["RUE"] * count,
        "libelleVoieEtablissement": ["DU TOUAT"] * count,
        "codePostalEtablissement": ["12000"] * count,
        "codeCommuneEtablissement": ["12202"] * count,
        "etatAdministratifEtablissement": state,
        "activitePrincipaleEtablissement": ["47.71Z"] * 10 + ["10.71C"] * 10 + ["56.10A"] * 4,
        "nomenclatureActivitePrincipaleEtablissement": ["NAFRev2"] * count,
        "caractereEmployeurEtablissement": ["O"] * 8 + ["N"] * 16,
    }
    places = {
        "siret": stock["siret"], "x": [X] * count, "y": [Y] * count,
        "qualite_xy": ["33"] + ["11"] * (count - 1), "epsg": ["2154"] * count,
        "y_latitude": [lat] * count, "x_longitude": [lon] * count,
    }  # fmt: skip
    paths = tmp_path / "StockEtablissement_utf8.parquet", tmp_path / "Geolocalisation.parquet"
    for path, columns in zip(paths, (stock, places), strict=True):
        pq.write_table(pa.table(columns), path)
    load("sirene", *paths)
    found = {code: town_lake.measure(code) for code in ("E01", "E05", "E08")}
    assert (found["E01"].value, found["E08"].value) == (20, 7)
    assert found["E01"].coverage == pytest.approx(100 * 23 / 24)
    # Three of the addresses of 23 establishments closed in 2020.
    assert (found["E05"].numerator, found["E05"].denominator) == (3, 23)


def test_ocs_ge_and_brownfields(load, town_lake, tmp_path: Path) -> None:
    import geopandas as gpd

    town = shapely.box(666_000, 6_361_000, 668_000, 6_363_000)
    half = shapely.box(666_000, 6_361_000, 667_000, 6_363_000)
    for year, sealed in ((2019, half.buffer(-200)), (2022, half)):
        shapes = [sealed, town.difference(sealed)]
        facts = {
            "ID": ["1", "2"],
            "CODE_CS": ["CS1.1.1.2", "CS2.1.1.1"],
            "CODE_US": ["US5", "US1.2"],
        }
        frame = gpd.GeoDataFrame(facts, geometry=shapes, crs=2154)
        frame.to_file(tmp_path / f"OCSGE_D012_{year}.shp")
    load("ocsge", *sorted(tmp_path.glob("*.shp")))
    for code in ("U03", "U04", "U05"):
        assert town_lake.measure(code).value == pytest.approx(50, rel=1e-4)

    sites = {"site_id": ["12202_1"], "site_statut": ["friche sans projet"], "comm_insee": ["12202"],
             "unite_fonciere_surface": [40_000.0]}  # fmt: skip
    site = shapely.box(X, Y, X + 200, Y + 200)
    gpd.GeoDataFrame(sites, geometry=[site], crs=2154).to_file(tmp_path / "friches.gpkg")
    load("cartofriches", tmp_path / "friches.gpkg")
    assert town_lake.measure("U08").value == pytest.approx(1, rel=1e-4)
