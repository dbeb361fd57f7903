"""How a layer looks in QGIS: by the values of one attribute, by classes of one, or plain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

import numpy as np

from layers.catalogue import Layer
from layers.records import Attribute

# Okabe and Ito's colours, told apart by those who see few; ColorBrewer's YlGnBu for amounts.
CATEGORIES = ("230,159,0", "0,114,178", "0,158,115", "213,94,0", "86,180,233", "204,121,167",
              "240,228,66", "110,110,110")  # fmt: skip
AMOUNTS = ("255,255,204", "161,218,180", "65,182,196", "44,127,184", "37,52,148")
PLAIN = "37,99,235"
# Colours that maps usually give to what lies beneath the subject.
BACKDROP = {
    "communes": "110,110,110", "green-spaces": "134,188,110", "streets": "165,165,165",
    "buildings": "190,170,150", "centre-perimeters": "190,24,93", "cycle-ways": "22,163,74",
}  # fmt: skip
# Boundaries are drawn as lines, for what lies within to be seen.
BOUNDARIES = ("communes", "centre-perimeters")
# A sample of this many rows, spread evenly, places the limits of classes well enough.
SAMPLE = 5_000
SYMBOLS = {
    "Point": ("marker", "SimpleMarker", {"size": "2.4", "outline_color": "255,255,255,255"}),
    "Line": ("line", "SimpleLine", {"line_width": "0.5"}),
    "Polygon": ("fill", "SimpleFill", {"outline_color": "70,70,70,255", "outline_width": "0.15"}),
}


@dataclass(frozen=True)
class Class:
    """A class of a legend: its label, its colour, the value or bounds that it stands for."""

    label: str
    colour: str
    value: str | None = None
    bounds: tuple[float, float] | None = None


def family(layer: Layer) -> str | None:
    """Return ``Point``, ``Line`` or ``Polygon``, None without geometry."""
    found = " ".join(layer.version.facts["geometry_types"])
    if not found:
        return None
    known = (name for name in SYMBOLS if name in found)
    return next(known, "Polygon")


def renderer(layer: Layer) -> Element:
    """Return the renderer of a layer's features."""
    kind = family(layer)
    assert kind
    named, counted = _categorised(layer), _graduated(layer)
    theme = layer.record.theme
    if theme in BOUNDARIES:
        named = counted = None
    attribute, classes = (named or counted) or (None, [Class("", colour(layer))])
    form = "categorizedSymbol" if named else "graduatedSymbol" if counted else "singleSymbol"
    root = Element("renderer-v2", type=form, symbollevels="0", enableorderby="0")
    if attribute:
        root.set("attr", attribute.name)
    if named:
        _list(root, "categories", "category", classes)
    elif counted:
        root.set("graduatedMethod", "GraduatedColor")
        _list(root, "ranges", "range", classes)
    symbols = SubElement(root, "symbols")
    for at, one in enumerate(classes):
        symbols.append(symbol(kind, one.colour, str(at), filled=theme not in BOUNDARIES))
    return root


def colour(layer: Layer) -> str:
    """Return the colour of a layer that is drawn in one."""
    return BACKDROP.get(layer.record.theme or "", PLAIN)


def symbol(kind: str, colour: str, name: str, *, filled: bool = True) -> Element:
    """Return a symbol of a kind of geometry in a colour ``r,g,b``; areas may be left empty."""
    form, drawn, more = SYMBOLS[kind]
    if kind == "Polygon" and not filled:
        more = {"outline_color": f"{colour},255", "outline_width": "0.5", "style": "no"}
    root = Element("symbol", name=name, type=form, alpha="1", clip_to_extent="1")
    options = SubElement(
        SubElement(root, "layer", {"class": drawn, "enabled": "1", "pass": "0", "locked": "0"}),
        "Option",
        type="Map",
    )
    opacity = "170" if kind == "Polygon" else "255"
    painted = "line_color" if kind == "Line" else "color"
    for key, value in ({painted: f"{colour},{opacity}"} | more).items():
        SubElement(options, "Option", name=key, value=value, type="QString")
    return root


def _list(root: Element, of: str, one: str, classes: Iterable[Class]) -> None:
    parent = SubElement(root, of)
    for at, item in enumerate(classes):
        facts = {"symbol": str(at), "label": item.label, "render": "true"}
        if item.bounds:
            facts |= {"lower": repr(item.bounds[0]), "upper": repr(item.bounds[1])}
        else:
            facts["value"] = item.value or ""
        SubElement(parent, one, facts)


def _categorised(layer: Layer) -> tuple[Attribute, list[Class]] | None:
    """Return the first attribute that lists few enough values, with the rest last."""
    for attribute in layer.index.attributes:
        values = attribute.values or ()
        if 1 < len(values) < len(CATEGORIES):
            classes = [
                Class(str(value), colour, str(value))
                for value, colour in zip(values, CATEGORIES, strict=False)
            ]
            return attribute, [*classes, Class("autre, non renseigné", CATEGORIES[-1], "")]
    return None


def _graduated(layer: Layer) -> tuple[Attribute, list[Class]] | None:
    """Return the first amount that has a unit, in classes of as many features each."""
    index = layer.index
    for attribute in index.attributes:
        if not attribute.unit or attribute.type not in ("number", "integer"):
            continue
        positions = np.unique(np.linspace(0, index.count - 1, min(SAMPLE, index.count)).astype(int))
        column = index.rows(positions, [attribute.name]).column(attribute.name)
        values = column.drop_null().to_numpy(zero_copy_only=False).astype(float)
        limits = np.unique(np.quantile(values, np.linspace(0, 1, 6))) if values.size else values
        if limits.size > 2:
            return attribute, [
                Class(f"{_number(low)} – {_number(high)}", colour, bounds=(low, high))
                for low, high, colour in zip(
                    limits[:-1].tolist(), limits[1:].tolist(), AMOUNTS, strict=False
                )
            ]
    return None


def _number(value: float) -> str:
    """Return a number as the French write it."""
    return f"{value:,.6g}".replace(",", "\u202f").replace(".", ",")
