"""The doctor: what is wrong with a file before it is added, or with the data folder.

Nothing is changed and nothing printed: findings are returned, each with how to mend it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from layers.catalogue import Catalogue
from layers.checks import diagnose
from layers.errors import ReadError, UserError
from layers.findings import Examination, Finding, Severity
from layers.lake import RASTER_FILE, Manifest, Version
from layers.opening import open_file, tables_of
from layers.raster_checks import raster_findings
from layers.raster_facts import is_raster, raster_facts
from layers.records import LayerRecord
from layers.tables import Table

__all__ = ["Finding", "examine", "examine_lake"]
BATCH_ROWS = 65_536
DAMAGED = (ValueError, KeyError, TypeError, AttributeError)


def examine(
    subject: Path | Iterable[Table], *, crs: str | None = None, layer: str | None = None
) -> list[Finding]:
    """Return what is wrong with a file, or with tables that are open already.

    Args:
        subject: a file that ``coeurville add`` may be given, or tables, which are consumed.
        crs: CRS that prevails over what the file says.
        layer: only this layer of the file.
    """
    if not isinstance(subject, Path):
        return [f for table in subject for f in _table(table, table.layer)]
    if is_raster(subject):
        return list(raster_findings(subject, crs))
    try:
        tables = open_file(subject, crs=crs, layer=layer) if crs else tables_of(subject, layer)
        several = len(tables) > 1
        names = [f"{subject.name}, layer {t.layer}" if several else subject.name for t in tables]
        return [f for t, name in zip(tables, names, strict=True) for f in _table(t, name)]
    except UserError as error:
        return [Finding("error", subject.name, str(error), "As said; nothing was read.")]


def examine_lake(catalogue: Catalogue, *, rows: bool = True) -> list[Finding]:
    """Return what is wrong with the records, versions, files and indexes of a data folder.

    Args:
        catalogue: the data folder.
        rows: read the rows of the current versions too, rather than only what describes them.
    """
    records = catalogue.records()
    found = [
        Finding("error", "record", str(error), "Correct the line and save the file.")
        for error in catalogue.record_errors
    ]
    for layer in catalogue.lake.layers():
        found += _published(catalogue, layer, records.get(layer), rows)
    return found


@cache
def known_towns() -> frozenset[str]:
    """Return the INSEE codes of the towns of the programme."""
    text = (files("config") / "towns.csv").read_text(encoding="utf-8")
    return frozenset(line.split(",", 1)[0] for line in text.splitlines()[1:])


def _table(table: Table, where: str) -> Iterator[Finding]:
    examination = Examination(table, where, towns=known_towns())
    try:
        yield from diagnose(examination)
    except UserError as error:
        mend = "Export or download the file again."
        yield Finding("error", where, str(error), mend, examination.rows or None)


def _published(
    catalogue: Catalogue, layer: str, record: LayerRecord | None, rows: bool
) -> Iterator[Finding]:
    try:
        manifest = catalogue.lake.require(layer)
        version = manifest.version()
    except (*DAMAGED, UserError) as error:
        what = f"the manifest cannot be read: {error}"
        yield Finding("error", layer, what, "Import the layer again; its files stay meanwhile.")
        return
    if record is None:
        mend = f"Put {layer}.yml back into config/layers, or add the file again."
        yield Finding("error", layer, "published but without a record, so it does not serve", mend)
        return
    yield from _versions(catalogue, manifest)
    data = catalogue.lake.folder(layer, version.id)
    broken = (
        _raster(data / RASTER_FILE, layer)
        if record.geometry == "raster"
        else _parquet(data / "data.parquet", layer, version)
    )
    if broken:
        yield broken
    elif record.geometry != "raster":
        yield from _index(catalogue, layer, version)
        if rows:
            yield from _rows(data / "data.parquet", record, version)


def _versions(catalogue: Catalogue, manifest: Manifest) -> Iterator[Finding]:
    """Compare the version folders with those that the manifest names."""
    folder = catalogue.lake.root / manifest.layer
    named = {version.id for version in manifest.versions}
    there = {path.name for path in folder.iterdir() if path.is_dir()}
    for name in sorted(named - there - {manifest.current}):
        what = f"the files of the former version {name} are missing"
        yield Finding("info", manifest.layer, what, "Roll back to another version only.")
    for name in sorted(there - named):
        mend = f"Delete the folder {folder / name}; nothing reads it."
        yield Finding("info", manifest.layer, f"version {name} is in no manifest", mend)


def _parquet(path: Path, layer: str, version: Version) -> Finding | None:
    mend = f"Roll back (coeurville versions {layer} --rollback) or import the layer again."
    if not path.is_file():
        return Finding("error", layer, f"{path.name} of the current version is missing", mend)
    try:
        file = pq.ParquetFile(path)
        json.loads(file.schema_arrow.metadata[b"coeurville"])
    except (pa.ArrowException, OSError, *DAMAGED) as error:
        reason = str(error).split("\n")[0][:200]
        return Finding("error", layer, f"{path.name} cannot be read: {reason}", mend)
    if file.metadata.num_rows != version.rows:
        what = f"{path.name} has {file.metadata.num_rows} rows, its manifest says {version.rows}"
        return Finding("error", layer, what, mend)
    return None


def _raster(path: Path, layer: str) -> Finding | None:
    try:
        raster_facts(path)
    except UserError as error:
        mend = f"Roll back (coeurville versions {layer} --rollback) or import the layer again."
        return Finding("error", layer, str(error), mend)
    return None


def _index(catalogue: Catalogue, layer: str, version: Version) -> Iterator[Finding]:
    """Look at the index: derived, so that a missing one is no damage."""
    folder = catalogue.data / "index" / layer / version.id
    severity: Severity = "info"
    if not folder.exists():
        yield Finding(severity, layer, "not indexed yet", "Nothing: the first request builds it.")
        return
    try:
        meta: dict[str, Any] = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        whole = meta["count"] == version.rows
    except (OSError, *DAMAGED):
        whole = False
    if not whole:
        mend = f"Delete the folder {folder}: it is built again from the layer's own file."
        yield Finding("error", layer, "the index is damaged", mend)


def _rows(path: Path, record: LayerRecord, version: Version) -> Iterator[Finding]:
    facts = version.facts
    names = [attribute["name"] for attribute in facts["attributes"]]
    geometry = facts["geometry_name"]
    crs = "OGC:CRS84" if geometry else None
    columns = [*names, geometry] if geometry else names

    def batches() -> Iterator[pa.Table]:
        try:
            for batch in pq.ParquetFile(path).iter_batches(BATCH_ROWS, columns=columns):
                yield pa.Table.from_batches([batch])
        except (pa.ArrowException, OSError) as error:
            raise ReadError(f"{path} is damaged: {str(error)[:200]}") from error

    table = Table(record.id, batches(), crs, geometry)
    towns = None if record.fictitious else known_towns()
    examination = Examination(table, record.id, id_field=record.id_field, towns=towns)
    try:
        found = diagnose(examination)
    except UserError as error:
        mend = f"Roll back (coeurville versions {record.id} --rollback) or import the layer again."
        yield Finding("error", record.id, str(error), mend)
        return
    if record.fictitious:
        # The sample town lies in the sea on purpose.
        found = [f for f in found if "outside France" not in f.what]
    yield from found
