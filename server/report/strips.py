"""A strip of dots: where a value lies among those of comparable towns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

WIDTH, HEIGHT, MARGIN, LINE = 200.0, 34.0, 8.0, 12.0
INK, TOWN = "#4a5560", "#12395f"
FONT = "DejaVu Sans, Verdana, sans-serif"


def strip(value: float | None, others: Sequence[float], ends: tuple[str, str]) -> str:
    """Return an SVG: circles of others, a bar at their median, a diamond at the value.

    Args:
        value: of the town; no diamond where it has none.
        others: values of the comparable towns, at least one.
        ends: what is written at the lowest and the highest value.
    """
    known = [*others, value] if value is not None else list(others)
    low, high = min(known), max(known)
    span = (high - low) or 1.0

    def at(number: float) -> float:
        return MARGIN + (WIDTH - 2 * MARGIN) * (number - low) / span if high > low else WIDTH / 2

    middle = at(float(np.median(others)))
    circles = "".join(f'<circle cx="{at(x):.1f}" cy="{LINE}" r="3.2"/>' for x in others)
    mark = ""
    if value is not None:
        x = at(value)
        corners = f"{x:.1f},{LINE - 6.5} {x + 6.5:.1f},{LINE} {x:.1f},{LINE + 6.5} {x - 6.5:.1f}"
        mark = f'<polygon points="{corners},{LINE}" fill="{TOWN}" stroke="#fff"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {HEIGHT:g}">'
        f'<path d="M{MARGIN} {LINE}H{WIDTH - MARGIN}" stroke="{INK}" stroke-width="0.7"/>'
        f'<g fill="#fff" fill-opacity="0.6" stroke="{INK}" stroke-width="1">{circles}</g>'
        f'<path d="M{middle:.1f} {LINE - 8}V{LINE + 8}" stroke="{INK}" stroke-width="2"/>{mark}'
        f'<g font-family="{FONT}" font-size="9" fill="{INK}">'
        f'<text x="1" y="{HEIGHT - 3}">{ends[0]}</text>'
        f'<text x="{WIDTH - 1}" y="{HEIGHT - 3}" text-anchor="end">{ends[1]}</text></g></svg>'
    )
