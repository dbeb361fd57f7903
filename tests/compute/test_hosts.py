"""Two hosts, each with its own lake: network namespaces joined by a virtual cable."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.ledger import Ledger
from tests.compute.conftest import PATIENCE, TOWNS, answers, await_results

pytestmark = pytest.mark.netns
ADDRESSES = ("10.77.0.1", "10.77.0.2")


@pytest.fixture
def hosts(require_program) -> Iterator[tuple[str, str]]:
    """Give the names of two namespaces that reach each other."""
    ip = require_program("ip")
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    names = tuple(f"coeurville-{os.getpid()}-{side}" for side in "ab")
    made = subprocess.run([ip, "netns", "add", names[0]], capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"network namespaces are not allowed here: {made.stderr.strip()}")
    try:
        subprocess.run([ip, "netns", "add", names[1]], check=True)
        cable = ["type", "veth", "peer", "name", "cable", "netns", names[1]]
        subprocess.run([ip, "-n", names[0], "link", "add", "cable", *cable], check=True)
        for name, address in zip(names, ADDRESSES, strict=True):
            subprocess.run([ip, "-n", name, "addr", "add", f"{address}/24", "dev", "cable"],
                           check=True)  # fmt: skip
            for device in ("lo", "cable"):
                subprocess.run([ip, "-n", name, "link", "set", device, "up"], check=True)
        yield names
    finally:
        for name in names:
            subprocess.run([ip, "netns", "del", name], check=False)


def test_a_host_lost_midway_loses_nothing(
    hosts, catalogue, ledger, compute, start, request
) -> None:
    compute("--jobs", "2", "--indicators", "H03,E04,E10")
    expected = answers(ledger)
    ledger_file = Path(str(ledger.url.database))
    for file in ledger_file.parent.glob("ledger.sqlite*"):
        file.unlink()
    request.getfixturevalue("slowed")
    elsewhere = catalogue.data.parent / "elsewhere"
    shutil.copytree(catalogue.data, elsewhere)
    scheduler = f"tcp://{ADDRESSES[0]}:8786"
    running = [_dask(hosts[0], catalogue.data, "scheduler", "--host", ADDRESSES[0])]
    try:
        for host, data in zip(hosts, (catalogue.data, elsewhere), strict=True):
            running.append(_dask(host, data, "worker", scheduler, "--nthreads", "1", "--no-nanny"))
        time.sleep(3)
        process = start("--indicators", "H03,E04,E10", "--scheduler", scheduler,
                        prefix=("ip", "netns", "exec", hosts[0]))  # fmt: skip
        before = await_results(Ledger(str(ledger.url)), 6)
        assert len(before) < 3 * TOWNS
        running[2].kill()
        printed, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, printed
    finally:
        for one in running:
            one.kill()
            one.wait()
    assert answers(Ledger(str(ledger.url))) == expected
    assert len(expected) == 3 * TOWNS


def _dask(host: str, data: Path, kind: str, *arguments: str) -> subprocess.Popen[bytes]:
    command = ["ip", "netns", "exec", host, sys.executable, "-m", "distributed.cli.dask_" + kind,
               *arguments, "--no-dashboard"]  # fmt: skip
    environment = {**os.environ, "COEURVILLE_DATA": str(data)}
    return subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
