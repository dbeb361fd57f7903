"""A raster of a user as a layer, with the record that it gets."""

from __future__ import annotations

import re
from pathlib import Path

from layers.catalogue import Catalogue
from layers.errors import UserError
from layers.lake import Version
from layers.opening import save_record
from layers.raster_legends import infer_classes
from layers.rasters import publish_raster
from layers.records import RESERVED_IDS, LayerRecord, Text, kebab


def add_raster(
    catalogue: Catalogue,
    path: Path,
    *,
    id: str | None = None,  # noqa: A002
    title: str | None = None,
    crs: str | None = None,
) -> tuple[LayerRecord, Version]:
    """Publish any raster that GDAL reads, with a record that claims what the file says.

    Raises:
        UserError: the id is not one, or is that of an official layer.
        ReadError: the file is missing, corrupt, truncated or no raster.
        PublishError: it says no CRS or no position.
    """
    record = _record(path, id, title)
    own = (catalogue.own_records / f"{record.id}.yml").exists()
    if record.id in catalogue.records() and not own:
        raise UserError(
            f"{record.id!r} is the id of an official layer. Choose another with --id, or use "
            f"coeurville import {record.id} {path} if it is that layer."
        )
    version = publish_raster(
        catalogue.lake, record, path, source=path.name, vintage=_vintage(path), crs=crs
    )
    classes = infer_classes(path, version.facts)
    record = LayerRecord.model_validate(record.model_dump() | {"classes": classes})
    save_record(record, catalogue.own_records)
    return record, version


def import_raster(
    catalogue: Catalogue, record: LayerRecord, path: Path, *, crs: str | None = None
) -> Version:
    """Publish a raster as the next version of a layer that has a record."""
    return publish_raster(
        catalogue.lake, record, path, source=path.name, vintage=_vintage(path), crs=crs
    )


def _record(path: Path, layer: str | None, title: str | None) -> LayerRecord:
    wanted = layer or kebab(path.stem)
    if wanted in RESERVED_IDS:
        raise UserError(f"{wanted!r} is an address of the service: choose another with --id.")
    if wanted != kebab(wanted):
        raise UserError(f"{layer!r} cannot be the id of a layer: try {kebab(wanted)!r}.")
    name = (title or "").strip() or path.stem
    return LayerRecord(
        id=wanted,
        title=Text(fr=name, en=name),
        description=Text(
            fr=f"Publié à partir du fichier {path.name}.",
            en=f"Published from the file {path.name}.",
        ),
        producer="non renseigné / not given",
        licence="non renseignée / not given",
        source=path.name,
        geometry="raster",
    )


def _vintage(path: Path) -> str | None:
    """Return the year in a file's name, where there is just one."""
    years = set(re.findall(r"(?<!\d)((?:19|20)\d\d)(?!\d)", path.stem))
    return years.pop() if len(years) == 1 else None
