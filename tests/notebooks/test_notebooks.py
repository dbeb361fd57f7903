"""The notebooks, executed as they are against real servers, with answers known beforehand."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

REPOSITORY = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))
COEURVILLE = [sys.executable, "-c", "from server.cli import main; main()"]
# What each must have found on the demo lake, and how many charts it must have drawn.
FOUND = {
    "1-couches": ("assert counts['vacants ou désaffectés'] == 18 and len(towns) == 244", 3),
    "2-commerces": ("assert compared['ici'].sub(compared['service']).abs().max() < 0.5", 2),
    "3-prix-et-transports": ("assert len(by_sale) == 900 and abs(median - theirs) < 1", 3),
    "4-villes-comparables": ("assert len(peers) == 15 and values.notna().sum() == 240", 3),
    "5-nouvel-indicateur": ("assert 0 < measure['numerator'] < measure['denominator']", 2),
    "6-calcul-national": ("assert round(results.loc['24322', 'vacance'], 2) == 12.47", 2),
}
named = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


@named
def test_a_notebook_holds_no_output_and_speaks_both_languages(path):
    book = nbformat.read(path, as_version=4)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert code
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    first = book.cells[0].source
    assert first.startswith("# ")
    assert re.search(r"^\*[A-Z].+\*$", first, re.M), "an English summary in italics is missing"


@named
def test_a_notebook_reads_addresses_and_nothing_of_ours(path):
    book = nbformat.read(path, as_version=4)
    code = "\n".join(cell.source for cell in book.cells if cell.cell_type == "code")
    assert not re.search(r"^\s*(from|import) (server|layers|config)\b", code, re.M)
    assert not re.search(r"https?://(?!127\.0\.0\.1)", code)


@named
def test_a_notebook_runs_on_the_demo_lake(path, demo_url, monkeypatch):
    monkeypatch.delenv("TOWN", raising=False)
    check, charts = FOUND[path.stem]
    assert _charts(_run(path, demo_url, monkeypatch, check)) == charts


@pytest.fixture(scope="module")
def real_url(demo_data, shared_data, tmp_path_factory, run_server):
    """Serve the demo lake with the shops of Redon, and the sales and buses of Perpignan."""
    data = tmp_path_factory.mktemp("real") / "data"
    shutil.copytree(demo_data, data)
    environment = {**os.environ, "COEURVILLE_DATA": str(data)}
    for source, file in (
        ("osm", "redon/redon.osm"),
        ("dvf", "perpignan/dvf_66136.csv"),
        ("gtfs", "perpignan/perpignan.gtfs.zip"),
    ):
        command = [*COEURVILLE, "import", source, str(shared_data / file)]
        subprocess.run(command, env=environment, check=True, timeout=180)
    with run_server(data) as url:
        yield url


def test_the_shops_of_redon_are_counted_as_the_service_counts_them(real_url, monkeypatch):
    monkeypatch.setenv("TOWN", "35236")
    check = "assert (empty, n) == (9, 97) and compared.round(1)['ici'].equals(theirs.round(1))"
    book = _run(REPOSITORY / "notebooks/2-commerces.ipynb", real_url, monkeypatch, check)
    assert _charts(book) == 2


def test_the_prices_of_perpignan_are_those_of_the_service(real_url, monkeypatch):
    monkeypatch.setenv("TOWN", "66136")
    check = "assert len(lines) == 2000 and len(recent) == 399 and abs(median - theirs) < 1"
    book = _run(REPOSITORY / "notebooks/3-prix-et-transports.ipynb", real_url, monkeypatch, check)
    assert _charts(book) == 3


def test_the_indicator_of_the_notebook_is_added_by_its_text_and_its_function(tmp_path, demo_data):
    """Two files into a copy of the program, as the notebook says, and its value is found."""
    for name in ("server", "layers", "config"):
        ignored = shutil.ignore_patterns("__pycache__", "static")
        shutil.copytree(REPOSITORY / name, tmp_path / name, ignore=ignored)
    book = nbformat.read(REPOSITORY / "notebooks/5-nouvel-indicateur.ipynb", as_version=4)
    text, function = re.findall(r"```(?:yaml|python)\n(.*?)```", book.cells[-1].source, re.S)
    (tmp_path / "config/indicators/shops-near-stops.yml").write_text(text, encoding="utf-8")
    (tmp_path / "server/indicators/near_stops.py").write_text(function, encoding="utf-8")
    program = (
        "from pathlib import Path; from layers.catalogue import Catalogue\n"
        "from server.indicators import evaluation, perimeters\n"
        f"catalogue = Catalogue(Path({str(demo_data)!r}))\n"
        "area = perimeters.perimeter(catalogue, perimeters.town(catalogue, '00001'), 'commune')\n"
        "found = {m.code: m for m in evaluation.evaluate(catalogue, area)}['M20']\n"
        "print(found.numerator, found.denominator)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, timeout=180,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.split() == ["81.0", "132.0"], done.stderr


def _run(path: Path, url: str, monkeypatch, check: str) -> nbformat.NotebookNode:
    """Execute a notebook, then a check in a cell of its own."""
    monkeypatch.setenv("COEURVILLE_URL", url)
    book = nbformat.read(path, as_version=4)
    book.cells.append(nbformat.v4.new_code_cell(check))
    resources = {"metadata": {"path": str(path.parent)}}
    # The kernel "python3" is that of the interpreter that runs the tests.
    return NotebookClient(book, timeout=180, kernel_name="python3", resources=resources).execute()


def _charts(book: nbformat.NotebookNode) -> int:
    outputs = [output for cell in book.cells for output in cell.get("outputs", [])]
    return sum("image/png" in output.get("data", {}) for output in outputs)
