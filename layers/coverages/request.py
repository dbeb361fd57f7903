"""What a request asks of a coverage, parsed once: area, bands, size and CRS of the answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import shapely

from layers.catalogue import Layer
from layers.coverages.systems import GEOGRAPHIC, Box, System, moved_box, native_system, system
from layers.crs import CRS84, EPSG, WORLD, Reference
from layers.errors import BadRequestError, did_you_mean
from layers.parameters import parse_box

# Horizontal and vertical axis; the first name of each is the standard's.
_HORIZONTAL = ("e", "lon", "long", "longitude", "x", "easting")
_VERTICAL = ("n", "lat", "latitude", "y", "northing")
_PROJECTED = {"e", "x", "easting", "n", "y", "northing"}
SCALING = ("resolution", "scale-factor", "scale-axes", "scale-size")
PARAMETERS = (
    "bbox", "bbox-crs", "subset", "subset-crs", "crs", "properties", "exclude-properties",
    "width", "height", *SCALING,
)  # fmt: skip
# Less would make more cells than there are numbers for.
SMALLEST = 1e-9
# Twice around the world: boxes of a map that is drawn beside itself.
MOST_DEGREES = 720
SIDES = ("horizontal", "vertical")
Pair = tuple[float | None, float | None]


@dataclass(frozen=True)
class CoverageRequest:
    """Cells asked for.

    Attributes:
        area: box in ``area_system``, easting or longitude first; None for the whole raster.
        area_system: CRS of the area.
        target: CRS of the answer.
        bands: numbers of the bands from 1, in the order asked for.
        divisors: how many cells become one, horizontally and vertically.
        counts: cells wanted.
        cell: size wanted of a cell, in units of the target.
    """

    area: Box | None
    area_system: System
    target: System
    bands: tuple[int, ...]
    divisors: Pair = (None, None)
    counts: Pair = (None, None)
    cell: Pair = (None, None)


@dataclass
class _Ranges:
    """Low and high of each axis of ``subset``; None where it is open."""

    horizontal: tuple[float | None, float | None] | None = None
    vertical: tuple[float | None, float | None] | None = None
    projected: set[bool] = field(default_factory=set)


def parse_request(parameters: Mapping[str, str], layer: Layer) -> CoverageRequest:
    """Return what the parameters of a request ask of a raster.

    Raises:
        BadRequestError: a value that cannot be honoured, with the reason.
    """
    native = native_system(layer)
    area, area_system = _area(parameters, layer, native)
    target = system(parameters["crs"], native) if "crs" in parameters else native
    chosen = [name for name in SCALING if name in parameters]
    if {"width", "height"} & set(parameters):
        chosen.append("width or height")
    if len(chosen) > 1:
        raise BadRequestError(f"{chosen[0]} and {chosen[1]} exclude each other: give one.")
    scales = {
        "divisors": _divisors(parameters), "counts": _counts(parameters),
        "cell": _axes("resolution", parameters.get("resolution")),
    }  # fmt: skip
    _refuse_scaled_places(parameters, scales.values())
    return CoverageRequest(area, area_system, target, _bands(parameters, layer), **scales)


def band_names(layer: Layer) -> list[str]:
    """Return the names of a raster's bands: the record's, else the file's, else numbered."""
    declared = [attribute.name for attribute in layer.record.attributes]
    found = [str(band["name"]) for band in layer.version.facts["bands"]]
    names = [*declared, *found[len(declared) :]][: len(found)]
    return names if len(set(names)) == len(names) else [f"band-{i + 1}" for i in range(len(found))]


def parse_bands(text: str | None, layer: Layer) -> tuple[int, ...]:
    """Return band numbers of a list of names or numbers, all bands without a list."""
    names = band_names(layer)
    if text is None:
        return tuple(range(1, len(names) + 1))
    known = {name: at for at, name in enumerate(names, start=1)}
    numbered = {str(at): at for at in range(1, len(names) + 1)}
    found = []
    for part in (part.strip() for part in text.split(",")):
        number = known.get(part) or numbered.get(part)
        if number is None:
            hint = did_you_mean(part, names)
            raise BadRequestError(
                f"properties: no band {part!r}.{hint} Bands: {', '.join(names)}, or their "
                f"numbers 1 to {len(names)}."
            )
        found.append(number)
    if len(set(found)) < len(found):
        raise BadRequestError(f"properties: a band is asked for twice in {text!r}.")
    return tuple(found)


def _bands(parameters: Mapping[str, str], layer: Layer) -> tuple[int, ...]:
    left_out = parameters.get("exclude-properties")
    if left_out is None:
        return parse_bands(parameters.get("properties"), layer)
    if "properties" in parameters:
        raise BadRequestError("properties and exclude-properties exclude each other: give one.")
    excluded = parse_bands(left_out, layer) if left_out else ()
    kept = tuple(band for band in parse_bands(None, layer) if band not in excluded)
    if not kept:
        raise BadRequestError("exclude-properties leaves no band.")
    return kept


def _area(parameters: Mapping[str, str], layer: Layer, native: System) -> tuple[Box | None, System]:
    if "bbox" in parameters and "subset" in parameters:
        raise BadRequestError("bbox and subset exclude each other: give one.")
    if "subset" in parameters:
        return _subset(parameters, layer, native)
    if "bbox" not in parameters:
        return None, native
    name = parameters.get("bbox-crs")
    return parse_area(parameters["bbox"], system(name, native) if name else GEOGRAPHIC, layer)


def parse_area(text: str, found: System, layer: Layer) -> tuple[Box, System]:
    """Return a ``bbox`` in our axis order with its CRS.

    Of one that spans the antimeridian, the side where the raster lies.

    Raises:
        BadRequestError: no box, one nowhere on Earth, or one with some of the raster on both
            sides of the antimeridian.
    """
    code = {CRS84: None, f"{EPSG}4326": 4326}.get(found.uri, 0)
    sides = shapely.get_parts(parse_box(text, Reference(found.uri, code, 7)))
    boxes = [found.swapped(side.bounds) for side in sides]
    west, south, east, north = _only_side(boxes, layer)
    if found.is_geographic and (south > 90 or north < -90 or max(-west, east) > MOST_DEGREES):
        raise BadRequestError(f"bbox {text!r} lies nowhere on Earth in degrees: give its bbox-crs.")
    return (west, south, east, north), found


def _only_side(boxes: Sequence[Box], layer: Layer) -> Box:
    west, _, east, _ = layer.bounds or WORLD
    met = [box for box in boxes if len(boxes) == 1 or (box[0] <= east and box[2] >= west)]
    if len(met) > 1:
        raise BadRequestError("The raster lies on both sides of the antimeridian: ask for each.")
    return met[0] if met else boxes[0]


def _subset(parameters: Mapping[str, str], layer: Layer, native: System) -> tuple[Box, System]:
    ranges = _ranges(parameters["subset"])
    if len(ranges.projected) > 1:
        raise BadRequestError(
            "subset mixes axes of two kinds of CRS: give E and N, or Lon and Lat."
        )
    projected = ranges.projected.pop()
    if "subset-crs" in parameters:
        found = system(parameters["subset-crs"], native)
    else:
        # Without subset-crs the standard means CRS84; E and N can then only be the raster's own.
        found = native if projected else GEOGRAPHIC
    if projected == found.is_geographic:
        raise BadRequestError(
            f"subset: the axes of {found.uri} are {' and '.join(found.axes)}. Name those, or give "
            "another subset-crs."
        )
    west, south, east, north = moved_box(layer.version.facts["native_bounds"], native, found)
    (low_x, high_x), (low_y, high_y) = (
        ranges.horizontal or (None,) * 2,
        ranges.vertical or (None,) * 2,
    )
    box = (
        west if low_x is None else low_x, south if low_y is None else low_y,
        east if high_x is None else high_x, north if high_y is None else high_y,
    )  # fmt: skip
    if found.is_geographic and box[0] > box[2]:
        return _only_side([(*box[:2], 180.0, box[3]), (-180.0, *box[1:])], layer), found
    if box[0] > box[2] or box[1] > box[3]:
        raise BadRequestError(
            f"subset {parameters['subset']!r} is empty: each axis goes from low to high."
        )
    return box, found


def _ranges(text: str) -> _Ranges:
    found = _Ranges()
    for name, inside in _calls("subset", text):
        axis = name.lower()
        low, _, high = inside.partition(":")
        pair = (_bound(name, low), _bound(name, high if ":" in inside else low))
        side = _side("subset", name)
        if getattr(found, side) is not None:
            raise BadRequestError(f"subset gives the axis {name!r} twice.")
        setattr(found, side, pair)
        found.projected.add(axis in _PROJECTED)
    return found


def _bound(axis: str, text: str) -> float | None:
    if text.strip() == "*":
        return None
    return _number(f"subset of {axis}", text)


def _calls(parameter: str, text: str) -> list[tuple[str, str]]:
    """Return names and contents of ``E(1:2),N(3:4)``."""
    if not re.fullmatch(r"\s*\w+\([^()]*\)(\s*,\s*\w+\([^()]*\))*\s*", text):
        raise BadRequestError(
            f"{parameter} must name axes such as E(…),N(…) or Lon(…),Lat(…), not {text!r}."
        )
    return re.findall(r"(\w+)\(([^()]*)\)", text)


def _side(parameter: str, name: str) -> str:
    if name.lower() in _HORIZONTAL:
        return "horizontal"
    if name.lower() in _VERTICAL:
        return "vertical"
    raise BadRequestError(
        f"{parameter}: no axis {name!r}. Axes: E and N of projected CRS, Lon and Lat of others."
    )


def _axes(parameter: str, text: str | None) -> Pair:
    """Return the positive numbers that a scaling parameter gives for the two axes.

    Empty brackets mean the raster's own cells, as an axis that is not named does.
    """
    if not text:
        return None, None
    found = {"horizontal": None, "vertical": None} | {
        _side(parameter, name): _positive(f"{parameter} of {name}", inside)
        for name, inside in _calls(parameter, text)
        if inside.strip()
    }
    return found["horizontal"], found["vertical"]


def _refuse_scaled_places(parameters: Mapping[str, str], scales: Iterable[Pair]) -> None:
    """Refuse to scale an axis along which ``subset`` asks for one place."""
    calls = _calls("subset", parameters["subset"]) if "subset" in parameters else []
    places = {_side("subset", name) for name, inside in calls if ":" not in inside}
    scaled = {
        side for pair in scales for side, by in zip(SIDES, pair, strict=True) if by is not None
    }
    if places & scaled:
        raise BadRequestError(
            "subset gives one place along an axis that is scaled too: give an interval, low:high, "
            "or scale the other axis."
        )


def _divisors(parameters: Mapping[str, str]) -> Pair:
    if "scale-factor" in parameters:
        factor = _positive("scale-factor", parameters["scale-factor"])
        return factor, factor
    return _axes("scale-axes", parameters.get("scale-axes"))


def _counts(parameters: Mapping[str, str]) -> Pair:
    counts: Sequence[float | None] = _axes("scale-size", parameters.get("scale-size"))
    if "scale-size" not in parameters:
        sizes = (parameters.get("width"), parameters.get("height"))
        names = ("width", "height")
        counts = [None if t is None else _positive(n, t) for n, t in zip(names, sizes, strict=True)]
    for count in counts:
        if count is not None and count != int(count):
            raise BadRequestError(f"A number of cells must be whole, not {count:g}.")
    return counts[0], counts[1]


def _positive(name: str, text: str) -> float:
    number = _number(name, text)
    if number < SMALLEST:
        raise BadRequestError(f"{name} must be more than 0, and than {SMALLEST:g}, not {text!r}.")
    return number


def _number(name: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not abs(number) < 1e12:
        raise BadRequestError(f"{name} must be a number, not {text!r}.")
    return number
