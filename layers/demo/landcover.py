"""Land cover of the sample town as an image of CORINE Land Cover classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import shapely

from layers.demo.fabric import greens
from layers.demo.frame import PROJECTION, Array, Geometry, placed, random
from layers.demo.plan import parts, plan
from layers.demo.streets import lots
from layers.demo.uses import uses

PIXEL = 25  # m
OUTSIDE = 255
# Ranks of the European raster: position of a class among the 44 of the nomenclature.
CONTINUOUS_URBAN, DISCONTINUOUS_URBAN, BUSINESS, URBAN_GREEN = 1, 2, 3, 10
ARABLE, PASTURE, MIXED_FARMING, FOREST, RIVER = 12, 18, 20, 23, 40
FIELDS = 90


def land_cover() -> tuple[Array, tuple[float, float]]:
    """Return classes, shape (rows, columns), uint8, north up, and the north-west corner (x, y)."""
    from rasterio.features import rasterize
    from rasterio.transform import from_origin

    minx, miny, maxx, maxy = placed([plan().commune])[0].bounds
    west, north = (np.floor(minx / PIXEL) * PIXEL, np.ceil(maxy / PIXEL) * PIXEL)
    shape = (int(np.ceil((north - miny) / PIXEL)), int(np.ceil((maxx - west) / PIXEL)))
    classes = rasterize(
        _shapes(),
        out_shape=shape,
        transform=from_origin(west, north, PIXEL, PIXEL),
        fill=OUTSIDE,
        dtype="uint8",
    )
    return classes, (float(west), float(north))


def _shapes() -> list[tuple[Geometry, int]]:
    """Return outlines in Lambert-93 with their class, later ones on top."""
    town = plan()
    ground, use = lots(), uses()
    found = fields(town.commune)
    woods = [shape for _, kind, _, shape in greens() if kind == "forest"]
    meadows = [shape for _, kind, _, shape in greens() if kind == "meadow"]
    for shapes, rank in (
        (meadows, PASTURE), (woods, FOREST), ([town.urban], DISCONTINUOUS_URBAN),
        ([town.core], CONTINUOUS_URBAN), (shapely.buffer(ground[use == "business"], 12), BUSINESS),
        (ground[use == "park"], URBAN_GREEN), ([town.river], RIVER),
    ):  # fmt: skip
        found += [(shape, rank) for shape in shapes]
    outlines = placed([shape for shape, _ in found])
    return [(shape, rank) for shape, (_, rank) in zip(outlines, found, strict=True)]


def fields(commune: Geometry) -> list[tuple[Geometry, int]]:
    """Return the countryside in fields of three kinds."""
    rng = random("fields")
    seeds = shapely.MultiPoint(rng.uniform(-3200, 3200, (FIELDS, 2)))
    cells = parts(shapely.voronoi_polygons(seeds, extend_to=commune, ordered=True))
    kinds = rng.choice([ARABLE, PASTURE, MIXED_FARMING], len(cells), p=[0.5, 0.3, 0.2])
    clipped = shapely.intersection(cells, commune)
    return [(c, int(k)) for c, k in zip(clipped, kinds, strict=True) if not shapely.is_empty(c)]


def write_land_cover(path: Path) -> None:
    """Write the image as a cloud-optimised GeoTIFF in EPSG:2154, nodata outside the commune."""
    import rasterio
    from rasterio.io import MemoryFile
    from rasterio.shutil import copy

    classes, (west, north) = land_cover()
    profile = {
        "driver": "GTiff", "width": classes.shape[1], "height": classes.shape[0], "count": 1,
        "dtype": "uint8", "crs": PROJECTION, "nodata": OUTSIDE,
        "transform": rasterio.transform.from_origin(west, north, PIXEL, PIXEL),
    }  # fmt: skip
    with MemoryFile() as memory:
        with memory.open(**profile) as image:
            image.write(classes, 1)
            image.set_band_description(1, "CORINE Land Cover class (fictitious town)")
            image.update_tags(fictitious="true", nomenclature="CORINE Land Cover, ranks 1 to 44")
        copy(memory.name, path, driver="COG", compress="deflate", overview_resampling="nearest")
