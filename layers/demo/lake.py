"""Filling the lake of a data folder with the demo layers, once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from layers.catalogue import Catalogue
from layers.demo import (
    census,
    commuting,
    cycling,
    fabric,
    facilities,
    ground,
    homes,
    landcover,
    real,
    register,
    sales,
    storefronts,
    town,
    transit,
)
from layers.lake import RASTER_FILE
from layers.raster_facts import raster_facts
from layers.tables import Table

MARK = "coeurville demo"  # how the source of a version that we published starts
INVENTED = "sample town, invented data"
RASTER = "sample-land-cover"


@dataclass(frozen=True)
class DemoLayer:
    """A layer of the demo: its id, where its rows come from, and how to get them."""

    id: str
    origin: str
    make: Callable[[], Table]

    @property
    def source(self) -> str:
        """Return the source kept with the version; it changes whenever the data may have."""
        return _source(self.origin)


def demo_layers() -> tuple[DemoLayer, ...]:
    """Return the vector layers and tables of the demo, real ones first."""
    insee = "Insee, census 2021 (geography 2024)"
    return (
        DemoLayer("towns", "ANCT list of 2025; Insee, IGN, DGCL, DILA", real.towns),
        DemoLayer("communes", "IGN Admin Express; Insee population 2017; DGCL", real.communes),
        DemoLayer("iris-housing", insee, real.iris_housing),
        DemoLayer("iris-population", insee, real.iris_population),
        DemoLayer("sample-towns", INVENTED, town.towns),
        DemoLayer("sample-communes", INVENTED, town.communes),
        DemoLayer("sample-centre-perimeters", INVENTED, town.centre_perimeters),
        DemoLayer("sample-streets", INVENTED, fabric.streets),
        DemoLayer("sample-buildings", INVENTED, fabric.building_rows),
        DemoLayer("sample-green-spaces", INVENTED, fabric.green_spaces),
        DemoLayer("sample-shops", INVENTED, storefronts.shops),
        DemoLayer("sample-services", INVENTED, storefronts.services),
        DemoLayer("sample-sales", INVENTED, sales.sales),
        DemoLayer("sample-iris-housing", INVENTED, census.iris_housing),
        DemoLayer("sample-iris-population", INVENTED, census.iris_population),
        DemoLayer("sample-income-cells", INVENTED, census.income_cells),
        DemoLayer("sample-transit-stops", INVENTED, transit.transit_stops),
        DemoLayer("sample-transit-lines", INVENTED, transit.transit_lines),
        DemoLayer("sample-cycle-ways", INVENTED, cycling.cycle_ways),
        DemoLayer("sample-facilities", INVENTED, facilities.facilities),
        DemoLayer("sample-facility-ranges", INVENTED, facilities.facility_ranges),
        DemoLayer("sample-commuting-flows", INVENTED, commuting.commuting_flows),
        DemoLayer("sample-commuting-modes", INVENTED, commuting.commuting_modes),
        DemoLayer("sample-bdtopo-buildings", INVENTED, homes.building_rows),
        DemoLayer("sample-energy-ratings", INVENTED, homes.energy_ratings),
        DemoLayer("sample-structural-vacancy", INVENTED, homes.structural_vacancy),
        DemoLayer("sample-establishments", INVENTED, register.establishments),
        DemoLayer("sample-land-use", INVENTED, ground.land_use),
        DemoLayer("sample-brownfields", INVENTED, ground.brownfields),
    )


def demo_tables() -> Iterator[tuple[str, str, Table]]:
    """Yield layer id, source and table of everything to publish, each made when asked for."""
    for layer in demo_layers():
        yield layer.id, layer.source, layer.make()


def fill_lake(data: Path) -> Iterator[tuple[int, int, str]]:
    """Publish and index the demo layers; yield layers done, layers in all, and the next one.

    What is already there in this state is left alone, and so is a layer whose current version
    someone else published.

    Raises:
        PublishError: a layer could not be written, as when the disk is full.
    """
    catalogue = Catalogue(data)
    layers = demo_layers()
    total = len(layers) + 1
    for done, layer in enumerate(layers):
        yield done, total, layer.id
        if _wanted(catalogue, layer.id, layer.source):
            record = catalogue.record(layer.id)
            catalogue.publish(record, layer.make(), source=layer.source)
        _ = catalogue.layer(layer.id).index
    yield total - 1, total, RASTER
    if _wanted(catalogue, RASTER, _source(INVENTED)):
        catalogue.lake.commit(RASTER, _fill_raster, source=_source(INVENTED), vintage=town.YEAR)
    yield total, total, "done"


def _source(origin: str) -> str:
    return f"{MARK} {fingerprint()[:12]}: {origin}"


def _wanted(catalogue: Catalogue, layer: str, source: str) -> bool:
    manifest = catalogue.lake.manifest(layer)
    if manifest is None:
        return True
    current = manifest.version().source
    return current.startswith(MARK) and current != source


def _fill_raster(folder: Path) -> dict[str, Any]:
    """Write the land cover into a version's folder; return what the manifest keeps."""
    path = folder / RASTER_FILE
    landcover.write_land_cover(path)
    return {"rows": None, "report": {}, "facts": raster_facts(path)}


@cache
def fingerprint() -> str:
    """Return a hash of the shipped data, the records and the generator: the state of the demo."""
    digest = hashlib.sha256()
    for folder, endings in (
        (files("layers.demo"), (".py",)),
        (files("layers.demo").joinpath("data"), (".parquet",)),
        (files("config"), (".csv",)),
        (files("config").joinpath("layers"), (".yml",)),
    ):
        for file in _sorted(folder, endings):
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _sorted(folder: Traversable, endings: tuple[str, ...]) -> list[Traversable]:
    found = [file for file in folder.iterdir() if file.name.endswith(endings)]
    return sorted(found, key=lambda file: file.name)
