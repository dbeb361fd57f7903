"""The indicators by axis: value, place among comparable towns, source and evidence."""

from __future__ import annotations

from server.indicators.measures import Measure
from server.indicators.registry import indicators
from server.report.content import Block, Bullets, Cell, Figure, Heading, Paragraph, Section, Table
from server.report.strips import strip
from server.report.telling import Teller
from server.report.words import Words, decimals

AXES = ("habitat", "commerce", "mobilites", "formes", "services", "dependance", "diversite")
LONGEST = 32  # characters at both ends of a strip


def axes(teller: Teller) -> Section:
    """Return a table for each axis, and why the rest of it is not given."""
    words = teller.words
    blocks: list[Block] = [Paragraph(words("indicators_intro"))]
    if teller.found.places:
        blocks.append(Paragraph(words("strip_how"), "note"))
    for axis in AXES:
        blocks += _axis(teller, axis)
    return Section("indicators", words("indicators"), tuple(blocks))


def _axis(teller: Teller, axis: str) -> list[Block]:
    words = teller.words
    names = [name for name, one in indicators().items() if one.text.axis == axis]
    measures = [teller.found.measures[name] for name in names]
    given = [one for one in measures if one.value is not None]
    blocks: list[Block] = [Heading(words(f"axis_{axis}"))]
    if given:
        blocks.append(_table(teller, axis, given))
    else:
        blocks.append(Paragraph(words("nothing_given")))
    if len(given) < len(measures):
        blocks.append(Paragraph(words("not_given_here"), "note"))
        blocks.append(Bullets(teller.missing(measures), small=True))
    return blocks


def _table(teller: Teller, axis: str, given: list[Measure]) -> Table:
    words = teller.words
    caption = words("axis_caption", axis=words(f"axis_{axis}"), perimeter=teller.area_name)
    header, widths = ["col_indicator", "col_value", "col_source"], [4.2, 3.0, 3.6]
    if teller.found.places:
        header.insert(2, "col_place")
        widths = [3.6, 2.6, 3.6, 2.8]
    rows = tuple(_row(teller, one) for one in given)
    return Table(caption, tuple(map(words, header)), rows, tuple(widths))


def _row(teller: Teller, one: Measure) -> tuple[Cell, ...]:
    words, text = teller.words, teller.text(one.id)
    notes = [words.pick(text.tells), words(f"direction_{text.direction}")]
    if text.thresholds:
        notes.append(words.pick(text.thresholds))
    cells = [Cell(words.pick(text.name), tuple(notes)), _value(teller, one), _source(teller, one)]
    if teller.found.places:
        cells.insert(2, _place(teller, one))
    return tuple(cells)


def _value(teller: Teller, one: Measure) -> Cell:
    words = teller.words
    notes = []
    if one.interval:
        notes.append(words.interval(one.interval, one.unit))
    if one.n is not None:
        notes.append(words("observations", n=words.number(one.n)))
    for name, share in (("coverage", one.coverage), ("imputed", one.imputed_share)):
        if share is not None:
            notes.append(words(name, share=words.quantity(share, "%")))
    return Cell(words.value(one), tuple(notes), value=one.value)


def _source(teller: Teller, one: Measure) -> Cell:
    words = teller.words
    word = words("evidence", word=words(f"evidence_{one.evidence}"))
    return Cell("", (teller.sources(one), word))


def _place(teller: Teller, one: Measure) -> Cell:
    """Return where a value stands: a percentile, never a rank."""
    words, place = teller.words, teller.found.places[one.id]
    others = [value for value in place["values"].values() if value is not None]
    if not others:
        return Cell("", (words("no_peer_value"),))
    shown = {name: words.quantity(place[key], one.unit) for name, key in _SPREAD.items()}
    assert one.value is not None
    known = [*others, one.value]
    ends = _ends(words, min(known), max(known), one.unit)
    alt = words("strip_alt", name=teller.name(one.id), value=words.value(one), n=place["n"],
                **shown)  # fmt: skip
    note = words("place", share=words.share(place["percentile"]), n=place["n"],
                 median=shown["median"])  # fmt: skip
    return Cell("", (note,), figure=Figure(strip(one.value, others, ends), alt))


def _ends(words: Words, low: float, high: float, unit: str) -> tuple[str, str]:
    """Return the words at the ends of a strip: a long unit is told once, on the right."""
    left, right = words.quantity(low, unit), words.quantity(high, unit)
    if len(left) + len(right) > LONGEST:
        left = words.number(low, decimals(low, unit))
    return left, right


_SPREAD = {"low": "minimum", "high": "maximum", "median": "median"}
