"""Import of a register of establishments as long as the national one: time and memory.

The rows are synthetic, in the layout of the official stock and of its geolocation; one in eight
keeps a storefront, as in the national register. ``python -m bench.register`` writes the section of
docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

from bench.report import write_section
from bench.servers import ROOT
from bench.serving import say
from layers.lake import Lake
from layers.storefronts import activities

MARK = "register"
ROWS = (11_000_000, 22_000_000, 44_000_000)  # the last as many as the national register has
OTHER = "70.22Z"  # keeps no storefront
TABLES = {
    "StockEtablissement": """
        printf('%014d', i) AS siret, 'O' AS statutDiffusionEtablissement,
        CASE WHEN i % 8 = 0 THEN codes[1 + (hash(i) % len(codes))::INT] ELSE '{other}' END
            AS activitePrincipaleEtablissement,
        'NAFRev2' AS nomenclatureActivitePrincipaleEtablissement,
        CASE WHEN hash(i + 1) % 3 = 0 THEN 'A' ELSE 'F' END AS etatAdministratifEtablissement,
        CASE WHEN hash(i + 2) % 4 = 0 THEN 'O' ELSE 'N' END AS caractereEmployeurEtablissement,
        DATE '1990-01-01' + (hash(i + 3) % 12000)::INT AS dateCreationEtablissement,
        DATE '2005-01-01' + (hash(i + 4) % 7000)::INT AS dateDebut,
        printf('%05d', 1000 + hash(i + 5) % 94000) AS codePostalEtablissement,
        printf('%05d', 1001 + hash(i + 5) % 94000) AS codeCommuneEtablissement,
        (hash(i + 6) % 200)::VARCHAR AS numeroVoieEtablissement,
        NULL::VARCHAR AS indiceRepetitionEtablissement, 'RUE' AS typeVoieEtablissement,
        'DE LA VOIE ' || (hash(i + 7) % 5000) AS libelleVoieEtablissement""",
    "GeolocalisationEtablissement": """
        printf('%014d', i) AS siret, '11' AS qualite_xy, '2154' AS epsg,
        150000 + hash(i + 8) % 900000 + 0.5 AS x, 6100000 + hash(i + 9) % 900000 + 0.5 AS y,
        NULL::DOUBLE AS x_longitude, NULL::DOUBLE AS y_latitude""",
}


@dataclass(frozen=True)
class Imported:
    """An import: rows given, storefronts kept, seconds, MiB resident at most, mapped files too."""

    given: int
    kept: int
    seconds: float
    memory: int


def main() -> None:
    """Import registers of several lengths and write the section."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--folder", type=Path, default=ROOT / "build" / "bench" / "register")
    options.add_argument("--rows", type=int, nargs="+", default=ROWS)
    options.add_argument("--report", type=Path, default=ROOT / "docs" / "benchmarks.md")
    given = options.parse_args()
    found = []
    for rows in given.rows:
        say(f"Generating {rows:,} establishments (synthetic)")
        files = write(given.folder.resolve(), rows)
        found.append(imported(given.folder.resolve() / "data", files, rows))
        say(f"{found[-1]}")
    write_section(given.report, MARK, section(found))


def write(folder: Path, rows: int) -> list[Path]:
    """Write the stock and the geolocation as Parquet; return their files."""
    folder.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(config={"memory_limit": "2GB", "temp_directory": str(folder)})
    connection.execute("SET preserve_insertion_order = false")
    files = []
    for name, columns in TABLES.items():
        file = folder / f"{name}.parquet"
        text = columns.format(other=OTHER)
        rows_of = f"SELECT {text} FROM range(1, {rows + 1}) AS numbers(i), (SELECT ? AS codes)"
        connection.execute(f"COPY ({rows_of}) TO '{file}' (FORMAT parquet)", [list(activities())])
        files.append(file)
    return files


def imported(data: Path, files: list[Path], rows: int) -> Imported:
    """Import files with the command that users run, in a process of its own."""
    environment = {**os.environ, "COEURVILLE_DATA": str(data), "PYTHONPATH": str(ROOT)}
    program = [sys.executable, "-c", "from server.cli import main; main()", "import", "sirene"]
    start = time.perf_counter()
    process = subprocess.Popen(
        [*program, *map(str, files)], env=environment, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError("the register was not imported")
    seconds = time.perf_counter() - start
    kept = Lake(data / "lake").require("establishments").version().rows or 0
    return Imported(rows, kept, seconds, usage.ru_maxrss >> 10)


def section(found: list[Imported]) -> str:
    """Return what imports took, as Markdown."""
    lines = [f"| {one.given:,} | {one.kept:,} | {one.seconds:.0f} | {one.memory:,} |"
             for one in found]  # fmt: skip
    return (
        "## A national register of establishments\n\n"
        "Synthetic rows in the layout of Sirene's stock and of its geolocation, one in eight with "
        "a storefront; `coeurville import sirene`, index included. Memory is the most that was "
        "resident, mapped files included (wanted: under 2 GiB). `python -m bench.register` writes "
        "this section.\n\n"
        "| establishments | storefronts | seconds | MiB |\n|---|---|---|---|\n"
        + "\n".join(lines)
        + "\n"
    )


if __name__ == "__main__":
    main()
