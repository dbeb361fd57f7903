"""The generated volume: points and buildings around 250 invented towns, deterministic.

Everything here is synthetic. Both files are GeoParquet in CRS84, and GeoPackage for the peers.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

TOWNS = 250
POINTS = 1_000_000
BUILDINGS = 200_000
SEED = 20260101
WORDS = ("rue", "place", "avenue", "quai", "impasse", "passage", "cours", "allée")


def towns() -> np.ndarray:
    """Return the centres, (250, 2) longitudes and latitudes."""
    random = np.random.default_rng(SEED)
    return np.column_stack([random.uniform(-4, 7.5, TOWNS), random.uniform(43, 50.5, TOWNS)])


def points(count: int = POINTS) -> gpd.GeoDataFrame:
    """Return points with 12 attributes, spread around the towns (about 3 km)."""
    random = np.random.default_rng(SEED + 1)
    town = random.integers(0, TOWNS, count)
    spread = random.normal(0, 0.02, (count, 2))
    names = np.array([f"{w} {n}" for w in WORDS for n in range(500)])
    frame = gpd.GeoDataFrame(
        {
            "id": np.arange(1, count + 1),
            "town": np.array([f"T{i:03}" for i in range(TOWNS)])[town],
            "name": random.choice(names, count),
            "kind": random.choice(np.array(["shop", "home", "office", "school"]), count),
            "status": random.choice(np.array(["active", "vacant"]), count, p=[0.9, 0.1]),
            "code": np.char.add("C", random.integers(0, 5_000, count).astype(str)),
            "size": random.integers(1, 1_000, count),
            "floors": random.integers(1, 8, count),
            "year": random.integers(1850, 2026, count),
            "value": np.round(random.gamma(2, 900, count), 2),
            "ratio": np.round(random.random(count), 4),
            "open": random.random(count) < 0.8,
        },
        geometry=shapely.points(towns()[town] + spread),
        crs="OGC:CRS84",
    )
    return frame.iloc[shapely_hilbert(frame)].reset_index(drop=True)


def buildings(count: int = BUILDINGS) -> gpd.GeoDataFrame:
    """Return turned L-shaped footprints of some twelve metres around the towns (about 1.5 km)."""
    random = np.random.default_rng(SEED + 2)
    town = random.integers(0, TOWNS, count)
    centres = towns()[town] + random.normal(0, 0.01, (count, 2))
    outline = np.array([(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2), (0, 0)]) - 1.0
    turn = random.uniform(0, np.pi, count)
    rotation = np.stack([np.cos(turn), -np.sin(turn), np.sin(turn), np.cos(turn)], 1)
    shapes = np.einsum("nij,kj->nki", rotation.reshape(-1, 2, 2), outline)
    metres = shapes * random.uniform(4, 10, (count, 1, 1))
    degrees = (
        metres
        / (
            np.stack([111_320 * np.cos(np.radians(centres[:, 1])), np.full(count, 110_540.0)], 1)[
                :, None
            ]
        )
    )
    return gpd.GeoDataFrame(
        {
            "id": np.arange(1, count + 1),
            "town": np.array([f"T{i:03}" for i in range(TOWNS)])[town],
            "height": np.round(random.gamma(4, 2, count), 1),
            "dwellings": random.integers(0, 12, count),
        },
        geometry=shapely.polygons(centres[:, None] + degrees),
        crs="OGC:CRS84",
    )


def shapely_hilbert(frame: gpd.GeoDataFrame) -> np.ndarray:
    """Return the order along a Hilbert curve, so that no peer reads a shuffled file."""
    return np.argsort(frame.hilbert_distance(), kind="stable")


def write(folder: Path) -> dict[str, Path]:
    """Write both sets as GeoParquet and GeoPackage, unless they are there; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, Path] = {}
    for name, make in (("points", points), ("buildings", buildings)):
        parquet, package = folder / f"{name}.parquet", folder / f"{name}.gpkg"
        if not package.exists():
            frame = make()
            frame.to_parquet(parquet, write_covering_bbox=True, schema_version="1.1.0")
            frame.to_crs(4326).to_file(package, layer=name, driver="GPKG", engine="pyogrio")
        files[name], files[f"{name}.gpkg"] = parquet, package
    return files


def write_apart(folder: Path) -> dict[str, Path]:
    """Do as ``write`` in a process of its own, whose memory ends with it."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(write, folder).result()
