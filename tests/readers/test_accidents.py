"""Road accidents: synthetic rows in the documented layouts of the BAAC, of 2016 and of 2023."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date

import pytest
import shapely

from layers.errors import ReadError

PLACES = (
    '"Num_Acc";"jour";"mois";"an";"hrmn";"lum";"dep";"com";"agg";"int";"atm";"col";"adr";"lat";"long"\n'
    '"202300000001";"07";"05";"2023";"18:30";"1";"35";"35236";"2";"1";"1";"3";"RUE";"47,6512";"-2,0843"\n'
    '"202300000002";"31";"02";"2023";"06:05";"5";"2A";"2A004";"-1";"3";"-1";"-1";"";"0";"0"\n'
    '"202300000003";"1";"1";"2023";"-1";"-1";"01";"1053";"1";"-1";"1";"1";"";"46,2";"5,2"\n'
    '"202300000003";"1";"1";"2023";"-1";"-1";"01";"1053";"1";"-1";"1";"1";"";"46,2";"5,2"\n'
)
ROADS = (
    "Num_Acc;catr;voie;vma\n202300000001;4;RUE;30\n202300000001;3;RUE;50\n"
    "202300000002;-1;;-1\n202300000003;7;;50\n"
)
VEHICLES = (
    "Num_Acc;id_vehicule;num_veh;catv\n202300000001;1;A01;7\n202300000001;2;B01;80\n"
    "202300000002;3;A01;33\n202300000003;4;A01;01\n"
)
USERS = (
    "Num_Acc;id_usager;id_vehicule;num_veh;place;catu;grav;sexe;an_nais\n"
    "202300000001;1;1;A01;1;1;1;1;1980\n202300000001;2;2;B01;1;1;4;2;1990\n"
    "202300000001;3;1;A01;10;3;3;2;2010\n202300000002;4;3;A01;1;1;2;1;1975\n"
    "202300000002;5;3;A01;2;2;-1;2;1976\n"
)
OLD = (
    "Num_Acc,an,mois,jour,hrmn,lum,agg,int,atm,col,com,adr,gps,lat,long,dep\n"
    "201600000001,16,2,1,1445,1,2,1,8,3,5,,M,0,,590\n"
    "201600000002,16,3,16,605,3,1,1,1,3,120,,M,5051500,294400,10\n"
    "201600000003,16,3,16,1800,1,1,1,1,3,4,,M,4193000,873500,201\n"
    "201600000004,16,3,16,2400,1,1,1,1,3,101,,A,1625000,-6150000,971\n"
)


@pytest.fixture
def of_2023(imported, written):
    files = {"caracteristiques": PLACES, "lieux": ROADS, "vehicules": VEHICLES, "usagers": USERS}
    return imported("baac", *(written(f"{n}-2023.csv", text) for n, text in files.items()))


def by_id(done):
    return {row["accident_id"][-1]: row for row in done.rows("accidents")}


def test_the_four_files_make_one_row_for_each_accident(of_2023) -> None:
    rows = by_id(of_2023)
    one = rows["1"]
    assert (one["date"], one["hour"], one["insee"]) == (date(2023, 5, 7), 18, "35236")
    assert (one["light"], one["built_up"], one["crossing"]) == ("day", True, False)
    assert (one["road"], one["speed_limit"]) == ("communal", 30)
    hurt = ("killed", "hospitalised", "slightly_injured", "pedestrians", "cycles")
    assert [one[name] for name in hurt] == [0, 1, 1, 1, 1]
    assert [rows["2"][name] for name in hurt] == [1, 0, 0, 0, 0]
    point = shapely.from_wkb(one["geometry"])
    assert (point.x, point.y) == (-2.0843, 47.6512)


def test_unknown_is_missing_and_never_zero(of_2023) -> None:
    rows = by_id(of_2023)
    two, three = rows["2"], rows["3"]
    assert (two["date"], two["built_up"], two["crossing"], two["light"]) == (
        None, None, True, "lit-night",
    )  # fmt: skip
    assert (two["road"], two["speed_limit"], two["geometry"]) == (None, None, None)
    assert (three["hour"], three["light"], three["crossing"]) == (None, None, None)
    # No user of the third accident is told: nobody knows that nobody was hurt.
    assert (three["killed"], three["pedestrians"], three["cycles"]) == (None, None, 1)


def test_rows_are_counted(of_2023) -> None:
    report = of_2023.report("accidents")
    assert report["read"] == report["kept"] + sum(report["refused"].values()) == 4
    assert report["refused"] == {"accident that came before": 1}
    assert report["repaired"]["accident without a position kept"] == 1
    assert report["repaired"]["day that cannot be left empty"] == 1
    assert of_2023.versions["accidents"].vintage == "2023"


def test_nothing_of_persons_is_kept(of_2023) -> None:
    assert not {"sexe", "an_nais", "id_usager"} & set(of_2023.rows("accidents")[0])


def test_years_before_2019_tell_communes_and_degrees_otherwise(imported, written) -> None:
    done = imported("baac", written("caracteristiques_2016.csv", OLD, "latin-1"))
    rows = by_id(done)
    assert [rows[n]["insee"] for n in "1234"] == ["59005", "01120", "2A004", "97101"]
    assert [rows[n]["hour"] for n in "1234"] == [14, 6, 18, None]
    assert rows["2"]["date"] == date(2016, 3, 16)
    point = shapely.from_wkb(rows["2"]["geometry"])
    assert (point.x, point.y) == (2.944, 50.515)
    assert rows["1"]["geometry"] is None
    assert {rows[n]["killed"] for n in "1234"} == {None}


def test_other_files_are_refused(imported, written) -> None:
    with pytest.raises(ReadError, match="No caractéristiques"):
        imported("baac", written("usagers-2023.csv", USERS))
    with pytest.raises(ReadError, match="no file of the BAAC"):
        imported("baac", written("x.csv", "a;b\n1;2\n"))
    with pytest.raises(ReadError, match=r"no column 'mois'"):
        imported("baac", written("c.csv", PLACES.replace("mois", "moi")))


def test_real_accidents_written_as_the_official_files_tell_them(
    imported, shared_data, tmp_path
) -> None:
    """Real rows of 2019 and 2020 in towns, under the columns that the official files have."""
    path = shared_data / "accidents" / "baac_acv_2005_2020.csv"
    with path.open(encoding="utf-8", newline="") as file:
        real = [row for row in csv.DictReader(file) if row["year"] in ("2019", "2020")]
    names = next(csv.reader(PLACES.splitlines(), delimiter=";"))
    with (tmp_path / "caracteristiques-2019-2020.csv").open("w", newline="") as file:
        out = csv.writer(file, delimiter=";")
        out.writerow(names)
        for row in real:
            time = f"{row['hhmm'].zfill(4)[:2]}:{row['hhmm'].zfill(4)[2:]}"
            place = [row[axis].replace(".", ",") for axis in ("lat", "lon")]
            out.writerow([row["num_acc"], row["day"], row["month"], row["year"], time, row["lum"],
                          row["insee_com"][:2], row["insee_com"], row["agg"], "-1", row["atm"],
                          row["col"], "", *place])  # fmt: skip
    done = imported("baac", tmp_path / "caracteristiques-2019-2020.csv")
    found = done.rows("accidents")
    assert len(found) == len(real) > 10_000
    assert Counter(row["insee"] for row in found) == Counter(row["insee_com"] for row in real)
    days = Counter(f"{row['year']}-{int(row['month']):02}-{int(row['day']):02}" for row in real)
    assert Counter(row["date"].isoformat() for row in found) == days
    dark = sum(row["lum"] in ("3", "4", "5") for row in real)
    assert sum(row["light"] in ("unlit-night", "lit-night") for row in found) == dark
    placed = sum(bool(row["lat"]) and float(row["lat"]) != 0 for row in real)
    assert sum(row["geometry"] is not None for row in found) == placed
