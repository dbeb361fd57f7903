"""The default centre of a town: the cluster of storefronts around its town hall."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import shapely
from cachetools import LRUCache

from layers import crs, storefronts
from layers.catalogue import Catalogue, Layer
from server.indicators import delineation
from server.indicators.areas import Perimeter, Town, speaking

RANDOM_PLACE = "33"  # quality of a point drawn at random in its commune
THEMES = ("shops", "services", "establishments")
KEPT = 1_024


def centre(catalogue: Catalogue, of: Town) -> Perimeter:
    """Return the default centre: the cluster of storefronts around the town hall.

    A disc stands in where no storefront is published; ``config/centre.yml`` tells the distances.
    """
    key = (of.insee, of.name, of.hall, of.fictitious, *_state(catalogue, of))
    with _lock:
        kept = _kept.get(key)
    if kept is None:
        kept = _drawn(catalogue, of)
        with _lock:
            _kept[key] = kept
    return kept


def _state(catalogue: Catalogue, of: Town) -> tuple[Any, ...]:
    """Return what changes when the layers that a centre is drawn from do."""
    found = (layer for theme in THEMES for layer in speaking(catalogue, theme, of))
    return (catalogue.data, *((layer.id, layer.tag) for layer in found))


def _drawn(catalogue: Catalogue, of: Town) -> Perimeter:
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
             for layer in speaking(catalogue, "shops", of)]  # fmt: skip
    wanted = delineation.choices().services
    for layer in speaking(catalogue, "services", of) if any(map(len, found)) else []:
        if "amenity" in layer.index.attribute_names:
            rows = layer.index.intersecting(reach)
            kinds = layer.index.rows(rows, ["amenity"]).column(0).to_pylist()
            found.append(layer.index.geometries(rows[[kind in wanted for kind in kinds]]))
    if not any(map(len, found)):
        found = [_registered(layer, reach) for layer in speaking(catalogue, "establishments", of)]
    return np.concatenate(found) if found else np.empty(0, dtype=object)


def _registered(layer: Layer, reach: Any) -> np.ndarray:
    """Return the open storefronts of a register of establishments, those of known place."""
    rows = layer.index.intersecting(reach)
    table = layer.index.rows(rows, ["activity", "state", "qualite_xy"])
    activity, state, quality = (np.array(column.to_pylist(), object) for column in table.columns)
    chosen = (storefronts.ranks(activity) >= 0) & (state == "A") & (quality != RANDOM_PLACE)
    return layer.index.geometries(rows[chosen])


_kept: LRUCache[Any, Perimeter] = LRUCache(KEPT)
_lock = threading.Lock()
