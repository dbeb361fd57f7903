"""What the page on operating tells to do, done: the system service, a backup, its restoration."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

OPERATING = Path(__file__).resolve().parents[2] / "docs" / "operating.md"
KEPT = "/var/lib/coeurville"


def example(kind: str, holding: str) -> str:
    found = re.findall(rf"```{kind}\n(.*?)```", OPERATING.read_text(encoding="utf-8"), re.S)
    (one,) = [text for text in found if holding in text]
    return one


def coeurville(data: Path, *arguments: str) -> str:
    command = [sys.executable, "-c", "from server.cli import main; main()", *arguments]
    environment = {**os.environ, "COEURVILLE_DATA": str(data)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_unit_is_sound(tmp_path):
    if not (program := shutil.which("systemd-analyze")):
        pytest.skip("systemd-analyze is not installed")
    unit = example("ini", "ExecStart=")
    (start,) = re.findall(r"^ExecStart=(\S+) (.*)$", unit, re.M)
    path = tmp_path / "coeurville.service"
    path.write_text(unit.replace(start[0], "/bin/true"), encoding="utf-8")
    done = subprocess.run([program, "verify", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "coeurville.service" not in done.stderr
    path.write_text(unit.replace("ExecStart=", "ExecStrat="), encoding="utf-8")
    broken = subprocess.run([program, "verify", path], capture_output=True, text=True, check=False)
    assert "ExecStrat" in broken.stderr
    # The command is one that the program has.
    command, *options = start[1].split()
    assert command in coeurville(tmp_path, "--help")
    told = coeurville(tmp_path, command, "--help")
    assert all(option in told for option in options if option.startswith("--"))


def test_a_backup_is_restored_whole(demo_data, tmp_path, require_program):
    for program in ("tar", "sqlite3"):
        require_program(program)
    live, kept, again = (tmp_path / name for name in ("live", "kept", "again"))
    for part in ("lake", "config"):
        if (demo_data / part).is_dir():
            shutil.copytree(demo_data / part, live / part)
    with sqlite3.connect(live / "ledger.sqlite") as ledger:
        ledger.execute("CREATE TABLE noted (text)")
        ledger.execute("INSERT INTO noted VALUES ('kept')")
    kept.mkdir()

    def run(script: str, data: Path) -> None:
        script = script.replace(KEPT, str(data)).replace("/backup", str(kept))
        subprocess.run(["bash", "-e", "-o", "pipefail", "-c", script], check=True)

    run(example("sh", "--create"), live)
    run(example("sh", "--extract"), again)
    files = lambda root: sorted(p.relative_to(root) for p in root.rglob("*") if p.is_file())  # noqa: E731
    assert files(again) == files(live)
    assert len(files(again)) > 60
    assert coeurville(again, "layers") == coeurville(live, "layers")
    with sqlite3.connect(again / "ledger.sqlite") as ledger:
        assert ledger.execute("SELECT text FROM noted").fetchall() == [("kept",)]
