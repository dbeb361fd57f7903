"""Jobs: a queue that several servers share, and what became of each."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import Select, and_, case, delete, func, insert, select, update

from server.ledger.database import Ledger
from server.ledger.tables import jobs

OPEN = ("accepted", "running")
STATUSES = (*OPEN, "successful", "failed", "dismissed")
# An owner that gave no sign for so long is gone; its jobs are taken up by others.
SILENCE_S = 15.0
ATTEMPTS = 3
KEPT_S = 7 * 24 * 3600.0
_SHOWN = [column for column in jobs.columns if column.name not in ("result", "request")]


@dataclass(frozen=True)
class Job:
    """A job as clients see it; times are seconds since 1970, progress is on 0-100."""

    id: str
    process: str
    status: str
    message: str
    progress: int
    created: float
    started: float | None
    finished: float | None
    updated: float
    attempts: int
    owner: str | None
    heartbeat: float | None


@dataclass(frozen=True)
class Filter:
    """Which jobs are wanted; durations in seconds, times in seconds since 1970."""

    processes: Sequence[str] = ()
    statuses: Sequence[str] = ()
    after: float | None = None
    before: float | None = None
    longer: float | None = None
    shorter: float | None = None


def add(ledger: Ledger, process: str, request: str, limit: int) -> Job | None:
    """Put a job in the queue; None when it holds ``limit`` open ones already.

    Jobs that ended long ago are deleted on the way.
    """
    now, name = time.time(), str(uuid4())
    with ledger.write() as connection:
        connection.execute(delete(jobs).where(jobs.c.finished < now - KEPT_S))
        opened = select(func.count()).where(jobs.c.status.in_(OPEN))
        if (connection.execute(opened).scalar() or 0) >= limit:
            return None
        facts = {"id": name, "process": process, "request": request, "created": now, "updated": now}
        state = {"status": "accepted", "message": "", "progress": 0, "attempts": 0}
        connection.execute(insert(jobs).values(facts | state))
    return get(ledger, name)


def waiting(ledger: Ledger) -> bool:
    """Tell whether any job is open; a look that takes no lock."""
    with ledger.read() as connection:
        found = select(jobs.c.id).where(jobs.c.status.in_(OPEN)).limit(1)
        return connection.execute(found).first() is not None


def claim(ledger: Ledger, owner: str) -> Job | None:
    """Take the oldest accepted job; no two owners ever get the same."""
    now = time.time()
    with ledger.write() as connection:
        oldest = select(jobs.c.id).where(jobs.c.status == "accepted").order_by(jobs.c.created)
        name: str | None = connection.execute(oldest.limit(1)).scalar()
        if name is None:
            return None
        started = {"status": "running", "owner": owner, "started": now, "heartbeat": now,
                   "updated": now, "attempts": jobs.c.attempts + 1, "progress": 0}  # fmt: skip
        connection.execute(update(jobs).where(jobs.c.id == name).values(started))
    return get(ledger, name)


def beat(ledger: Ledger, names: Iterable[str]) -> None:
    """Tell that the owner of running jobs lives."""
    with ledger.write() as connection:
        mine = and_(jobs.c.id.in_(list(names)), jobs.c.status == "running")
        connection.execute(update(jobs).where(mine).values(heartbeat=time.time()))


def recover(ledger: Ledger) -> None:
    """Queue again the running jobs whose owner is gone; fail those that took several with them."""
    now = time.time()
    lost = and_(jobs.c.status == "running", jobs.c.heartbeat < now - SILENCE_S)
    with ledger.write() as connection:
        tried = and_(lost, jobs.c.attempts >= ATTEMPTS)
        reason = f"Its process stopped {ATTEMPTS} times before the end."
        connection.execute(update(jobs).where(tried).values(
            status="failed", message=reason, finished=now, updated=now))  # fmt: skip
        connection.execute(update(jobs).where(lost).values(
            status="accepted", owner=None, message="Queued again: its server stopped.",
            updated=now))  # fmt: skip


def release(ledger: Ledger, name: str, *, fault: bool) -> None:
    """Give back a running job: queued again, or failed when its process broke too often."""
    now = time.time()
    mine = and_(jobs.c.id == name, jobs.c.status == "running")
    failed = jobs.c.attempts >= (ATTEMPTS if fault else ATTEMPTS + 1)
    values = {
        "status": case((failed, "failed"), else_="accepted"),
        "message": "Its process stopped before the end." if fault else "Its server stopped.",
        "finished": case((failed, now), else_=None),
        "updated": now, "owner": None,
        "attempts": jobs.c.attempts if fault else jobs.c.attempts - 1,
    }  # fmt: skip
    with ledger.write() as connection:
        connection.execute(update(jobs).where(mine).values(values))


def advance(ledger: Ledger, name: str, progress: int, message: str) -> bool:
    """Tell how far a running job is; False when it is no more to be run."""
    with ledger.write() as connection:
        mine = and_(jobs.c.id == name, jobs.c.status == "running")
        told = update(jobs).where(mine).values(
            progress=progress, message=message, updated=time.time())  # fmt: skip
        return bool(connection.execute(told).rowcount)


def finish(ledger: Ledger, name: str, status: str, message: str, result: bytes | None) -> None:
    """End a running job; one that was dismissed meanwhile stays so."""
    now = time.time()
    values = {"status": status, "message": message, "finished": now, "updated": now,
              "result": result, "owner": None}  # fmt: skip
    if status == "successful":
        values["progress"] = 100
    with ledger.write() as connection:
        mine = and_(jobs.c.id == name, jobs.c.status == "running")
        connection.execute(update(jobs).where(mine).values(values))


def dismiss(ledger: Ledger, name: str) -> Job | None:
    """Cancel a job, or forget the result of one that has ended; None for an unknown one."""
    now = time.time()
    with ledger.write() as connection:
        values = {"status": "dismissed", "result": None, "updated": now,
                  "message": "Dismissed.",
                  "finished": func.coalesce(jobs.c.finished, now)}  # fmt: skip
        connection.execute(update(jobs).where(jobs.c.id == name).values(values))
    return get(ledger, name)


def get(ledger: Ledger, name: str) -> Job | None:
    """Return a job, None for an unknown one."""
    found = listed(ledger, [name]) if ledger.exists else []
    return found[0] if found else None


def listed(ledger: Ledger, names: Iterable[str]) -> list[Job]:
    """Return the jobs of some ids."""
    with ledger.read() as connection:
        wanted = select(*_SHOWN).where(jobs.c.id.in_(list(names)))
        return [Job(**row) for row in connection.execute(wanted).mappings()]


def request_and_result(ledger: Ledger, name: str) -> tuple[str, bytes | None]:
    """Return what a job was asked and what it found, both JSON."""
    with ledger.read() as connection:
        wanted = select(jobs.c.request, jobs.c.result).where(jobs.c.id == name)
        request, result = connection.execute(wanted).one()
        return request, result


def page(ledger: Ledger, wanted: Filter, limit: int, offset: int) -> tuple[list[Job], int]:
    """Return some jobs, newest first, and how many match in all."""
    if not ledger.exists:
        return [], 0
    with ledger.read() as connection:
        counted = _matching(select(func.count()).select_from(jobs), wanted)
        total = connection.execute(counted).scalar() or 0
        rows = _matching(select(*_SHOWN), wanted).order_by(jobs.c.created.desc(), jobs.c.id)
        found = connection.execute(rows.limit(limit).offset(offset)).mappings()
        return [Job(**row) for row in found], total


def _matching(query: Select[Any], wanted: Filter) -> Select[Any]:
    now = time.time()
    lasted = func.coalesce(jobs.c.finished, now) - jobs.c.started
    conditions = [
        (wanted.processes, jobs.c.process.in_(wanted.processes)),
        (wanted.statuses, jobs.c.status.in_(wanted.statuses)),
        (wanted.after is not None, jobs.c.created >= (wanted.after or 0)),
        (wanted.before is not None, jobs.c.created <= (wanted.before or 0)),
        (wanted.longer is not None, lasted >= (wanted.longer or 0)),
        # A job that never started has no duration, and meets no condition on it.
        (wanted.shorter is not None, lasted <= (wanted.shorter or 0)),
    ]
    return query.where(*(condition for asked, condition in conditions if asked))
