"""Zonal statistics: exactextract on the COG as delivered and undeflated, and a plain peer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.mask
import shapely
from exactextract import exact_extract
from rasterio.shutil import copy

from bench.timing import Times, timed
from layers import crs
from layers.catalogue import Catalogue
from layers.demo.real import COMMUNES, read
from layers.rasters import publish_raster

LAYER = "oso-land-cover"
SEED = 20260101
# Pixels of a side, metres of a pixel, classes, pixels of a field and of its ragged edge.
SIDE, PIXEL_M, CLASSES, FIELD, RAGGED = 10_000, 10.0, 23, 20, 4
CORNER = (600_000.0, 6_700_000.0)
CENTRE_M = 500.0
PERIMETERS = 60
# Whole pixels stand for the parts of them that exactextract counts.
TOLERANCE = 0.02
TILED = {"driver": "GTiff", "tiled": True, "blockxsize": 256, "blockysize": 256}

Shares = dict[int, float]


@dataclass
class Zonal:
    """What was measured: for perimeters of one kind, times by method, and how far answers differ.

    Attributes:
        kind: of perimeters.
        pixels: median number of them in a perimeter.
        times: of all perimeters, each round, by method.
        apart: largest difference to the first method in the share of a class, by method.
    """

    kind: str
    pixels: float
    times: dict[str, list[Times]] = field(default_factory=dict)
    apart: dict[str, float] = field(default_factory=dict)


@dataclass
class Rasters:
    """The two files, their sizes (MB), and what the undeflated one took to write."""

    delivered: Path
    working: Path
    megabytes: tuple[float, float]
    written: Times


def rasters(folder: Path) -> Rasters:
    """Return the raster as the service delivers it and its undeflated copy, made anew."""
    image = folder / "land-cover.tif"
    _draw(image)
    catalogue = Catalogue(folder / "zonal")
    record = catalogue.record(LAYER)
    publish_raster(catalogue.lake, record, image, source="synthetic, generated for the benchmark")
    delivered, working = catalogue.layer(LAYER).file, folder / "working.tif"
    _, written = timed(partial(copy, delivered, working, **TILED))
    sizes = [file.stat().st_size / 1e6 for file in (delivered, working)]
    return Rasters(delivered, working, (sizes[0], sizes[1]), written)


def _draw(path: Path) -> None:
    """Write a land cover of ragged fields: each pixel is of the field some pixels beside it."""
    rng = np.random.default_rng(SEED)
    fields = rng.integers(1, CLASSES + 1, (SIDE // FIELD, SIDE // FIELD), dtype=np.uint8)
    row, column = (
        np.clip(at + rng.integers(-RAGGED, RAGGED + 1, (SIDE, SIDE), dtype=np.int16), 0, SIDE - 1)
        // FIELD
        for at in (np.arange(SIDE)[:, None], np.arange(SIDE)[None, :])
    )
    profile = {
        "driver": "GTiff", "width": SIDE, "height": SIDE, "count": 1, "dtype": "uint8",
        "crs": "EPSG:2154", "nodata": 0,
        "transform": rasterio.transform.from_origin(*CORNER, PIXEL_M, PIXEL_M),
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as image:
        image.write(fields[row, column], 1)


def measured(made: Rasters, rounds: int) -> list[Zonal]:
    """Time each method on communes and on centres, in turn."""
    methods: dict[str, Callable[[Any], Shares]] = {
        "delivered": lambda area: _exact(made.delivered, area),
        "undeflated": lambda area: _exact(made.working, area),
        "mask": lambda area: _masked(made.delivered, area),
    }
    return [_measured(kind, areas, methods, rounds) for kind, areas in _perimeters().items()]


def _measured(
    kind: str, areas: np.ndarray, methods: dict[str, Callable[[Any], Shares]], rounds: int
) -> Zonal:
    found = Zonal(kind, float(np.median(shapely.area(areas))) / PIXEL_M**2)
    for _ in range(rounds):
        answers = {}
        for name, method in methods.items():
            answers[name], times = timed(_each, method, areas)
            found.times.setdefault(name, []).append(times)
        exact = answers["delivered"]
        found.apart = {name: max(map(_apart, exact, each)) for name, each in answers.items()}
    return found


def _each(method: Callable[[Any], Shares], areas: np.ndarray) -> list[Shares]:
    return [method(area) for area in areas]


def _perimeters() -> dict[str, np.ndarray]:
    """Return real communes moved to places in the raster, and discs at these places."""
    shapes = shapely.from_wkb(read(COMMUNES)["boundary"].drop_null().to_numpy())
    metropolitan = shapes[shapely.get_y(shapely.centroid(shapes)) > 40]
    chosen = metropolitan[np.linspace(0, len(metropolitan) - 1, PERIMETERS).astype(int)]
    placed = shapely.transform(chosen, crs.mover(crs.CRS84, f"{crs.EPSG}2154"))
    west, south, east, north = shapely.bounds(placed).T
    size, middle = np.stack([east - west, north - south], 1), np.stack([west + east, south + north])
    room = SIDE * PIXEL_M - size
    low = np.array([CORNER[0], CORNER[1] - SIDE * PIXEL_M]) + size / 2
    to = low + np.random.default_rng(SEED).uniform(0, room)
    communes = [shapely.transform(shape, lambda xy, by=by: xy + by)
                for shape, by in zip(placed, to - middle.T / 2, strict=True)]  # fmt: skip
    return {"communes": np.array(communes),
            "discs of 500 m": shapely.buffer(shapely.points(to), CENTRE_M)}  # fmt: skip


def _exact(file: Path, area: Any) -> Shares:
    """Return the share of each class, as the indicators ask for it."""
    feature = {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(area)}
    with rasterio.open(file) as image:
        found = exact_extract(image, feature, ["count", "mean", "unique", "frac"])[0]["properties"]
    return dict(zip(found["unique"].tolist(), found["frac"].tolist(), strict=True))


def _masked(file: Path, area: Any) -> Shares:
    """Return the same of the pixels whose centre lies inside."""
    with rasterio.open(file) as image:
        pixels, _ = rasterio.mask.mask(image, [area], crop=True, filled=False)
    values, counts = np.unique(pixels.compressed(), return_counts=True)
    return dict(zip(values.tolist(), (counts / counts.sum()).tolist(), strict=True))


def _apart(one: Shares, other: Shares) -> float:
    return max(abs(one.get(value, 0) - other.get(value, 0)) for value in one | other)
