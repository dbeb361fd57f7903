"""The comparable towns: which, why, and what the town has more of."""

from __future__ import annotations

import numpy as np

from server.indicators.measures import Withheld
from server.indicators.peers import Peers
from server.indicators.portraits import choices
from server.report.content import Block, Bullets, Cell, Heading, Paragraph, Section, Table
from server.report.telling import Teller


def comparison(teller: Teller) -> Section:
    """Return the comparable towns, the class and the resources of the town."""
    words, compared = teller.words, teller.found.peers
    if isinstance(compared, Withheld):
        reason = words.pick(compared)
        blocks: list[Block] = [Paragraph(words("no_peers", reason=reason))]
    else:
        blocks = [*_peers(teller, compared), *_class(teller), *_resources(teller)]
    return Section("comparison", words("comparison"), tuple(blocks))


def _peers(teller: Teller, compared: Peers) -> list[Block]:
    words, table = teller.words, compared.portraits
    used = ", ".join(_lower(words.pick(one.name)) for one in table.variables)
    blocks: list[Block] = [
        Paragraph(words("peers_how", n=len(compared.rows), town=teller.found.town.name,
                        variables=used))
    ]  # fmt: skip
    if table.absent:
        names = {one.id: one.name for one in choices().variables}
        absent = ", ".join(_lower(words.pick(names[name])) for name in table.absent)
        blocks.append(Paragraph(words("peers_absent", variables=absent), "note"))
    return [*blocks, _table(teller, compared)]


def _table(teller: Teller, compared: Peers) -> Table:
    words, table = teller.words, compared.portraits
    stability = compared.stability
    rows = []
    for rank, row in enumerate(compared.rows.tolist()):
        away = float(compared.distances[rank])
        firm = float(stability[rank]) if stability is not None else float("nan")
        rows.append((
            Cell(f"{table.names[row]} ({table.insee[row]})"),
            Cell(words.quantity(away, "écart robuste"), value=away) if np.isfinite(away)
            else Cell(words("not_given")),
            Cell(words.share(firm), value=firm) if np.isfinite(firm)
            else Cell(words("not_given")),
        ))  # fmt: skip
    header = tuple(map(words, ("col_town", "col_distance", "col_stability")))
    return Table(words("peers_caption"), header, tuple(rows), (3, 2, 1), small=True)


def _class(teller: Teller) -> list[Block]:
    words, class_ = teller.words, teller.found.class_
    title = Heading(words("class_title"))
    if class_ is None:
        return [title, Paragraph(words("no_class"))]
    name, town = words.pick(class_.name), teller.found.town.name
    return [title, Paragraph(words("class_text", town=town, count=class_.count, name=name))]


def _resources(teller: Teller) -> list[Block]:
    words = teller.words
    items = tuple(
        (words.pick(one.name), words(
            "resource", value=words.quantity(one.value, one.unit),
            share=words.share(one.position["percentile"])))
        for one in teller.found.resources
    )  # fmt: skip
    title = Heading(words("resources_title"))
    return [title, Bullets(items) if items else Paragraph(words("resources_none"))]


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
