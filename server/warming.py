"""Work that a server does before it is asked: what takes seconds is ready when a page wants it."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress

from layers.catalogue import Catalogue
from layers.errors import UserError
from layers.snapshot import snapshot

AFTER_S = 4.0  # first answers come first
LAST = 19  # the lowest priority


def start(catalogue: Catalogue) -> threading.Event:
    """Begin, in a thread, some seconds from now; setting what is returned calls it off."""
    stopped = threading.Event()
    threading.Thread(target=_run, args=(catalogue, stopped), daemon=True).start()
    return stopped


def _run(catalogue: Catalogue, stopped: threading.Event) -> None:
    if stopped.wait(AFTER_S):
        return
    if sys.platform == "linux":  # where a thread has a priority of its own
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LAST)
    warm(catalogue)


def warm(catalogue: Catalogue) -> None:
    """Load the indicators, and sort the towns into classes; too few towns are no error here."""
    from server.indicators.registry import indicators
    from server.indicators.typology import typology

    indicators()
    with suppress(UserError):
        typology(snapshot(catalogue))
