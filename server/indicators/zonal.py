"""What the pixels of a raster say of a perimeter, each by the part of it that lies inside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from layers.catalogue import Layer
from server.indicators.context import Context, share
from server.indicators.measures import WithheldError

ENOUGH = 100.0  # pixels below which a raster is too coarse for a perimeter


@dataclass(frozen=True)
class Zone:
    """A raster seen through a perimeter.

    Attributes:
        layer: the raster.
        pixels: number of pixels with a value, those on the edge by their part inside.
        mean: their mean.
        classes: share (0 to 1) of the pixels by value.
        coverage: share (0-100) of the perimeter that has a value.
    """

    layer: Layer
    pixels: float
    mean: float
    classes: dict[float, float]
    coverage: float

    def part(self, values: frozenset[int]) -> float:
        """Return the share (0-100) of some values."""
        return 100 * sum(part for value, part in self.classes.items() if value in values)


def zone(context: Context, theme: str) -> Zone | None:
    """Return what the raster of a theme says, None where there is none that is fine enough."""
    found: Zone | None = context.once(("zone", theme), lambda: _zone(context, theme))
    return found


def _zone(context: Context, theme: str) -> Zone | None:
    seen = (_look(layer, context.perimeter.area) for layer in _layers(context, theme))
    return next((found for found in seen if found.pixels >= ENOUGH), None)


def _layers(context: Context, theme: str) -> list[Layer]:
    try:
        return context.layers(theme)
    except WithheldError:
        return []


def _look(layer: Layer, area: Any) -> Zone:
    import rasterio
    from exactextract import exact_extract

    with rasterio.open(layer.file) as image:
        moved = _moved(area, image.crs)
        shape = {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(moved)}
        found = exact_extract(image, shape, ["count", "mean", "unique", "frac"])[0]["properties"]
        whole = shapely.area(moved) / abs(image.transform.a * image.transform.e)
    values = (int(v) if float(v).is_integer() else v for v in found["unique"].tolist())
    classes = dict(zip(values, found["frac"].tolist(), strict=True))
    told = min(share(found["count"], whole), 100.0)
    return Zone(layer, found["count"], found["mean"], classes, told)


def _moved(area: Any, system: Any) -> Any:
    """Return a polygon of CRS84 in the CRS of a raster."""
    from pyproj import CRS, Transformer

    move = Transformer.from_crs("OGC:CRS84", CRS.from_wkt(system.to_wkt()), always_xy=True)
    return shapely.transform(area, lambda xy: np.column_stack(move.transform(*xy.T)))
