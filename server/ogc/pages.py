"""HTML pages, from templates read once; the same data as the JSON documents."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from layers.coverages.legends import rows
from layers.raster_legends import legend
from layers.tiles import GRIDS
from server.ogc.links import HTML
from server.ogc.map_tilesets import TILEJSON_GRID, deepest_zoom
from server.ogc.texts import TEXTS, title
from server.settings import Settings

TEMPLATES = Path(__file__).parent / "templates"
POLICY = "default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:"


class Pages:
    """The templates of the door.

    Their links carry no host, so that a page works under each name that its server has; only the
    address for other programs is whole.
    """

    def __init__(self, settings: Settings) -> None:
        public = urlsplit(settings.url)
        origin = f"{public.scheme}://{public.netloc}"
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=select_autoescape(),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {
            "local": lambda href: href.removeprefix(origin),
            "kind": kind,
            "page": page_of,
            "titled": title,
            "deepest": lambda layer: deepest_zoom(layer, GRIDS[TILEJSON_GRID]),
            "legend_rows": lambda layer, language: rows(legend(layer), language),
        }
        self._environment.globals |= {
            "address": f"{settings.url}/ogc",
            "root": public.path,
            "base": f"{public.path}/ogc",
            "service": settings.title,
        }

    def render(self, request: Request, template: str, language: str, **values: Any) -> HTMLResponse:
        """Return a page in a language, with a link to itself in the other."""
        other = "en" if language == "fr" else "fr"
        query = {**dict(request.query_params), "f": "html", "lang": other}
        page = self._environment.get_template(template).render(
            # Attributes, as a dictionary has an "items" of its own.
            t=SimpleNamespace(**TEXTS[language]), language=language, other=other,
            other_href=f"?{urlencode(query)}", **{"layer": None, **values},
        )  # fmt: skip
        headers = {
            "Content-Security-Policy": POLICY,
            "Content-Language": language,
            "Vary": "Accept, Accept-Language",
        }
        return HTMLResponse(page, headers=headers)


def page_of(document: dict[str, Any]) -> str:
    """Return the address of the page of a document, which is one of its links."""
    found = (link["href"] for link in document["links"] if link["rel"] == "alternate"
             and link["type"] == HTML)  # fmt: skip
    return str(next(found))


def kind(schema: dict[str, Any]) -> str:
    """Return the attribute type that a JSON schema stands for."""
    if schema.get("format", "").startswith("geometry"):
        return "geometry"
    formats = {"date": "date", "date-time": "datetime"}
    return formats.get(schema.get("format", ""), str(schema["type"]))
