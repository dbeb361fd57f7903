"""A drawing of a rectangle of the ground as SVG: no tile, no style sheet, no script."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely

from server.report.strips import FONT

WIDTH, HEIGHT = 720.0, 410.0
MARGIN = 0.04  # of the drawn area, on each side
BARS = (50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)


class Canvas:
    """A rectangle around bounds on the ground, in metres, and a drawing of it."""

    def __init__(self, bounds: tuple[float, float, float, float]) -> None:
        west, south, east, north = bounds
        grown = 1 + 2 * MARGIN
        self.scale = min(WIDTH / (east - west), HEIGHT / (north - south)) / grown
        x, y = (west + east) / 2, (south + north) / 2
        across, up = WIDTH / 2 / self.scale, HEIGHT / 2 / self.scale
        self.box = (x - across, y - up, x + across, y + up)
        self.parts: list[str] = []

    def clip(self, shapes: np.ndarray) -> np.ndarray:
        """Return what of shapes lies on the canvas, as detailed as can be seen."""
        shapes = shapely.clip_by_rect(shapely.make_valid(shapes), *self.box)
        shapes = shapely.simplify(shapes, 0.4 / self.scale)
        return np.asarray(shapes[~shapely.is_empty(shapes)])

    def place(self, coordinates: np.ndarray) -> np.ndarray:
        """Return positions on the canvas of positions on the ground."""
        west, _, _, north = self.box
        return (coordinates - (west, north)) * (self.scale, -self.scale)

    def draw(self, shapes: Iterable[Any], **look: object) -> None:
        """Draw lines or polygons as one path."""
        lines = shapely.get_parts(shapely.get_parts(list(shapes)))
        areas = lines[shapely.get_dimensions(lines) == 2]
        rings = shapely.get_rings(areas)
        lines = [*rings, *lines[shapely.get_dimensions(lines) == 1]]
        path = "".join(self._path(line) for line in lines)
        if path:
            self.parts.append(f'<path d="{path}" {_attributes(look)}/>')

    def _path(self, line: Any) -> str:
        points = self.place(shapely.get_coordinates(line))
        body = " ".join(f"{x:.1f} {y:.1f}" for x, y in points)
        return f"M{body}"

    def dots(self, shapes: np.ndarray, radius: float, **look: object) -> None:
        """Draw points."""
        points = self.place(shapely.get_coordinates(shapely.centroid(shapes)))
        marks = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}"/>' for x, y in points)
        self.parts.append(f"<g {_attributes(look)}>{marks}</g>")

    def furniture(self) -> None:
        """Draw the scale bar and the north arrow."""
        metres = max((b for b in BARS if b * self.scale <= WIDTH / 3), default=BARS[0])
        long, y = metres * self.scale, HEIGHT - 14
        label = f"{metres} m" if metres < 1_000 else f"{metres // 1_000} km"
        x = WIDTH - 24
        self.parts.append(
            f'<rect x="8" y="{y - 20:.1f}" width="{long + 16:.1f}" height="30" fill="#fff"'
            f' fill-opacity="0.85"/><path d="M16 {y - 5:.1f}v5h{long:.1f}v-5" fill="none"'
            f' stroke="#111" stroke-width="2"/><text x="{16 + long / 2:.1f}" y="{y - 5:.1f}"'
            f' text-anchor="middle">{label}</text>'
            f'<path d="M{x:.1f} 12l7 20l-7 -5l-7 5z" fill="#111" stroke="#fff"/>'
            f'<text x="{x:.1f}" y="45" text-anchor="middle">N</text>'
        )

    def svg(self) -> str:
        """Return the drawing."""
        return (
            '<svg xmlns="http://www.w3.org/2000/svg"'
            f' viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}">'
            f'<rect width="{WIDTH:.0f}" height="{HEIGHT:.0f}" fill="#f6f5f1"/>'
            f'<g font-family="{FONT}" font-size="12" fill="#111" stroke-linejoin="round">'
            f"{''.join(self.parts)}</g></svg>"
        )


def _attributes(look: dict[str, object]) -> str:
    return " ".join(f'{name.replace("_", "-")}="{value}"' for name, value in look.items())
