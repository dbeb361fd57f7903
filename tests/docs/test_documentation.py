"""The documentation: it builds without a doubtful link, and describes all that users meet."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from dataclasses import fields
from html.parser import HTMLParser
from pathlib import Path

import pytest
import typer

from layers.readers import sources
from layers.writers import formats
from server.cli import app
from server.indicators.registry import indicators
from server.indicators.use_cases import use_cases
from server.settings import Settings, variable

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = {path.name: path.read_text(encoding="utf-8") for path in (REPOSITORY / "docs").glob("*.md")}
LOADED = {"script": "src", "img": "src", "iframe": "src", "link": "href", "source": "src"}


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """Return the folder of the site, built as ``make docs`` builds it."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=REPOSITORY, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, timeout=300,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """Return the pages made from the program."""
    path = REPOSITORY / "scripts" / "docs_hooks.py"
    spec = importlib.util.spec_from_file_location("docs_hooks", path)
    assert spec
    assert spec.loader
    hooks = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hooks)
    return hooks.pages()


def test_every_page_is_in_the_site(site, made):
    expected = {Path(name).with_suffix(".html").name for name in {*PAGES, *made}}
    assert expected <= {path.name for path in site.glob("*.html")}


def test_the_navigation_leads_to_every_page(site, made):
    home = (site / "index.html").read_text(encoding="utf-8")
    pages = {Path(name).with_suffix(".html").name for name in {*PAGES, *made}} - {"index.html"}
    assert {page for page in pages if f'href="{page}"' not in home} == set()


def test_no_page_loads_anything_from_elsewhere(site):
    loaded = [(page.name, url) for page in site.glob("*.html") for url in _loaded(page)]
    assert loaded
    assert [found for found in loaded if re.match(r"(https?:)?//", found[1])] == []


def test_every_setting_is_described():
    rows = PAGES["operating.md"]
    assert [f.name for f in fields(Settings) if f"| `{variable(f.name)}` |" not in rows] == []


def test_every_command_and_option_is_described(made):
    text = made["commands.md"]
    commands = typer.main.get_command(app).commands
    assert [name for name in commands if f"\n## {name}\n" not in text] == []
    for name, command in commands.items():
        own = text.split(f"\n## {name}\n")[1].split("\n## ")[0]
        options = [option for parameter in command.params for option in parameter.opts]
        assert [o for o in options if o.startswith("--") and o not in own] == [], name
        helped = [p.name for p in command.params if getattr(p, "help", None)]
        assert helped == [p.name for p in command.params], f"{name}: an option without help"


@pytest.mark.parametrize("page", ["indicateurs.md", "indicators.md"])
def test_every_indicator_is_described_in_both_languages(made, page):
    language = "fr" if page == "indicateurs.md" else "en"
    for one in indicators().values():
        assert f"{{: #{one.text.id} }}" in made[page]
        assert f"`{one.text.formula_in(language)}`".replace("|", "\\|") in made[page]
        assert getattr(one.text.pitfalls, language) in made[page]
        assert one.text.formula_fr


@pytest.mark.parametrize("page", ["questions.md", "use-cases.md"])
def test_every_use_case_is_described_in_both_languages(made, page):
    language = "fr" if page == "questions.md" else "en"
    for one in use_cases().values():
        assert getattr(one.question, language) in made[page]
        assert getattr(one.decision, language) in made[page]


def test_every_layer_is_described(made):
    records = [path.stem for path in (REPOSITORY / "config/layers").glob("*.yml")]
    assert records
    assert [name for name in records if f"\n## {name}\n" not in made["layers.md"]] == []


def test_every_source_is_described():
    assert [name for name in sources() if f"| `{name}` |" not in PAGES["sources.md"]] == []


def test_every_format_is_described():
    assert [name for name in formats() if f"`{name}`" not in PAGES["formats.md"]] == []


def test_every_notebook_is_described():
    books = [path.stem for path in (REPOSITORY / "notebooks").glob("*.ipynb")]
    assert books
    assert [name for name in books if f"| `{name}` |" not in PAGES["carnets.md"]] == []


def test_every_address_of_the_service_is_described(made, demo_url):
    import httpx

    paths = httpx.get(f"{demo_url}/openapi.json").raise_for_status().json()["paths"]
    assert [path for path in paths if f"`{path}`" not in made["api.md"]] == []


class _Loads(HTMLParser):
    """Collect the addresses that a browser fetches by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        fetched = tag != "link" or given.get("rel") in ("stylesheet", "icon", "preload")
        if tag in LOADED and fetched and (address := given.get(LOADED[tag])):
            self.found.append(address)


def _loaded(page: Path) -> list[str]:
    parser = _Loads()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser.found
