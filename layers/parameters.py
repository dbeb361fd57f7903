"""Query parameters of OGC API Features, each parsed once; what cannot be honoured is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import shapely

from layers import crs, projected
from layers.catalogue import Layer
from layers.cql2 import Queryable, compile_filter
from layers.errors import BadRequestError, did_you_mean
from layers.query import STORAGE, Condition, Query, SortKey
from layers.records import Attribute

DEFAULT_LIMIT = 10
MAX_LIMIT = 10_000
MAX_OFFSET = 2**53
EARTH = shapely.box(*crs.WORLD)
PROFILES = ("jsonfg", "jsonfg-plus")

# Parameters with a meaning of their own; any other must be the name of an attribute.
RESERVED = (
    "f", "lang", "limit", "offset", "bbox", "bbox-crs", "crs", "datetime", "sortby",
    "properties", "skipGeometry", "filter", "filter-lang", "filter-crs", "profile",
)  # fmt: skip


def parse_query(parameters: Mapping[str, str], layer: Layer, *, whole: bool = False) -> Query:
    """Return the query that the parameters of a request ask for.

    Args:
        parameters: those of the request.
        layer: what is asked.
        whole: without ``limit``, ask for all rows; with one, as many as it says.

    Raises:
        BadRequestError: an unknown parameter or property (with the nearest valid one), or a value
            that cannot be honoured, with the reason.
    """
    names = layer.queryables
    _refuse_unknown(parameters, names)
    return Query(
        limit=_limit(parameters.get("limit"), whole=whole),
        offset=_whole("offset", parameters.get("offset", "0"), 0, MAX_OFFSET),
        area=_area(parameters, layer),
        conditions=_conditions(parameters, layer, names),
        sort=_sort(parameters.get("sortby"), names),
        properties=_properties(parameters, layer),
        skip_geometry=_flag("skipGeometry", parameters.get("skipGeometry", "false")),
        crs=_reference("crs", parameters, layer),
        profile=_profile(parameters.get("profile", PROFILES[0])),
    )


def _refuse_unknown(parameters: Mapping[str, str], names: Mapping[str, Queryable]) -> None:
    for name in parameters:
        if name not in RESERVED and name not in names:
            hint = did_you_mean(name, [*RESERVED, *names])
            raise BadRequestError(f"Unknown query parameter {name!r}.{hint}")


def _limit(text: str | None, *, whole: bool) -> int:
    if text is None:
        return MAX_OFFSET if whole else DEFAULT_LIMIT
    return min(_whole("limit", text, 1, MAX_OFFSET), MAX_OFFSET if whole else MAX_LIMIT)


def _profile(text: str) -> str:
    if text not in PROFILES:
        hint = did_you_mean(text, PROFILES)
        raise BadRequestError(f"profile must be one of {', '.join(PROFILES)}, not {text!r}.{hint}")
    return text


def _whole(name: str, text: str, low: int, high: int) -> int:
    if not re.fullmatch(r"[+-]?\d{1,16}", text.strip()):
        raise BadRequestError(f"{name} must be a whole number, not {text!r}.")
    if not low <= int(text) <= high:
        raise BadRequestError(f"{name} must be at least {low}, not {text}.")
    return int(text)


def _flag(name: str, text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise BadRequestError(f"{name} must be true or false, not {text!r}.")
    return text.lower() == "true"


def _reference(name: str, parameters: Mapping[str, str], layer: Layer) -> crs.Reference:
    """Return the CRS that a parameter names, one of those that the layer is offered in."""
    if name not in parameters:
        return STORAGE
    return crs.reference(parameters[name], crs.offered(layer.bounds))


def _area(parameters: Mapping[str, str], layer: Layer) -> Any:
    reference = _reference("bbox-crs", parameters, layer)
    if "bbox" not in parameters:
        if "bbox-crs" in parameters:
            raise BadRequestError("bbox-crs was given without bbox.")
        return None
    return projected.to_storage(parse_box(parameters["bbox"], reference), reference)


def parse_box(text: str, reference: crs.Reference) -> Any:
    """Return the polygon of a ``bbox`` of 4 or 6 numbers, in its own CRS and order of axes.

    In degrees it may span the antimeridian: its western edge is then the larger.

    Raises:
        BadRequestError: not 4 or 6 finite numbers, or upside down.
    """
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (4, 6) or not all(abs(n) < 1e12 for n in numbers):
        raise BadRequestError(f"bbox must be 4 or 6 numbers separated by commas, not {text!r}.")
    half = len(numbers) // 2
    low, high = numbers[:2], numbers[half : half + 2]
    if low[0] <= high[0] and low[1] <= high[1]:
        return shapely.box(*low, *high)
    boxes = _across_antimeridian(low, high, reference)
    if not boxes:
        raise BadRequestError(f"bbox {text!r} is upside down: the lower corner comes first.")
    return shapely.multipolygons(boxes)


def _across_antimeridian(
    low: list[float], high: list[float], reference: crs.Reference
) -> list[Any]:
    """Return the boxes on either side of the antimeridian, none where it cannot be meant."""
    lon = int(reference.is_y_first)
    is_turned = low[1 - lon] <= high[1 - lon] and max(abs(low[lon]), abs(high[lon])) <= 180
    if not (reference.is_geographic and is_turned):
        return []
    start, end = list(low), list(high)
    start[lon], end[lon] = -180.0, 180.0
    return [shapely.box(*start, *high), shapely.box(*low, *end)]


def _conditions(
    parameters: Mapping[str, str], layer: Layer, names: Mapping[str, Queryable]
) -> tuple[Condition, ...]:
    found = [_equality(names[n], parameters[n]) for n in parameters if n not in RESERVED]
    if "datetime" in parameters:
        found.extend(_during(parameters["datetime"], layer, names))
    if parameters.get("filter") is not None:
        found.append(_filter(parameters, layer, names))
    elif stray := [n for n in ("filter-lang", "filter-crs") if n in parameters]:
        raise BadRequestError(f"{stray[0]} was given without filter.")
    return tuple(found)


def _filter(
    parameters: Mapping[str, str], layer: Layer, names: Mapping[str, Queryable]
) -> Condition:
    lang = parameters.get("filter-lang", "cql2-text")
    if lang not in ("cql2-text", "cql-text", "cql2-json"):
        raise BadRequestError(f"filter-lang must be cql2-text or cql2-json, not {lang!r}.")
    reference = _reference("filter-crs", parameters, layer)
    vertices = 0

    def placed(geometry: Any) -> Any:
        nonlocal vertices
        vertices += int(shapely.get_num_coordinates(geometry))
        if vertices > layer.limits.vertices:
            raise BadRequestError(
                f"The geometries of the filter have more than {layer.limits.vertices:,} vertices. "
                "Simplify them, or filter by their bounding box."
            )
        moved = projected.to_storage(geometry, reference)
        if not shapely.intersects(EARTH, shapely.box(*moved.bounds)):
            raise BadRequestError(
                "A geometry of the filter lies nowhere on Earth in "
                f"{parameters.get('filter-crs', 'CRS84 (degrees)')}: give the right filter-crs."
            )
        return moved

    compiled = compile_filter(parameters["filter"], lang, names, placed)
    return Condition(compiled.sql, compiled.parameters, compiled.bbox)


def _equality(queryable: Queryable, text: str) -> Condition:
    """Return ``name=value`` as a condition, the value read as the attribute's type."""
    if queryable.type == "geometry":
        raise BadRequestError(f"{queryable.name!r} is a geometry: use bbox or a spatial filter.")
    return Condition(f"{queryable.sql} = ?", (_typed(queryable, text),))


def _typed(queryable: Queryable, text: str) -> Any:
    readers: dict[str, Any] = {
        "integer": int,
        "number": float,
        "boolean": lambda t: {"true": True, "false": False}[t.lower()],
        "date": date.fromisoformat,
        "datetime": lambda t: parse_instant(t)[0],
    }
    try:
        return readers.get(queryable.type, str)(text)
    except (ValueError, KeyError, OverflowError):
        raise BadRequestError(
            f"{queryable.name!r} is of type {queryable.type}; {text!r} is not."
        ) from None


def _during(text: str, layer: Layer, names: Mapping[str, Queryable]) -> list[Condition]:
    """Return the conditions of ``datetime``; a layer without dates matches any (Part 1, 7.15.4)."""
    start, end = parse_interval(text)
    if not layer.record.time_field:
        return []
    column = names[layer.record.time_field]
    if column.type == "date":
        start, end = start and start.date(), end and end.date()
    bounds = ((f"{column.sql} >= ?", start), (f"{column.sql} <= ?", end))
    return [Condition(sql, (value,)) for sql, value in bounds if value is not None]


def parse_interval(text: str) -> tuple[Any, Any]:
    """Return the first and last instant (UTC, naive) of an RFC 3339 instant or interval.

    Raises:
        BadRequestError: not an instant, not an interval, or one that ends before it starts.
    """
    parts = text.split("/")
    if len(parts) > 2:
        raise BadRequestError(f"datetime must be an instant or start/end, not {text!r}.")
    start = None if parts[0] in ("", "..") else parse_instant(parts[0])[0]
    end = None if parts[-1] in ("", "..") else parse_instant(parts[-1])[1]
    if len(parts) == 1 and start is None:
        raise BadRequestError(f"datetime must be an instant or start/end, not {text!r}.")
    if start and end and start > end:
        raise BadRequestError(f"datetime {text!r} ends before it starts.")
    return start, end


def parse_instant(text: str) -> tuple[datetime, datetime]:
    """Return the first and last instant that a date or a date-time covers (UTC, naive)."""
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            start = datetime.fromisoformat(text)
            return start, start + timedelta(days=1, microseconds=-1)
        instant = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise BadRequestError(
            f"{text!r} is neither a date such as 2024-05-01 "
            "nor a date-time such as 2024-05-01T12:00:00Z."
        ) from None
    if instant.tzinfo:
        instant = instant.astimezone(UTC).replace(tzinfo=None)
    return instant, instant


def _sort(text: str | None, names: Mapping[str, Queryable]) -> tuple[SortKey, ...]:
    if not text:
        return ()
    keys = [part.strip() for part in text.split(",")]
    found = tuple(SortKey(key.lstrip("+- "), key.startswith("-")) for key in keys)
    for key in found:
        if key.name in names and names[key.name].type == "geometry":
            raise BadRequestError(f"sortby: {key.name!r} is a geometry, which has no order.")
        _known("sortby", key.name, {n: q for n, q in names.items() if q.type != "geometry"})
    return found


def _properties(parameters: Mapping[str, str], layer: Layer) -> tuple[str, ...] | None:
    """Return the attributes wanted; the geometry may be named too, since it comes with them."""
    if "properties" not in parameters:
        return None
    known = {attribute.name: attribute for attribute in layer.index.attributes}
    wanted = tuple(part.strip() for part in parameters["properties"].split(",") if part.strip())
    names = layer.queryables
    for name in wanted:
        _known("properties", name, names)
        if names[name].type == "geometry" and parameters.get("skipGeometry", "").lower() == "true":
            raise BadRequestError(
                f"properties asks for the geometry {name!r}, which skipGeometry=true leaves out."
            )
    return tuple(name for name in known if name in wanted)


def _known(parameter: str, name: str, known: Mapping[str, Queryable | Attribute]) -> None:
    if name not in known:
        raise BadRequestError(f"{parameter}: no property {name!r}.{did_you_mean(name, known)}")
