"""Indicators on a generated national volume; writes its section of docs/benchmarks.md.

``--scale 0.1`` shortens the four large layers. Every comparison runs in processes of their own,
after the files' pages have been dropped from memory, ours and the other in turn.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from bench import national_volume
from bench.national_report import Results, Run, section
from bench.national_tasks import SHARED
from bench.report import write_section
from bench.servers import ROOT
from layers.catalogue import Catalogue
from server.indicators import perimeters

TASKS = ("points", "areas", "catalogue")
POSTED_TOWNS = 25
TOLERANCE = 1e-6


def main() -> None:
    """Generate, measure, write the section."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--folder", type=Path, default=ROOT / "build" / "bench")
    options.add_argument("--scale", type=float, default=1.0)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--report", type=Path, default=ROOT / "docs" / "benchmarks.md")
    given = options.parse_args()
    name = "national" if given.scale == 1 else f"national-{given.scale:g}"
    data = given.folder.resolve() / name
    results = Results(given.scale)
    for layer in national_volume.fill(data, given.scale):
        say(f"Publishing {layer} (synthetic)")
    results.rows = national_volume.facts(data)
    areas = write_areas(data)
    say("Posted perimeters")
    posted(data, areas["centre"], results)
    compare(data, areas, given.rounds, results)
    grow(data, results)
    write_section(given.report, "national volume", section(results))
    say(f"Written: {given.report}")


def say(text: str) -> None:
    """Tell how far the run is."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")


def write_areas(data: Path) -> dict[str, Path]:
    """Write the communes and the centres of the towns of metropolitan France; return the files."""
    catalogue = Catalogue(data)
    chosen = [
        town
        for town in perimeters.towns(catalogue)
        if not town.fictitious and town.hall is not None and not town.insee.startswith("97")
    ]
    files = {}
    for kind in ("commune", "centre"):
        files[kind] = data / f"{kind}s.parquet"
        shapes = [perimeters.perimeter(catalogue, town, kind).area for town in chosen]
        frame = gpd.GeoDataFrame({"name": [t.insee for t in chosen]}, geometry=shapes,
                                 crs="OGC:CRS84")  # fmt: skip
        frame.to_parquet(files[kind])
    return files


def posted(data: Path, centres: Path, results: Results) -> None:
    """Time all indicators on drawn perimeters, as POST /evaluate does; the first town warms up."""
    from server.compute.disclosure import guarded
    from server.indicators.context import Context
    from server.indicators.evaluation import measured
    from server.indicators.registry import indicators
    from server.ledger import Ledger
    from server.settings import Settings

    catalogue = Catalogue(data)
    remembered = data / "posted.sqlite"
    remembered.unlink(missing_ok=True)
    ledger = Ledger.of(Settings(data=data, ledger=f"sqlite:///{remembered}"))
    times: dict[str, list[float]] = defaultdict(list)
    given = []
    for rank, drawn in enumerate(_drawn(centres)):
        for warm in (False, True):
            started, worked = time.perf_counter(), time.process_time()
            context = Context(catalogue, perimeters.posted(catalogue, drawn))
            count = 0
            for one in indicators().values():
                at = time.perf_counter()
                found = guarded(ledger, context, one, measured(context, one))
                count += found.value is not None
                if warm and rank:
                    times[one.text.code].append(time.perf_counter() - at)
            if warm and rank:
                results.posted.append(time.perf_counter() - started)
                results.work.append(time.process_time() - worked)
                given.append(count)
    results.given = int(statistics.median(given))
    medians = {code: 1e3 * statistics.median(each) for code, each in times.items()}
    results.slowest = dict(sorted(medians.items(), key=lambda pair: -pair[1])[:8])


def _drawn(centres: Path) -> Iterator[dict[str, Any]]:
    """Yield GeoJSON outlines that nobody drew before: centres, turned a little."""
    shapes = gpd.read_parquet(centres).geometry
    chosen = np.linspace(0, len(shapes) - 1, POSTED_TOWNS + 1).astype(int)
    for turn, shape in enumerate(shapes.iloc[chosen]):
        turned = shapely.affinity.rotate(shape, 5 + turn)
        yield json.loads(shapely.to_geojson(turned))


def compare(data: Path, areas: dict[str, Path], rounds: int, results: Results) -> None:
    """Run each task by both sides in turn, and compare their answers."""
    for task in TASKS:
        for kind, file in areas.items():
            answers: dict[str, Any] = {}
            for _ in range(rounds):
                for side in ("ours", "plain"):
                    say(f"{task} in {kind}s, {side}")
                    run, answers[side] = timed(task, side, data, file)
                    results.runs[task, kind, side].append(run)
            ours, plain = (_flat(answers[side]) for side in ("ours", "plain"))
            results.compared[task, kind] = len(ours)
            results.apart[task, kind] = [
                f"{name}: {ours[name]} and {plain[name]}"
                for name in ours
                if not _alike(ours[name], plain[name])
            ]


def timed(task: str, side: str, data: Path, file: Path) -> tuple[Run, dict[str, Any]]:
    """Do a task in a process of its own, its files not in memory."""
    forget(data)
    command = [sys.executable, "-m", "bench.national_tasks", task, side, str(data), str(file)]
    started = time.perf_counter()
    with tempfile.TemporaryFile() as answers:
        process = subprocess.Popen(command, stdout=answers, cwd=ROOT,
                                   env={**os.environ, "PYTHONPATH": str(ROOT)})  # fmt: skip
        peak, ended = 0.0, 0
        while not ended:
            time.sleep(0.02)
            peak = max(peak, _own_memory(process.pid))
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
        seconds = time.perf_counter() - started
        if status:
            raise RuntimeError(f"{task} was not done by {side}")
        answers.seek(0)
        told = json.load(answers)
    return Run(seconds, usage.ru_utime + usage.ru_stime, peak), told


def _own_memory(process: int) -> float:
    """Return the memory (MiB) of a process but the mapped files, which the system may drop."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("RssAnon:")) / 1024


def forget(data: Path) -> None:
    """Drop the pages of a data folder's files from memory, so that they are read anew."""
    for path in (*data.glob("lake/*/*/*"), *data.glob("index/*/*/*")):
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def grow(data: Path, results: Results) -> None:
    """Time ``coeurville compute`` over more towns, and on more processes."""
    insee = gpd.read_parquet(data / "communes.parquet")["name"].tolist()
    for towns, jobs in ((30, 1), (60, 1), (120, 1), (120, 2)):
        say(f"compute, {towns} towns, {jobs} at once")
        ledger = data / "growth.sqlite"
        ledger.unlink(missing_ok=True)
        command = [sys.executable, "-c", "from server.cli import main; main()", "compute",
                   "--towns", ",".join(insee[:towns]), "--jobs", str(jobs)]  # fmt: skip
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "COEURVILLE_DATA": str(data),
                       "COEURVILLE_LEDGER": f"sqlite:///{ledger}"}  # fmt: skip
        started = time.perf_counter()
        subprocess.run(command, env=environment, check=True, capture_output=True)
        results.growth.append((towns, jobs, time.perf_counter() - started))


def _flat(answers: dict[str, Any]) -> dict[str, float | None]:
    if not set(answers) <= set(SHARED):
        return answers
    return {f"{code} {name}": value for code, each in answers.items()
            for name, value in each.items()}  # fmt: skip


def _alike(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= TOLERANCE * max(abs(one), abs(other), 1e-3)


if __name__ == "__main__":
    main()
