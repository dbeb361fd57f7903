"""CORINE Land Cover at 100 m, a raster of classes numbered 1 to 44 or coded 111 to 523."""

from __future__ import annotations

from layers.raster_source import raster_source

SOURCE = raster_source(
    "corine",
    "CORINE Land Cover, image (Copernicus)",
    "corine-land-cover",
    "Get the raster of CORINE Land Cover from land.copernicus.eu.",
)
