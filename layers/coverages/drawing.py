"""Maps of rasters: any box of any served CRS, drawn by the layer's legend."""

from __future__ import annotations

import re

import numpy as np

from layers.catalogue import Layer
from layers.coverages.systems import Box, System, native_system
from layers.coverages.warping import Method, warped
from layers.errors import BadRequestError
from layers.raster_legends import Legend, legend

MAX_SIDE = 4096
# Pixels whose code is in no legend: shown, so that nobody takes them for missing.
UNKNOWN = (127, 127, 127, 255)
OPAQUE = 255
DRIVERS = {"png": "PNG", "webp": "WEBP", "jpeg": "JPEG"}


def draw(
    layer: Layer, bounds: Box, system: System, size: tuple[int, int], form: str,
    background: str | None = None,
) -> bytes:  # fmt: skip
    """Return a picture of a box.

    Args:
        layer: the raster.
        bounds: west, south, east, north in ``system``; what lies outside the raster is empty.
        system: CRS of the picture.
        size: width and height in pixels.
        form: ``png``, ``webp`` or ``jpeg``.
        background: colour behind missing values; None leaves them transparent (white in JPEG).

    Raises:
        BadRequestError: a side is less than 1 or more than 4096 pixels.
    """
    from rio_tiler.utils import render

    if not all(1 <= side <= MAX_SIDE for side in size):
        raise BadRequestError(f"width and height must be from 1 to {MAX_SIDE}, not {size}.")
    pixels = paint(legend(layer), _read(layer, bounds, system, size))
    if background or form == "jpeg":
        pixels = _on_ground(pixels, _channels(background or "#ffffff"))
    colours = np.moveaxis(pixels[..., :3], -1, 0)
    mask = None if form == "jpeg" else pixels[..., 3]
    return bytes(render(colours, mask, img_format=DRIVERS[form]))


def paint(found: Legend, values: np.ma.MaskedArray) -> np.ndarray:
    """Return pixels as RGBA of shape (rows, columns, 4), uint8; missing ones are transparent."""
    missing = np.ma.getmaskarray(values)[0] | ~np.isfinite(np.ma.getdata(values)[0])
    if found.is_picture:
        pixels = np.full((*missing.shape, 4), OPAQUE, np.uint8)
        pixels[..., :3] = np.moveaxis(np.ma.getdata(values)[:3], 0, -1)
    elif found.classes:
        pixels = _by_class(found, np.ma.getdata(values)[0])
    else:
        pixels = colour_ramp(found)[_rank(found, np.ma.getdata(values)[0])]
    pixels[missing] = 0
    return pixels


def colour_ramp(found: Legend) -> np.ndarray:
    """Return the 256 colours of a legend of quantities, RGBA, from low to high."""
    from rio_tiler.colormap import cmap

    known = cmap.get(found.colormap)
    return np.array([known[at] for at in range(256)], np.uint8)


def _rank(found: Legend, values: np.ndarray) -> np.ndarray:
    share = (np.nan_to_num(values).astype("float64") - found.low) / (found.high - found.low)
    ranks: np.ndarray = (np.clip(share, 0, 1) * 255).round().astype(np.uint8)
    return ranks


def _by_class(found: Legend, values: np.ndarray) -> np.ndarray:
    known = np.array([c.value for c in found.classes], "float64")
    order = np.argsort(known)
    colours = np.array([(*_channels(c.color), OPAQUE) for c in found.classes], np.uint8)[order]
    at = np.searchsorted(known[order], values).clip(0, len(known) - 1)
    pixels: np.ndarray = colours[at]
    pixels[known[order][at] != values] = UNKNOWN
    return pixels


def _read(layer: Layer, bounds: Box, system: System, size: tuple[int, int]) -> np.ma.MaskedArray:
    found = legend(layer)
    bands = (1, 2, 3) if found.is_picture else (1,)
    method: Method = "nearest" if found.classes else "bilinear"
    return warped(layer.file, native_system(layer), system, bounds, size, bands, method)


def _on_ground(pixels: np.ndarray, ground: tuple[int, int, int]) -> np.ndarray:
    filled = pixels.copy()
    filled[pixels[..., 3] == 0] = (*ground, OPAQUE)
    return filled


def _channels(colour: str) -> tuple[int, int, int]:
    if not re.fullmatch(r"#?[0-9a-fA-F]{6}", colour):
        raise BadRequestError(f"bgcolor must be written as 0xRRGGBB or #RRGGBB, not {colour!r}.")
    number = int(colour.lstrip("#"), 16)
    return number >> 16, number >> 8 & 255, number & 255
