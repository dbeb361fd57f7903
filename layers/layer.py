"""A layer as it serves: its record, one version of it, and the open index of that version."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

import duckdb

from layers.cql2 import Queryable
from layers.engine import Engine
from layers.errors import NotFoundError, PublishError, ReadError, did_you_mean
from layers.index import Index, ensure_index
from layers.lake import RASTER_FILE, Version
from layers.limits import Limits
from layers.raster_facts import FACTS, raster_facts
from layers.records import Attribute, LayerRecord

# The name that a geometry has in GeoJSON, whatever that of its column.
GEOMETRY = "geometry"
VECTOR_FACTS = ("attributes", "geometry_name", "geometry_types", "id_field", "id_generated")


@dataclass(frozen=True)
class Layer:
    """A layer as it serves: its record, its version and how to open its index."""

    record: LayerRecord
    version: Version
    engine: Engine
    folder: Path
    index_folder: Path
    limits: Limits = field(default_factory=Limits)

    @property
    def id(self) -> str:
        """Return the layer's id."""
        return self.record.id

    @property
    def file(self) -> Path:
        """Return the version's own file: GeoParquet, or a COG for a raster."""
        return self.folder / (RASTER_FILE if self.is_raster else "data.parquet")

    @property
    def is_raster(self) -> bool:
        """Tell a raster from a vector layer or table."""
        return self.record.geometry == "raster"

    @property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """Return minx, miny, maxx, maxy in CRS84, None without geometry."""
        box = self.version.facts.get("bounds")
        return tuple(box) if box else None

    @cached_property
    def tag(self) -> str:
        """Return what changes whenever an answer about the layer may: its version and record."""
        digest = blake2b(self.record.model_dump_json().encode(), digest_size=8).hexdigest()
        return f"{self.version.id}.{digest}"

    @cached_property
    def attributes(self) -> tuple[Attribute, ...]:
        """Return the columns but the geometry, in order."""
        return tuple(Attribute.model_validate(a) for a in self.version.facts["attributes"])

    @property
    def geometry_name(self) -> str | None:
        """Return the name of the geometry's column, None in a table."""
        name: str | None = self.version.facts["geometry_name"]
        return name

    @property
    def id_field(self) -> str:
        """Return the name of the column that holds the features' ids."""
        return str(self.version.facts["id_field"])

    @cached_property
    def index(self) -> Index:
        """Return the open index, built first where this machine lacks it.

        Raises:
            NotFoundError: the version was removed before its index was built.
        """
        try:
            ensure_index(self.file, self.index_folder)
            return Index(self.index_folder)
        except (OSError, duckdb.Error) as error:
            if self.file.exists():
                raise
            raise NotFoundError(f"Layer {self.id!r} was removed or replaced meanwhile.") from error

    @cached_property
    def queryables(self) -> Mapping[str, Queryable]:
        """Return what a filter may name: attributes, geometry under both its names, id."""
        found = {a.name: Queryable(a.name, a.type, f"c{i}") for i, a in enumerate(self.attributes)}
        if self.version.facts["id_generated"]:
            found[self.id_field] = Queryable(self.id_field, "integer", "id::BIGINT")
        if self.geometry_name:
            for name in (self.geometry_name, GEOMETRY):
                found.setdefault(name, Queryable(name, "geometry", "geom"))
        return found


def completed(version: Version, folder: Path) -> Version:
    """Return a raster's version with the facts that an earlier release did not note.

    They are read from its file; a file that cannot be read leaves them out (see ``mismatch``).
    """
    if version.rows is not None or not lacking(version):
        return version
    with suppress(ReadError, PublishError):
        return replace(version, facts=raster_facts(folder / RASTER_FILE) | version.facts)
    return version


def lacking(version: Version) -> list[str]:
    """Return the facts that serving a version needs and its manifest lacks."""
    needed = FACTS if version.rows is None else VECTOR_FACTS
    return [name for name in needed if name not in version.facts]


def mismatch(record: LayerRecord, version: Version) -> str | None:
    """Return why a record cannot describe a version, None where it can."""
    if (record.geometry == "raster") != (version.rows is None):
        kind = "features" if record.geometry == "raster" else "a raster"
        return f"the record says geometry {record.geometry!r}, but version {version.id} is {kind}."
    if lacks := lacking(version):
        return f"version {version.id} does not say its {', '.join(lacks)}: publish it again."
    names = [attribute["name"] for attribute in version.facts["attributes"]]
    wanted = record.time_field
    if version.rows is not None and wanted and wanted not in names:
        hint = did_you_mean(wanted, names)
        return f"the record's time_field {wanted!r} is no column of version {version.id}.{hint}"
    return None
