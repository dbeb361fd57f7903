"""The demo lake: real facts of the 244 towns, and a sample town that is invented.

::

    frame ─▶ plan ─▶ streets ─▶ uses ─▶ buildings ─▶ households     the town is drawn
                │        │         │         │             │
              town    transit   fabric  storefronts   census, sales  and told in tables
    real: official data that ship with the package        lake: everything, published once
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from layers.tables import Table

__all__ = ["demo_tables", "fill_lake", "fingerprint", "write_land_cover"]

# The command line imports this package at each start; what it needs is imported when called.


def demo_tables() -> Iterator[tuple[str, str, Table]]:
    """Yield layer id, source and table of everything to publish, each made when asked for."""
    from layers.demo import lake

    return lake.demo_tables()


def fill_lake(data: Path) -> Iterator[tuple[int, int, str]]:
    """Publish the demo layers into a data folder; yield layers done, in all, and the next one."""
    from layers.demo import lake

    return lake.fill_lake(data)


def fingerprint() -> str:
    """Return a hash of the shipped data and of the generator: the state of the demo."""
    from layers.demo import lake

    return lake.fingerprint()


def write_land_cover(path: Path) -> None:
    """Write the sample town's land cover as a cloud-optimised GeoTIFF."""
    from layers.demo import landcover

    landcover.write_land_cover(path)
