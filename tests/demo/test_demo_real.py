"""The real layers: the 244 towns, their boundaries, dwellings and population by IRIS."""

import csv
import runpy
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
import shapely
from pyproj import Geod

from layers.demo import real
from layers.tables import Table

MAYOTTE = {"97607", "97608", "97611", "97615"}


def rows(table: Table) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pa.concat_tables(table.batches).to_pylist()
    return found


def by_code(table: Table) -> dict[str, dict[str, Any]]:
    return {row["insee"]: row for row in rows(table)}


def test_the_244_towns_of_the_programme() -> None:
    towns = rows(real.towns())
    assert len(towns) == len({t["insee"] for t in towns}) == 244
    assert all(len(t["insee"]) == 5 for t in towns)
    sites: dict[str, set[str]] = {}
    for town in towns:
        sites.setdefault(town["site_id"], set()).add(town["site_name"])
    assert len(sites) == 230
    assert all(len(names) == 1 for names in sites.values())
    assert {t["insee"] for t in towns if t["population"] is None} == MAYOTTE


def test_known_towns() -> None:
    towns = by_code(real.towns())
    perigueux = {k: v for k, v in towns["24322"].items() if k != "geometry"}
    assert perigueux == {
        "insee": "24322",
        "name": "Périgueux",
        "site_id": "ACV155",
        "site_name": "Périgueux",
        "signed": date(2018, 9, 28),
        "department": "24",
        "department_name": "Dordogne",
        "region": "75",
        "region_name": "Nouvelle-Aquitaine",
        "epci": "200040392",
        "epci_name": "Communauté d'agglomération Le Grand Périgueux",
        "population": 29966,
    }
    assert towns["12202"]["population"] == 24057
    assert towns["12202"]["epci_name"] == "Communauté d'agglomération Rodez Agglomération"
    assert towns["97611"]["population"] is None
    assert towns["01004"]["department"] == "01"
    assert towns["31483"]["signed"] is None  # joined later; no date is published
    assert towns["43157"]["name"] == "Le Puy-en-Velay"
    assert towns["65440"]["site_name"] == towns["65286"]["site_name"] == "Lourdes - Tarbes"


def test_towns_agree_with_the_published_list(shared_data: Path) -> None:
    with (shared_data / "acv" / "acv_communes.csv").open(encoding="utf-8") as file:
        listed = {row["insee_com"]: row for row in csv.DictReader(file)}
    towns = by_code(real.towns())
    assert set(towns) == set(listed)
    for code, row in listed.items():
        signed = towns[code]["signed"]
        assert towns[code]["name"] == row["lib_com"]
        assert towns[code]["site_id"] == row["id_acv"]
        assert (signed.strftime("%d/%m/%Y") if signed else "") == row["date_signature"]
        if code == "91223":  # the list has it 11 km outside its commune
            continue
        hall = shapely.from_wkb(towns[code]["geometry"])
        assert (hall.x, hall.y) == pytest.approx((float(row["lon"]), float(row["lat"])), abs=1e-5)


def test_a_town_hall_lies_in_its_commune_or_beside_its_simplified_border() -> None:
    towns, communes = by_code(real.towns()), by_code(real.communes())
    assert set(towns) == set(communes)
    far = []
    for code, town in towns.items():
        hall = shapely.from_wkb(town["geometry"])
        boundary = shapely.from_wkb(communes[code]["geometry"])
        assert boundary.is_valid
        if boundary.distance(hall) > 0.002:  # degrees, about 200 m
            far.append(code)
    assert far == []


def test_area_of_communes_known_by_heart() -> None:
    communes = by_code(real.communes())
    for code, square_km in (("24322", 9.8), ("12202", 11.2), ("13004", 759.0), ("97209", 44.2)):
        boundary = shapely.from_wkb(communes[code]["geometry"])
        area = abs(Geod(ellps="GRS80").geometry_area_perimeter(boundary)[0]) / 1e6
        assert area == pytest.approx(square_km, rel=0.04)


def test_iris_of_240_towns_and_none_of_mayotte() -> None:
    for table in (real.iris_housing(), real.iris_population()):
        found = rows(table)
        assert len(found) == len({row["iris"] for row in found}) == 3302
        assert all(row["iris"].startswith(row["insee"]) for row in found)
        towns = {row["insee"] for row in rows(real.towns())}
        assert towns - {row["insee"] for row in found} == MAYOTTE
        assert {row["insee"] for row in found} <= towns


@pytest.mark.parametrize(
    ("file", "table", "columns"),
    [
        (
            "base-ic-logement-2021.csv",
            real.iris_housing,
            {
                "P21_LOG": "dwellings",
                "P21_RP": "main_residences",
                "P21_RSECOCC": "second_homes",
                "P21_LOGVAC": "vacant_dwellings",
                "P21_MAISON": "houses",
                "P21_APPART": "flats",
            },
        ),
        (
            "base-ic-evol-struct-pop-2021.csv",
            real.iris_population,
            {
                "P21_POP": "population",
                "P21_POP0019": "age_0_19",
                "P21_POP2064": "age_20_64",
                "P21_POP65P": "age_65_plus",
            },
        ),
    ],
)
def test_sums_by_town_are_those_of_insee(
    shared_data: Path, file: str, table: Any, columns: dict[str, str]
) -> None:
    official: Counter[tuple[str, str]] = Counter()
    count: Counter[str] = Counter()
    with (shared_data / "iris" / file).open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter=";"):
            count[row["COM"]] += 1
            for theirs, ours in columns.items():
                official[row["COM"], ours] += float(row[theirs])  # type: ignore[assignment]
    shipped = pa.concat_tables(table().batches)
    sums = shipped.group_by("insee").aggregate([(c, "sum") for c in columns.values()]).to_pylist()
    assert len(sums) == 240
    for town in sums:
        for name in columns.values():
            rounding = count[town["insee"]] * 0.5 + 1e-6
            assert abs(town[f"{name}_sum"] - official[town["insee"], name]) <= rounding


def test_vacancy_of_perigueux_counted_by_hand() -> None:
    housing = pa.concat_tables(real.iris_housing().batches)
    perigueux = housing.filter(pc.equal(housing["insee"], "24322"))
    vacant = [114, 115, 233, 395, 162, 182, 335, 266, 317, 231, 157, 44]
    assert sorted(perigueux["vacant_dwellings"].to_pylist()) == sorted(map(float, vacant))


def test_shipped_files_are_small(repository: Path) -> None:
    for file in (repository / "layers" / "demo" / "data").iterdir():
        assert file.stat().st_size < 300_000


def test_deriving_needs_wheels(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = repository / "scripts" / "derive_demo_data.py"
    wrong = str(repository / "pyproject.toml")
    monkeypatch.setattr(sys, "argv", [str(script), wrong, wrong])
    with pytest.raises(SystemExit, match="neither a wheel nor a folder"):
        runpy.run_path(str(script), run_name="__main__")
