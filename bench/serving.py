"""Ours against pygeoapi and tipg, interleaved in one run; writes docs/benchmarks.md.

Each round gives every server a burst of the same kind of question, so that whatever else the
machine does touches all alike, and none is asked with the caches that another has emptied.
Figures are medians; ratios are what to trust.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from bench import peers, servers, volume
from bench.client import Answer, Connection, requests_per_second
from bench.report import Results, write_report
from bench.requests import Request, catalogue
from bench.servers import ROOT, Server

# A burst lasts about this long (s); the slowest servers are asked once a round, and for few rounds.
BURST, MOST = 0.05, 20
ROUNDS, SLOW_MS, SLOW_ROUNDS, WRK_SECONDS = 15, 400, 5, 3


def main() -> None:
    """Run the benchmark and write the report."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--folder", type=Path, default=ROOT / "build" / "bench")
    options.add_argument("--rounds", type=int, default=ROUNDS)
    options.add_argument("--report", type=Path, default=ROOT / "docs" / "benchmarks.md")
    given = options.parse_args()
    # A run that is ended from outside ends its servers too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder = given.folder.resolve()
    say("Generating 1,000,000 points and 200,000 buildings (synthetic)")
    # In a process of its own: the memory of a command counts that of the process that starts it.
    files = volume.write_apart(folder / "volume")
    python = peers.environment(folder / "peers")
    results = Results()
    publish(folder, files, results)
    with ExitStack() as stack:
        # PostgreSQL runs under an account of its own, which must reach its folder.
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        place.chmod(0o755)
        database = stack.enter_context(servers.postgres(place / "pg"))
        say("Loading PostGIS")
        peers.execute(database, "CREATE EXTENSION IF NOT EXISTS postgis")
        peers.load(database, files)
        for workers in (1, 2):
            compare(folder, files, python, database, workers, given.rounds, results)
    write_report(given.report, results)
    say(f"Written: {given.report}")


def say(text: str) -> None:
    """Tell how far the run is."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")


def publish(folder: Path, files: dict[str, Path], results: Results) -> None:
    """Publish both sets with the command that users run; record its time and peak memory."""
    data = folder / "data"
    environment = {**os.environ, "COEURVILLE_DATA": str(data), "PYTHONPATH": str(ROOT)}
    for name in ("points", "buildings"):
        say(f"Publishing {name}")
        command = [
            sys.executable,
            "-c",
            "from server.cli import main; main()",
            "add",
            str(files[name]),
            "--id",
            f"bench-{name}",
            "--title",
            f"Synthetic {name}",
        ]
        start = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise RuntimeError(f"{name} was not published")
        results.facts[f"publish {name}"] = (
            f"{time.perf_counter() - start:.0f} s, {usage.ru_maxrss >> 10} MiB at most"
        )


def compare(
    folder: Path,
    files: dict[str, Path],
    python: Path,
    database: str,
    workers: int,
    rounds: int,
    results: Results,
) -> None:
    """Measure all requests with each server at a number of workers."""
    with ExitStack() as stack:
        logs = folder / "logs"
        logs.mkdir(exist_ok=True)
        mine = stack.enter_context(servers.ours(folder / "data", workers, logs / "ours.log"))
        tipg = stack.enter_context(peers.tipg(python, database, workers, logs / "tipg.log"))
        vanilla = stack.enter_context(
            peers.pygeoapi(python, database, files, folder / "pygeoapi", workers, logs / "py.log")
        )
        names = ["points-pg", "points-parquet", *(["points-ogr"] if peers.has_ogr(python) else [])]
        running = {"coeurville": mine, "tipg": tipg} | {f"pygeoapi {n}": vanilla for n in names}
        requests = catalogue([n for n in running if n.startswith("pygeoapi")])
        if workers == 1:
            with servers.bare(kept_answers(requests, mine, folder), logs / "bare.log") as bare:
                for at, request in enumerate(requests):
                    paths = request.paths | {"bare ASGI": lambda i, at=at: f"/{at}"}
                    asked = replace(request, paths=paths)
                    one_connection(asked, running | {"bare ASGI": bare}, rounds, results)
            for server in (mine, tipg, vanilla):
                results.facts[f"cold start, {server.name}"] = f"{server.cold_start:.1f} s"
                results.facts[f"memory after the run, {server.name}"] = f"{server.memory()} MiB"
        eight_connections(requests, running, workers, results)


def one_connection(
    request: Request, running: dict[str, Server], rounds: int, results: Results
) -> None:
    """Ask all servers in turn, burst after burst; the slow ones fewer times."""
    say(request.name)
    lines = {name: Connection(running[name].url) for name in request.paths}
    times: dict[str, list[float]] = defaultdict(list)
    for i in range(-1, rounds):
        for name, line in lines.items():
            done = times[name]
            median = statistics.median(done) if done else SLOW_MS
            if len(done) >= SLOW_ROUNDS and median > SLOW_MS:
                continue
            for j in range(max(1, min(MOST, int(BURST * 1e3 / median)))):
                answer = ask(line, name, request, 1_000 + MOST * i + j)
                done.append(answer.ms)
            if i < 0:
                results.sizes[request.name][name] = (len(answer.body), features(answer.body))
                done[:] = done[-1:]
    for name, done in times.items():
        results.medians[request.name][name] = statistics.median(done)


def ask(line: Connection, name: str, request: Request, i: int) -> Answer:
    """Return the answer to the i-th variation of a request, which must be a good one."""
    answer = line.get(request.paths[name](i))
    if answer.status not in (200, 204):
        raise RuntimeError(f"{name}, {request.name}: {answer.status} {answer.body[:300]!r}")
    return answer


def features(body: bytes) -> int | None:
    """Return how many features a GeoJSON page holds, None of anything else."""
    if not body.startswith(b"{"):
        return None
    page = json.loads(body)
    return len(page["features"]) if "features" in page else 1


def kept_answers(requests: list[Request], mine: Server, folder: Path) -> Path:
    """Keep one whole answer of ours to each request, for the server that sends it ready-made."""
    bodies = folder / "bodies"
    bodies.mkdir(exist_ok=True)
    line = Connection(mine.url)
    for at, request in enumerate(requests):
        answer = ask(line, "coeurville", request, 1_000)
        (bodies / f"{at}.body").write_bytes(answer.body)
        (bodies / f"{at}.json").write_text(json.dumps(list(answer.headers.items())))
    return bodies


def eight_connections(
    requests: list[Request], running: dict[str, Server], workers: int, results: Results
) -> None:
    """Measure requests per second of the main questions, with wrk where it is installed."""
    for request in requests[:3] + requests[4:5] + requests[7:8] + requests[11:12]:
        for name in request.paths:
            if name.endswith("-ogr") and request.name.startswith("1,000"):
                continue  # half a request per second: nothing to learn
            url = running[name].url + request.paths[name](1_000)
            rate = requests_per_second(url.replace("'", "%27"), 8, WRK_SECONDS)
            if rate is not None:
                results.rates[request.name][f"{name}, {workers} w"] = rate


if __name__ == "__main__":
    main()
