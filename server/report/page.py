"""The report as one HTML page that needs nothing else: no script, no file, no request."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from server.report.content import Report

TEMPLATES = Path(__file__).parent / "templates"


def as_html(report: Report, pdf: str) -> str:
    """Return a report as a page; ``pdf`` is where the same one is as a PDF."""
    template = _environment().get_template("report.html")
    return template.render(report=report, style=Markup(_style()), pdf=pdf)  # noqa: S704


def policy() -> str:
    """Return the content policy of the page: its one style sheet, nothing from elsewhere."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; frame-ancestors 'self'"


@cache
def _style() -> str:
    return (TEMPLATES / "report.css").read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
