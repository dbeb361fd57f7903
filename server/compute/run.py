"""Running tasks: on the processes of one machine, or on the workers of several."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, cast

from layers.errors import UserError
from server.compute.work import Task, exit_with_parent, work, work_elsewhere
from server.ledger import Ledger
from server.ledger.results import Result, keep

# How often a task may take its worker down with it before it counts as failed.
TRIES = 3
CONNECT_SECONDS = 20


@dataclass(frozen=True)
class Done:
    """A finished task: its results, or the error that stopped it."""

    task: Task
    results: tuple[Result, ...] = ()
    error: str | None = None


def run(
    tasks: Iterable[Task], ledger: Ledger, data: Path, *, jobs: int, scheduler: str | None = None
) -> Generator[Done]:
    """Do tasks and keep each result as it comes; whatever stops this loses nothing done.

    Args:
        tasks: what is left to do.
        ledger: where results go; only this process writes to it.
        data: the data folder; a worker elsewhere may name its own in ``COEURVILLE_DATA``.
        jobs: processes on this machine, unless there is a scheduler.
        scheduler: address of a running Dask scheduler, such as ``tcp://10.0.0.1:8786``.
    """
    pending = list(tasks)
    finished = _on_workers(pending, data, scheduler) if scheduler else _here(pending, data, jobs)
    with closing(finished):
        for done in finished:
            if done.results:
                keep(ledger, done.results)
            yield done


def _here(tasks: list[Task], data: Path, jobs: int) -> Generator[Done]:
    """Do tasks in processes; those whose process was killed are done again in new ones."""
    for last in (attempt == TRIES for attempt in range(1, TRIES + 1)):
        broken = []
        pool = ProcessPoolExecutor(jobs, get_context("spawn"), exit_with_parent)
        try:
            futures = {pool.submit(work, str(data.absolute()), task): task for task in tasks}
            for future in as_completed(futures):
                done = _done(futures[future], future)
                if isinstance(future.exception(), BrokenProcessPool) and not last:
                    broken.append(done.task)
                else:
                    yield done
        finally:
            # Interrupted, what has not begun is left for the next run.
            pool.shutdown(cancel_futures=True)
        tasks = broken
        if not tasks:
            return


def _on_workers(tasks: list[Task], data: Path, scheduler: str) -> Generator[Done]:
    """Do tasks on the workers of a scheduler, which gives those of a lost worker to another."""
    from distributed import Client
    from distributed import as_completed as as_finished

    try:
        client: Any = cast(Any, Client)(scheduler, timeout=CONNECT_SECONDS)
    except (OSError, ValueError) as error:
        raise UserError(f"No Dask scheduler answers at {scheduler}: {error}.") from None
    with client:
        futures = client.map(work_elsewhere, [str(data.absolute())] * len(tasks), tasks, pure=False)
        by_key = {future.key: task for future, task in zip(futures, tasks, strict=True)}
        for future in cast(Any, as_finished)(futures):
            yield _done(by_key[future.key], future)


def _done(task: Task, future: Future[list[Result]] | Any) -> Done:
    if future.cancelled():
        return Done(task, error="the scheduler was lost.")
    error = future.exception()
    if error is not None:
        return Done(task, error=f"{type(error).__name__}: {error}")
    return Done(task, tuple(future.result()))
