"""The ledger in SQLite and in PostgreSQL: several programs write, nothing is mixed or lost."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.ledger import Ledger, jobs
from server.ledger.results import Result, keep, kept

PATIENCE = 60
CLAIM = (
    "import sys; from server.ledger import Ledger, jobs; ledger = Ledger(sys.argv[1])\n"
    "while (job := jobs.claim(ledger, sys.argv[2])): print(job.id)"
)


@pytest.fixture(scope="module")
def postgresql(require_program) -> Iterator[str]:
    """Give the address of a PostgreSQL server of its own, which refuses to run as root."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    programs = Path(found[-1] if found else require_program("initdb")).parent
    as_root = os.geteuid() == 0
    prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] * as_root
    folder = Path(tempfile.mkdtemp(prefix="coeurville-"))
    if as_root:
        shutil.chown(folder, "postgres", "postgres")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def run(name: str, *arguments: str) -> None:
        command = [*prefix, str(programs / name), "-D", str(folder / "data"), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, timeout=PATIENCE)

    run("initdb", "-A", "trust", "-U", "coeurville")
    try:
        run("pg_ctl", "start", "-w", "-o", f"-p {port} -k {folder} -h 127.0.0.1", "-l",
            str(folder / "log"))  # fmt: skip
        yield f"postgresql+psycopg://coeurville@127.0.0.1:{port}/postgres"
        run("pg_ctl", "stop", "-m", "fast")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request, tmp_path) -> Ledger:
    if request.param == "sqlite":
        return Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    return Ledger(request.getfixturevalue("postgresql"))


def address(ledger: Ledger) -> str:
    return ledger.url.render_as_string(hide_password=False)


def test_owners_share_the_queue_and_a_job_has_one_owner(ledger) -> None:
    added = [jobs.add(ledger, "shared", "{}", 100) for _ in range(20)]
    assert all(added)
    owners = [subprocess.Popen([sys.executable, "-c", CLAIM, address(ledger), name],
                               stdout=subprocess.PIPE, text=True) for name in "ab"]  # fmt: skip
    claimed = [line for o in owners for line in o.communicate(timeout=PATIENCE)[0].split()]
    assert sorted(claimed) == sorted(job.id for job in added)
    for job in added:
        jobs.finish(ledger, job.id, "successful", "", b"[]")


def test_the_queue_holds_no_more_than_its_limit(ledger) -> None:
    first = jobs.add(ledger, "bounded", "{}", 1)
    assert first is not None
    assert jobs.add(ledger, "bounded", "{}", 1) is None
    assert jobs.dismiss(ledger, first.id).status == "dismissed"
    assert jobs.add(ledger, "bounded", "{}", 1) is not None


def test_a_dismissed_job_stays_so_whatever_its_process_says(ledger) -> None:
    while (job := jobs.claim(ledger, "owner")) is not None:
        jobs.finish(ledger, job.id, "failed", "", None)
    jobs.add(ledger, "dismissed", "{}", 100)
    job = jobs.claim(ledger, "owner")
    assert jobs.advance(ledger, job.id, 10, "1 / 10")
    jobs.dismiss(ledger, job.id)
    assert not jobs.advance(ledger, job.id, 20, "2 / 10")
    jobs.finish(ledger, job.id, "successful", "", b"[]")
    assert jobs.get(ledger, job.id).status == "dismissed"
    assert jobs.request_and_result(ledger, job.id) == ("{}", None)


def test_a_silent_owner_loses_its_jobs(ledger, monkeypatch) -> None:
    jobs.add(ledger, "silent", "{}", 100)
    job = jobs.claim(ledger, "gone")
    jobs.recover(ledger)
    assert jobs.get(ledger, job.id).status == "running"
    monkeypatch.setattr(jobs, "SILENCE_S", -1.0)
    jobs.recover(ledger)
    assert jobs.get(ledger, job.id).status == "accepted"
    assert jobs.claim(ledger, "next").attempts == 2


def test_a_result_replaces_the_former_one_of_its_place(ledger) -> None:
    for key in ("a", "b"):
        keep(ledger, [Result("12001", "commune", "x", key, "{}", None, "2026-01-01T00:00:00")])
    assert [result.key for result in kept(ledger, ["x"])] == ["b"]
