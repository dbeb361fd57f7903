"""The report of a town from the command line."""

from __future__ import annotations

import os
import subprocess
import sys

import pypdf
import pytest

COMMAND = [sys.executable, "-c", "from server.cli import main; main()", "report"]


def run(data, *arguments):
    environment = {**os.environ, "COEURVILLE_DATA": str(data), "COLUMNS": "200"}
    return subprocess.run(
        [*COMMAND, *arguments], env=environment, capture_output=True, text=True, timeout=120
    )


def test_a_report_is_written_as_a_pdf(demo_data, tmp_path):
    file = tmp_path / "sample.pdf"
    done = run(demo_data, "00001", str(file), "--lang", "en", "--perimeter", "centre")
    assert done.returncode == 0, done.stderr
    assert "Exempleville" in pypdf.PdfReader(file).metadata.title


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["00001", "sample.docx"], ".pdf or an .html"),
        (["00001", "nowhere/sample.pdf"], "No folder nowhere"),
        (["00001", "sample.pdf", "--lang", "de"], "choose fr or en"),
        (["00001", "sample.pdf", "--perimeter", "center"], "centre"),
    ],
)
def test_mistakes_get_one_line(demo_data, arguments, hint):
    done = run(demo_data, *arguments)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert hint in done.stderr
