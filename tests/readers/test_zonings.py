"""Contours of IRIS and attraction areas: synthetic rows in the documented layouts."""

from __future__ import annotations

import geopandas as gpd
import openpyxl
import py7zr
import pytest
import shapely

from layers.errors import ReadError

SQUARE = shapely.box(700000, 6600000, 700010, 6600010)
NEW = {"cleabs": ["I1", "I2", "I2"], "code_insee": ["01004"] * 3, "nom_commune": ["Ambérieu"] * 3,
       "iris": ["0101", "0102", "0102"], "code_iris": ["010040101", "010040102", "010040102"],
       "nom_iris": ["Les Pérouses", "Tiret", "Tiret"], "type_iris": ["H", "A", "A"]}  # fmt: skip
OLD = {"INSEE_COM": ["1004"], "NOM_COM": ["Ambérieu"], "IRIS": ["0101"],
       "CODE_IRIS": ["10040101"], "NOM_IRIS": ["Les Pérouses"], "TYP_IRIS": ["H"]}  # fmt: skip


def frame(rows):
    geometry = [SQUARE] * len(next(iter(rows.values())))
    return gpd.GeoDataFrame(rows, geometry=geometry, crs="EPSG:2154")


def test_contours_of_a_geopackage_in_an_archive(imported, tmp_path) -> None:
    inner = tmp_path / "iris.gpkg"
    frame(NEW).to_file(inner, layer="iris_ge")
    path = tmp_path / "IRIS-GE_3-0__GPKG_LAMB93_D001_2024-01-01.7z"
    with py7zr.SevenZipFile(path, "w") as archive:
        archive.write(inner, "IRIS-GE/iris.gpkg")
    done = imported("iris", path)
    rows = {row["iris"]: row for row in done.rows("iris-contours")}
    assert set(rows) == {"010040101", "010040102"}
    assert rows["010040101"]["name"] == "Les Pérouses"
    assert rows["010040102"]["type"] == "A"
    assert done.report("iris-contours")["refused"] == {"IRIS that came before": 1}
    assert done.versions["iris-contours"].vintage == "2024-01-01"


def test_contours_of_a_shapefile_with_lost_zeros(imported, tmp_path) -> None:
    path = tmp_path / "CONTOURS-IRIS.shp"
    frame(OLD).to_file(path)
    (row,) = imported("iris", path).rows("iris-contours")
    assert (row["iris"], row["insee"], row["type"]) == ("010040101", "01004", "H")


def workbook(path, rows):
    """Write a workbook as Insee's: a sheet of areas, then that of communes, each under titles."""
    book = openpyxl.Workbook()
    first = book.active
    first.append(["Aires d'attraction des villes (synthétique)"])
    first.append(["AAV2020", "LIBAAV2020", "TAAV2017"])
    communes = book.create_sheet("Composition_communale")
    communes.append(["Composition communale (synthétique)"])
    communes.append(["Code géographique", "Libellé"])
    communes.append(["CODGEO", "LIBGEO", "AAV2020", "LIBAAV2020", "CATEAAV2020", "DEP", "REG"])
    for row in rows:
        communes.append(row)
    book.save(path)
    return path


AREAS = [
    ["12202", "Rodez", "117", "Rodez", "11", "12", "76"],
    ["1004", "Ambérieu", 2, "Lyon", "20", "01", "84"],
    ["12001", "Agen", "000", "Commune hors attraction des villes", "30", "12", "76"],
]


def test_attraction_areas_of_a_workbook(imported, tmp_path) -> None:
    done = imported("aav", workbook(tmp_path / "AAV2020_au_01-01-2025.xlsx", AREAS))
    rows = {row["insee"]: row for row in done.rows("attraction-areas")}
    assert (rows["12202"]["aav"], rows["12202"]["aav_name"]) == ("117", "Rodez")
    assert rows["01004"]["aav"] == "002"
    outside = rows["12001"]
    assert (outside["aav"], outside["aav_name"], outside["category"]) == (None, None, "30")
    assert done.report("attraction-areas")["read"] == 3
    assert done.versions["attraction-areas"].vintage == "2025"


def test_attraction_areas_of_a_csv(imported, written) -> None:
    text = "CODGEO;LIBGEO;AAV2020;LIBAAV2020;CATEAAV2020\n12202;Rodez;117;Rodez;11\n;;;;\n"
    done = imported("aav", written("aav.csv", text))
    assert [row["aav"] for row in done.rows("attraction-areas")] == ["117"]


def test_the_list_of_areas_is_not_their_composition(imported, written) -> None:
    with pytest.raises(ReadError, match="Composition_communale"):
        imported("aav", written("aav.csv", "AAV2020;LIBAAV2020\n117;Rodez\n"))
