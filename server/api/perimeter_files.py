"""A perimeter from a file that a user sends: GeoPackage or GeoJSON, in whatever CRS it declares."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from layers import crs
from layers.errors import BadRequestError, ReadError
from layers.opening import open_file
from layers.tables import Table
from server.indicators.polygons import read_polygon

# Only files that cannot refer to others: some formats would have the server read its own disk.
GEOPACKAGE = b"SQLite format 3\x00"
POLYGONS = (3, 6)


def read(body: bytes, name: str, folder: str) -> dict[str, Any]:
    """Return the union of the polygons of a file as a GeoJSON Feature.

    Args:
        body: bytes of a GeoPackage or of GeoJSON.
        name: how the user calls the file, for messages.
        folder: where the file is kept while it is read.

    Raises:
        BadRequestError: another format, unreadable, without polygons, or a perimeter that
            ``read_polygon`` refuses.
    """
    path = Path(folder) / f"perimeter{_suffix(body, name)}"
    path.write_bytes(body)
    try:
        shapes = [shape for table in open_file(path) for shape in _polygons(table)]
    except ReadError as error:
        raise BadRequestError(str(error).replace(str(path), name)) from None
    if not shapes:
        raise BadRequestError(f"{name} holds no polygon: a perimeter needs at least one.")
    area = json.loads(shapely.to_geojson(shapely.set_precision(shapely.union_all(shapes), 1e-7)))
    read_polygon(area)
    return {"type": "Feature", "geometry": area, "properties": {"name": name}}


def _suffix(body: bytes, name: str) -> str:
    if body.startswith(GEOPACKAGE):
        return ".gpkg"
    if body.lstrip()[:1] == b"{":
        return ".geojson"
    raise BadRequestError(f"{name} is neither a GeoPackage nor GeoJSON: send one of these.")


def _polygons(table: Table) -> list[Any]:
    """Return the valid polygons of a layer in CRS84."""
    if not table.geometry_name or table.crs is None:
        return []
    move = crs.mover(table.crs, crs.CRS84)
    found: list[Any] = []
    for batch in table.batches:
        shapes = shapely.from_wkb(batch.column(table.geometry_name).to_pylist())
        kept = shapes[np.isin(shapely.get_type_id(shapes), POLYGONS)]
        found.extend(shapely.make_valid(shapely.transform(shapely.force_2d(kept), move)))
    return found
