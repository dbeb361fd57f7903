"""OSO: yearly land cover of metropolitan France at 10 m (Theia), a raster of classes."""

from __future__ import annotations

from layers.raster_source import raster_source

SOURCE = raster_source(
    "oso",
    "OSO, occupation du sol (Theia)",
    "oso-land-cover",
    "Get OCS_….tif of the year from theia-land.fr.",
)
