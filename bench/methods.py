"""Steps of the indicators against other ways to take them; writes its section of the benchmarks.

Walk times against pandana, in an environment of its own made in the folder, and zonal statistics
on deflated and undeflated rasters.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from bench import walks, zonal
from bench.methods_report import section
from bench.national import say
from bench.peers import isolated
from bench.report import write_section
from bench.servers import ROOT


def main() -> None:
    """Measure, write the section."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--folder", type=Path, default=ROOT / "build" / "bench")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--report", type=Path, default=ROOT / "docs" / "benchmarks.md")
    given = options.parse_args()
    folder = given.folder.resolve() / "methods"
    folder.mkdir(parents=True, exist_ok=True)
    say("The environment of pandana")
    python = isolated(given.folder.resolve() / "pandana", walks.REQUIREMENTS)
    found = []
    for walk in walks.measured(python, folder, given.rounds):
        say(f"Walked: {walk.graph.name}")
        found.append(walk)
    say("Drawing a land cover (synthetic)")
    made = zonal.rasters(folder)
    say("Zonal statistics")
    write_section(given.report, "methods", section(found, made, zonal.measured(made, given.rounds)))
    say(f"Written: {given.report}")


if __name__ == "__main__":
    main()
