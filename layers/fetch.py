"""Downloads that survive interruptions: resumed, retried, hashed, and whole or absent."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from layers.errors import UserError
from layers.files import write_json

CHUNK = 256 * 1024
ATTEMPTS = 4
Progress = Callable[[int, int | None], None]


class FetchError(UserError):
    """A file cannot be downloaded; the text gives its address and where to put it by hand."""


@dataclass(frozen=True)
class Fetched:
    """A downloaded file: where it is, its size in bytes and its SHA-256."""

    path: Path
    size: int
    sha256: str


def fetch(
    address: str, folder: Path, *, progress: Progress | None = None, pause: float = 1.0
) -> Fetched:
    """Download a file into a folder, continuing where a former try stopped.

    Args:
        address: http(s) address.
        folder: where the file goes, under its own name; beside it ``<name>.json`` keeps the
            address, size and SHA-256.
        progress: called with bytes received so far and in all (None when unknown).
        pause: seconds before the second try; doubled each time.

    Raises:
        FetchError: the address answers an error or nothing, after ATTEMPTS tries.
    """
    target = folder / Path(urlsplit(address).path).name
    folder.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.part")
    for attempt in range(ATTEMPTS):
        reason = _receive(address, partial, progress or (lambda _received, _total: None))
        if reason is None:
            return _finish(address, partial, target)
        if attempt < ATTEMPTS - 1:
            time.sleep(pause * 2**attempt)
    raise FetchError(
        f"{address} cannot be downloaded ({reason}). Get it by hand and put it at {target}."
    )


def with_origin(address: str, origin: str | None) -> str:
    """Return an address with its scheme and host replaced, as by a mirror with the same paths."""
    if not origin:
        return address
    new = urlsplit(origin if "://" in origin else f"https://{origin}")
    prefix = new.path.rstrip("/")
    old = urlsplit(address)
    return urlunsplit((new.scheme, new.netloc, prefix + old.path, old.query, ""))


def _receive(address: str, partial: Path, progress: Progress) -> str | None:
    """Append what is missing; return why it is not whole, None when it is."""
    import httpx

    have = partial.stat().st_size if partial.exists() else 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    # Content-Encoding would make sizes and ranges mean other bytes than those on the server.
    headers["Accept-Encoding"] = "identity"
    try:
        with httpx.stream(
            "GET", address, headers=headers, follow_redirects=True, timeout=30
        ) as answer:
            if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and have:
                partial.unlink()
                return "the file changed on the server"
            if answer.is_client_error and answer.status_code not in (408, 429):
                raise FetchError(_refusal(address, answer.status_code))
            answer.raise_for_status()
            return _append(answer, partial, have, progress)
    except httpx.HTTPError as error:
        return str(error) or type(error).__name__


def _append(answer: object, partial: Path, have: int, progress: Progress) -> str | None:
    import httpx

    assert isinstance(answer, httpx.Response)
    resumed = answer.status_code == httpx.codes.PARTIAL_CONTENT
    received = have if resumed else 0
    length = answer.headers.get("Content-Length")
    total = received + int(length) if length else None
    with partial.open("ab" if resumed else "wb") as file:
        for chunk in answer.iter_raw():
            file.write(chunk)
            received += len(chunk)
            progress(received, total)
    return None if total is None or received == total else f"{received} of {total} bytes received"


def _finish(address: str, partial: Path, target: Path) -> Fetched:
    digest = hashlib.sha256()
    with partial.open("rb") as file:
        while block := file.read(CHUNK):
            digest.update(block)
    size = partial.stat().st_size
    if size == 0:
        partial.unlink()
        raise FetchError(f"{address} answered an empty file.")
    partial.replace(target)
    facts = {"address": address, "size": size, "sha256": digest.hexdigest()}
    write_json(target.with_name(f"{target.name}.json"), facts)
    return Fetched(target, size, digest.hexdigest())


def _refusal(address: str, status: int) -> str:
    hint = "There is no such file: check the town's code." if status == 404 else "Get it by hand."
    return f"{address} answered {status}. {hint}"
