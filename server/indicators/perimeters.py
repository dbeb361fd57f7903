"""Perimeters: a commune, its default centre, those that towns share, those that users draw."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import shapely

from layers import crs, storefronts
from layers.catalogue import Catalogue, Layer
from layers.errors import BadRequestError, NotFoundError, did_you_mean
from server.indicators import delineation
from server.indicators.polygons import read_polygon

RANDOM_PLACE = "33"  # quality of a point drawn at random in its commune
Kind = Literal["commune", "centre", "shared", "posted"]


@dataclass(frozen=True)
class Perimeter:
    """An area of a town.

    Attributes:
        id: ``commune``, ``centre``, ``posted`` or the id of a shared one.
        insee: code of the town.
        area: polygon in CRS84.
        basis: how it was drawn, in French and English.
        fictitious: it lies in the fictitious town.
    """

    id: str
    kind: Kind
    insee: str
    name: str
    area: Any
    basis: tuple[str, str]
    fictitious: bool

    @property
    def projection(self) -> str:
        """Return the URI of the town's legal projection."""
        return f"{crs.EPSG}{crs.legal_projection(self.insee)}"

    @cached_property
    def projected(self) -> Any:
        """Return the area in metres, in the town's legal projection."""
        return shapely.transform(self.area, crs.mover(crs.CRS84, self.projection))

    def around(self, metres: float) -> Any:
        """Return the area widened by a distance, in CRS84."""
        wide = shapely.buffer(self.projected, metres)
        return shapely.transform(wide, crs.mover(self.projection, crs.CRS84))


@dataclass(frozen=True)
class Town:
    """A town of the programme, with what is known of it."""

    insee: str
    name: str
    facts: dict[str, Any]
    fictitious: bool
    hall: Any


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
    for layer in _layers(catalogue, "communes", of):
        row = layer.index.row_of(of.insee)
        if row is not None:
            area = layer.index.geometries(range(row, row + 1))[0]
            basis = ("limite communale", "commune boundary")
            return Perimeter("commune", "commune", of.insee, of.name, area, basis, of.fictitious)
    raise NotFoundError(f"No boundary of {of.name} ({of.insee}) is published.")


def shared(catalogue: Catalogue, of: Town) -> list[Perimeter]:
    """Return the perimeters that a town shares."""
    found = []
    for layer in _layers(catalogue, "centre-perimeters", of):
        rows = layer.index.rows(range(layer.index.count)).to_pylist()
        shapes = layer.index.geometries(range(layer.index.count))
        for row, shape in zip(rows, shapes, strict=True):
            if row["insee"] == of.insee and shape is not None:
                basis = (f"partagé : {row['source']}", f"shared: {row['source']}")
                found.append(Perimeter(row["perimeter_id"], "shared", of.insee, row["name"],
                                       shape, basis, of.fictitious))  # fmt: skip
    return found


def centre(catalogue: Catalogue, of: Town) -> Perimeter:
    """Return the default centre: the cluster of storefronts around the town hall.

    A disc stands in where no storefront is published; ``config/centre.yml`` tells the distances.
    """
    chosen = delineation.choices()
    projection = f"{crs.EPSG}{crs.legal_projection(of.insee)}"
    there, back = crs.mover(crs.CRS84, projection), crs.mover(projection, crs.CRS84)
    hall = shapely.transform(of.hall, there)
    reach = shapely.transform(shapely.buffer(hall, chosen.reach), back)
    points = shapely.get_coordinates(
        shapely.centroid(shapely.transform(_storefronts(catalogue, of, reach), there))
    )
    if len(points):
        shape = delineation.outline(points, hall, chosen)
        basis = ("grappe de commerces autour de la mairie", "retail cluster around the town hall")
    else:
        shape = shapely.buffer(hall, chosen.fallback)
        basis = (
            f"disque de {chosen.fallback:g} m autour de la mairie, faute de commerces publiés",
            f"disc of {chosen.fallback:g} m around the town hall: no shop is published",
        )
    area = shapely.transform(shape, back)
    name = f"Centre de {of.name}"
    return Perimeter("centre", "centre", of.insee, name, area, basis, of.fictitious)


def _storefronts(catalogue: Catalogue, of: Town, reach: Any) -> np.ndarray:
    """Return the shapes in CRS84 of shops, vacant ones too, and of services with a storefront.

    The register of establishments stands in where no shop is published.
    """
    found = [layer.index.geometries(layer.index.intersecting(reach))
             for layer in _layers(catalogue, "shops", of)]  # fmt: skip
    wanted = delineation.choices().services
    for layer in _layers(catalogue, "services", of) if any(map(len, found)) else []:
        if "amenity" in layer.index.attribute_names:
            rows = layer.index.intersecting(reach)
            kinds = layer.index.rows(rows, ["amenity"]).column(0).to_pylist()
            found.append(layer.index.geometries(rows[[kind in wanted for kind in kinds]]))
    if not any(map(len, found)):
        found = [_registered(layer, reach) for layer in _layers(catalogue, "establishments", of)]
    return np.concatenate(found) if found else np.empty(0, dtype=object)


def _registered(layer: Layer, reach: Any) -> np.ndarray:
    """Return the open storefronts of a register of establishments, those of known place."""
    rows = layer.index.intersecting(reach)
    table = layer.index.rows(rows, ["activity", "state", "qualite_xy"])
    activity, state, quality = (np.array(column.to_pylist(), object) for column in table.columns)
    chosen = (storefronts.ranks(activity) >= 0) & (state == "A") & (quality != RANDOM_PLACE)
    return layer.index.geometries(rows[chosen])


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


def _layers(catalogue: Catalogue, theme: str, of: Town) -> list[Layer]:
    """Return the layers of a theme that speak of a town: invented ones only of the invented."""
    return [x for x in catalogue.themed(theme) if x.record.fictitious == of.fictitious]


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
