"""Ten minutes of mixed requests at 32 connections while layers are republished.

Any answer but the expected one, and any broken connection, counts as an error. Memory is sampled
so that a leak shows; the section of docs/benchmarks.md gives the 99th percentile.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from bench import requests, servers, volume
from bench.client import Connection
from bench.report import write_section
from bench.servers import ROOT, Server
from bench.serving import say

CONNECTIONS, PAUSE_S, SAMPLE_S = 32, 15, 10
MARK = "load"


class Tally:
    """What all connections saw."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.times: list[float] = []
        self.errors: Counter[str] = Counter()

    def add(self, ms: float, error: str | None) -> None:
        """Count one answer."""
        with self.lock:
            self.times.append(ms)
            if error:
                self.errors[error] += 1


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
    publish(data, folder / "volume" / "points.parquet", "bench-points")
    publish(data, small, "bench-moving")
    with servers.ours(data, given.workers, folder / "load.log") as server:
        tally, memory, published = run(server, data, small, given.minutes * 60)
    write_section(given.report, MARK, _section(given, tally, memory, published))
    say(f"Written: {given.report}")
    if tally.errors:
        sys.exit(f"errors: {dict(tally.errors)}")


def _small(folder: Path) -> Path:
    path = folder / "moving.parquet"
    if not path.exists():
        volume.points(20_000).to_parquet(path)
    return path


def publish(data: Path, file: Path, name: str) -> None:
    """Publish a file with the command that users run."""
    environment = {**os.environ, "COEURVILLE_DATA": str(data), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", "from server.cli import main; main()", "add", str(file),
               "--id", name, "--title", "Synthetic points"]  # fmt: skip
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)


def run(server: Server, data: Path, small: Path, seconds: float) -> tuple[Tally, list[int], int]:
    """Load the server for a time; return what was seen, memory samples (MiB) and publications."""
    end, tally, memory, published = time.monotonic() + seconds, Tally(), [], 0
    threads = [
        threading.Thread(target=_ask, args=(server.url, seed, end, tally), daemon=True)
        for seed in range(CONNECTIONS)
    ]
    for thread in threads:
        thread.start()
    due = time.monotonic() + PAUSE_S
    while time.monotonic() < end:
        time.sleep(min(SAMPLE_S, max(0.1, end - time.monotonic())))
        memory.append(server.memory())
        if time.monotonic() > due:
            publish(data, small, "bench-moving")
            published += 1
            due = time.monotonic() + PAUSE_S
            say(f"{len(tally.times):,} answers, {sum(tally.errors.values())} errors, "
                f"{memory[-1]} MiB, {published} publications")  # fmt: skip
    for thread in threads:
        thread.join(120)
    return tally, memory, published


def _ask(url: str, seed: int, end: float, tally: Tally) -> None:
    chance, line = random.Random(seed), Connection(url)
    while time.monotonic() < end:
        path, status = _some_request(chance)
        try:
            answer = line.get(path)
        except (ConnectionError, TimeoutError) as error:
            tally.add(0, f"{type(error).__name__} on {path.split('?')[0]}")
            line = Connection(url)
            continue
        told = None if answer.status in status else f"{answer.status} on {path.split('?')[0]}"
        tally.add(answer.ms, told)


def _some_request(chance: random.Random) -> tuple[str, tuple[int, ...]]:
    i = chance.randrange(100_000)
    layer = chance.choice(("bench-points", "bench-moving"))
    root = f"/ogc/collections/{layer}"
    x, y = requests.tile(i, 14)
    return chance.choice(
        [
            (f"{root}/items?limit=100", (200,)),
            (f"{root}/items?limit=10&offset={i % 15_000}", (200,)),
            (f"{root}/items?bbox={requests.box(i)}&limit=500", (200,)),
            (f"{root}/items?filter=code%3D%27C{i % 5000}%27", (200,)),
            (f"{root}/items?f=csv&limit=200", (200,)),
            (f"{root}/items/{1 + i % 20_000}", (200,)),
            (f"{root}/tiles/WebMercatorQuad/14/{y}/{x}", (200, 204)),
            ("/ogc/collections?f=json", (200,)),
            (f"{root}?f=html", (200,)),
        ]
    )


def _section(given: argparse.Namespace, tally: Tally, memory: list[int], published: int) -> str:
    times = [ms for ms in tally.times if ms] or [0.0]
    cuts = statistics.quantiles(times, n=1000)
    third = max(1, len(memory) // 3)
    return (
        f"## Load\n\n{given.minutes:g} minutes of mixed requests at {CONNECTIONS} connections, "
        f"{given.workers} workers, a layer republished {published} times meanwhile: "
        f"{len(times):,} answers, **{sum(tally.errors.values())} errors**; median "
        f"{cuts[499]:.1f} ms, p95 {cuts[949]:.1f} ms, **p99 {cuts[989]:.1f} ms**. Memory of all "
        f"processes: {statistics.mean(memory[:third]):.0f} MiB in the first third, "
        f"{statistics.mean(memory[-third:]):.0f} MiB in the last. The client shares the cores.\n"
    )


if __name__ == "__main__":
    main()
