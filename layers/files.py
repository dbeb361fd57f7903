"""Files that appear whole or not at all, whenever the writer is stopped."""

from __future__ import annotations

import filecmp
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from layers.errors import UserError


def require_distinct(paths: Sequence[Path]) -> None:
    """Refuse a file that is given twice, under another name too: its rows would count twice.

    Raises:
        UserError: two files have the same content.
    """
    for at, path in enumerate(paths):
        for former in paths[:at]:
            # Files of different sizes are told apart without being read.
            if path.is_file() and former.is_file() and filecmp.cmp(path, former, shallow=False):
                raise UserError(f"{path} is the same file as {former}: give it once.")


def write_atomically(path: Path, content: bytes) -> None:
    """Replace a file by one rename, flushed to disk before and after."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def write_json(path: Path, value: Any) -> None:
    """Replace a JSON file atomically."""
    write_atomically(path, json.dumps(value, ensure_ascii=False, indent=2).encode())


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries, so that a rename survives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def staging(root: Path) -> Iterator[Path]:
    """Give a private folder under ``root/.staging``, removed at the end.

    The folders of writers that were killed are removed too: their lock is free.
    """
    parent = root / ".staging"
    parent.mkdir(parents=True, exist_ok=True)
    _sweep(parent)
    folder = parent / secrets.token_hex(8)
    with FileLock(parent / f"{folder.name}.lock"):
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            (parent / f"{folder.name}.lock").unlink(missing_ok=True)


def _sweep(parent: Path) -> None:
    for lock in parent.glob("*.lock"):
        try:
            with FileLock(lock, timeout=0):
                shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
                lock.unlink(missing_ok=True)
        except Timeout:
            continue


def move_folder(folder: Path, target: Path) -> None:
    """Rename a finished folder into place and flush."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for file in folder.rglob("*"):
        if file.is_file():
            with file.open("rb") as handle:
                os.fsync(handle.fileno())
    folder.rename(target)
    sync_folder(target.parent)
