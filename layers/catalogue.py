"""The catalogue: the layers that serve now, each a record, a version and its open index.

Records come from ``config/layers``, from the sample town and from the data folder, which prevails.
A new version or record is noticed by modification time, so every worker follows without restart.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
from cachetools import LRUCache

from layers.engine import Engine
from layers.errors import NotFoundError, RecordError, did_you_mean
from layers.index import ensure_index, is_ready
from layers.lake import Lake, Manifest, Version
from layers.layer import Layer, completed, mismatch
from layers.limits import Limits
from layers.publish import Progress, publish
from layers.record_files import RecordFiles
from layers.records import LayerRecord
from layers.retirement import Retired
from layers.tables import Table

__all__ = ["Catalogue", "Layer", "moment"]

LOGGER = logging.getLogger(__name__)

# An edited record shows within this time where a layer is asked for by its id; a new layer and
# a new version show at once.
RECORDS_SECONDS = 0.5
# After a search may last no longer, its index stays this long before it is deleted.
GRACE_SECONDS = 30.0
FORMER_LAYERS = 64  # versions of other vintages that stay open


def moment(vintage: str) -> str:
    """Return when a vintage ends, as a text that sorts: a year ends after its months.

    ``2016/2018`` ends with ``2018``, and ``2018`` after ``2018-04``.
    """
    end = vintage.split("/")[-1]
    return end + "-99-99"[max(0, len(end) - 4) :]


class Catalogue:
    """The layers of one data folder.

    Args:
        data: the data folder; ``lake``, ``index`` and ``config/layers`` are looked for in it.
        limits: what one search may take.
        serving: let the former version of a layer answer while the index of a new one is built.
    """

    def __init__(self, data: Path, limits: Limits | None = None, *, serving: bool = False) -> None:
        self.data = data
        self.lake = Lake(data / "lake")
        self.limits = limits or Limits()
        self.engine = Engine(self.limits)
        self._files = RecordFiles(self.own_records)
        self._records_due = 0.0
        self._layers: dict[str, _Open] = {}
        self._refused: dict[str, str] = {}
        self._paths: dict[str, str] = {}
        self._former: LRUCache[tuple[str, str], Layer] = LRUCache(FORMER_LAYERS)
        self._lock = threading.Lock()
        self._serving = serving
        self._building: set[Path] = set()
        grace = self.limits.seconds + GRACE_SECONDS
        self._retired = Retired(self.lake, self.engine, data / "index", grace)

    @property
    def own_records(self) -> Path:
        """Return the folder of the records that this installation added."""
        return self.data / "config" / "layers"

    @property
    def record_errors(self) -> list[RecordError]:
        """Return what is wrong with the records that are not used."""
        return self._files.errors

    def problems(self) -> dict[str, str]:
        """Return why a record or a version is refused, by its file or its layer."""
        records = {str(error).split(":", 1)[0]: str(error) for error in self.record_errors}
        return records | self._refused

    def records(self) -> Mapping[str, LayerRecord]:
        """Return all valid records by id; a broken one is logged and its former state kept."""
        found = self._files.current()
        self._records_due = time.monotonic() + RECORDS_SECONDS
        self._retired.release()
        return found

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
        recent = self._files.known if time.monotonic() < self._records_due else self.records()
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

    def newest(self, layer: Layer) -> Layer:
        """Return a layer as the lake has it now, whose index may not be ready yet."""
        return self._opened(layer.record, self.lake.require(layer.id).version())

    def themed(self, theme: str) -> list[Layer]:
        """Return the layers about a theme (``sales``), real ones first."""
        found = [layer for layer in self.layers().values() if layer.record.theme == theme]
        return sorted(found, key=lambda layer: (layer.record.fictitious, layer.id))

    def _open(self, record: LayerRecord) -> Layer | None:
        try:
            seen = os.stat(self._manifest_path(record.id)).st_mtime_ns  # noqa: PTH116
        except FileNotFoundError:
            self._close(record.id)
            return None
        kept = self._layers.get(record.id)
        if kept and kept.seen == seen and kept.record is record:
            return kept.layer
        with self._lock:
            manifest = self.lake.manifest(record.id)
            return self._renewed(record, manifest, seen) if manifest else None

    def _manifest_path(self, layer: str) -> str:
        """Return a path as the system takes it: building one anew costs more than asking of it."""
        if layer not in self._paths:
            self._paths[layer] = str(self.lake.manifest_path(layer))
        return self._paths[layer]

    def _close(self, layer: str) -> None:
        """Forget a layer that is in the lake no more."""
        with self._lock:
            gone = self._layers.pop(layer, None)
            self._refused.pop(layer, None)
        if gone and gone.layer:
            self._retired.add(gone.layer.index_folder)

    def _renewed(self, record: LayerRecord, manifest: Manifest, seen: int) -> Layer | None:
        """Return a layer as record and manifest have it now, or as it was where they do not fit."""
        kept = self._layers.get(record.id)
        former = kept.layer if kept else None
        version = self._completed(record, manifest.version())
        if reason := mismatch(record, version):
            self._refuse(record.id, reason)
            self._layers[record.id] = _Open(seen, record, former)
            return former
        if former and former.version.id == version.id:
            layer = self._opened(record, former.version)
            if "index" in former.__dict__ and not layer.is_raster:
                layer.__dict__["index"] = former.index
        else:
            layer = self._opened(record, version)
            if former and not self._is_ready(layer):
                return former
            if former:
                self._retired.add(former.index_folder)
        self._refused.pop(record.id, None)
        self._layers[record.id] = _Open(seen, record, layer)
        return layer

    def _refuse(self, layer: str, reason: str) -> None:
        if self._refused.get(layer) != reason:
            LOGGER.error("%s: %s", layer, reason)
        self._refused[layer] = reason

    def publish(
        self,
        record: LayerRecord,
        table: Table,
        *,
        source: str,
        progress: Progress | None = None,
    ) -> Version:
        """Make rows the current version of a layer, its index ready before it serves.

        Raises:
            PublishError: as ``layers.publish.publish`` does, or the index does not fit on the disk.
        """

        def ready(version: Version, folder: Path) -> None:
            index = self.data / "index" / record.id / version.id
            try:
                ensure_index(folder / "data.parquet", index)
            except duckdb.Error as error:
                raise OSError(f"its index could not be built: {error}") from error

        return publish(self.lake, record, table, source=source, progress=progress, ready=ready)

    def _is_ready(self, layer: Layer) -> bool:
        """Tell whether a version can serve; start to build its index where it cannot."""
        folder = layer.index_folder
        if not self._serving or layer.is_raster or is_ready(folder):
            return True
        if folder not in self._building:
            self._building.add(folder)
            threading.Thread(target=self._prepare, args=(layer,), daemon=True).start()
        return False

    def _prepare(self, layer: Layer) -> None:
        try:
            ensure_index(layer.file, layer.index_folder)
        except (OSError, duckdb.Error, pa.ArrowException, KeyError, ValueError) as error:
            # It stays among those in building, so that a broken file is read once.
            self._refuse(layer.id, f"version {layer.version.id} cannot be indexed: {error}")
        else:
            self._building.discard(layer.index_folder)

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
                version = self._completed(layer.record, version)
                kept = self._former[key] = self._opened(layer.record, version)
        return kept

    def _completed(self, record: LayerRecord, version: Version) -> Version:
        return completed(version, self.lake.folder(record.id, version.id))

    def _opened(self, record: LayerRecord, version: Version) -> Layer:
        folder = self.lake.folder(record.id, version.id)
        index = self.data / "index" / record.id / version.id
        return Layer(record, version, self.engine, folder, index, self.limits)


@dataclass(frozen=True)
class _Open:
    """What serves for a layer since a manifest and a record were seen; None where neither fit."""

    seen: int
    record: LayerRecord
    layer: Layer | None
