"""The query parameters of the lists of processes and jobs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from layers.errors import BadRequestError, did_you_mean
from server.compute.processes import processes
from server.ledger.jobs import STATUSES, Filter

JOB_PARAMETERS = ("limit", "offset", "type", "status", "processID", "datetime", "minDuration",
                  "maxDuration")  # fmt: skip


def job_filter(parameters: Mapping[str, str]) -> Filter:
    """Return which jobs the parameters of a list ask for."""
    _words(parameters, "type", ("process",))
    after, before = _interval(parameters.get("datetime", "../.."))
    return Filter(
        _words(parameters, "processID", tuple(processes())),
        _words(parameters, "status", STATUSES),
        after,
        before,
        float(whole(parameters, "minDuration", 0)) if "minDuration" in parameters else None,
        float(whole(parameters, "maxDuration", 0)) if "maxDuration" in parameters else None,
    )


def _words(parameters: Mapping[str, str], name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    found = tuple(word for word in parameters.get(name, "").split(",") if word)
    for word in found:
        if word not in known:
            hint = did_you_mean(word, known) or f" Known: {', '.join(known)}."
            raise BadRequestError(f"{name}: no {word!r}.{hint}")
    return found


def whole(parameters: Mapping[str, str], name: str, least: int, default: int = 0) -> int:
    """Return a whole number of at least ``least``; BadRequestError where it is none."""
    text = parameters.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) < 16) or int(text) < least:
        raise BadRequestError(f"{name} must be a whole number from {least}, not {text!r}.")
    return int(text)


def _interval(text: str) -> tuple[float | None, float | None]:
    """Return the ends of an RFC 3339 instant or interval, in seconds since 1970."""
    ends = text.split("/")
    if len(ends) > 2:
        raise BadRequestError(f"datetime must be an instant or start/end, not {text!r}.")
    low, high = _instant(ends[0]), _instant(ends[-1])
    return low, high


def _instant(text: str) -> float | None:
    if text in ("", ".."):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadRequestError(f"datetime: {text!r} is not an RFC 3339 date-time.") from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
