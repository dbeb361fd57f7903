"""A town's report for elected people and planners: one content, as a PDF and as a page."""

from __future__ import annotations

from layers.catalogue import Catalogue
from layers.errors import BadRequestError
from server.report.annexes import annexes
from server.report.axes import axes
from server.report.comparing import comparison
from server.report.content import Report
from server.report.findings import find
from server.report.opening import brief, cover_facts, maps
from server.report.page import as_html, policy
from server.report.pdf import as_pdf
from server.report.questions import questions
from server.report.telling import Teller
from server.report.words import Words

__all__ = ["Report", "as_html", "as_pdf", "policy", "report"]
LANGUAGES = ("fr", "en")
LABELS = ("contents", "page", "as_pdf")


def report(catalogue: Catalogue, insee: str, perimeter: str, language: str, url: str) -> Report:
    """Return the report of a town.

    Args:
        catalogue: where layers are looked for, as they are now.
        insee: code of the town.
        perimeter: id of one of its perimeters.
        language: ``fr`` or ``en``.
        url: public address of the service, for what can be asked of it.

    Raises:
        NotFoundError: unknown town or perimeter.
        BadRequestError: a language that the report does not have.
    """
    if language not in LANGUAGES:
        raise BadRequestError(f"No report in {language!r}: choose {' or '.join(LANGUAGES)}.")
    found, words = find(catalogue, insee, perimeter), Words(language)
    teller = Teller(found, words)
    drawings, drawn = maps(teller)
    stamp = max(
        x.version.created for x in (*found.catalogue.themed("towns"), *found.layers, *drawn)
    )
    kind = "subtitle_commune" if found.area.kind == "commune" else "subtitle_part"
    first, second = drawings
    sections = [brief(teller), first, second, questions(teller), axes(teller), comparison(teller),
                *annexes(teller, drawn, url)]  # fmt: skip
    return Report(
        language=language,
        title=words("title", town=found.town.name),
        subtitle=words(kind, perimeter=teller.area_name),
        banner=words("fictitious") if found.town.fictitious else "",
        facts=cover_facts(teller, stamp, drawn),
        footer=words("footer", date=words.day(stamp), perimeter=teller.area_name),
        labels={name: words(name) for name in LABELS},
        stamp=stamp,
        sections=tuple(sections),
    )
