"""Threads share few pools of memory (counted by glibc itself, in a process of its own)."""

from __future__ import annotations

import subprocess
import sys

import pytest

THREADS = 8
COUNTED = f"""
import ctypes, sys, tempfile, threading
import pyarrow as pa
from server.memory import share_pools

if sys.argv[1] == "shared":
    share_pools()
library = ctypes.CDLL(None)
library.malloc.restype, library.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
together = threading.Barrier({THREADS})


def allocate():
    together.wait()
    for _ in range(1_000):
        library.malloc(1_000)
    together.wait()


threads = [threading.Thread(target=allocate) for _ in range({THREADS})]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
library.fopen.restype = ctypes.c_void_p
with tempfile.NamedTemporaryFile() as file:
    stream = ctypes.c_void_p(library.fopen(file.name.encode(), b"w"))
    library.malloc_info(0, stream)
    library.fclose(stream)
    pools = file.read().count(b"<heap nr=")
print(pools, pa.default_memory_pool().backend_name)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc counts its pools on Linux only")
def test_threads_share_few_pools():
    def counted(how):
        command = [sys.executable, "-c", COUNTED, how]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

    pools, allocator = counted("shared")
    assert int(pools) <= 2
    assert allocator == "system"
    pools, _ = counted("apart")
    assert int(pools) > 2
