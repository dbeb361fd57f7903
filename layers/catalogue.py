"""The catalogue: the layers that serve now, each a record, a version and its open index.

Records come from ``config/layers``, from the sample town and from the data folder, which prevails.
A new version or record is noticed by modification time, so every worker follows without restart.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import as_file, files
from pathlib import Path

from cachetools import LRUCache

from layers.engine import Engine
from layers.errors import NotFoundError, RecordError, did_you_mean
from layers.files import move_folder, staging
from layers.index import FORMAT, Index, build_index
from layers.lake import Lake, Manifest, Version
from layers.records import LayerRecord, load_layer_record

LOGGER = logging.getLogger(__name__)

# An edited record shows within this time where a layer is asked for by its id; a new layer and
# a new version show at once.
RECORDS_SECONDS = 1.0
FORMER_LAYERS = 64  # versions of other vintages that stay open


@dataclass(frozen=True)
class Layer:
    """A layer as it serves: its record, its version and how to open its index."""

    record: LayerRecord
    version: Version
    engine: Engine
    folder: Path
    index_folder: Path

    @property
    def id(self) -> str:
        """Return the layer's id."""
        return self.record.id

    @property
    def file(self) -> Path:
        """Return the version's own file: GeoParquet, or a COG for a raster."""
        return self.folder / ("data.tif" if self.is_raster else "data.parquet")

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
    def index(self) -> Index:
        """Return the open index, built first where this machine lacks it."""
        ensure_index(self.file, self.index_folder)
        return Index(self.index_folder)


def moment(vintage: str) -> str:
    """Return when a vintage ends, as a text that sorts: a year ends after its months.

    ``2016/2018`` ends with ``2018``, and ``2018`` after ``2018-04``.
    """
    end = vintage.split("/")[-1]
    return end + "-99-99"[max(0, len(end) - 4) :]


def ensure_index(parquet: Path, folder: Path) -> None:
    """Build the index of a version unless it is there; another process may do the same.

    One that another release built in its own format is replaced; who has it open keeps it.
    """
    if _is_ready(folder):
        return
    root = folder.parent.parent
    with staging(root) as private:
        new, former = private / "new", private / "former"
        new.mkdir()
        build_index(parquet, new)
        try:
            if folder.exists() and not _is_ready(folder):
                folder.rename(former)
            move_folder(new, folder)
        except OSError:
            if not _is_ready(folder):
                raise


def _is_ready(folder: Path) -> bool:
    try:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return False
    return bool(meta.get("format") == FORMAT)


def load_records(folders: Iterable[Path]) -> tuple[dict[str, LayerRecord], list[RecordError]]:
    """Read the records of some folders, later ones prevailing, and what is wrong with others."""
    records: dict[str, LayerRecord] = {}
    errors: list[RecordError] = []
    for path in (p for folder in folders for p in sorted(folder.glob("*.yml"))):
        try:
            record = load_layer_record(path)
        except RecordError as error:
            errors.append(error)
        else:
            records[record.id] = record
    return records, errors


class Catalogue:
    """The layers of one data folder.

    Args:
        data: the data folder; ``lake``, ``index`` and ``config/layers`` are looked for in it.
    """

    def __init__(self, data: Path) -> None:
        self.data = data
        self.lake = Lake(data / "lake")
        self.engine = Engine()
        self.record_errors: list[RecordError] = []
        self._records: dict[str, LayerRecord] = {}
        self._records_seen: object = None
        self._records_due = 0.0
        self._layers: dict[str, tuple[int, Layer]] = {}
        self._former: LRUCache[tuple[str, str], Layer] = LRUCache(FORMER_LAYERS)
        self._lock = threading.Lock()

    @property
    def own_records(self) -> Path:
        """Return the folder of the records that this installation added."""
        return self.data / "config" / "layers"

    def records(self) -> Mapping[str, LayerRecord]:
        """Return all valid records by id; a broken one is logged and its former state kept."""
        with as_file(files("config") / "layers") as packaged:
            folders = (packaged, self.own_records)
            seen = [
                (p, p.stat().st_mtime_ns)
                for folder in folders
                for p in sorted(folder.glob("*.yml"))
            ]
            if seen != self._records_seen:
                self._reload(folders)
                self._records_seen = seen
        self._records_due = time.monotonic() + RECORDS_SECONDS
        return self._records

    def _reload(self, folders: Iterable[Path]) -> None:
        from layers.demo import sample_records

        records, errors = load_records(folders)
        for error in errors:
            LOGGER.error("%s", error)
        broken = {Path(str(error).split(":", 1)[0]).stem for error in errors}
        former = {i: record for i, record in self._records.items() if i in broken}
        self.record_errors = errors
        self._records = sample_records(records) | former | records

    def record(self, layer: str) -> LayerRecord:
        """Return a record; an unknown id raises NotFoundError with the nearest."""
        records = self.records()
        if layer not in records:
            raise NotFoundError(f"No layer {layer!r}.{did_you_mean(layer, records)}")
        return records[layer]

    def layer(self, layer: str) -> Layer:
        """Return a layer that serves.

        Raises:
            NotFoundError: no record or no version; the text names the nearest layer that serves.
        """
        recent = self._records if time.monotonic() < self._records_due else self.records()
        record = recent.get(layer) or self.records().get(layer)
        found = self._open(record) if record else None
        if found is None:
            raise NotFoundError(f"No layer {layer!r}.{did_you_mean(layer, self.layers())}")
        return found

    def layers(self) -> dict[str, Layer]:
        """Return the layers that serve, by id."""
        records = self.records()
        published = (records[layer] for layer in self.lake.layers() if layer in records)
        return {record.id: layer for record in published if (layer := self._open(record))}

    def themed(self, theme: str) -> list[Layer]:
        """Return the layers about a theme (``sales``), real ones first."""
        found = [layer for layer in self.layers().values() if layer.record.theme == theme]
        return sorted(found, key=lambda layer: (layer.record.fictitious, layer.id))

    def _open(self, record: LayerRecord) -> Layer | None:
        try:
            seen = self.lake.manifest_path(record.id).stat().st_mtime_ns
        except FileNotFoundError:
            return None
        kept = self._layers.get(record.id)
        if kept and kept[0] == seen and kept[1].record is record:
            return kept[1]
        with self._lock:
            manifest = self.lake.manifest(record.id)
            if manifest is None:
                return None
            layer = self._layer(record, manifest)
            self._layers[record.id] = (seen, layer)
        return layer

    def vintages(self, layer: Layer) -> dict[str, Version]:
        """Return the newest kept version of each vintage of a layer, oldest vintage first.

        A version without a vintage has no place in time, and is left out.
        """
        kept = self.lake.versions(layer.id)
        found = {version.vintage: version for version in kept if version.vintage}
        return dict(sorted(found.items(), key=lambda pair: moment(pair[0])))

    def at(self, layer: Layer, version: Version) -> Layer:
        """Return a layer as one of its kept versions has it."""
        key = (layer.id, version.id)
        with self._lock:
            kept = self._former.get(key)
            if kept is None or kept.record is not layer.record:
                kept = self._former[key] = self._opened(layer.record, version)
        return kept

    def _layer(self, record: LayerRecord, manifest: Manifest) -> Layer:
        return self._opened(record, manifest.version())

    def _opened(self, record: LayerRecord, version: Version) -> Layer:
        folder = self.lake.folder(record.id, version.id)
        index = self.data / "index" / record.id / version.id
        return Layer(record, version, self.engine, folder, index)
