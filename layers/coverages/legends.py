"""Legends to look at: as data, as SVG, as PNG."""

from __future__ import annotations

import io
from typing import Any
from xml.sax.saxutils import escape

from layers.coverages.drawing import colour_ramp
from layers.raster_legends import Legend

STOPS = 9
ROW, SWATCH, WIDTH = 20, 14, 420
FONT = "font-family='sans-serif' font-size='12'"


def legend_json(found: Legend) -> dict[str, Any]:
    """Return a legend as data: classes in two languages, or stops from low to high."""
    if found.is_picture:
        return {"type": "picture"}
    if found.classes:
        return {
            "type": "classes",
            "classes": [
                {"value": c.value, "color": c.color, "title": c.title.model_dump()}
                for c in found.classes
            ],
        }
    return {
        "type": "continuous",
        "colormap": found.colormap,
        "low": found.low,
        "high": found.high,
        "unit": found.unit,
        "stops": [{"value": value, "color": colour} for value, colour in stops(found)],
    }


def stops(found: Legend) -> list[tuple[float, str]]:
    """Return quantities evenly spread from low to high, each with its colour."""
    ramp = colour_ramp(found)
    shares = [at / (STOPS - 1) for at in range(STOPS)]
    return [
        (
            found.low + share * (found.high - found.low),
            "#" + bytes(ramp[round(share * 255)][:3]).hex(),
        )
        for share in shares
    ]


def rows(found: Legend, language: str) -> list[tuple[str, str]]:
    """Return the lines of a legend, colour and text; its ends hold what lies beyond."""
    if found.classes:
        return [(c.color, getattr(c.title, language)) for c in found.classes]
    if found.is_picture:
        return []
    unit = f" {found.unit}" if found.unit else ""
    lines = [(colour, f"{value:,.4g}{unit}") for value, colour in reversed(stops(found))]
    marked = [("≥ ", lines[0]), *(("", line) for line in lines[1:-1]), ("≤ ", lines[-1])]
    return [(colour, mark + text) for mark, (colour, text) in marked]


def legend_svg(found: Legend, title: str, language: str) -> str:
    """Return a legend as SVG."""
    lines = rows(found, language)
    height = ROW * (len(lines) + 1) + 8
    parts = [
        f"<text x='4' y='{ROW - 5}' {FONT} font-weight='bold'>{escape(title)}</text>",
    ]
    for at, (colour, text) in enumerate(lines, start=1):
        top = at * ROW + 4
        parts.append(
            f"<rect x='4' y='{top}' width='{SWATCH * 1.5:g}' height='{SWATCH}' fill='{colour}' "
            "stroke='#666' stroke-width='0.5'/>"
            f"<text x='32' y='{top + 11}' {FONT}>{escape(text)}</text>"
        )
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{WIDTH}' height='{height}' role='img' "
        f"aria-label='{escape(title, {chr(39): '&#39;'})}'>{''.join(parts)}</svg>"
    )


def legend_png(found: Legend, title: str, language: str) -> bytes:
    """Return a legend as PNG."""
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    lines = rows(found, language)
    figure = Figure(figsize=(5, 0.24 * (len(lines) + 2)), dpi=100)
    handles = [Patch(facecolor=colour, edgecolor="#666", label=text) for colour, text in lines]
    figure.legend(handles=handles, loc="upper left", title=title, frameon=False, fontsize=8)
    target = io.BytesIO()
    figure.savefig(target, format="png", bbox_inches="tight")
    return target.getvalue()
