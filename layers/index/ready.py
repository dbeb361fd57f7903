"""The index of a version, built once on each machine whatever threads and processes ask for it."""

from __future__ import annotations

import json
from pathlib import Path

from filelock import FileLock

from layers.files import move_folder, staging
from layers.index.build import FORMAT, build_index


def ensure_index(parquet: Path, folder: Path) -> None:
    """Build the index of a version unless it is there; other threads and processes wait for it.

    One that another release built in its own format is replaced; who has it open keeps it.
    """
    if is_ready(folder):
        return
    root = folder.parent.parent
    locks = root / ".building"
    locks.mkdir(parents=True, exist_ok=True)
    lock = locks / f"{folder.parent.name}.{folder.name}"
    with FileLock(lock):
        if not is_ready(folder):
            _build(parquet, folder, root)
    lock.unlink(missing_ok=True)


def _build(parquet: Path, folder: Path, root: Path) -> None:
    with staging(root) as private:
        new, former = private / "new", private / "former"
        new.mkdir()
        build_index(parquet, new)
        try:
            if folder.exists() and not is_ready(folder):
                folder.rename(former)
            move_folder(new, folder)
        except OSError:
            if not is_ready(folder):
                raise


def is_ready(folder: Path) -> bool:
    """Tell whether an index of this release's format is there."""
    try:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return False
    return bool(meta.get("format") == FORMAT)
