"""What the questions that planners ask get for an answer."""

from __future__ import annotations

from server.indicators.measures import Measure
from server.indicators.registry import find
from server.indicators.use_cases import UseCase, use_cases
from server.report.content import Block, Bullets, Heading, Paragraph, Section
from server.report.telling import Teller


def questions(teller: Teller) -> Section:
    """Return each question with what is known, what is missing and who could help."""
    words = teller.words
    blocks: list[Block] = [Paragraph(words("questions_intro"))]
    for one in use_cases().values():
        blocks += _question(teller, one)
    return Section("questions", words("questions"), tuple(blocks))


def states(teller: Teller) -> tuple[list[str], list[str]]:
    """Return the questions of which all is known, and those of which nothing is."""
    known = {
        name: [measure.value is not None for measure in _measures(teller, one)]
        for name, one in use_cases().items()
    }
    ready = [name for name, values in known.items() if all(values)]
    return ready, [name for name, values in known.items() if not any(values)]


def _measures(teller: Teller, one: UseCase) -> list[Measure]:
    return [teller.found.measures[find(name).text.id] for name in one.indicators]


def _question(teller: Teller, one: UseCase) -> list[Block]:
    words, measures = teller.words, _measures(teller, one)
    given = [measure for measure in measures if measure.value is not None]
    decision = words("decision", text=_lowered(words.pick(one.decision)))
    ready = words("readiness", given=len(given), all=len(measures))
    items = []
    if given:
        told = (words("answer", name=teller.name(m.id), value=words.value(m)) for m in given)
        items.append((words("answers"), words.join(told)))
    if len(given) < len(measures):
        reasons = words.join(text for _, text in teller.missing(measures))
        items += [(words("missing"), reasons)]
        items += [(words("who_knows"), words.pick(one.who_knows))]
    return [
        Heading(words.pick(one.question)),
        Paragraph(f"{decision} {ready}", "note"),
        Bullets(tuple(items), small=True),
    ]


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]
