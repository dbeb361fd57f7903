"""The lake: immutable versions of layers, and one manifest per layer that names the current one.

::

    lake/<layer>/manifest.json          swapped by one rename
    lake/<layer>/<version>/data.parquet GeoParquet 1.1, CRS84, Hilbert order (or data.tif, a COG)

Whoever reads sees the former version or the new one, never a part.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from filelock import FileLock

from layers.errors import NotFoundError, PublishError, did_you_mean
from layers.files import move_folder, staging, write_json

KEPT_VERSIONS = 3
RASTER_FILE = "data.tif"
Fill = Callable[[Path], dict[str, Any]]
Ready = Callable[["Version", Path], None]


@dataclass(frozen=True)
class Version:
    """One immutable state of a layer.

    Attributes:
        id: sortable by time, unique.
        created: UTC, ISO 8601.
        rows: number of features; None for a raster.
        source: file or address the rows came from.
        vintage: date or year that the data describes.
        report: counts of rows read, kept, repaired and refused.
        facts: bounds (CRS84), interval, attribute schema, geometry column and types.
    """

    id: str
    created: str
    rows: int | None
    source: str
    vintage: str | None
    report: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Manifest:
    """The versions of a layer, oldest first, and the one that serves."""

    layer: str
    current: str
    versions: tuple[Version, ...]

    def version(self, version_id: str | None = None) -> Version:
        """Return a version, by default the current one."""
        wanted = version_id or self.current
        known = {version.id: version for version in self.versions}
        if wanted not in known:
            raise NotFoundError(
                f"Layer {self.layer!r} has no version {wanted!r}.{did_you_mean(wanted, known)} "
                f"Known: {', '.join(known)}."
            )
        return known[wanted]


class Lake:
    """The versions under one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, layer: str, version: str) -> Path:
        """Return the folder of one version."""
        return self.root / layer / version

    def manifest_path(self, layer: str) -> Path:
        """Return the file whose modification time tells readers of a new version."""
        return self.root / layer / "manifest.json"

    def manifest(self, layer: str) -> Manifest | None:
        """Return the manifest of a layer, None when nothing was published."""
        try:
            raw = json.loads(self.manifest_path(layer).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        versions = tuple(Version(**version) for version in raw["versions"])
        return Manifest(raw["layer"], raw["current"], versions)

    def layers(self) -> list[str]:
        """Return the ids of the layers that have a version."""
        return sorted(path.parent.name for path in self.root.glob("*/manifest.json"))

    def require(self, layer: str) -> Manifest:
        """Return the manifest of a layer that must have one."""
        manifest = self.manifest(layer)
        if manifest is None:
            known = self.layers()
            raise NotFoundError(f"No layer {layer!r} in the lake.{did_you_mean(layer, known)}")
        return manifest

    def commit(
        self,
        layer: str,
        fill: Fill,
        *,
        source: str,
        vintage: str | None,
        keep: int = KEPT_VERSIONS,
        ready: Ready | None = None,
    ) -> Version:
        """Let ``fill`` write a version into a private folder, then make it the current one.

        Whatever interrupts this leaves the former version serving; two publishers at once leave
        two versions, the later one current.

        Args:
            layer: id of the layer.
            fill: writes into the folder it is given; returns the version's rows, report, facts.
            source: file or address the rows came from.
            vintage: date or year that the data describes.
            keep: versions of each vintage that stay.
            ready: prepares what serving the version needs, from that folder, before it serves.

        Raises:
            PublishError: ``fill`` refused the rows, or the disk is full.
        """
        try:
            with staging(self.root) as folder:
                result = fill(folder)
                version = Version(
                    new_version_id(), _now(), source=source, vintage=vintage, **result
                )
                for scratch in folder.glob("scratch*"):
                    scratch.unlink()
                if ready:
                    ready(version, folder)
                move_folder(folder, self.folder(layer, version.id))
                folder.mkdir()  # so that the staging area is removed the same way in every case
                self._append(layer, version)
        except OSError as error:
            raise PublishError(
                f"Layer {layer!r} was not published: {error}. The former version serves."
            ) from error
        self.prune(layer, keep)
        return version

    def versions(self, layer: str) -> tuple[Version, ...]:
        """Return the versions of a layer, oldest first."""
        return self.require(layer).versions

    def rollback(self, layer: str, version: str | None = None) -> Version:
        """Make a former version current: the one named, else the one before the current."""
        with self._lock(layer):
            manifest = self.require(layer)
            target = manifest.version(version or _before_current(manifest))
            self._write(replace(manifest, current=target.id))
        return target

    def prune(self, layer: str, keep: int = KEPT_VERSIONS) -> list[str]:
        """Delete old versions, but ``keep`` of each vintage and the current one; return their ids.

        A vintage's last version is never deleted, so that a series keeps all its points.
        """
        with self._lock(layer):
            manifest = self.require(layer)
            kept = {manifest.current, *_newest(manifest.versions, max(keep, 1))}
            dropped = [version.id for version in manifest.versions if version.id not in kept]
            if dropped:
                versions = tuple(version for version in manifest.versions if version.id in kept)
                self._write(replace(manifest, versions=versions))
        for version_id in dropped:
            shutil.rmtree(self.folder(layer, version_id), ignore_errors=True)
        return dropped

    def remove(self, layer: str) -> None:
        """Delete a layer with all its versions."""
        with self._lock(layer):
            self.require(layer)
            self.manifest_path(layer).unlink()
        shutil.rmtree(self.root / layer, ignore_errors=True)

    def _append(self, layer: str, version: Version) -> None:
        with self._lock(layer):
            manifest = self.manifest(layer)
            former = manifest.versions if manifest else ()
            self._write(Manifest(layer, version.id, (*former, version)))

    def _write(self, manifest: Manifest) -> None:
        write_json(self.manifest_path(manifest.layer), asdict(manifest))

    def _lock(self, layer: str) -> FileLock:
        folder = self.root / layer
        folder.mkdir(parents=True, exist_ok=True)
        return FileLock(folder / ".lock")


def _newest(versions: tuple[Version, ...], keep: int) -> list[str]:
    """Return the ids of the newest versions of each vintage."""
    by_vintage: dict[str | None, list[str]] = {}
    for version in versions:
        by_vintage.setdefault(version.vintage, []).append(version.id)
    return [name for names in by_vintage.values() for name in names[-keep:]]


def new_version_id() -> str:
    """Return an id that sorts by time and that two publishers never share."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{uuid4().hex[:6]}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _before_current(manifest: Manifest) -> str:
    ids = [version.id for version in manifest.versions]
    position = ids.index(manifest.current)
    if position == 0:
        raise NotFoundError(f"Layer {manifest.layer!r} has no version before the current one.")
    return ids[position - 1]
