"""The peers: their environment, their data, their servers."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from bench.servers import Server, free_port, running, uvicorn

LAMBERT = "http://www.opengis.net/def/crs/EPSG/0/2154"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
HERE = Path(__file__).parent


def environment(folder: Path) -> Path:
    """Return the Python of the servers' environment, made when it is not there.

    pygeoapi's OGR provider wants GDAL's own bindings, compiled against the system's library
    (libgdal-dev); without it that peer is left out.
    """
    python = isolated(folder, HERE / "peers.txt")
    if (version := _system_gdal()) and not has_ogr(python):
        subprocess.run([*_pip(python), "setuptools<75", "wheel"], check=True)
        subprocess.run([*_pip(python), "--no-build-isolation", f"GDAL=={version}"], check=False)
    return python


def isolated(folder: Path, requirements: Path) -> Path:
    """Return the Python of an environment with what a file requires, made when it is not there."""
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([*_pip(python), "--require-hashes", "-r", str(requirements)], check=True)
        (folder / "ready").touch()
    return python


def _pip(python: Path) -> list[str]:
    return [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]


def _system_gdal() -> str | None:
    try:
        told = subprocess.run(["gdal-config", "--version"], capture_output=True, text=True)
    except FileNotFoundError:
        return None
    return told.stdout.strip() or None


def has_ogr(python: Path) -> bool:
    """Tell whether the peers' environment has GDAL's bindings."""
    return (
        subprocess.run([python, "-c", "from osgeo import ogr"], capture_output=True).returncode == 0
    )


def load(database: str, files: dict[str, Path]) -> None:
    """Load both sets into PostGIS with the indexes that its users create."""
    target = f"PG:{database}"
    for name in ("points", "buildings"):
        subprocess.run(
            [
                "ogr2ogr",
                "-f",
                "PostgreSQL",
                target,
                files[f"{name}.gpkg"],
                name,
                "-nln",
                name,
                "-lco",
                "GEOMETRY_NAME=geom",
                "-lco",
                "FID=ogc_fid",
                "--config",
                "PG_USE_COPY",
                "YES",
            ],
            check=True,
        )
    sql = (
        "CREATE INDEX ON points(id); CREATE INDEX ON points(code); CREATE INDEX ON points(year);"
        "CREATE INDEX ON buildings(id); VACUUM ANALYZE points; VACUUM ANALYZE buildings;"
    )
    for statement in sql.split(";"):
        if statement.strip():
            execute(database, statement)


def execute(database: str, statement: str) -> None:
    """Run one statement in its own transaction."""
    subprocess.run(["psql", database, "-qc", statement], check=True, capture_output=True)


@contextmanager
def tipg(python: Path, database: str, workers: int, log: Path) -> Iterator[Server]:
    """Serve PostGIS with tipg; its limit of features per tile is lifted, as ours has none."""
    port = free_port()
    settings = {"DATABASE_URL": database, "TIPG_MAX_FEATURES_PER_TILE": "1000000"}
    command = uvicorn(python, "tipg.main:app", port, workers)
    with running("tipg", command, port, "/healthz", settings, log) as server:
        yield server


@contextmanager
def pygeoapi(
    python: Path, database: str, files: dict[str, Path], folder: Path, workers: int, log: Path
) -> Iterator[Server]:
    """Serve the three kinds of sources with pygeoapi as it comes."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    config, openapi = folder / "pygeoapi.json", folder / "openapi.json"
    config.write_text(json.dumps(_configuration(port, database, files, has_ogr(python))))
    settings = {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(openapi)}
    generate = [
        str(python),
        "-c",
        "from pygeoapi.openapi import generate_openapi_document as g; import sys; "
        "open(sys.argv[2], 'w').write(g(open(sys.argv[1]), 'json'))",
        str(config),
        str(openapi),
    ]
    subprocess.run(generate, check=True, env=settings, capture_output=True)
    command = uvicorn(python, "pygeoapi.starlette_app:APP", port, workers)
    with running("pygeoapi", command, port, "/conformance?f=json", settings, log) as server:
        yield server


def _configuration(
    port: int, database: str, files: dict[str, Path], ogr: bool
) -> dict[str, object]:
    parts = urlsplit(database)
    pg = {
        "host": parts.hostname,
        "port": parts.port,
        "dbname": parts.path[1:],
        "user": parts.username,
        "password": "none",
        "search_path": ["public"],
    }
    providers: dict[str, dict[str, object]] = {
        "points-pg": {
            "type": "feature",
            "name": "PostgreSQL",
            "data": pg,
            "id_field": "ogc_fid",
            "table": "points",
            "geom_field": "geom",
        },
        "points-parquet": {
            "type": "feature",
            "name": "Parquet",
            "id_field": "id",
            "data": {"source": str(files["points"])},
        },
    }
    if ogr:
        providers["points-ogr"] = {
            "type": "feature",
            "name": "OGR",
            "id_field": "fid",
            "layer": "points",
            "data": {
                "source_type": "GPKG",
                "source": str(files["points.gpkg"]),
                "source_options": {},
                "source_capabilities": {"paging": True},
                "gdal_ogr_options": {},
            },
        }
    crs = {"crs": [CRS84, LAMBERT], "storage_crs": CRS84}
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": port},
            "url": f"http://127.0.0.1:{port}",
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "gzip": False,
            "languages": ["en-US"],
            "pretty_print": False,
            "limits": {"default_items": 10, "max_items": 10000},
            "map": {"url": "", "attribution": ""},
        },
        "logging": {"level": "ERROR"},
        "metadata": _metadata(),
        "resources": {name: _resource(provider | crs) for name, provider in providers.items()},
    }


def _metadata() -> dict[str, object]:
    text = {"en": "bench"}
    return {
        "identification": {
            "title": text,
            "description": text,
            "keywords": {"en": ["bench"]},
            "keywords_type": "theme",
            "terms_of_service": "none",
            "url": "http://127.0.0.1",
        },
        "license": {"name": "none", "url": "http://127.0.0.1"},
        "provider": {"name": "bench", "url": "http://127.0.0.1"},
        "contact": {
            "name": "bench",
            "position": "",
            "address": "",
            "city": "",
            "stateorprovince": "",
            "postalcode": "",
            "country": "",
            "phone": "",
            "fax": "",
            "email": "a@example.org",
            "url": "",
            "hours": "",
            "instructions": "",
            "role": "",
        },
    }


def _resource(provider: dict[str, object]) -> dict[str, object]:
    extent = {"spatial": {"bbox": [-5, 41, 10, 52], "crs": CRS84}}
    return {
        "type": "collection",
        "title": "bench",
        "description": "bench",
        "keywords": ["bench"],
        "links": [],
        "extents": extent,
        "providers": [provider],
    }
