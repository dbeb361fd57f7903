"""HTML pages, from templates read once; the same data as the JSON documents."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from server.ogc.texts import TEXTS

TEMPLATES = Path(__file__).parent / "templates"
POLICY = "default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:"


class Pages:
    """The templates of the door."""

    def __init__(self, base: str, title: str) -> None:
        loader = FileSystemLoader(TEMPLATES)
        self._environment = Environment(
            loader=loader, autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True
        )
        self._environment.globals |= {"base": base, "service": title}

    def render(self, request: Request, template: str, language: str, **values: Any) -> HTMLResponse:
        """Return a page in a language, with a link to itself in the other."""
        other = "en" if language == "fr" else "fr"
        query = {**dict(request.query_params), "lang": other}
        page = self._environment.get_template(template).render(
            t=TEXTS[language], language=language, other=other,
            other_href=f"?{urlencode(query)}", **values,
        )  # fmt: skip
        headers = {"Content-Security-Policy": POLICY, "Content-Language": language}
        return HTMLResponse(page, headers=headers)
