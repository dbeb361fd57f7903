"""Run the server that the command line was asked for."""

from __future__ import annotations

import os
import socket
from contextlib import ExitStack
from tempfile import TemporaryDirectory

import uvicorn

from layers.errors import UserError
from server.console import console
from server.memory import ARROW_POOL
from server.settings import Settings

# A worker that gives no sign of life for so long is replaced, and what it was answering is lost; on
# a machine that is merely busy it should not be.
HUNG_S = 60


def require_free(host: str, port: int) -> None:
    """Raise UserError where a port is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise UserError(
                f"Port {port} of {host} is in use. Choose another: PORT={port + 1} make demo, "
                f"or --port {port + 1}."
            ) from None


def run_server(host: str, port: int, workers: int) -> None:
    """Say the addresses and serve until interrupted."""
    os.environ.setdefault("COEURVILLE_URL", f"http://{host}:{port}")
    os.environ.update(ARROW_POOL | os.environ)
    url = Settings.from_environment().url
    for path, what in (("/", "page"), ("/ogc", "OGC API for QGIS, GDAL"), ("/towns", "indicators")):
        console.print(f"  {url + path:<36} {what}", highlight=False)
    with ExitStack() as stack:
        if workers > 1:
            # Where workers add their counters up; each would count for itself otherwise.
            folder = stack.enter_context(TemporaryDirectory(prefix="coeurville-metrics-"))
            os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", folder)
        uvicorn.run(
            "server.app:create_app", factory=True, host=host, port=port, workers=workers,
            log_level="warning", timeout_worker_healthcheck=HUNG_S,
        )  # fmt: skip
