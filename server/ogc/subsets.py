"""The ``subset`` parameter of tiles, whose one axis is time (OGC 20-057, class datetime)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from layers.errors import BadRequestError

_INSTANT = r'(?:"([^"]*)"|(\*))'
_SUBSET = re.compile(rf"datetime\({_INSTANT}(?::{_INSTANT})?\)")


def timed(parameters: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters of a request with ``subset`` said as ``datetime``.

    Raises:
        BadRequestError: another axis than ``datetime``, or time asked for in both ways.
    """
    found = dict(parameters)
    if "subset" not in found:
        return found
    text = found.pop("subset")
    if "datetime" in found:
        raise BadRequestError("subset and datetime both ask for a time: give one of them.")
    ends = _SUBSET.fullmatch(text.strip())
    if ends is None:
        raise BadRequestError(
            'subset must be datetime("…"), or datetime("…":"…") with * for an open end; '
            f"tiles have no other axis: {text!r}."
        )
    start, no_start, end, no_end = ends.groups()
    both = [".." if openly else instant for instant, openly in ((start, no_start), (end, no_end))]
    found["datetime"] = "/".join(part for part in both if part is not None)
    return found
