"""Perimeters: a commune, its default centre, those that towns share, those that users draw."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from layers.catalogue import Catalogue, Layer
from layers.errors import BadRequestError, NotFoundError, did_you_mean
from server.indicators.areas import Perimeter, Town, speaking
from server.indicators.centres import centre
from server.indicators.polygons import read_polygon

__all__ = ["Perimeter", "Town", "centre", "commune", "perimeter", "perimeters", "posted",
           "shared", "town", "towns"]  # fmt: skip


def towns(catalogue: Catalogue) -> list[Town]:
    """Return the towns by INSEE code, the fictitious one first."""
    return sorted((town for layer in catalogue.themed("towns") for town in _towns(layer)),
                  key=lambda town: town.insee)  # fmt: skip


def town(catalogue: Catalogue, insee: str) -> Town:
    """Return one town; an unknown code or name raises NotFoundError with the nearest."""
    for layer in catalogue.themed("towns"):
        row = layer.index.row_of(insee)
        if row is not None:
            return _towns(layer, range(row, row + 1))[0]
    known = towns(catalogue)
    named = next((t for t in known if t.name.casefold() == insee.casefold()), None)
    hint = f" {named.name} is {named.insee}." if named else did_you_mean(insee, _codes(known))
    raise NotFoundError(f"No town {insee!r} in the programme; give its INSEE code.{hint}")


def perimeters(catalogue: Catalogue, of: Town) -> list[Perimeter]:
    """Return the known perimeters of a town."""
    return [commune(catalogue, of), *shared(catalogue, of), centre(catalogue, of)]


def perimeter(catalogue: Catalogue, of: Town, name: str) -> Perimeter:
    """Return a known perimeter of a town by id."""
    if name == "commune":
        return commune(catalogue, of)
    if name == "centre":
        return centre(catalogue, of)
    known = {p.id: p for p in perimeters(catalogue, of)}
    if name not in known:
        raise NotFoundError(f"{of.name} has no perimeter {name!r}.{did_you_mean(name, known)}")
    return known[name]


def commune(catalogue: Catalogue, of: Town) -> Perimeter:
    """Return the boundary of a commune."""
    for layer in speaking(catalogue, "communes", of):
        row = layer.index.row_of(of.insee)
        if row is not None:
            area = layer.index.geometries(range(row, row + 1))[0]
            basis = ("limite communale", "commune boundary")
            return Perimeter("commune", "commune", of.insee, of.name, area, basis, of.fictitious)
    raise NotFoundError(f"No boundary of {of.name} ({of.insee}) is published.")


def shared(catalogue: Catalogue, of: Town) -> list[Perimeter]:
    """Return the perimeters that a town shares."""
    found = []
    for layer in speaking(catalogue, "centre-perimeters", of):
        if not {"insee", "perimeter_id", "name", "source"} <= set(layer.index.attribute_names):
            continue
        rows = layer.index.rows(range(layer.index.count)).to_pylist()
        shapes = layer.index.geometries(range(layer.index.count))
        for row, shape in zip(rows, shapes, strict=True):
            if row["insee"] == of.insee and shape is not None:
                basis = (f"partagé : {row['source']}", f"shared: {row['source']}")
                found.append(Perimeter(row["perimeter_id"], "shared", of.insee, row["name"],
                                       shape, basis, of.fictitious))  # fmt: skip
    return found


def posted(catalogue: Catalogue, geometry: Any) -> Perimeter:
    """Return the perimeter of a GeoJSON geometry (or feature) in CRS84.

    Raises:
        BadRequestError: not a polygon, empty, too large, not valid, or outside every town.
    """
    area = read_polygon(geometry)
    for layer in catalogue.themed("communes"):
        rows = layer.index.intersecting(area)
        if len(rows):
            shapes = layer.index.geometries(rows)
            best = int(np.argmax(shapely.area(shapely.intersection(shapes, area))))
            of = layer.index.rows(rows[best : best + 1], ["insee", "name"]).to_pylist()[0]
            basis = ("dessiné par l'utilisateur", "drawn by the user")
            return Perimeter("posted", "posted", of["insee"], of["name"], area, basis,
                             layer.record.fictitious)  # fmt: skip
    x, y = shapely.get_coordinates(area)[0]
    hint = " Latitude and longitude look swapped." if _is_swapped(catalogue, area) else ""
    raise BadRequestError(f"The perimeter (around {x:g}, {y:g}) meets no published commune.{hint}")


def _is_swapped(catalogue: Catalogue, area: Any) -> bool:
    """Tell whether a polygon meets a commune once its longitudes are read as latitudes."""
    turned = shapely.transform(area, lambda xy: xy[:, ::-1])
    return any(len(layer.index.intersecting(turned)) for layer in catalogue.themed("communes"))


def _towns(layer: Layer, positions: range | None = None) -> list[Town]:
    positions = positions or range(layer.index.count)
    names = [layer.index.id_field, *(n for n in layer.index.attribute_names if n != "insee")]
    rows = layer.index.rows(positions, names).to_pylist()
    shapes = layer.index.geometries(positions)
    fictitious = layer.record.fictitious
    return [Town(row["insee"], row["name"], row, fictitious, shape)
            for row, shape in zip(rows, shapes, strict=True)]  # fmt: skip


def _codes(known: list[Town]) -> list[str]:
    return [name for t in known for name in (t.insee, t.name)]
