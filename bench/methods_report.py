"""The section of docs/benchmarks.md that ``bench.methods`` writes."""

from __future__ import annotations

from bench.timing import Times, median
from bench.walks import KINDS, LIMIT_M, PLACES, TOLERANCE_M, Walk
from bench.zonal import PERIMETERS, PIXEL_M, SIDE, Rasters, Zonal

WALKS = f"""## Walk times, against pandana

`python -m bench.methods` writes this section and the next. Both sides get the same streets and the
same places, and find the way from every vertex to the nearest of {PLACES} places of one kind,
within {LIMIT_M:,.0f} m; *all* repeats that for {KINDS} kinds. Ours makes its network from the lines
of the layer (joined, cut to pieces of 20 m, searched by place), pandana from vertices and edges
that are ready. Milliseconds of work, medians of the rounds (in brackets those that passed: pandana
uses all cores). Apart: distances that differ by more than {TOLERANCE_M} m.
"""
ZONAL = f"""## Zonal statistics, deflated and not

The share of each class in {PERIMETERS} perimeters of a generated land cover ({SIDE:,} × {SIDE:,}
pixels of {PIXEL_M:g} m), one after another, the file opened for each, as the indicators do: by
exactextract on the COG that the service delivers and on a copy that is not deflated, and by
`rasterio.mask`, which counts whole pixels, on the COG. Files in memory; milliseconds of work for
one perimeter, medians of the rounds (in brackets those that passed).
"""


def section(walks: list[Walk], rasters: Rasters, zonal: list[Zonal]) -> str:
    """Return the section as Markdown."""
    parts = (WALKS, _walks(walks), ZONAL, _zonal(zonal), _files(rasters))
    return "\n".join(part.strip("\n") + "\n" for part in parts)


def _walks(walks: list[Walk]) -> str:
    lines = [
        f"| streets | vertices | | ours | pandana {walks[0].peer} | ratio | distances | apart "
        "| most apart, m |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for walk in walks:
        steps = {"build": walk.build, "one": walk.first, "all": walk.queries}
        for name, times in steps.items():
            ours, peer = median(times["ours"]), median(times["peer"])
            lines.append(
                f"| {walk.graph.name} | {len(walk.graph.xy):,} | {name} | {_ms(ours)} | "
                f"{_ms(peer)} | **{peer.work / ours.work:.0f}×** | {walk.compared:,} | "
                f"{walk.apart} | {walk.most:.2f} |"
            )
    return "\n".join(lines) + "\n"


def _zonal(zonal: list[Zonal]) -> str:
    lines = [
        "| perimeters | pixels (median) | COG | not deflated | COG over that | `rasterio.mask` "
        "| that over COG | most apart (share) |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in zonal:
        cog, flat, mask = (median(one.times[n]) for n in ("delivered", "undeflated", "mask"))
        lines.append(
            f"| {one.kind} | {one.pixels:,.0f} | {_each(cog)} | {_each(flat)} | "
            f"**{cog.work / flat.work:.2f}×** | {_each(mask)} | {mask.work / cog.work:.2f}× | "
            f"{one.apart['undeflated']:.6f}, {one.apart['mask']:.4f} |"
        )
    return "\n".join(lines) + "\n"


def _files(made: Rasters) -> str:
    delivered, working = made.megabytes
    return (
        f"The COG takes {delivered:.0f} MB, the copy {working:.0f} MB and "
        f"{made.written.passed:.1f} s to write.\n"
    )


def _each(times: Times) -> str:
    return _ms(Times(times.passed / PERIMETERS, times.work / PERIMETERS))


def _ms(times: Times) -> str:
    return f"{1e3 * times.work:,.1f} ({1e3 * times.passed:,.1f})"
