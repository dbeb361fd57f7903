"""Health: what serves, and what does not with its reason."""

from __future__ import annotations

import os
from typing import Any

from layers.catalogue import Catalogue

READY, DEGRADED = "ready", "degraded"


def health(catalogue: Catalogue) -> dict[str, Any]:
    """Return the state of the service: ``degraded`` where a record or a version is refused.

    A degraded service still answers: the former state of what is broken serves on.
    """
    layers = catalogue.layers()
    problems = catalogue.problems()
    return {
        "status": DEGRADED if problems else READY,
        "layers": len(layers),
        "problems": [{"where": where, "reason": reason} for where, reason in problems.items()],
        "process": os.getpid(),
    }
