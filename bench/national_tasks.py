"""What a run of ``bench.national`` times: one task in a process of its own, cold.

``python -m bench.national_tasks TASK SIDE DATA PERIMETERS`` does a task with our index or plainly
with geopandas over the same GeoParquet files, and prints its answers as JSON. The plain side reads
just the columns that it needs, and works on the whole country at once, as its users are told to.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import shapely

SHARED = ("E01", "E03", "E04", "E08", "H05", "U01", "U02", "U07", "U08")
LAMBERT = 2154
STOREY_M = 3.0
Answers = dict[str, Any]


def main(task: str, side: str, data: str, areas: str) -> None:
    """Print the answers of a task: by perimeter, and for the catalogue by indicator first."""
    print(json.dumps(TASKS[task, side](Path(data), Path(areas))))


def our_points(data: Path, areas: Path) -> Answers:
    """Count the establishments of each perimeter."""
    from layers.catalogue import Catalogue

    index = Catalogue(data).layer("establishments").index
    return {name: len(index.intersecting(shape)) for name, shape in _read(areas)}


def our_areas(data: Path, areas: Path) -> Answers:
    """Sum the ground under the buildings of each perimeter, in m²."""
    from layers.catalogue import Catalogue
    from server.indicators.areas import Perimeter
    from server.indicators.context import Rows

    layer = Catalogue(data).layer("bdtopo-buildings")
    found = {}
    for name, shape in _read(areas):
        area = Perimeter("posted", "posted", name, name, shape, ("", ""), fictitious=False)
        rows = Rows(layer, layer.index.intersecting(shape), area.projection)
        found[name] = float(rows.ground(area).sum())
    return found


def our_catalogue(data: Path, areas: Path) -> Answers:
    """Evaluate the shared indicators on each perimeter, as the service does."""
    from layers.catalogue import Catalogue
    from layers.snapshot import snapshot
    from server.indicators.evaluation import evaluate
    from server.indicators.perimeters import Perimeter

    catalogue = snapshot(Catalogue(data))  # one state of the layers for all, as each request has
    found: Answers = {code: {} for code in SHARED}
    for name, shape in _read(areas):
        kind: Any = "commune" if "commune" in areas.stem else "centre"
        area = Perimeter(kind, kind, name, name, shape, ("", ""), fictitious=False)
        for one in evaluate(catalogue, area, SHARED):
            found[one.code][name] = one.value
    return found


def plain_points(data: Path, areas: Path) -> Answers:
    """Do the same with ``geopandas.sjoin``."""
    import geopandas as gpd

    points = _layer(data, "establishments", [])
    joined = gpd.sjoin(points, gpd.read_parquet(areas), predicate="intersects")
    return _all(joined.groupby("name").size(), areas, 0)


def plain_areas(data: Path, areas: Path) -> Answers:
    """Do the same with ``geopandas.overlay``."""
    import geopandas as gpd

    buildings = _layer(data, "bdtopo-buildings", []).to_crs(LAMBERT)
    cut = gpd.overlay(buildings, gpd.read_parquet(areas).to_crs(LAMBERT), how="intersection")
    return _all(cut.area.groupby(cut["name"]).sum(), areas, 0)


def plain_catalogue(data: Path, areas: Path) -> Answers:
    """Do the same with ``sjoin``, ``overlay`` and ``clip``; no value below what we ask for."""
    import geopandas as gpd

    places = gpd.read_parquet(areas).to_crs(LAMBERT)
    steps = (_plain_storefronts, _plain_shops, _plain_prices, _plain_buildings, _plain_streets,
             _plain_brownfields)  # fmt: skip
    found: Answers = {}
    for step in steps:
        found |= {code: _all(values, areas, empty) for code, (values, empty)
                  in step(data, places).items()}  # fmt: skip
    return {code: found[code] for code in SHARED}


def _plain_storefronts(data: Path, places: Any) -> Answers:
    import geopandas as gpd

    from layers.storefronts import ranks

    rows = _layer(data, "establishments", ["activity", "state", "employer", "qualite_xy"])
    rows["family"] = ranks(rows["activity"].to_numpy())
    rows = rows[(rows["family"] >= 0) & (rows["qualite_xy"] != "33") & (rows["state"] == "A")]
    inside = gpd.sjoin(rows.to_crs(LAMBERT), places, predicate="intersects")
    counts = inside.groupby(["name", "family"]).size().unstack(fill_value=0)
    parts = counts.div(counts.sum(axis=1), axis=0)
    entropy = -(parts * np.log(parts.where(parts > 0, 1))).sum(axis=1)
    diversity = np.exp(entropy)[counts.sum(axis=1) >= 20]
    employers = inside[inside["employer"] == "O"]
    return {
        "E01": (inside.groupby("name").size(), 0),
        "E03": (diversity, None),
        "E08": (employers.groupby("name").size(), 0),
    }


def _plain_shops(data: Path, places: Any) -> Answers:
    import geopandas as gpd

    rows = _layer(data, "shops", ["status"]).dropna(subset="status")
    inside = gpd.sjoin(rows.to_crs(LAMBERT), places, predicate="intersects")
    vacant = inside["status"].isin(["vacant", "disused"]).groupby(inside["name"])
    return {"E04": (100 * vacant.mean()[vacant.size() >= 20], None)}


def _plain_prices(data: Path, places: Any) -> Answers:
    import geopandas as gpd
    import pandas as pd

    same = ["id_mutation", "id_parcelle", "code_type_local", "surface_reelle_bati",
            "nombre_pieces_principales"]  # fmt: skip
    rows = _layer(data, "sales", [*same, "surface_terrain", "nature_mutation", "date_mutation",
                                  "valeur_fonciere"])  # fmt: skip
    rows["date_mutation"] = pd.to_datetime(rows["date_mutation"])
    start = rows["date_mutation"].max() - pd.Timedelta(days=round(365.25 * 3))
    sold = rows["nature_mutation"].isin(["Vente", "Vente en l'état futur d'achèvement"])
    rows = rows[sold & rows["code_type_local"].isin(["1", "2", "4"])]
    twins = rows["id_mutation"][rows.duplicated([*same, "surface_terrain"])]
    rows = rows.drop_duplicates(same)
    alone = ~rows["id_mutation"].duplicated(keep=False) & ~rows["id_mutation"].isin(twins)
    rows = rows[alone & (rows["code_type_local"] != "4") & (rows["date_mutation"] >= start)]
    rows["price"] = rows["valeur_fonciere"] / rows["surface_reelle_bati"]
    rows = rows[np.isfinite(rows["price"]) & (rows["price"] > 0)]
    inside = gpd.sjoin(rows.to_crs(LAMBERT), places, predicate="intersects")
    grouped = inside.groupby("name")["price"]
    return {"H05": (grouped.median()[grouped.size() >= 11], None)}


def _plain_buildings(data: Path, places: Any) -> Answers:
    import geopandas as gpd

    rows = _layer(data, "bdtopo-buildings", ["light", "state", "floors", "height"]).to_crs(LAMBERT)
    rows = rows[(rows["light"] != True) & (rows["state"] != "En projet")]  # noqa: E712
    levels = rows["floors"].astype(float)
    by_height = np.maximum(np.round(rows["height"] / STOREY_M), 1)
    rows["levels"] = levels.where(levels > 0, by_height)
    cut = gpd.overlay(rows[["levels", "geometry"]], places, how="intersection")
    ground = places.set_index("name").area
    covered = cut.dissolve("name").area
    floors = (cut.area * cut["levels"]).groupby(cut["name"]).sum()
    return {"U01": (100 * covered / ground, 0), "U02": (floors / ground, 0)}


def _plain_streets(data: Path, places: Any) -> Answers:
    import geopandas as gpd

    from server.indicators.formes import CALM, STREETS

    rows = _layer(data, "streets", ["highway"]).to_crs(LAMBERT)
    cut = gpd.overlay(rows[rows["highway"].isin(STREETS)], places, how="intersection",
                      keep_geom_type=True)  # fmt: skip
    whole = cut.length.groupby(cut["name"]).sum()
    calm = cut[cut["highway"].isin(CALM)]
    part = calm.length.groupby(calm["name"]).sum().reindex(whole.index, fill_value=0)
    return {"U07": (100 * part / whole, None)}


def _plain_brownfields(data: Path, places: Any) -> Answers:
    rows = _layer(data, "brownfields", ["status", "area_m2"]).to_crs(LAMBERT)
    left = rows["status"].fillna("").str.lower().str.contains("reconvertie|potentielle")
    rows = rows[~left]
    found = {}
    for place in places.itertuples():
        cut = rows[rows.intersects(place.geometry)].clip(place.geometry)
        drawn = cut.geom_type.isin(["Polygon", "MultiPolygon"])
        area = cut[drawn].union_all().area + cut["area_m2"][~drawn].sum()
        found[place.name] = 100 * area / place.geometry.area
    return {"U08": (_series(found), None)}


def _series(found: Answers) -> Any:
    import pandas as pd

    return pd.Series(found)


def _read(areas: Path) -> list[tuple[str, Any]]:
    import pyarrow.parquet as pq

    table = pq.ParquetFile(areas).read(["name", "geometry"])
    shapes = shapely.from_wkb(table["geometry"].to_pylist())  # to_numpy would load pandas
    return list(zip(table["name"].to_pylist(), shapes, strict=True))


def _layer(data: Path, name: str, columns: list[str]) -> Any:
    import geopandas as gpd

    from layers.lake import Lake

    lake = Lake(data / "lake")
    file = lake.folder(name, lake.require(name).version().id) / "data.parquet"
    return gpd.read_parquet(file, columns=[*columns, "geometry"])


def _all(values: Any, areas: Path, empty: float | None) -> Answers:
    known = values.to_dict()
    return {name: known.get(name, empty) for name, _ in _read(areas)}


TASKS: dict[tuple[str, str], Callable[[Path, Path], Answers]] = {
    ("points", "ours"): our_points,
    ("points", "plain"): plain_points,
    ("areas", "ours"): our_areas,
    ("areas", "plain"): plain_areas,
    ("catalogue", "ours"): our_catalogue,
    ("catalogue", "plain"): plain_catalogue,
}

if __name__ == "__main__":
    main(*sys.argv[1:])
