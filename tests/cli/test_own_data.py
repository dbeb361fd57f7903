"""One's own files from the command line to the served layer, and what goes wrong on the way."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time

import geopandas as gpd
import httpx
import pytest

COMMAND = [sys.executable, "-c", "from server.cli import main; main()"]


@pytest.fixture
def run(tmp_path):
    def run(*arguments, wait=True):
        environment = {**os.environ, "COEURVILLE_DATA": str(tmp_path / "data"), "COLUMNS": "200"}
        command = [*COMMAND, *map(str, arguments)]
        if not wait:
            return subprocess.Popen(command, env=environment, stdout=-1, stderr=-1)
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)

    return run


def test_every_layer_of_a_geopackage_is_served_with_its_names(
    run, run_server, shared_data, tmp_path
):
    result = run("add", shared_data / "perigueux" / "perigueux.gpkg")
    assert result.returncode == 0, result.stderr
    assert "bdnb-batiment: 10,381 rows kept of 10,381" in result.stdout
    with run_server(tmp_path / "data") as url, httpx.Client(base_url=f"{url}/ogc") as client:
        listed = {c["id"]: c for c in client.get("/collections").json()["collections"]}
        assert set(listed) == {"catalogue", "commune", "bdnb-batiment", "osm-building"}
        names = client.get("/collections/osm-building/queryables").json()["properties"]
        assert {"geom", "geometry", "osm_id", "fclass"} <= set(names)
        frame = gpd.read_file(f"OAPIF:{url}/ogc", layer="commune")
        assert len(frame) == 1


def test_a_chosen_layer_gets_the_id_and_title_given(run, shared_data):
    file = shared_data / "perigueux" / "perigueux.gpkg"
    result = run("add", file, "--layer", "commune", "--id", "limite", "--title", "Limite")
    assert result.returncode == 0, result.stderr
    assert "\nlimite " in run("layers").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--layer", "comune"], "Did you mean 'commune'"),
        (["--id", "one"], "several layers"),
        (["--layer", "commune", "--id", "communes"], "official layer"),
        (["--layer", "commune", "--crs", "EPSG:1"], "Unknown CRS"),
    ],
)
def test_wrong_options_are_one_line(run, shared_data, arguments, said):
    result = run("add", shared_data / "perigueux" / "perigueux.gpkg", *arguments)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert said in result.stderr


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.gpkg", b""), ("a.gpkg", b"not a package"), ("a.geojson", b'{"type": "Feat'),
     ("a.parquet", b"PAR1 no"), ("a.shp", b"\0" * 200), ("a.xyz", b"?")],
)  # fmt: skip
def test_broken_files_are_one_line(run, tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    result = run("add", path)
    assert result.returncode == 1
    assert name in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_shapefile_without_prj_needs_a_crs(run, shared_data, tmp_path):
    for suffix in ("shp", "shx", "dbf"):
        source = shared_data / "rodez" / f"filosofi_200m_2015.{suffix}"
        shutil.copy(source, tmp_path / f"cells.{suffix}")
    refused = run("add", tmp_path / "cells.shp")
    assert "--crs" in refused.stderr
    accepted = run("add", tmp_path / "cells.shp", "--crs", "EPSG:2154")
    assert "cells: 457 rows kept" in accepted.stdout


def test_csv_with_decimal_commas_and_lost_zeros(run, run_server, tmp_path):
    path = tmp_path / "releve_2024.csv"
    path.write_bytes("code_insee;nom;x;y\n1004;Été;600000,5;6500000,5\n".encode("latin-1"))
    result = run("add", path)
    assert result.returncode == 0, result.stderr
    with run_server(tmp_path / "data") as url:
        page = httpx.get(f"{url}/ogc/collections/releve-2024/items").json()
    (feature,) = page["features"]
    assert feature["properties"]["code_insee"] == "01004"
    assert feature["properties"]["nom"] == "Été"
    assert 1 < feature["geometry"]["coordinates"][0] < 2


@pytest.mark.parametrize("after", [0.3, 1.2, 1.8, 2.4])
def test_a_killed_import_leaves_the_former_version(run, shared_data, after):
    first = run("import", "dvf", shared_data / "perpignan" / "dvf_66136.csv")
    assert "2,000 rows kept of 2,000" in first.stdout
    process = run("import", "dvf", shared_data / "occitanie" / "dvf_occitanie.csv", wait=False)
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    listed = run("layers").stdout
    assert "\nsales " in listed
    assert "2,000" in listed or "11,301" in listed
    assert run("import", "dvf", shared_data / "perpignan" / "dvf_66136.csv").returncode == 0


def test_vacancy_and_continuity_of_redon(run, run_server, shared_data, tmp_path):
    """Redon is not of the demo's towns' shops: its extract is imported, then read by perimeter."""
    assert run("demo", "--no-serve").returncode == 0
    result = run("import", "osm", shared_data / "redon" / "redon.osm")
    assert result.returncode == 0, result.stderr
    with run_server(tmp_path / "data") as url:
        answer = httpx.get(f"{url}/towns/35236/indicators", timeout=60).json()
    by_code = {measure["code"]: measure for measure in answer["measures"]}
    # 97 shops, one of them vacant, and 8 disused ones beside them.
    assert (by_code["E04"]["numerator"], by_code["E04"]["denominator"]) == (9, 105)
    assert by_code["E10"]["n"] == 96
    assert 50 < by_code["E10"]["value"] <= 100
    assert by_code["H05"]["withheld"]["reason"] == "missing-layer"


def test_transit_prices_and_poverty_of_real_towns(run, run_server, shared_data, tmp_path):
    assert run("demo", "--no-serve").returncode == 0
    for source, path in (
        ("dvf", "perpignan/dvf_66136.csv"),
        ("gtfs", "perpignan/perpignan.gtfs.zip"),
        ("filosofi", "rodez/filosofi_200m_2015.shp"),
    ):
        result = run("import", source, shared_data / path)
        assert result.returncode == 0, result.stderr
    with run_server(tmp_path / "data") as url, httpx.Client(base_url=url, timeout=60) as client:
        perpignan = client.get("/towns/66136/indicators").json()["measures"]
        rodez = client.get("/towns/12202/indicators").json()["measures"]
        elsewhere = client.get("/towns/24322/indicators").json()["measures"]
    at = {m["code"]: m for m in perpignan}
    assert 500 < at["H05"]["value"] < 5000
    assert at["M04"]["value"] > 1000
    there = {m["code"]: m for m in rodez}
    assert 0 < there["H10"]["value"] < 60
    reasons = {m["code"]: m["withheld"]["reason"] for m in elsewhere if m["withheld"]}
    assert reasons["H05"] == reasons["M04"] == reasons["H10"] == "no-data"


def test_the_doctor_finds_what_to_mend(run, shared_data, tmp_path):
    broken = tmp_path / "broken.gpkg"
    broken.write_bytes(b"nothing")
    assert run("doctor", broken).returncode == 1
    result = run("doctor", shared_data / "perpignan" / "qpv_66136.geojson")
    assert "invalid" in result.stdout.lower()
    run("add", shared_data / "perpignan" / "qpv_66136.geojson")
    assert run("doctor").returncode == 0


def survey(path, columns, status):
    points = gpd.points_from_xy(
        [-2.085 + 0.0001 * i for i in range(len(status))], [47.65] * len(status)
    )
    rows = {name: [f"{name} {i}" for i in range(len(status))] for name in columns}
    gpd.GeoDataFrame(rows | {"status": status}, geometry=points, crs="EPSG:4326").to_file(path)
    return path


def test_a_survey_of_a_theme_is_an_input_and_says_what_it_lacks(run, tmp_path):
    file = survey(tmp_path / "survey.gpkg", ["name"], ["active"] * 3 + ["vacant"])
    result = run("add", file, "--id", "releve", "--theme", "shops")
    assert result.returncode == 0, result.stderr
    assert "For the theme shops the file lacks osm_id, shop," in result.stdout
    record = tmp_path / "data" / "config" / "layers" / "releve.yml"
    assert "theme: shops" in record.read_text(encoding="utf-8")


def test_an_unknown_theme_is_refused_before_anything_is_published(run, tmp_path):
    file = survey(tmp_path / "survey.gpkg", ["name"], ["active"])
    result = run("add", file, "--theme", "shop")
    assert result.returncode == 1
    assert "Did you mean 'shops'" in result.stderr
    assert not (tmp_path / "data" / "lake").exists()


def test_what_a_user_wrote_into_a_record_stays_when_a_new_file_is_added(run, tmp_path):
    file = survey(tmp_path / "survey.gpkg", ["name"], ["active"])
    assert run("add", file, "--theme", "shops").returncode == 0
    record = tmp_path / "data" / "config" / "layers" / "survey.yml"
    text = record.read_text(encoding="utf-8")
    record.write_text(
        text.replace("producer: non renseigné / not given", "producer: Ville"), "utf-8"
    )
    assert run("add", file, "--title", "Relevé 2026").returncode == 0
    kept = record.read_text(encoding="utf-8")
    assert "producer: Ville" in kept
    assert "theme: shops" in kept
    assert "Relevé 2026" in kept
