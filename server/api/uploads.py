"""Reading the perimeters in a file that a user sends; nothing of it is kept."""

from __future__ import annotations

import json
from typing import Annotated, Any

import orjson
import shapely
from fastapi import APIRouter, Body, HTTPException
from fastapi.responses import Response

from layers.uploads import MAX_BYTES, read_polygons


def add_routes(found: APIRouter) -> None:
    """Add ``POST /perimeters/read``."""

    @found.post("/perimeters/read", tags=["towns"])
    def read_perimeters(
        content: Annotated[bytes, Body(media_type="application/octet-stream")] = b"",
        name: str = "The file",
    ) -> Response:
        """Read the polygons of a file as GeoJSON features (CRS84).

        The body is the file itself: GeoJSON, a GeoPackage, or a ZIP of either or of a Shapefile,
        up to 5 MB. ``name`` is the name of the file: messages give it, and so do polygons
        without a name of their own.
        """
        if len(content) > MAX_BYTES:
            raise HTTPException(413, f"a perimeter's file holds at most {MAX_BYTES:,} bytes")
        features = [_feature(own or name, shape) for own, shape in read_polygons(content, name)]
        return Response(
            orjson.dumps({"type": "FeatureCollection", "features": features}),
            media_type="application/geo+json",
        )


def _feature(name: str | None, shape: Any) -> dict[str, Any]:
    geometry = json.loads(shapely.to_geojson(shapely.set_precision(shape, 1e-7)))
    return {"type": "Feature", "properties": {"name": name}, "geometry": geometry}
