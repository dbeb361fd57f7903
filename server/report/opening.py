"""The cover, what matters in brief, and the maps."""

from __future__ import annotations

from layers.catalogue import Layer
from server.indicators.use_cases import use_cases
from server.report.content import Block, Bullets, Figure, Paragraph, Section
from server.report.maps import Drawing, centre_map, commune_map
from server.report.questions import states
from server.report.telling import Teller

HARDLY = 10  # per cent of the indicators: below, the report says that little is known


def cover_facts(teller: Teller, stamp: str, drawn: list[Layer]) -> tuple[tuple[str, str], ...]:
    """Return pairs of words and values for the cover."""
    words, found = teller.words, teller.found
    town, area = found.town, found.area
    facts = {name: value for name, value in town.facts.items() if value is not None}
    place = words("town_value", name=town.name, insee=town.insee,
                  department=facts.get("department_name", facts.get("department", "")),
                  region=facts.get("region_name", facts.get("region", "")))  # fmt: skip
    basis = dict(zip(("fr", "en"), area.basis, strict=True))
    given = [one for one in found.measures.values() if one.value is not None]
    told = {
        "town": place,
        "epci": facts.get("epci_name"),
        "population": words("population_value", count=words.number(facts["population"]))
        if "population" in facts else None,
        "perimeter": words("perimeter_value", name=teller.area_name, area=teller.hectares(area),
                           basis=words.pick(basis)),
        "known": words("known_value", given=len(given), all=len(found.measures)),
        "state": words("state_value", date=words.day(stamp)),
        "licence": found.licence_with(drawn),
    }  # fmt: skip
    return tuple((words(name), str(value)) for name, value in told.items() if value is not None)


def brief(teller: Teller) -> Section:
    """Return what matters in brief, with the map of the commune."""
    words, measures = teller.words, teller.found.measures
    given = sum(one.value is not None for one in measures.values())
    ready, empty = states(teller)
    said = [words("brief_given", given=given, all=len(measures))]
    if 100 * given < HARDLY * len(measures):
        said.append(words("brief_hardly"))
    said.append(words("brief_ready", ready=_quoted(teller, ready)) if ready else "")
    said.append(words("brief_empty", empty=_quoted(teller, empty)) if empty else "")
    said.append(words("brief_no_rank"))
    items = tuple(("", text) for text in said if text)
    return Section("brief", words("brief"), (Bullets(items),))


def maps(teller: Teller) -> tuple[list[Section], list[Layer]]:
    """Return the maps, and the layers that they draw."""
    near, far = centre_map(teller.found), commune_map(teller.found)
    sections = [
        _section(teller, "map_commune", far, centred=False),
        _section(teller, "map_centre", near, centred=True),
    ]
    return sections, [*near.layers, *far.layers]


def _section(teller: Teller, name: str, made: Drawing, *, centred: bool) -> Section:
    words = teller.words
    title = words(name)
    shown = ", ".join(_shown(teller, made, centred=centred))
    figure = Figure(made.svg, words("map_alt", title=title, shown=shown), _credits(teller, made))
    blocks: list[Block] = [figure, Paragraph(words("map_shown", shown=shown), "note")]
    if made.missing:
        themes = ", ".join(words(f"theme_{theme}") for theme in made.missing)
        blocks.append(Paragraph(words("map_missing", themes=themes), "note"))
    return Section(name.replace("_", "-"), title, tuple(blocks))


def _shown(teller: Teller, made: Drawing, *, centred: bool) -> list[str]:
    """Return what a map shows, with numbers: what a table of it would say."""
    words, found = teller.words, teller.found
    name, size = teller.perimeter(found.centre), teller.hectares(found.centre)
    told = [words("map_area", name=name, area=size)]
    if not centred:
        told.insert(0, words("map_boundary", area=teller.hectares(found.commune)))
    told += [words(f"map_{kind}", count=words.number(n)) for kind, n in made.counts.items()]
    return [*told, words("map_hall")] if found.town.hall is not None else told


def _credits(teller: Teller, made: Drawing) -> str:
    boundaries = [x for x in teller.found.catalogue.themed("communes")
                  if x.record.fictitious == teller.found.town.fictitious]  # fmt: skip
    credited = {f"{x.record.producer} ({x.record.licence})" for x in (*boundaries, *made.layers)}
    return teller.words("map_credits", credits=", ".join(sorted(credited)))


def _quoted(teller: Teller, names: list[str]) -> str:
    words = teller.words
    asked = (words.pick(use_cases()[name].question) for name in names)
    return ", ".join(words("quoted", text=text) for text in asked)
