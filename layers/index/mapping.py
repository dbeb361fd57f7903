"""Files mapped to memory without keeping them open: an index has a dozen, and a process many."""

from __future__ import annotations

import mmap
import sys
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa

# Before Python 3.13 a map keeps a descriptor of its file.
_UNTRACKED: dict[str, Any] = {"trackfd": False} if sys.version_info >= (3, 13) else {}


def mapped_bytes(path: Path) -> memoryview:
    """Return the bytes of a file, which may be empty."""
    with path.open("rb") as file:
        return _mapped(file)


def mapped_values(path: Path, dtype: str) -> np.ndarray:
    """Return a file of values of one type as a flat array."""
    return np.frombuffer(mapped_bytes(path), dtype=dtype)


def mapped_array(path: Path) -> np.ndarray:
    """Return the array of a file that ``numpy.save`` wrote."""
    with path.open("rb") as file:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0
        if version != (1, 0):
            read = np.lib.format.read_array_header_2_0
        shape, by_column, dtype = read(file)
        start = file.tell()
        return np.ndarray(shape, dtype, _mapped(file), start, order="F" if by_column else "C")


def mapped_batches(path: Path) -> pa.RecordBatchFileReader:
    """Return the reader of a file of Arrow batches, which are not copied."""
    return pa.ipc.open_file(pa.py_buffer(mapped_bytes(path)))


def _mapped(file: BinaryIO) -> memoryview:
    if not file.seek(0, 2):
        return memoryview(b"")
    return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ, **_UNTRACKED))
