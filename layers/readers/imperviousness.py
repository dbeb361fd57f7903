"""Imperviousness density at 10 m (Copernicus High Resolution Layer), 0 to 100, 255 for no data."""

from __future__ import annotations

from layers.raster_source import raster_source

SOURCE = raster_source(
    "imperviousness",
    "Imperméabilisation du sol (Copernicus)",
    "imperviousness",
    "Get the tiles of Imperviousness Density from land.copernicus.eu, put together as one file "
    "with gdalbuildvrt.",
)
