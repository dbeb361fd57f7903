"""Indexes that no longer serve: kept while a request may still read them, then released."""

from __future__ import annotations

import shutil
import threading
import time
from math import inf
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
        grace: seconds that a request may still need one, more than any search takes.
    """

    def __init__(self, lake: Lake, engine: Engine, root: Path, grace: float) -> None:
        self._lake, self._engine, self._root, self._grace = lake, engine, root, grace
        # When each may be released, the earliest first.
        self._due: dict[Path, float] = {}
        # Their grace has passed, but the lake still keeps their versions.
        self._kept: set[Path] = set()
        self._lock = threading.Lock()

    def add(self, folder: Path) -> None:
        """Retire an index folder."""
        with self._lock:
            self._wait(folder)
            self._kept.discard(folder)

    def release(self) -> None:
        """Release, in a thread, those whose grace has passed."""
        now = time.monotonic()
        with self._lock:
            if next(iter(self._due.values()), inf) > now:
                return
            passed = [folder for folder, due in self._due.items() if due <= now]
            for folder in passed:
                del self._due[folder]
            self._kept.update(passed)
        threading.Thread(target=self._clean, args=(passed,), daemon=True).start()

    def _clean(self, folders: list[Path]) -> None:
        is_closed = {f: self._engine.detach(f / "columns.duckdb", self._grace) for f in folders}
        for parent in {folder.parent for folder in folders}:
            self._sweep(parent)
        with self._lock:
            # One that the lake keeps may be searched again, for a series or by a slow request.
            for folder in folders:
                if folder.exists() or not is_closed[folder]:
                    self._wait(folder)
                else:
                    self._kept.discard(folder)

    def _wait(self, folder: Path) -> None:
        """Let a folder wait for a whole grace, after all others."""
        self._due.pop(folder, None)
        self._due[folder] = time.monotonic() + self._grace

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
