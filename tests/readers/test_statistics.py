"""Statistical files of Insee and DGALN: synthetic rows in the documented layouts."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from layers.errors import ReadError
from layers.mergers import published
from layers.readers import source

BPE = (
    "AN;NOMRS;DEPCOM;DOM;SDOM;TYPEQU;SIRET;CAPACITE;LAMBERT_X;LAMBERT_Y;LONGITUDE;LATITUDE;EPSG;"
    "QUALITE_XY;QUALITE_GEOLOC;DCIRIS;EPCI\n"
    "2025;PAIN D'ÉPI;1004;B;B2;B203;12345678901234;_Z;700000;6600000;;;2154;Bonne;11;010040101;1\n"
    "2025;_Z;97411;D;D3;D307;_U;3;500000;7690000;;;2975;Bonne;33;_U;_Z\n"
    "2025;ÉCOLE;12202;C;C1;C108;_Z;12,5;_Z;_Z;2.57;44.35;2154;Bonne;21;_Z;_Z\n"
    "2025;SANS LIEU;97608;C;C1;C108;_Z;_Z;_Z;_Z;_Z;_Z;4471;_U;_U;_Z;_Z\n"
)


def place(row):
    shape = shapely.from_wkb(row["geometry"])
    return None if shape is None else (shape.x, shape.y)


def by(rows, key):
    return {row[key]: row for row in rows}


def test_facilities_lie_where_their_own_crs_says(imported, written):
    done = imported("bpe", written("BPE25.csv", BPE))
    rows = by(done.rows("facilities"), "depcom")
    # The origin of Lambert-93, and the central meridian of RGR92 / UTM 40 S.
    assert place(rows["01004"]) == pytest.approx((3, 46.5), abs=1e-7)
    assert place(rows["97411"]) == pytest.approx((57, -20.89), abs=1e-2)
    assert place(rows["12202"]) == (2.57, 44.35)
    assert place(rows["97608"]) is None
    assert done.versions["facilities"].vintage == "2025"


def test_absent_values_of_the_bpe_are_missing_and_random_positions_marked(imported, written):
    done = imported("bpe", written("BPE25.csv", BPE))
    rows = by(done.rows("facilities"), "depcom")
    assert rows["97411"]["nomrs"] is None
    assert rows["97411"]["siret"] is None
    assert rows["01004"]["capacite"] is None
    assert rows["12202"]["capacite"] == 12.5
    assert [row["qualite_geoloc"] for row in rows.values()].count("33") == 1
    repaired = done.report("facilities")["repaired"]
    assert repaired["random position in the commune kept, marked 33"] == 1
    assert repaired["facility without a position kept"] == 1
    assert repaired["leading zero of a code restored"] == 1


def test_facility_codes_of_former_vintages_are_translated(imported, written):
    done = imported("bpe", written("BPE25.csv", BPE))
    assert by(done.rows("facilities"), "depcom")["01004"]["typequ"] == "B207"
    said = "facility code of a former vintage translated"
    assert done.report("facilities")["repaired"][said] == 1


def test_the_bpe_reads_the_same_from_zip_and_parquet(imported, written, tmp_path):
    packed = tmp_path / "BPE25.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("BPE25.csv", BPE)
        archive.writestr("meta_BPE25.csv", "a;b\n1;2\n")
    lines = [line.split(";") for line in BPE.splitlines()]
    table = pa.table({name: [row[i] for row in lines[1:]] for i, name in enumerate(lines[0])})
    parquet = tmp_path / "BPE25.parquet"
    pq.write_table(table, parquet)
    wanted = imported("bpe", written("BPE25.csv", BPE)).rows("facilities")
    assert imported("bpe", packed).rows("facilities") == wanted
    assert imported("bpe", parquet).rows("facilities") == wanted


def test_a_file_without_positions_or_of_another_layout_is_refused(written):
    with pytest.raises(ReadError, match="without positions"):
        source("bpe").read([written("BPE25.csv", "DEPCOM;TYPEQU\n01004;B207\n")])
    with pytest.raises(ReadError, match=r"no column 'TYPEQU'\. Did you mean 'TYPEQ'\?"):
        source("bpe").read([written("x.csv", "DEPCOM;TYPEQ\n01004;B207\n")])
    with pytest.raises(ReadError, match="several vintages"):
        source("bpe").read([written("BPE24.csv", BPE), written("BPE25.csv", BPE)])


def test_ranges_start_under_the_row_that_names_typequ(imported, tmp_path):
    book = openpyxl.Workbook()
    page = book.active
    page.append(["Gammes d'équipements"])
    page.append([2025])
    page.append(["TYPEQU_REGROUPEMENT", "LIBELLE_TYPEQU_REGROUPEMENT", "TYPEQU", "LIBELLE_TYPEQU",
                 "GAMME"])  # fmt: skip
    page.append(["A206", "POSTE", "A206", "BUREAU DE POSTE", "Gamme de proximité"])
    page.append(["A206", "POSTE", "A207", "RELAIS POSTE", "Gamme de proximité"])
    page.append([None, None, "D106", "URGENCES", "Gamme supérieure"])
    page.append(["C201", "COLLÈGE", "C201", "COLLÈGE", "Gamme intermédiaire"])
    page.append(["Z", "AUTRE", "Z100", "AUTRE", "Hors gamme"])
    book.save(tmp_path / "BPE_gammes_equipements_2025.xlsx")
    done = imported("bpe-ranges", tmp_path / "BPE_gammes_equipements_2025.xlsx")
    found = [(r["typequ_group"], r["typequ"], r["range"]) for r in done.rows("facility-ranges")]
    assert found == [
        ("A206", "A206", "proximity"),
        ("A206", "A207", "proximity"),
        ("D106", "D106", "upper"),
        ("C201", "C201", "intermediate"),
    ]
    assert done.report("facility-ranges")["refused"] == {"facility type in no range": 1}


def test_the_packaged_proximity_range_has_its_26_groups(imported, repository):
    done = imported("bpe-ranges", repository / "config" / "facility-ranges.csv")
    rows = done.rows("facility-ranges")
    assert len({row["typequ_group"] for row in rows}) == 26
    assert {row["range"] for row in rows} == {"proximity"}


def test_a_workbook_without_the_columns_is_refused(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["a"])
    book.save(tmp_path / "x.xlsx")
    with pytest.raises(ReadError, match="TYPEQU"):
        next(iter(source("bpe-ranges").read([tmp_path / "x.xlsx"]))).batches.__next__()


LOVAC = (
    "CODGEO_26;LIBGEO_26;pp_vacant_26;pp_vacant_plus_2ans_26;ff_pp_total_25;pp_vacant_25;"
    "pp_vacant_plus_2ans_25;pp_total_24\n"
    "1004;Ambérieu;1\u00a0234;s;9 000;1 200;300;8 900\n"
    "12202;Rodez;s;s;s;;;\n"
)


def test_secret_vacancy_is_an_interval_and_never_zero(imported, written):
    done = imported("lovac", written("lovac.csv", LOVAC, "latin-1"))
    rows = {(r["insee"], r["year"]): r for r in done.rows("structural-vacancy")}
    assert len(rows) == 4
    row = rows["01004", 2026]
    assert (row["vacant"], row["vacant_low"], row["vacant_high"]) == (1234, 1234, 1234)
    assert (row["vacant_2y"], row["vacant_2y_low"], row["vacant_2y_high"]) == (None, 0, 10)
    assert rows["12202", 2026]["vacant_high"] == 10
    assert rows["12202", 2025]["vacant_high"] is None


def test_the_stock_is_that_of_the_year_before(imported, written):
    done = imported("lovac", written("lovac.csv", LOVAC, "latin-1"))
    rows = {(r["insee"], r["year"]): r["stock"] for r in done.rows("structural-vacancy")}
    assert rows["01004", 2026] == 9000
    assert rows["01004", 2025] == 8900
    assert rows["12202", 2026] is None
    assert done.versions["structural-vacancy"].vintage == "2025/2026"


def test_lovac_by_departement_is_refused(written):
    with pytest.raises(ReadError, match="Take the file of communes"):
        source("lovac").read([written("lovac.csv", "DEP;pp_vacant_26\n01;19 805\n")])


CHANGES = (
    "MOD,DATE_EFF,TYPECOM_AV,COM_AV,TYPECOM_AP,COM_AP\n"
    "32,2016-01-01,COM,01003,COM,01004\n"
    "32,2016-01-01,COM,01004,COM,01004\n"
    "32,2016-01-01,COM,01003,COMD,01003\n"
)


def test_rows_of_merged_communes_are_added_up_with_their_intervals(imported, written):
    text = (
        "CODGEO_25;pp_vacant_25;pp_vacant_plus_2ans_25;ff_pp_total_24\n"
        "01003;20;s;100\n01004;200;30;1000\n"
    )
    changes = written("v_mvt_commune_2025.csv", CHANGES)
    done = imported("lovac", written("lovac.csv", text), changes)
    (row,) = done.rows("structural-vacancy")
    assert (row["insee"], row["vacant"], row["stock"]) == ("01004", 220, 1100)
    assert (row["vacant_2y"], row["vacant_2y_low"], row["vacant_2y_high"]) == (None, 30, 40)
    report = done.report("structural-vacancy")
    assert report["repaired"]["code of a former commune replaced by the present one"] == 1
    assert report["read"] == report["kept"] + sum(report["refused"].values()) == 2


HOUSING = (
    "CODGEO;P22_LOG;P16_LOG;P22_RP;P22_RSECOCC;P22_LOGVAC;P22_RP_PROP;P22_RP_ACH1919\n"
    "1004;7 000,5;1;6000;500;500,5;3000;s\n"
)


def test_housing_by_commune_of_the_latest_vintage(imported, written):
    done = imported("rp-housing-communes", written("cc.csv", HOUSING))
    (row,) = done.rows("commune-housing")
    assert (row["insee"], row["dwellings"], row["vacant_dwellings"]) == ("01004", 7000.5, 500.5)
    assert (row["owners"], row["built_before_1919"], row["population"]) == (3000, None, None)
    assert done.versions["commune-housing"].vintage == "2022"
    assert any("P22_MAISON" in note for note in done.report("commune-housing")["notes"])


def test_the_population_comes_with_its_own_file_of_the_same_vintage(imported, written):
    people = written("pop.csv", "CODGEO;P22_POP\n01004;14 000\n01005;3\n")
    done = imported("rp-housing-communes", written("cc.csv", HOUSING), people)
    assert done.rows("commune-housing")[0]["population"] == 14000
    old = written("old.csv", "CODGEO;P21_POP\n01004;14000\n")
    with pytest.raises(ReadError, match="several vintages"):
        source("rp-housing-communes").read([written("cc.csv", HOUSING), old])


def test_housing_by_iris_is_told_from_housing_by_commune(shared_data):
    with pytest.raises(ReadError, match="import it as rp-housing"):
        source("rp-housing-communes").read([shared_data / "iris" / "base-ic-logement-2021.csv"])


FLOWS = (
    "CODGEO;LIBGEO;DCLT;L_DCLT;NBFLUX_C22_ACTOCC15P\n"
    "1004;A;1004;A;1 000,25\n01003;B;01004;A;10.5\n1004;A;99999;Étranger;3\n;;01004;A;1\n"
)


def test_flows_have_decimal_commas_and_lost_zeros(imported, written):
    done = imported("commuting", written("flux.csv", FLOWS))
    found = {(r["home"], r["work"]): r["workers"] for r in done.rows("commuting-flows")}
    assert found == {
        ("01004", "01004"): 1000.25,
        ("01003", "01004"): 10.5,
        ("01004", "99999"): 3,
    }
    assert {r["year"] for r in done.rows("commuting-flows")} == {2022}
    assert done.report("commuting-flows")["refused"] == {"row without home": 1}


def test_flows_of_merged_communes_are_added_up(imported, written):
    changes = written("v_mvt_commune.csv", CHANGES)
    done = imported("commuting", written("flux.csv", FLOWS), changes)
    found = {(r["home"], r["work"]): r["workers"] for r in done.rows("commuting-flows")}
    assert found == {("01004", "01004"): 1010.75, ("01004", "99999"): 3}


def test_the_lake_itself_gives_the_mergers(imported, written):
    lake = imported("cog", written("v_mvt_commune_2025.csv", CHANGES)).lake
    done = imported("commuting", written("flux.csv", FLOWS), *published(lake))
    assert len(done.rows("commuting-flows")) == 2


def test_means_of_transport_are_weighted_sums(imported, tmp_path):
    rows = {
        "COMMUNE": ["12202", "12202", "12202", "75056", "12202"],
        "ARM": ["ZZZZZ", "ZZZZZ", "ZZZZZ", "75101", "ZZZZZ"],
        "DCLT": ["12202", "12202", "12202", "12202", "12202"],
        "TRANS": ["5", "5", "2", "6", "Z"],
        "IPONDI": [2.5, 3.0, 1.0, 4.0, 8.0],
    }
    rows = {name: [*values, None] for name, values in rows.items()}
    path = tmp_path / "RP2022_mobpro.parquet"
    pq.write_table(pa.table(rows), path)
    done = imported("commuting-detail", path)
    found = {
        (r["home"], r["transport"]): (r["workers"], r["n"]) for r in done.rows("commuting-modes")
    }
    assert found == {
        ("12202", "5"): (5.5, 2),
        ("12202", "2"): (1.0, 1),
        ("75101", "6"): (4.0, 1),
        ("12202", None): (8.0, 1),
    }
    report = done.report("commuting-modes")
    assert report["read"] == report["kept"] + sum(report["refused"].values()) == 6
    assert report["refused"]["row without home"] == 1


def test_means_of_transport_from_delimited_text(imported, tmp_path):
    text = "COMMUNE;ARM;DCLT;TRANS;IPONDI\n1004;ZZZZZ;01004;5;2,5\n"
    path = tmp_path / "RP2022_mobpro.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("FD_MOBPRO_2022.csv", text)
    (row,) = imported("commuting-detail", path).rows("commuting-modes")
    assert (row["home"], row["workers"], row["year"]) == ("01004", 2.5, 2022)


def test_means_of_transport_of_before_2017_are_refused(written):
    """Then 3 was any two-wheeler, 4 the car and 5 public transport: the car would pass for 5."""
    path = written("RP2016_mobpro.csv", "COMMUNE;ARM;DCLT;TRANS;IPONDI\n01004;ZZZZZ;01004;4;2.5\n")
    with pytest.raises(ReadError, match="2017"):
        source("commuting-detail").read([path])


def test_the_geographic_code(imported, written):
    communes = written(
        "v_commune_2025.csv",
        "TYPECOM,COM,REG,DEP,CTCD,ARR,TNCC,NCC,NCCENR,LIBELLE,CAN,COMPARENT\n"
        "COM,1004,84,1,01D,011,1,AMBERIEU,Ambérieu,Ambérieu,0101,\n"
        "COMD,01003,,,,,1,AMAREINS,Amareins,Amareins,,01165\n",
    )
    done = imported("cog", communes, written("v_mvt_commune_2025.csv", CHANGES))
    rows = by(done.rows("communes-cog"), "com")
    assert (rows["01004"]["dep"], rows["01004"]["comparent"]) == ("01", None)
    assert (rows["01003"]["typecom"], rows["01003"]["dep"]) == ("COMD", None)
    (change, _) = done.rows("commune-changes")
    assert (change["mod"], change["date_eff"]) == ("32", date(2016, 1, 1))
    assert (change["from"], change["to"]) == ("01003", "01004")
    assert sum(done.report("commune-changes")["refused"].values()) == 1
    with pytest.raises(ReadError, match="neither v_commune"):
        source("cog").read([written("x.csv", "a,b\n1,2\n")])


def test_empty_and_foreign_files_are_refused(written):
    for name in ("bpe", "lovac", "commuting", "commuting-detail", "rp-housing-communes", "cog"):
        for content in (b"", b"<!DOCTYPE html><html>403</html>", io.BytesIO(b"PK").read()):
            with pytest.raises(ReadError):
                list(source(name).read([written("x.csv", content)]))
