"""Routes of a town's report: a PDF and a page, made once for a state of the layers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from cachetools import LRUCache
from fastapi import APIRouter, Request
from fastapi.responses import Response

from layers.catalogue import Catalogue
from layers.snapshot import snapshot
from server.caching import etag, unchanged
from server.indicators import perimeters
from server.report import Report, as_html, as_pdf, policy, report
from server.settings import Settings

# A report is a second or more of work, so one at a time: other requests go on meanwhile.
THREADS = CapacityLimiter(1)
KEPT = 32
PDF = "application/pdf"
HTML = "text/html; charset=utf-8"
Language = Literal["fr", "en"]
Draw = Callable[[Report], bytes]


def add_routes(found: APIRouter, catalogue: Catalogue, settings: Settings) -> None:
    """Add the routes over a catalogue."""
    reports = Reports(catalogue, settings)

    @found.get("/towns/{insee}/report.pdf", tags=["towns"])
    async def report_pdf(
        request: Request, insee: str, perimeter: str = "commune", lang: Language = "fr"
    ) -> Response:
        """Give the report of a town as an accessible PDF, in French or English."""
        name = f"{insee}-{perimeter}-{lang}.pdf"
        headers = {"Content-Disposition": f'inline; filename="{name}"'}
        made = partial(reports.answer, request, as_pdf, (insee, perimeter, lang), PDF, headers)
        return await run_sync(made, limiter=THREADS)

    @found.get("/towns/{insee}/report", tags=["towns"])
    async def report_page(
        request: Request, insee: str, perimeter: str = "commune", lang: Language = "fr"
    ) -> Response:
        """Give the same report as a page."""
        pdf = f"report.pdf?lang={lang}&perimeter={perimeter}"
        headers = {"Content-Security-Policy": policy(), "Content-Language": lang}
        draw = partial(_page, pdf=pdf)
        made = partial(reports.answer, request, draw, (insee, perimeter, lang), HTML, headers)
        return await run_sync(made, limiter=THREADS)


class Reports:
    """The reports made last, by the state of the layers."""

    def __init__(self, catalogue: Catalogue, settings: Settings) -> None:
        self._catalogue, self._url = catalogue, settings.url
        self._kept: LRUCache[Any, bytes] = LRUCache(KEPT)
        self._lock = threading.Lock()

    def answer(
        self, request: Request, draw: Draw, of: tuple[str, str, str], media_type: str,
        headers: dict[str, str],
    ) -> Response:  # fmt: skip
        """Return a report drawn in one form, or a 304 to who holds it.

        Args:
            request: for what its client holds.
            draw: turns the report into bytes.
            of: INSEE code, perimeter and language.
            media_type: of the bytes.
            headers: what else the answer says.

        Raises:
            NotFoundError: unknown town or perimeter.
        """
        now, (insee, perimeter, language) = snapshot(self._catalogue), of
        perimeters.perimeter(now, perimeters.town(now, insee), perimeter)
        tag = etag(media_type, *of, self._url, *(x.tag for x in now.layers().values()))
        headers = {**headers, "ETag": tag, "Cache-Control": "public, no-cache"}
        if answer := unchanged(request, headers):
            return answer
        with self._lock:
            body = self._kept.get(tag)
            if body is None:
                body = draw(report(now, insee, perimeter, language, self._url))
                self._kept[tag] = body
        return Response(body, media_type=media_type, headers=headers)


def _page(made: Report, pdf: str) -> bytes:
    return as_html(made, pdf).encode()
