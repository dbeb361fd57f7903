"""Delimited text: which columns place a row, in which CRS, and what type each column has."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import zipfile

import pyarrow as pa
import pytest
import shapely

from layers.errors import ReadError
from layers.opening import open_file


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def opened(tmp_path, text, **options):
    (table,) = open_file(write(tmp_path / "lieux.csv", text), **options)
    return table, pa.concat_tables(table.batches)


def place(table, found):
    shape = shapely.from_wkb(found.column(table.geometry_name).to_pylist())[0]
    return None if shape is None else tuple(shape.coords[0])


DEGREES = (2.5, 48.25)
LAMBERT = (652000.5, 6862000.25)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lon,lat\n2.5,48.25\n", DEGREES),
        ("Latitude;Longitude;nom\n48,25;2,5;a\n", DEGREES),
        ("X_WGS84\tY_WGS84\n2.5\t48.25\n", DEGREES),
        ("x_longitude|y_latitude\n2.5|48.25\n", DEGREES),
        ("x;y\n2.5;48.25\n", DEGREES),
        ('nom;geo_point_2d\na;"48.25, 2.5"\n', DEGREES),
        ("nom;wkt\na;POINT (2.5 48.25)\n", DEGREES),
        ('nom;geom\na;"SRID=4326;POINT(2.5 48.25)"\n', DEGREES),
        (
            'nom;geo_shape\na;"{""type"": ""Point"", ""coordinates"": [2.5, 48.25]}"\n',
            DEGREES,
        ),
        ("x;y\n652000,5;6862000,25\n", LAMBERT),
        ("X_LAMBERT93;Y_LAMBERT93\n652 000,5;6 862 000,25\n", LAMBERT),
        ("lambert_x,lambert_y\n652000.5,6862000.25\n", LAMBERT),
        ("coord_x,coord_y\n652000.5,6862000.25\n", LAMBERT),
        ("coordx,coordy\n652000.5,6862000.25\n", LAMBERT),
        ("x_l93,y_l93\n652000.5,6862000.25\n", LAMBERT),
        (
            "coordonnee_cartographique_x_ban,coordonnee_cartographique_y_ban\n652000.5,6862000.25\n",
            LAMBERT,
        ),
        ("exposition,type\n1,2\n", None),
    ],
)
def test_synthetic_columns_that_place_a_row(tmp_path, text, expected):
    table, found = opened(tmp_path, text)
    if expected is None:
        assert (table.geometry_name, table.crs, table.geometry) == (None, None, "none")
        return
    assert place(table, found) == expected
    assert table.crs in (("EPSG:4326", "OGC:CRS84") if expected == DEGREES else ("EPSG:2154",))


def test_a_guessed_projection_is_told(tmp_path):
    table, _ = opened(tmp_path, "x;y\n652000;6862000\n")
    assert table.report.notes == ["CRS guessed from the values of x and y: EPSG:2154"]
    table, _ = opened(tmp_path, "lon;lat\n2;48\n")
    assert table.report.notes == []


@pytest.mark.parametrize(
    ("text", "proposal"),
    [
        ("x;y\n1650000;5200000\n", r"CC46.*--crs EPSG:3946"),
        ("x;y\n600000;2400000\n", r"Lambert zone II.*--crs EPSG:27572"),
        ("x;y\n12;345678\n", r"Give it with --crs"),
        ("lon;lat\n1650000;5200000\n", r"--crs EPSG:3946"),
    ],
)
def test_ambiguous_coordinates_need_a_crs(tmp_path, text, proposal):
    with pytest.raises(ReadError, match=proposal):
        opened(tmp_path, text)
    table, _ = opened(tmp_path, text, crs="EPSG:3946")
    assert table.crs == "EPSG:3946"


def test_degrees_outside_france_are_degrees_where_the_names_say_so(tmp_path):
    table, found = opened(tmp_path, "lon;lat\n-75,5;45,5\n")
    assert (table.crs, place(table, found)) == ("EPSG:4326", (-75.5, 45.5))


def test_missing_null_and_unreadable_coordinates_are_counted_and_rows_kept(tmp_path):
    text = "lon,lat,n\n2,48,1\n,,2\n0,0,3\nabc,48,4\n2,48,5\n"
    table, found = opened(tmp_path, text)
    shapes = shapely.from_wkb(found.column("geometry").to_pylist())
    assert [shape is not None for shape in shapes] == [True, False, False, False, True]
    assert found.column("n").to_pylist() == [1, 2, 3, 4, 5]
    counts = table.report.repaired
    assert counts["row without coordinates kept without geometry"] == 2
    assert counts["coordinates 0, 0 taken as missing"] == 1
    assert table.report.read == 5


def test_the_types_of_the_file_not_of_its_first_rows(tmp_path):
    table, found = opened(
        tmp_path,
        "n;prix;jour;heure;vrai;code_postal;tel;mixte;vide;grand;insee;d\n"
        "1;1,5;31/12/2024;2024-01-01 10:00;vrai;35600;0299711234;1;;12345678901234567890;1004;"
        "2024-01-01\n"
        "-2;1 234,25;01/02/2023;2024-01-01T10:00:30+02:00;FAUX;1000;0612345678;a;;1;2A004;"
        "2023-05-06\n",
    )
    assert table.geometry_name is None
    first, second = found.to_pylist()
    assert first == {
        "n": 1, "prix": 1.5, "jour": dt.date(2024, 12, 31),
        "heure": dt.datetime(2024, 1, 1, 10, tzinfo=dt.UTC), "vrai": True, "code_postal": "35600",
        "tel": "0299711234", "mixte": "1", "vide": None, "grand": "12345678901234567890",
        "insee": "01004", "d": dt.date(2024, 1, 1),
    }  # fmt: skip
    assert second == {
        "n": -2, "prix": 1234.25, "jour": dt.date(2023, 2, 1),
        "heure": dt.datetime(2024, 1, 1, 8, 0, 30, tzinfo=dt.UTC), "vrai": False,
        "code_postal": "1000", "tel": "0612345678", "mixte": "a", "vide": None, "grand": "1",
        "insee": "2A004", "d": dt.date(2023, 5, 6),
    }  # fmt: skip


def test_a_date_that_does_not_exist_keeps_the_column_as_text(tmp_path):
    _, found = opened(tmp_path, "n;jour\n1;31/12/2024\n2;31/02/2024\n")
    assert found.column("jour").to_pylist() == ["31/12/2024", "31/02/2024"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_every_usual_encoding(tmp_path, encoding):
    path = write(tmp_path / "été.csv", "Libellé;lon;lat\nHôtel de ville;2,5;48,25\n", encoding)
    (table,) = open_file(path)
    found = pa.concat_tables(table.batches)
    assert table.layer == "ete"
    assert found.column("Libellé").to_pylist() == ["Hôtel de ville"]
    assert place(table, found) == DEGREES


def test_a_gzipped_file_and_its_name(shared_data, tmp_path):
    path = tmp_path / "dvf_2020.csv.gz"
    path.write_bytes(gzip.compress((shared_data / "perpignan/dvf_66136.csv").read_bytes()))
    (table,) = open_file(path)
    assert (table.layer, table.title, table.vintage) == ("dvf-2020", "dvf_2020", "2020")
    assert sum(batch.num_rows for batch in table.batches) == 2000


def test_a_zipped_table(shared_data, tmp_path):
    path = tmp_path / "dvf.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(shared_data / "perpignan" / "dvf_66136.csv", "dvf/valeurs.csv")
    (table,) = open_file(path)
    assert table.layer == "dvf"
    assert sum(batch.num_rows for batch in table.batches) == 2000


def test_the_programme_list_takes_town_halls_not_drawing_positions(shared_data):
    path = shared_data / "acv" / "acv_communes.csv"
    (table,) = open_file(path)
    found = pa.concat_tables(table.batches).to_pylist()
    with path.open(encoding="utf-8-sig", newline="") as file:
        expected = list(csv.DictReader(file))
    assert len(found) == len(expected) == 244
    for row, line in zip(found, expected, strict=True):
        shape = shapely.from_wkb(row["geometry"])
        assert (shape.x, shape.y) == (float(line["lon"]), float(line["lat"]))


def test_accidents_keep_their_rows_without_coordinates(shared_data):
    path = shared_data / "accidents" / "baac_acv_2005_2020.csv"
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    (table,) = open_file(path)
    found = pa.concat_tables(table.batches)
    assert found.num_rows == len(lines) == 137_613
    assert found.column("num_acc").to_pylist() == [int(line["num_acc"]) for line in lines]
    placed = sum(bool(line["lon"] and line["lat"]) for line in lines)
    null_islands = sum(
        bool(line["lon"] and line["lat"]) and float(line["lon"]) == float(line["lat"]) == 0
        for line in lines
    )
    assert found.num_rows - found.column("geometry").null_count == placed - null_islands


def test_a_header_alone_and_another_layer_name_are_refused(tmp_path):
    with pytest.raises(ReadError, match=r"lieux\.csv.*no row"):
        opened(tmp_path, "a;b\n")
    with pytest.raises(ReadError, match="one layer, 'lieux', not 'autre'"):
        opened(tmp_path, "a;b\n1;2\n", layer="autre")
