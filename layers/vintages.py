"""The vintage of a file, told by its name, and the refusal to mix several."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from layers.errors import ReadError


def named_year(path: Path, before: str = "") -> str | None:
    """Return the year in a file's name: ``2022``, or two digits after a word (``BPE25``).

    Args:
        path: the file.
        before: word that precedes two digits; None of them count without it.
    """
    if found := re.search(r"(?<!\d)((?:19|20)\d\d)(?!\d)", path.stem):
        return found[1]
    short = re.search(rf"{before}[ _-]?(\d\d)(?!\d)", path.stem, re.IGNORECASE) if before else None
    return f"20{short[1]}" if short else None


def named_date(paths: Sequence[Path]) -> str | None:
    """Return the last date in the names of files (``2026-09-01``, ``2026-09``, ``2026``)."""
    pattern = r"(?<!\d)(20\d\d)(?:[-_]?([01]\d)(?:[-_]?([0-3]\d))?)?(?!\d)"
    found = [re.search(pattern, path.stem) for path in paths]
    dates = sorted("-".join(filter(None, match.groups())) for match in found if match)
    return dates[-1] if dates else None


def one_vintage(vintages: Iterable[str | None]) -> str | None:
    """Return the one vintage of several files, None where no file tells.

    Raises:
        ReadError: there are several.
    """
    known = sorted({vintage for vintage in vintages if vintage})
    if len(known) > 1:
        raise ReadError(f"The files are of several vintages ({', '.join(known)}): import one.")
    return known[0] if known else None
