"""Long work that stops when the one who asked for it has gone."""

from __future__ import annotations

import threading
from contextvars import ContextVar

_gone: ContextVar[threading.Event | None] = ContextVar("gone", default=None)


class InterruptedWorkError(Exception):
    """Nobody waits for the outcome any more."""


def watch(event: threading.Event) -> None:
    """Let work of this context, and of threads that copy it, stop once an event is set."""
    _gone.set(event)


def check() -> None:
    """Raise InterruptedWorkError where nobody waits any more; call it once per batch of rows."""
    event = _gone.get()
    if event is not None and event.is_set():
        raise InterruptedWorkError
