"""The process of one job: ``python -m server.compute.job ID``, over the environment's settings.

It ends with the server that started it, whose end closes the pipe that it reads.
"""

from __future__ import annotations

import os
import sys
import threading
import time

import orjson

from layers.catalogue import Catalogue
from layers.errors import UserError
from server.compute.jobs import CancelledError, execute
from server.ledger import Ledger, jobs
from server.settings import Settings

TOLD_S = 0.5


def main(name: str) -> None:
    """Run a job that was claimed, and write what came of it to the ledger."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    settings = Settings.from_environment()
    ledger = Ledger.of(settings)
    job = jobs.get(ledger, name)
    if job is None or job.status != "running":
        return
    request, _ = jobs.request_and_result(ledger, name)
    asked = orjson.loads(request)
    told = 0.0

    def progress(percent: int, message: str) -> bool:
        nonlocal told
        if time.monotonic() - told < TOLD_S:
            return True
        told = time.monotonic()
        return jobs.advance(ledger, name, percent, message)

    try:
        result = execute(Catalogue(settings.data), ledger, job.process, asked["inputs"], progress)
    except CancelledError:
        return
    except UserError as error:
        jobs.finish(ledger, name, "failed", str(error), None)
    else:
        jobs.finish(ledger, name, "successful", "", result)


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1])
