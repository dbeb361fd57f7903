"""Indexes that no longer serve: kept while a request may still read them, then released."""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path

from layers.engine import Engine
from layers.lake import Lake

# A folder that no manifest names may be that of a version about to be published.
ORPHAN_SECONDS = 3600.0


class Retired:
    """The index folders of superseded versions, each until its grace has passed.

    Args:
        lake: tells which versions are still kept.
        engine: has their databases open.
        root: the folder of all indexes.
        grace: seconds that a request may still need one.
    """

    def __init__(self, lake: Lake, engine: Engine, root: Path, grace: float) -> None:
        self._lake, self._engine, self._root, self._grace = lake, engine, root, grace
        self._due: list[tuple[float, Path]] = []
        # Their grace has passed, but the lake still keeps their versions.
        self._kept: set[Path] = set()
        self._lock = threading.Lock()

    def add(self, folder: Path) -> None:
        """Retire an index folder."""
        with self._lock:
            self._due.append((time.monotonic() + self._grace, folder))
            self._kept.discard(folder)

    def release(self) -> None:
        """Release, in a thread, those whose grace has passed."""
        now = time.monotonic()
        if not self._due or self._due[0][0] > now:
            return
        with self._lock:
            passed = [folder for due, folder in self._due if due <= now]
            self._due = [(due, folder) for due, folder in self._due if due > now]
            self._kept.update(passed)
        if passed:
            threading.Thread(target=self._clean, args=(passed,), daemon=True).start()

    def _clean(self, folders: list[Path]) -> None:
        for folder in folders:
            self._engine.detach(folder / "columns.duckdb")
        for parent in {folder.parent for folder in folders}:
            self._sweep(parent)

    def _sweep(self, parent: Path) -> None:
        """Delete the indexes of a layer's versions that the lake no longer keeps."""
        manifest = self._lake.manifest(parent.name)
        kept = {version.id for version in manifest.versions} if manifest else set()
        for folder in parent.glob("*"):
            if folder.name not in kept and (folder in self._kept or _is_old(folder)):
                shutil.rmtree(folder, ignore_errors=True)
                self._kept.discard(folder)


def _is_old(folder: Path) -> bool:
    try:
        return time.time() - folder.stat().st_mtime > ORPHAN_SECONDS
    except FileNotFoundError:
        return False
