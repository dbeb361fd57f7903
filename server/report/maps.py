"""Maps of a town, drawn from what its layers publish."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import shapely

from layers import crs
from layers.catalogue import Layer
from server.indicators.context import Context
from server.indicators.explanation import hidden
from server.indicators.measures import WithheldError
from server.indicators.perimeters import Perimeter
from server.report.canvas import Canvas
from server.report.findings import Findings

# Streets by width; of a whole commune only the first kinds are drawn where there are many.
MAIN = ("motorway", "trunk", "primary", "secondary", "tertiary")
MOST_STREETS = 3_000
GREEN = {"fill": "#cfe3c3", "stroke": "#8fb07c", "stroke_width": 0.5, "fill_rule": "evenodd"}
BUILT = {"fill": "#c9c3ba", "stroke": "#8f877c", "stroke_width": 0.3, "fill_rule": "evenodd"}
EDGE = {"fill": "none", "stroke": "#111", "stroke_width": 1.8, "stroke_dasharray": "9 3 2 3"}
AREA = {"fill": "#9c2f0c", "fill_opacity": 0.07, "stroke": "#9c2f0c", "stroke_width": 2.4}
IN_USE = {"fill": "#12395f", "stroke": "#fff", "stroke_width": 0.6}
VACANT = {"fill": "#fff", "stroke": "#b3261e", "stroke_width": 1.8}
HALL = {"fill": "#fff", "stroke": "#111", "stroke_width": 3}


@dataclass
class Drawing:
    """A map and what it shows.

    Attributes:
        svg: the map.
        counts: how many things of each kind were drawn, by kind.
        layers: where they come from.
        missing: themes of which nothing is published here.
    """

    svg: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    layers: list[Layer] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def commune_map(found: Findings) -> Drawing:
    """Return the map of the commune with its centre."""
    canvas, made = Canvas(shapely.bounds(found.commune.projected)), Drawing()
    context = Context(found.catalogue, found.commune)
    _green(canvas, made, context)
    _streets(canvas, made, context, near=False)
    canvas.draw([found.commune.projected], **EDGE)
    canvas.draw([found.centre.projected], **AREA)
    return _finished(canvas, made, found)


def centre_map(found: Findings) -> Drawing:
    """Return the map of the centre with its buildings and shops."""
    area = found.centre
    canvas, made = Canvas(shapely.bounds(area.projected)), Drawing()
    back = crs.mover(area.projection, crs.CRS84)
    view = replace(area, area=shapely.transform(shapely.box(*canvas.box), back))
    context = Context(found.catalogue, view)
    _green(canvas, made, context)
    _buildings(canvas, made, context)
    _streets(canvas, made, context, near=True)
    canvas.draw([area.projected], **AREA)
    _shops(canvas, made, context, area)
    return _finished(canvas, made, found)


def _finished(canvas: Canvas, made: Drawing, found: Findings) -> Drawing:
    if found.town.hall is not None:
        move = crs.mover(crs.CRS84, found.commune.projection)
        canvas.dots(np.array([shapely.transform(found.town.hall, move)]), 5, **HALL)
    canvas.furniture()
    made.svg = canvas.svg()
    return made


def _rows(made: Drawing, context: Context, theme: str, *names: str) -> tuple[Any, ...] | None:
    """Return shapes of a theme and columns (None where the layer lacks them), None of none."""
    try:
        rows = context.within(theme)
    except WithheldError:
        made.missing.append(theme)
        return None
    if hidden(rows.layer) is not None:
        made.missing.append(theme)
        return None
    made.layers.append(rows.layer)
    has = rows.layer.index.attribute_names
    columns = (rows.column(name) if name in has else None for name in names)
    return (rows.shapes, *columns)


def _green(canvas: Canvas, made: Drawing, context: Context) -> None:
    if found := _rows(made, context, "green-spaces"):
        made.counts["green"] = len(found[0])
        canvas.draw(canvas.clip(found[0]), **GREEN)


def _buildings(canvas: Canvas, made: Drawing, context: Context) -> None:
    if found := _rows(made, context, "buildings"):
        made.counts["buildings"] = len(found[0])
        canvas.draw(canvas.clip(found[0]), **BUILT)


def _streets(canvas: Canvas, made: Drawing, context: Context, *, near: bool) -> None:
    found = _rows(made, context, "streets", "highway")
    if found is None:
        return
    shapes, kinds = found
    main = np.isin(kinds.astype(str), MAIN) if kinds is not None else np.zeros(len(shapes), bool)
    if near or len(shapes) <= MOST_STREETS or not main.any():
        width = 2.0 if near else 0.7
        canvas.draw(canvas.clip(shapes[~main]), fill="none", stroke="#a9a29a", stroke_width=width)
        made.counts["streets"] = len(shapes)
    else:
        made.counts["main_streets"] = int(main.sum())
    width = 3.2 if near else 1.3
    canvas.draw(canvas.clip(shapes[main]), fill="none", stroke="#7d756b", stroke_width=width)


def _shops(canvas: Canvas, made: Drawing, context: Context, area: Perimeter) -> None:
    """Draw shops, those in use solid and the others hollow; only those in the area count."""
    found = _rows(made, context, "shops", "status")
    if found is None:
        return
    shapes, states = found
    inside = shapely.intersects(area.projected, shapes)
    used = np.ones(len(shapes), bool) if states is None else states == "active"
    for name, which, look in (("shops", used, IN_USE), ("vacant", ~used, VACANT)):
        made.counts[name] = int((which & inside).sum())
        canvas.dots(shapes[which], 3.4, **look)
