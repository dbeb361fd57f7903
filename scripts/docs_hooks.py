"""Pages of the documentation that are made from the program itself, so that they stay true.

MkDocs calls the functions ``on_…``: indicators, layers, use cases, commands and routes become
pages.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

Language = Literal["fr", "en"]
WORDS: dict[Language, dict[str, str]] = {
    "fr": {
        "indicators": "Indicateurs", "formula": "formule", "unit": "unité", "direction": "sens",
        "scale": "échelle", "source": "source", "inputs": "couches", "method": "méthode",
        "minimum": "observations nécessaires", "evidence": "preuve", "pitfalls": "Limites",
        "thresholds": "Repères", "next": "À vérifier", "questions": "Questions",
        "decision": "Décision", "who": "Qui sait", "colon": " : ",
        "higher": "plus haut, mieux", "lower": "plus bas, mieux", "neutral": "ni bien ni mal",
        "made": "Cette page est tirée de `config`.", "perimeter": "périmètre", "commune": "commune",
        "constaté": "constaté", "croisé": "croisé", "estimé": "estimé",
    },
    "en": {
        "indicators": "Indicators", "formula": "formula", "unit": "unit", "direction": "direction",
        "scale": "scale", "source": "source", "inputs": "layers", "method": "method",
        "minimum": "observations needed", "evidence": "evidence", "pitfalls": "Limits",
        "thresholds": "Reading aids", "next": "To check", "questions": "Use cases",
        "decision": "Decision", "who": "Who knows", "colon": ": ",
        "higher": "higher is better", "lower": "lower is better", "neutral": "neither good nor bad",
        "made": "This page is made from `config`.", "perimeter": "perimeter", "commune": "commune",
        "constaté": "established (constaté)", "croisé": "crossed from several sources (croisé)",
        "estimé": "estimated (estimé)",
    },
}  # fmt: skip
AXES: dict[Language, dict[str, str]] = {
    "fr": {"habitat": "Habitat", "commerce": "Commerce", "mobilites": "Mobilités",
           "formes": "Formes urbaines", "services": "Services", "dependance": "Dépendance",
           "diversite": "Diversité des villes"},
    "en": {"habitat": "Housing", "commerce": "Shops", "mobilites": "Mobility",
           "formes": "Urban form", "services": "Services", "dependance": "Dependence",
           "diversite": "Diversity of towns"},
}  # fmt: skip


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the pages that the navigation does not name at the end of its last section."""
    nav: list[dict[str, Any]] = config.nav or []
    named = {page for section in nav for page in _pages(section)}
    written = sorted(Path(config.docs_dir).glob("*.md"))
    last = next(iter(nav[-1].values()))
    last += [page.name for page in written if page.name not in named]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made here."""
    for name, text in pages().items():
        files.append(File.generated(config, name, content=text))
    return files


def pages() -> dict[str, str]:
    """Return the text of each page that is made from the program, by file name."""
    makers: dict[str, Callable[[], Iterable[str]]] = {
        "indicateurs.md": lambda: _indicators("fr"),
        "indicators.md": lambda: _indicators("en"),
        "questions.md": lambda: _use_cases("fr"),
        "use-cases.md": lambda: _use_cases("en"),
        "layers.md": _layers,
        "commands.md": _commands,
        "api.md": _routes,
    }
    return {name: "\n".join(lines()) + "\n" for name, lines in makers.items()}


def _pages(entry: Any) -> Iterator[str]:
    if isinstance(entry, str):
        yield entry
    else:
        for part in entry.values() if isinstance(entry, dict) else entry:
            yield from _pages(part)


def _indicators(language: Language) -> Iterator[str]:
    from server.indicators.registry import indicators

    words = WORDS[language]
    texts = [one.text for one in indicators().values()]
    yield f"# {words['indicators']}\n\n{words['made']}"
    for axis, of_axis in groupby(sorted(texts, key=lambda t: t.axis), key=lambda t: t.axis):
        yield f"\n## {AXES[language][axis]}"
        for text in of_axis:
            yield from _indicator(text, language)


def _indicator(text: Any, language: Language) -> Iterator[str]:
    words = WORDS[language]
    facts = {
        "formula": f"`{text.formula_in(language)}`", "unit": text.unit,
        "direction": words[text.direction],
        "scale": words[text.scale], "source": text.source, "inputs": _codes(text.inputs),
        "method": getattr(text.method, language), "minimum": str(text.minimum_n),
        "evidence": words[text.evidence],
    }  # fmt: skip
    yield f"\n### {text.code} · {getattr(text.name, language)} {{: #{text.id} }}\n"
    yield f"| `{text.id}` | {_cell(getattr(text.tells, language))} |\n|---|---|"
    for name, value in facts.items():
        yield f"| {words[name]} | {_cell(value)} |"
    remarks = {"pitfalls": text.pitfalls, "thresholds": text.thresholds, "next": text.next_check}
    for name, remark in remarks.items():
        if remark:
            yield f"\n**{words[name]}**{words['colon']}{getattr(remark, language)}"


def _use_cases(language: Language) -> Iterator[str]:
    from server.indicators.registry import find
    from server.indicators.use_cases import use_cases

    words = WORDS[language]
    page = "indicateurs.md" if language == "fr" else "indicators.md"
    yield f"# {words['questions']}\n\n{words['made']}"
    for one in use_cases().values():
        yield f"\n## {getattr(one.question, language)} {{: #{one.id} }}\n\n`{one.id}`\n"
        yield f"**{words['decision']}**{words['colon']}{getattr(one.decision, language)}\n"
        for name in one.indicators:
            text = find(name).text
            yield f"- [{text.code} · {getattr(text.name, language)}]({page}#{text.id})"
        yield f"\n**{words['inputs'].capitalize()}**{words['colon']}{_codes(one.layers)}\n"
        yield f"**{words['who']}**{words['colon']}{getattr(one.who_knows, language)}"


def _layers() -> Iterator[str]:
    from importlib.resources import as_file, files

    from layers.records import load_layer_record

    yield "# Layers\n\nEach is a record in `config/layers`; titles are in French and English."
    with as_file(files("config") / "layers") as folder:
        records = [load_layer_record(path) for path in sorted(folder.glob("*.yml"))]
    for record in records:
        yield f"\n## {record.id}\n\n**{record.title.fr}** · {record.title.en}\n"
        yield f"{record.description.en}\n"
        reader = f"`coeurville import {record.reader}`" if record.reader else "none"
        yield f"{record.geometry} · {record.producer} · {record.licence} · source: {reader}"
        if record.attributes:
            yield "\n| attribute | type | what |\n|---|---|---|"
        for attribute in record.attributes:
            title = attribute.title.en if attribute.title else ""
            unit = f" ({attribute.unit})" if attribute.unit else ""
            values = f": {_codes(attribute.values)}" if attribute.values else ""
            what = _cell(f"{title}{unit}{values}")
            yield f"| `{attribute.name}` | {attribute.type} | {what} |"


def _commands() -> Iterator[str]:
    import typer

    from server.cli import app

    group: Any = typer.main.get_command(app)
    yield "# Commands\n\n`coeurville COMMAND --help` says the same. Where data lies, and more:"
    yield "[settings](operating.md#settings). A user error is one line and exit code 1."
    for name, command in group.commands.items():
        yield f"\n## {name}\n\n{command.help}\n\n| argument | default | what |\n|---|---|---|"
        for parameter in command.params:
            kind = parameter.param_type_name == "argument"
            shown = parameter.name.upper() if kind else ", ".join(
                [*parameter.opts, *parameter.secondary_opts])  # fmt: skip
            default = "required" if parameter.required else parameter.default
            default = (
                "" if default is None else f"`{default}`" if default != "required" else default
            )
            yield f"| `{shown}` | {default} | {_cell(parameter.help or '')} |"


def _routes() -> Iterator[str]:
    from server.app import create_app
    from server.settings import Settings

    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(data=Path(folder)))
        described = app.openapi()["paths"]
        routes = [route for route in app.routes if getattr(route, "methods", None)]
    yield "# API\n\nA running service describes itself: `/docs` and `/openapi.json` for towns and"
    yield "indicators, `/ogc/openapi` for the layers that it holds. Errors are"
    yield "`application/problem+json`; an unknown query parameter is refused."
    yield "\n## Towns and indicators\n\n| | address | parameters | what |\n|---|---|---|---|"
    for path, operations in described.items():
        for method, operation in operations.items():
            asked = [p["name"] for p in operation.get("parameters", []) if p["in"] == "query"]
            what = operation.get("description", operation["summary"]).split("\n\n")[0]
            yield f"| {method.upper()} | `{path}` | {_codes(asked)} | {_cell(what)} |"
    yield "\n## Layers, files and operations"
    yield "\nMore: [filters and formats](formats.md), [tiles](tiles.md), [rasters](rasters.md),"
    yield "[records](records.md), [processes](processes.md), [operating](operating.md)."
    yield "\n| | address |\n|---|---|"
    others = {r.path: r.methods for r in routes if r.path not in described and r.path != "/ogc/"}  # type: ignore[attr-defined]
    for path, methods in sorted(others.items()):
        yield f"| {' '.join(sorted(methods - {'HEAD', 'OPTIONS'}))} | `{path}` |"


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
