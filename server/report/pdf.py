"""The report as an accessible PDF (PDF/UA-1), set by typst with fonts that wheels carry."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import orjson

from server.report.content import Report

if TYPE_CHECKING:
    import typst

TEMPLATE = Path(__file__).parent / "templates" / "report.typ"


def as_pdf(report: Report) -> bytes:
    """Return a report as a PDF; the same report gives the same bytes."""
    import typst

    with TemporaryDirectory(prefix="coeurville-report-") as root:
        main = Path(root) / "report.typ"
        main.write_bytes(TEMPLATE.read_bytes())
        (Path(root) / "report.json").write_bytes(orjson.dumps(asdict(report)))
        made = typst.compile(
            str(main), root=root, format="pdf", pdf_standards=["ua-1"], font_paths=_fonts(),
            ignore_system_fonts=True, timestamp=datetime.fromisoformat(report.stamp),
        )  # fmt: skip
    return bytes(made)


@cache
def _fonts() -> typst.Fonts:
    """Return DejaVu, that matplotlib carries, and typst's own: the same on every machine."""
    import matplotlib
    import typst

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return typst.Fonts(include_system_fonts=False, font_paths=[str(folder)])
