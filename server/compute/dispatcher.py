"""Giving jobs of the queue to processes, in every server; what one leaves, another takes up."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from uuid import uuid4

from sqlalchemy.exc import SQLAlchemyError

from server.ledger import Ledger, jobs

LOGGER = logging.getLogger(__name__)
BUSY_S, IDLE_S = 0.5, 3.0
BEAT_S = 3.0


class Dispatcher:
    """Runs at most ``slots`` jobs at once, each in a process that can be killed.

    Args:
        ledger: the queue.
        data: the data folder.
        slots: jobs at once in this server.
    """

    def __init__(self, ledger: Ledger, data: Path, slots: int = 1) -> None:
        self._ledger, self._data, self._slots = ledger, data, slots
        self._owner = str(uuid4())
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._woken = threading.Event()
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._beaten = 0.0

    def start(self) -> None:
        """Begin to look after the queue, once."""
        with self._lock:
            if self._thread is None and not self._stopped.is_set():
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()

    def wake(self) -> None:
        """Look at the queue now."""
        self.start()
        self._woken.set()

    def stop(self) -> None:
        """Stop the jobs of this server and give them back to the queue."""
        self._stopped.set()
        self._woken.set()
        if self._thread:
            self._thread.join()
        for name, process in self._running.items():
            _end(process)
            jobs.release(self._ledger, name, fault=False)
        self._running.clear()

    def _run(self) -> None:
        while not self._stopped.is_set():
            if self._ledger.exists:
                try:
                    if self._running or jobs.waiting(self._ledger):
                        self._turn()
                except SQLAlchemyError as error:
                    # A database that is away for a moment must not end the queue.
                    LOGGER.warning("The ledger cannot be used: %s", error)
            self._woken.wait(BUSY_S if self._running else IDLE_S)
            self._woken.clear()

    def _turn(self) -> None:
        jobs_of = {job.id: job for job in jobs.listed(self._ledger, list(self._running))}
        for name, process in list(self._running.items()):
            job = jobs_of.get(name)
            if job is None or job.status != "running" or job.owner != self._owner:
                _end(process)
                del self._running[name]
            elif process.poll() is not None:
                self._after(name)
        if time.monotonic() - self._beaten > BEAT_S:
            self._beaten = time.monotonic()
            jobs.beat(self._ledger, list(self._running))
            jobs.recover(self._ledger)
        while len(self._running) < self._slots and not self._stopped.is_set():
            claimed = jobs.claim(self._ledger, self._owner)
            if claimed is None:
                return
            self._running[claimed.id] = self._start(claimed.id)

    def _after(self, name: str) -> None:
        """Look again at a job whose process has ended: it may have told its end just before."""
        del self._running[name]
        job = jobs.get(self._ledger, name)
        if job and job.status == "running":
            jobs.release(self._ledger, name, fault=True)

    def _start(self, name: str) -> subprocess.Popen[bytes]:
        # The address may hold a password, which a command line would show to everybody.
        url = self._ledger.url.render_as_string(hide_password=False)
        where = {"COEURVILLE_DATA": str(self._data.absolute()), "COEURVILLE_LEDGER": url}
        command = [sys.executable, "-m", "server.compute.job", name]
        return subprocess.Popen(command, stdin=subprocess.PIPE, env={**os.environ, **where})  # noqa: S603


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    if process.stdin:
        process.stdin.close()
