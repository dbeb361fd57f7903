"""Official formats on real files, against counts made independently."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections import Counter

import pyarrow as pa
import pytest

from layers.catalogue import Catalogue
from layers.codes import code_width, restore_codes
from layers.errors import ReadError
from layers.publish import publish
from layers.readers import source
from layers.report import Report


@pytest.fixture
def load(tmp_path):
    """Give a function: source and files in, layers published in a real lake out."""
    catalogue = Catalogue(tmp_path / "data")

    def run(name, *paths):
        for table in source(name).read(paths):
            publish(catalogue.lake, catalogue.record(table.layer), table, source="test")
        return catalogue

    return run


def rows(catalogue, layer):
    index = catalogue.layer(layer).index
    return index.rows(range(index.count)).to_pylist()


def plain(path, delimiter=","):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def test_dvf_of_perpignan(load, shared_data, tmp_path):
    path = shared_data / "perpignan" / "dvf_66136.csv"
    expected = plain(path)
    catalogue = load("dvf", path)
    found = rows(catalogue, "sales")
    assert len(found) == len(expected) == 2000
    total = sum(float(row["valeur_fonciere"]) for row in expected if row["valeur_fonciere"])
    assert sum(row["valeur_fonciere"] or 0 for row in found) == pytest.approx(total)
    assert {row["code_commune"] for row in found} == {"66136"}
    days = sorted(row["date_mutation"] for row in expected)
    assert catalogue.layer("sales").version.facts["interval"] == [days[0], days[-1]]


def test_dvf_gzipped_reads_the_same(load, shared_data, tmp_path):
    path = shared_data / "perpignan" / "dvf_66136.csv"
    packed = tmp_path / "66136.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert len(rows(load("dvf", packed), "sales")) == 2000


def test_a_sale_that_two_dvf_files_hold_is_kept_once(load, shared_data):
    """The rows of Perpignan stand in both files."""
    one = shared_data / "perpignan" / "dvf_66136.csv"
    both = shared_data / "occitanie" / "dvf_occitanie.csv"
    catalogue = load("dvf", one, both)
    found = rows(catalogue, "sales")
    assert len(found) == len(plain(both))
    assert sum(row["code_commune"] == "66136" for row in found) == len(plain(one))
    report = catalogue.layer("sales").version.report
    assert report["refused"] == {"line of a sale that a former file holds too": len(plain(one))}


def test_census_of_all_towns(load, shared_data):
    path = shared_data / "iris" / "base-ic-logement-2021.csv"
    expected = plain(path, ";")
    catalogue = load("rp-housing", path)
    found = rows(catalogue, "iris-housing")
    assert len(found) == len(expected) == 3302
    assert catalogue.layer("iris-housing").version.vintage == "2021"
    assert sum(row["vacant_dwellings"] for row in found) == pytest.approx(
        sum(float(row["P21_LOGVAC"]) for row in expected)
    )
    assert all(len(row["insee"]) == 5 and len(row["iris"]) == 9 for row in found)


def test_census_in_another_encoding_with_lost_zeros_and_decimal_commas(load, tmp_path):
    """Synthetic rows in the official layout."""
    text = (
        "IRIS;COM;TYP_IRIS;LAB_IRIS;P22_LOG;P22_RP;P22_RSECOCC;P22_LOGVAC;P22_MAISON;P22_APPART\n"
        "10040101;1004;H;Été;1 234,5;1000;s;34,5;200;\n"
    )
    path = tmp_path / "base-ic-logement-2022.csv"
    path.write_bytes(text.encode("latin-1"))
    catalogue = load("rp-housing", path)
    (row,) = rows(catalogue, "iris-housing")
    assert (row["iris"], row["insee"], row["name"]) == ("010040101", "01004", "Été")
    assert (row["dwellings"], row["vacant_dwellings"]) == (1234.5, 34.5)
    assert row["second_homes"] is None
    version = catalogue.layer("iris-housing").version
    assert version.vintage == "2022"
    assert sum(version.report["repaired"].values()) == 2


def test_population_by_iris(load, shared_data):
    path = shared_data / "iris" / "base-ic-evol-struct-pop-2021.csv"
    found = rows(load("rp-population", path), "iris-population")
    expected = sum(float(row["P21_POP"]) for row in plain(path, ";"))
    assert sum(row["population"] for row in found) == pytest.approx(expected)


def test_filosofi_of_rodez(load, shared_data):
    import geopandas as gpd

    path = shared_data / "rodez" / "filosofi_200m_2015.shp"
    original = gpd.read_file(path)
    catalogue = load("filosofi", path)
    found = rows(catalogue, "income-cells")
    assert len(found) == 457
    assert sum(row["lcog_geo"] == "12202" for row in found) == 152
    assert sum(row["men"] for row in found) == pytest.approx(original.men.sum())
    # The squares derived from the codes are those of the file, moved to CRS84.
    version = catalogue.layer("income-cells").version
    assert version.facts["bounds"] == pytest.approx(original.to_crs(4326).total_bounds, abs=1e-4)
    assert version.report["repaired"] == {"code of a cell found from its place": 13}


def test_filosofi_2021_layout(load, tmp_path):
    """One synthetic cell in the layout of 2021."""
    path = tmp_path / "carreaux_200m_met.csv"
    path.write_text(
        "idcar_200m,lcog_geo,i_est_200,ind,men,men_pauv\n"
        "CRS3035RES200mN2387600E3728800,1004,1,46.5,13,2\n"
    )
    catalogue = load("filosofi", path)
    (row,) = rows(catalogue, "income-cells")
    assert (row["lcog_geo"], row["i_est_200"], row["men_pauv"]) == ("01004", 1, 2)
    assert row["ind_snv"] is None
    assert catalogue.layer("income-cells").version.vintage == "2021"


def test_gtfs_of_perpignan(load, shared_data):
    path = shared_data / "perpignan" / "perpignan.gtfs.zip"
    catalogue = load("gtfs", path)
    found = {row["stop_id"]: row["departures"] for row in rows(catalogue, "transit-stops")}
    day = rows(catalogue, "transit-stops")[0]["reference_day"]
    assert day.isoweekday() == 2
    assert found == departures(path, day)
    lines = rows(catalogue, "transit-lines")
    assert len(lines) == 43


def departures(path, day):
    """Count departures of a day by plain loops over the files."""
    with zipfile.ZipFile(path) as archive:
        names = {name.rsplit("/", 1)[-1]: name for name in archive.namelist()}

        def read(name):
            if name not in names:
                return []
            with archive.open(names[name]) as file:
                return list(csv.DictReader(io.TextIOWrapper(file, "utf-8-sig")))

        text = f"{day:%Y%m%d}"
        active = {
            row["service_id"]
            for row in read("calendar.txt")
            if row["tuesday"] == "1" and row["start_date"] <= text <= row["end_date"]
        }
        for row in read("calendar_dates.txt"):
            if row["date"] == text:
                (active.add if row["exception_type"] == "1" else active.discard)(row["service_id"])
        trips = {row["trip_id"] for row in read("trips.txt") if row["service_id"] in active}
        times = [row for row in read("stop_times.txt") if row["trip_id"] in trips]
        stops = [
            r["stop_id"] for r in read("stops.txt") if r.get("location_type", "0") in ("0", "")
        ]
    last: dict[str, int] = {}
    for row in times:
        last[row["trip_id"]] = max(last.get(row["trip_id"], -1), int(row["stop_sequence"]))
    counted = Counter(
        row["stop_id"]
        for row in times
        if int(row["stop_sequence"]) < last[row["trip_id"]]
        and 6 <= int(row["departure_time"].split(":")[0]) < 21
        and row.get("pickup_type", "0") != "1"
    )
    return {stop: counted[stop] for stop in stops}


def test_osm_of_redon_fits_its_records(load, shared_data):
    catalogue = load("osm", shared_data / "redon" / "redon.osm")
    assert len(rows(catalogue, "buildings")) == 1075
    assert len(rows(catalogue, "services")) == 275
    assert len(rows(catalogue, "shops")) == 96 + 9
    assert catalogue.layer("shops").version.vintage == "2019-09-09"


def test_unreadable_values_of_dvf_are_counted_and_left_empty(load, shared_data, tmp_path):
    """A real row, and copies of it with synthetic mistakes."""
    lines = (shared_data / "perpignan" / "dvf_66136.csv").read_text("utf-8").splitlines()[:2]
    path = tmp_path / "66136.csv"
    wrong = lines[1].replace(",73000,", ",abc,").replace("2020-01-17", "17/01/2020")
    path.write_text("\n".join([*lines, wrong, lines[1] + ",surplus"]), encoding="utf-8")
    catalogue = load("dvf", path)
    prices = [row["valeur_fonciere"] for row in rows(catalogue, "sales")]
    assert sorted(prices, key=str) == [73000.0, None]
    report = catalogue.layer("sales").version.report
    assert (report["read"], report["kept"]) == (3, 2)
    assert list(report["repaired"].values()) == [1]


def test_communes_of_two_departments(load, shared_data):
    folder = shared_data / "communes"
    catalogue = load(
        "communes", folder / "communes-12-aveyron.geojson", folder / "communes-46-lot.geojson"
    )
    found = rows(catalogue, "communes")
    names = {row["insee"]: row["name"] for row in found}
    assert names["12202"] == "Rodez"
    assert names["46042"] == "Cahors"
    assert {row["department"] for row in found} == {"12", "46"}
    assert {row["population"] for row in found} == {None}


def test_the_list_of_the_programme(load, shared_data):
    found = rows(load("acv", shared_data / "acv" / "acv_communes.csv"), "towns")
    assert len(found) == 244
    listed = {row["insee_com"]: row for row in plain(shared_data / "acv" / "acv_communes.csv")}
    by_code = {row["insee"]: row for row in found}
    assert by_code["24322"]["name"] == "Périgueux"
    assert by_code["80001"]["signed"].isoformat() == "2018-09-28"
    for code, row in listed.items():
        population = row["pop_municipale_datafrance"]
        assert by_code[code]["population"] == (
            None if population in ("", "\\N") else int(float(population))
        )


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.csv", b"", "empty"),
        ("x.csv", b"<!DOCTYPE html><html>403</html>", "web page"),
        ("x.csv", b"PK\x03\x04" + bytes(50), "not a text file"),
        ("x.csv.gz", gzip.compress(b"a,b\n" * 99, mtime=0)[:-20], "damaged or truncated"),
        ("x.csv", b"id_mutation,date_mutatoin\n1,2\n", "no column"),
    ],
)
def test_broken_files_are_refused_with_the_reason(tmp_path, name, content, said):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ReadError, match=said):
        list(source("dvf").read([path]))


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x05\x06" + bytes(18)])
def test_broken_feeds_are_refused(tmp_path, content):
    path = tmp_path / "feed.zip"
    path.write_bytes(content)
    with pytest.raises(ReadError):
        list(source("gtfs").read([path]))


def test_codes_are_texts_and_lost_zeros_are_counted():
    report = Report()
    column = pa.chunked_array([["1004", "1004.0", "2a004", "01004", None, "75056"]])
    restored = restore_codes(column, 5, report).to_pylist()
    assert restored == ["01004", "01004", "2A004", "01004", None, "75056"]
    assert sum(report.repaired.values()) == 2
    assert code_width("Code_INSEE") == 5
    assert code_width("nom") is None
