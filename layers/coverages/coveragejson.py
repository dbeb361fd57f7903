"""Cells as CoverageJSON (OGC 21-069r2): a grid, its parameters, and null where nothing is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson

from layers.catalogue import Layer
from layers.coverages.reading import Cells, Grid
from layers.coverages.request import band_names
from layers.raster_legends import holds_classes, legend, unit

MEDIA_TYPE = "application/vnd.cov+json"
# A value takes some ten bytes as text; more belong in a GeoTIFF.
MAX_VALUES = 1_000_000


def write_coveragejson(layer: Layer, cells: Cells) -> bytes:
    """Return cells as a CoverageJSON document; codes come with their categories."""
    names = [band_names(layer)[band - 1] for band in cells.bands]
    bands = zip(names, cells.bands, cells.values, strict=True)
    document = {
        "type": "Coverage",
        "domain": _domain(cells.grid),
        "parameters": {
            name: _parameter(layer, name, band)
            for name, band in zip(names, cells.bands, strict=True)
        },
        "ranges": {name: _range(values) for name, _, values in bands},
    }
    return orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)


def _domain(grid: Grid) -> dict[str, Any]:
    """Return the centres of the cells and the CRS that they are in, rows from the north."""
    step = grid.transform
    west, north = step @ (0.5, 0.5)
    east, south = step @ (grid.width - 0.5, grid.height - 0.5)
    system = grid.system
    kind = "GeographicCRS" if system.is_geographic else "ProjectedCRS"
    return {
        "type": "Domain",
        "domainType": "Grid",
        "axes": {
            "x": {"start": west, "stop": east, "num": grid.width},
            "y": {"start": north, "stop": south, "num": grid.height},
        },
        "referencing": [
            {
                # In the order of the authority: northing comes first in EPSG:3035.
                "coordinates": ["y", "x"] if system.is_y_first else ["x", "y"],
                "system": {"type": kind, "id": system.uri},
            }
        ],
    }


def _parameter(layer: Layer, name: str, band: int) -> dict[str, Any]:
    declared = next((a for a in layer.record.attributes if a.name == name), None)
    title = declared.title if declared and declared.title else None
    label = {"fr": title.fr, "en": title.en} if title else {"en": name}
    observed: dict[str, Any] = {"label": label}
    found: dict[str, Any] = {"type": "Parameter", "observedProperty": observed}
    if holds_classes(layer) and band == 1:
        classes = legend(layer).classes
        base = f"#{name}/"
        observed["categories"] = [
            {
                "id": f"{base}{c.value}",
                "label": {"fr": c.title.fr, "en": c.title.en},
                "preferredColor": c.color,
            }
            for c in classes
        ]
        found["categoryEncoding"] = {f"{base}{c.value}": c.value for c in classes}
    elif symbol := unit(layer):
        found["unit"] = {"symbol": symbol}
    return found


def _range(values: np.ma.MaskedArray) -> dict[str, Any]:
    """Return the values of a band row by row; what is missing or not finite is null."""
    whole = values.dtype.kind in "iu"
    known = np.ma.masked_invalid(values)
    return {
        "type": "NdArray",
        "dataType": "integer" if whole else "float",
        "axisNames": ["y", "x"],
        "shape": list(values.shape),
        "values": known.ravel().tolist(),
    }
