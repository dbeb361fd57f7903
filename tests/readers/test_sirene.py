"""Sirene: synthetic rows in the official layouts of the stock and of its geolocation."""

from __future__ import annotations

import zipfile
from datetime import date

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
import shapely

from layers.errors import ReadError
from layers.readers import source

STOCK = {
    "siret": "12345678901234", "statutDiffusionEtablissement": "O",
    "dateCreationEtablissement": "2015-03-01", "dateDebut": "2020-01-01",
    "dateDernierTraitementEtablissement": "2026-08-30T10:11:12",
    "numeroVoieEtablissement": "1", "indiceRepetitionEtablissement": None,
    "typeVoieEtablissement": "RUE", "libelleVoieEtablissement": "DE LA GARE",
    "complementAdresseEtablissement": "CHEZ MME PERSONNE", "enseigne1Etablissement": "PERSONNE",
    "codePostalEtablissement": "01500", "codeCommuneEtablissement": "01004",
    "etatAdministratifEtablissement": "A", "activitePrincipaleEtablissement": "47.71Z",
    "nomenclatureActivitePrincipaleEtablissement": "NAFRev2",
    "caractereEmployeurEtablissement": "O",
}  # fmt: skip
PLACE = {
    "siret": "12345678901234", "x": 700000.0, "y": 6600000.0, "qualite_xy": "11", "epsg": "2154",
    "y_latitude": 46.5, "x_longitude": 3.0,
}  # fmt: skip


def table(base, changes):
    rows = [base | change for change in changes]
    return pa.table({name: [row[name] for row in rows] for name in base})


@pytest.fixture
def files(tmp_path):
    """Give a function: changes to a row of the stock and of the positions in, files out."""

    def write(stock, places):
        paths = tmp_path / "StockEtablissement_utf8.parquet", tmp_path / "Geolocalisation.parquet"
        pq.write_table(table(STOCK, stock), paths[0])
        pq.write_table(table(PLACE, places), paths[1])
        return paths

    return write


def test_a_storefront_has_its_place_dates_and_address_and_no_name(imported, files):
    done = imported("sirene", *files([{}], [{}]))
    (row,) = done.rows("establishments")
    shape = shapely.from_wkb(row.pop("geometry"))
    assert (shape.x, shape.y) == (3, 46.5)
    row.pop("bbox")
    assert row == {
        "siret": "12345678901234", "activity": "47.71Z", "state": "A", "employer": "O",
        "created": date(2015, 3, 1), "state_since": date(2020, 1, 1),
        "address": "1 RUE DE LA GARE", "postcode": "01500", "insee": "01004", "qualite_xy": "11",
    }  # fmt: skip
    assert done.versions["establishments"].vintage == "2026-08-30"


def test_only_publishable_storefronts_are_kept_and_the_others_counted(imported, files):
    stock = [
        {"siret": "00000000000001"},
        {"siret": "00000000000002", "statutDiffusionEtablissement": "P"},
        {"siret": "00000000000003", "activitePrincipaleEtablissement": "68.20A"},
        {"siret": "00000000000004", "nomenclatureActivitePrincipaleEtablissement": "NAFRev1"},
        {"siret": "00000000000005", "codeCommuneEtablissement": None},
        {"siret": "00000000000006", "statutDiffusionEtablissement": None},
        {"siret": "00000000000007", "etatAdministratifEtablissement": "F"},
    ]
    done = imported("sirene", *files(stock, [{}]))
    assert [r["siret"][-1] for r in done.rows("establishments")] == ["1", "7"]
    report = done.report("establishments")
    assert sorted(report["refused"].values()) == [1, 2, 2]
    assert report["read"] == report["kept"] + sum(report["refused"].values()) == 7


def test_positions_in_any_order_in_their_own_crs_or_absent(imported, files):
    stock = [{"siret": f"{i:014}"} for i in (3, 1, 2, 4)]
    places = [
        {"siret": "00000000000002", "qualite_xy": "33"},
        {"siret": "00000000000009"},
        {"siret": "00000000000001", "x_longitude": None, "epsg": "2975", "x": 500000.0,
         "y": 7690000.0, "y_latitude": None},
        {"siret": "00000000000003", "x_longitude": None, "y_latitude": None, "epsg": "1234"},
    ]  # fmt: skip
    done = imported("sirene", *files(stock, places))
    rows = {row["siret"][-1]: row for row in done.rows("establishments")}
    assert shapely.from_wkb(rows["1"]["geometry"]).x == pytest.approx(57)
    assert (rows["2"]["qualite_xy"], rows["4"]["qualite_xy"]) == ("33", None)
    assert rows["3"]["geometry"] is None
    assert rows["4"]["geometry"] is None
    repaired = done.report("establishments")["repaired"]
    assert repaired["establishment without a position kept"] == 2
    assert repaired["point in the unknown CRS EPSG:1234 left out"] == 1


def test_unknown_dates_are_missing(imported, files):
    done = imported("sirene", *files([{"dateCreationEtablissement": "1900-01-01"}], [{}]))
    assert done.rows("establishments")[0]["created"] is None


def test_columns_stored_as_dictionaries_read_the_same(imported, files):
    wanted = imported("sirene", *files([{}], [{}])).rows("establishments")
    paths = files([{}], [{}])
    for path in paths:
        rows = pq.read_table(path)
        texts = [name for name in rows.column_names if pa.types.is_string(rows[name].type)]
        coded = {name: rows[name].dictionary_encode() for name in texts}
        pq.write_table(
            pa.table(dict(zip(rows.column_names, rows.columns, strict=True)) | coded), path
        )
    assert imported("sirene", *paths).rows("establishments") == wanted


def test_csv_reads_the_same_as_parquet(imported, tmp_path, files):
    wanted = imported("sirene", *files([{}], [{}])).rows("establishments")
    packed = tmp_path / "StockEtablissement_utf8.zip"
    sink = pa.BufferOutputStream()
    pa_csv.write_csv(table(STOCK, [{}]), sink)
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("StockEtablissement_utf8.csv", sink.getvalue().to_pybytes())
    places = tmp_path / "geo.csv"
    pa_csv.write_csv(table(PLACE, [{}]), places, write_options=pa_csv.WriteOptions(delimiter=";"))
    assert imported("sirene", places, packed).rows("establishments") == wanted


def test_the_wrong_files_of_sirene_are_refused(files, written):
    stock, places = files([{}], [{}])
    with pytest.raises(ReadError, match="two files"):
        source("sirene").read([stock])
    with pytest.raises(ReadError, match="neither StockUniteLegale"):
        source("sirene").read([written("StockUniteLegale.csv", "siren,nom\n1,2\n"), places])


def test_a_storefront_without_any_address_is_kept_without(imported, files):
    nothing = dict.fromkeys(
        ("numeroVoieEtablissement", "typeVoieEtablissement", "libelleVoieEtablissement"), "[ND]"
    )
    other = {"siret": "22345678901234"}
    done = imported("sirene", *files([nothing | other, {}], [{}, other]))
    rows = {row["siret"]: row["address"] for row in done.rows("establishments")}
    assert rows == {"22345678901234": None, "12345678901234": "1 RUE DE LA GARE"}


def test_a_stock_without_columns_of_addresses_is_read(imported, files):
    stock, places = files([{}], [{}])
    streets = [name for name in STOCK if "Voie" in name or name.startswith("indice")]
    pq.write_table(pq.read_table(stock).drop_columns(streets), stock)
    (row,) = imported("sirene", stock, places).rows("establishments")
    assert row["address"] is None
