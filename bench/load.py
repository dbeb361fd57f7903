"""Ten minutes of mixed requests at 32 connections while layers are republished.

Any answer but the expected one, and any broken connection, counts as an error. Memory is sampled
by kind so that a leak shows; the section of docs/benchmarks.md gives the percentiles of each kind
of request.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from bench import load_report, mix, servers, volume
from bench.client import Connection
from bench.load_report import Tally
from bench.report import write_section
from bench.servers import ROOT, Server
from bench.serving import say

CONNECTIONS, PAUSE_S, SAMPLE_S = 32, 15, 5
MARK = "load"


def main() -> None:
    """Run the load and write its section."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--folder", type=Path, default=ROOT / "build" / "bench")
    options.add_argument("--minutes", type=float, default=10)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--report", type=Path, default=ROOT / "docs" / "benchmarks.md")
    given = options.parse_args()
    # A run that is ended from outside ends its servers too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder = given.folder.resolve()
    volume.write(folder / "volume")
    data = folder / "load-data"
    small = _small(folder)
    command(data, "demo", "--no-serve")
    publish(data, folder / "volume" / "points.parquet", "bench-points")
    publish(data, small, "bench-moving")
    with servers.ours(data, given.workers, folder / "load.log") as server:
        tally = run(server, data, small, given.minutes * 60)
    write_section(given.report, MARK, load_report.section(given.minutes, given.workers, tally))
    say(f"Written: {given.report}")
    if tally.errors:
        sys.exit(f"errors: {dict(tally.errors)}")


def _small(folder: Path) -> Path:
    path = folder / "moving.parquet"
    if not path.exists():
        volume.points(mix.LEAST_ROWS).to_parquet(path)
    return path


def command(data: Path, *words: str) -> None:
    """Run the command that users run."""
    environment = {**os.environ, "COEURVILLE_DATA": str(data), "PYTHONPATH": str(ROOT)}
    program = [sys.executable, "-c", "from server.cli import main; main()", *words]
    subprocess.run(program, env=environment, check=True, stdout=subprocess.DEVNULL)


def publish(data: Path, file: Path, name: str) -> None:
    """Publish a file."""
    command(data, "add", str(file), "--id", name, "--title", "Synthetic points")


def run(server: Server, data: Path, small: Path, seconds: float) -> Tally:
    """Load the server for a time (s), republishing a layer; return what was seen."""
    end, tally = time.monotonic() + seconds, Tally()
    threads = [
        threading.Thread(target=_ask, args=(server.url, seed, end, tally), daemon=True)
        for seed in range(CONNECTIONS)
    ]
    for thread in threads:
        thread.start()
    due = time.monotonic() + PAUSE_S
    while time.monotonic() < end:
        time.sleep(min(SAMPLE_S, max(0.1, end - time.monotonic())))
        tally.memory.append(server.memory_kinds())
        if time.monotonic() > due:
            publish(data, small, "bench-moving")
            tally.published += 1
            due = time.monotonic() + PAUSE_S
            say(f"{tally.count:,} answers, {tally.errors.total()} errors, {tally.memory[-1]} MiB, "
                f"{tally.published} publications")  # fmt: skip
    for thread in threads:
        thread.join(120)
    return tally


def _ask(url: str, seed: int, end: float, tally: Tally) -> None:
    chance, line = random.Random(seed), Connection(url)
    while time.monotonic() < end:
        kind, ask = mix.some(chance)
        where = ask.path.split("?")[0]
        try:
            answer = line.get(ask.path) if ask.body is None else line.post(ask.path, ask.body)
        except (ConnectionError, TimeoutError) as error:
            tally.add(kind, 0, f"{type(error).__name__} on {where}")
            line = Connection(url)
            continue
        tally.add(
            kind, answer.ms, None if answer.status in ask.status else f"{answer.status} on {where}"
        )


if __name__ == "__main__":
    main()
