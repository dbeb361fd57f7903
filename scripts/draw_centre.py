"""Draw the delineated centre of a town over its streets, buildings and storefronts.

    python scripts/draw_centre.py DATA_FOLDER INSEE PICTURE.png

The data folder holds the OpenStreetMap layers of the town (``coeurville import osm``).
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib
import numpy as np
import shapely

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.collections import LineCollection, PolyCollection

from layers import crs
from layers.catalogue import Catalogue
from server.indicators import delineation, perimeters


def main(data: str, insee: str, picture: str) -> None:
    """Write the picture."""
    catalogue = Catalogue(Path(data))
    town = perimeters.town(catalogue, insee)
    centre = perimeters.centre(catalogue, town)
    move = crs.mover(crs.CRS84, centre.projection)

    def rows(layer: str, column: str) -> tuple[np.ndarray, np.ndarray]:
        index = catalogue.layer(layer).index
        shapes = shapely.transform(index.geometries(range(index.count)), move)
        there = ~shapely.is_missing(shapes)
        values = np.array(index.rows(range(index.count), [column]).column(0).to_pylist())
        return shapes[there], values[there]

    figure, axes = plt.subplots(figsize=(8, 6.6))
    houses = [
        shapely.get_coordinates(part)
        for part in shapely.get_parts(rows("buildings", "building")[0])
    ]
    axes.add_collection(PolyCollection(houses, facecolor="#e6e2dc"))
    ways = [shapely.get_coordinates(line) for line in rows("streets", "highway")[0]]
    axes.add_collection(LineCollection(ways, colors="#b9b9b9", linewidths=0.8))
    shops, status = rows("shops", "status")
    services, kinds = rows("services", "amenity")
    chosen = np.isin(kinds, delineation.choices().services)
    for shapes, marker, color, label in (
        (shops[status == "active"], "o", "#1f6f8b", "shop / commerce"),
        (shops[status != "active"], "X", "#c8373f", "vacant or disused / vacant"),
        (services[chosen], "o", "#e09f3e", "service with a storefront / service à vitrine"),
    ):
        points = shapely.get_coordinates(shapely.centroid(shapes))
        axes.scatter(*points.T, s=13, c=color, marker=marker, label=label, zorder=3, linewidths=0)
    outline = shapely.get_coordinates(shapely.get_exterior_ring(centre.projected))
    axes.plot(*outline.T, color="black", linewidth=2, label="delineated centre / centre délimité")
    hall = shapely.get_coordinates(shapely.transform(town.hall, move))[0]
    axes.plot(*hall, "*", color="black", markersize=11, label="town hall / mairie", linestyle="")
    x, y = outline.min(axis=0) - 200
    right, top = outline.max(axis=0) + np.array([330, 60])
    axes.set(xlim=(x, right), ylim=(y, top), aspect="equal", xticks=[], yticks=[])
    axes.plot([x + 30, x + 230], [y + 40] * 2, color="black", linewidth=2)
    axes.text(x + 130, y + 52, "200 m", ha="center", fontsize=8)
    axes.legend(loc="lower right", fontsize=7, framealpha=0.95)
    axes.set_title(f"{town.name}: {centre.projected.area / 10_000:.1f} ha", fontsize=10)
    axes.set_xlabel("© OpenStreetMap contributors, ODbL", fontsize=6, loc="right")
    figure.savefig(picture, dpi=100, bbox_inches="tight")


if __name__ == "__main__":
    main(*sys.argv[1:])
