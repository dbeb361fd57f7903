"""Memory of a server stays flat: what a request frees is there for the next, whatever its thread.

By default glibc gives each thread a pool of its own, and so does the allocator of Arrow. Every pool
keeps what its thread once needed, so that a process grows for hours to many times what it uses.
"""

from __future__ import annotations

import ctypes
import sys

# Arrow's own variable, read when its library is loaded: whoever starts a server sets it before.
ARROW_POOL = {"ARROW_DEFAULT_MEMORY_POOL": "system"}
POOLS = 2  # threads that hold the interpreter's lock allocate one after another anyway
M_ARENA_MAX = -8  # malloc.h of glibc


def share_pools() -> None:
    """Let all threads of this process allocate from few pools.

    Pools that exist already stay: call it before threads start. Other C libraries than glibc keep
    their own way.
    """
    import pyarrow as pa

    # All that can be done where Arrow was loaded without its variable.
    pa.set_memory_pool(pa.system_memory_pool())
    if sys.platform == "linux" and (set_option := getattr(ctypes.CDLL(None), "mallopt", None)):
        set_option(M_ARENA_MAX, POOLS)
