"""A program that writes rows from its standard input to a file with GDAL.

Run as a file, in a process of its own: GDAL holds the interpreter while it writes, a third of a
second where it builds the index of 200,000 features, and nothing else would be answered meanwhile.
It imports nothing of this project, so that it starts quickly.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

# Answers that somebody waits for come first.
NICENESS = 5


def main() -> None:
    """Read an Arrow stream from the standard input and write it.

    The only argument is JSON: the arguments of ``pyogrio.write_arrow``.
    """
    # pyogrio takes both where they are there, which doubles the time to start.
    sys.modules["geopandas"] = sys.modules["pandas"] = None  # type: ignore[assignment]
    import pyarrow as pa
    import pyogrio

    os.nice(NICENESS)
    given: dict[str, Any] = json.loads(sys.argv[1])
    with pa.ipc.open_stream(sys.stdin.buffer) as reader:
        pyogrio.write_arrow(reader, **given)


if __name__ == "__main__":
    main()
