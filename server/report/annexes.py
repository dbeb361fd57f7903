"""All measures, sources and licences, limits, checks on site, and how to repeat the figures."""

from __future__ import annotations

from layers.catalogue import Layer
from server.indicators.registry import NEXT_CHECK
from server.report.content import Block, Bullets, Cell, Code, Heading, Paragraph, Section, Table
from server.report.telling import Teller


def annexes(teller: Teller, drawn: list[Layer], url: str) -> list[Section]:
    """Return the sections at the end of a report.

    Args:
        teller: what is found, in words.
        drawn: layers that the maps draw.
        url: public address of the service.
    """
    return [
        _measures(teller), _sources(teller, drawn), _limits(teller), _checks(teller),
        _repeat(teller, url),
    ]  # fmt: skip


def _measures(teller: Teller) -> Section:
    words, measures = teller.words, teller.found.measures.values()
    rows = []
    for one in measures:
        result = Cell(words.value(one), value=one.value)
        if one.withheld is not None:
            result = Cell(words("not_given"), (teller.reason(one.withheld),))
        rows.append((Cell(one.code), Cell(teller.name(one.id)), result, Cell(teller.vintages(one))))
    caption = words("all_caption", n=len(rows))
    header = tuple(map(words, ("col_code", "col_indicator", "col_result", "col_vintage")))
    table = Table(caption, header, tuple(rows), (0.8, 4, 5, 2.4), small=True)
    return Section("measures", words("all_measures"), (table,))


def _sources(teller: Teller, drawn: list[Layer]) -> Section:
    words, found = teller.words, teller.found
    layers = {layer.id: layer for layer in (*found.layers, *drawn)}
    rows = tuple(
        (
            Cell(words.pick(layer.record.title)),
            Cell(layer.record.producer),
            Cell(layer.record.licence),
            Cell(layer.version.vintage or words("no_vintage")),
            Cell(words.day(layer.version.created)),
        )
        for _, layer in sorted(layers.items())
    )
    names = ("col_layer", "col_producer", "col_licence", "col_vintage", "col_version")
    table = Table(words("sources_caption"), tuple(map(words, names)), rows,
                  (3.4, 3.4, 2.4, 1.8, 2), small=True)  # fmt: skip
    blocks: list[Block] = [table]
    if licence := found.licence_with(drawn):
        blocks.insert(0, Paragraph(words("sources_licence", licence=licence)))
    return Section("sources", words("sources"), tuple(blocks))


def _limits(teller: Teller) -> Section:
    words, found = teller.words, teller.found
    general = ("limits_perimeter", "limits_secrecy", "limits_causes")
    blocks: list[Block] = [Bullets(tuple(("", words(name)) for name in general))]
    each = tuple(
        (teller.name(one.id), words.pick(teller.text(one.id).pitfalls))
        for one in found.measures.values() if one.value is not None
    )  # fmt: skip
    if each:
        blocks += [Heading(words("limits_each")), Bullets(each, small=True)]
    return Section("limits", words("limits"), tuple(blocks))


def _checks(teller: Teller) -> Section:
    """Return what to look at on site: each check once, with the indicators that it is for."""
    words = teller.words
    grouped: dict[str, list[str]] = {}
    for one in teller.found.measures.values():
        if one.value is not None:
            check = words.pick(teller.text(one.id).next_check)
            grouped.setdefault(check, []).append(one.code)
    usual = words.pick(NEXT_CHECK)
    items = tuple((", ".join(codes), check) for check, codes in grouped.items() if check != usual)
    if usual in grouped:
        items += ((words("checks_others" if items else "checks_all"), usual),)
    blocks: list[Block] = [Paragraph(words("checks_intro")), Bullets(items, small=True)]
    if not items:
        blocks = [Paragraph(words("checks_none"))]
    return Section("checks", words("checks"), tuple(blocks))


def _repeat(teller: Teller, url: str) -> Section:
    words, found = teller.words, teller.found
    town, area = found.town.insee, found.area.id
    given = [one.id for one in found.measures.values() if one.value is not None]
    first = (given or list(found.measures))[0]
    root = f"{url}/towns/{town}"
    addresses = {
        "repeat_report": f"{root}/report?lang={words.language}&perimeter={area}",
        "repeat_measures": f"{root}/indicators?perimeter={area}",
        "repeat_explain": f"{url}/indicators/{first}/explain?town={town}&perimeter={area}",
        "repeat_peers": f"{root}/peers",
        "repeat_layers": f"{url}/ogc",
    }
    blocks: list[Block] = [Paragraph(words("repeat_intro"))]
    for name, address in addresses.items():
        blocks += [Paragraph(words("repeat_text", label=words(name)), "note"), Code(address)]
    return Section("repeat", words("repeat"), tuple(blocks))
