"""Which form and which language a request wants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from starlette.requests import Request

from layers.errors import BadRequestError, did_you_mean

LANGUAGES = ("fr", "en")
MEDIA = {"json": ("application/geo+json", "application/json", "application/schema+json"),
         "csv": ("text/csv",), "html": ("text/html", "application/xhtml+xml")}  # fmt: skip


def parameters_of(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return query parameters by name; one given twice could mean either, so it is refused."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise BadRequestError(f"The parameter {name!r} is given twice.")
        found[name] = value
    return found


def require_known(parameters: Mapping[str, str], known: Iterable[str]) -> None:
    """Refuse a parameter that a document does not have."""
    allowed = ("f", "lang", *known)
    for name in parameters:
        if name not in allowed:
            hint = did_you_mean(name, allowed)
            raise BadRequestError(f"Unknown query parameter {name!r}.{hint}")


def form_of(request: Request, parameters: Mapping[str, str], offered: tuple[str, ...]) -> str:
    """Return the form asked for by ``f``, else the best of the Accept header, else the first."""
    if "f" in parameters:
        wanted = {"geojson": "json"}.get(parameters["f"], parameters["f"])
        if wanted not in offered:
            hint = did_you_mean(wanted, offered)
            raise BadRequestError(f"f must be one of {', '.join(offered)}, not {wanted!r}.{hint}")
        return wanted
    accepted = _weighted(request.headers.get("accept", "*/*"))
    for media, _ in accepted:
        for form in offered:
            if media in MEDIA[form]:
                return form
    return offered[0]


def language_of(request: Request, parameters: Mapping[str, str]) -> str:
    """Return ``fr`` or ``en``: by ``lang``, else by Accept-Language, else French."""
    if "lang" in parameters:
        wanted = parameters["lang"][:2].lower()
        if wanted not in LANGUAGES:
            raise BadRequestError(f"lang must be fr or en, not {parameters['lang']!r}.")
        return wanted
    languages = _weighted(request.headers.get("accept-language", ""))
    known = (name[:2].lower() for name, _ in languages)
    return next((name for name in known if name in LANGUAGES), LANGUAGES[0])


def _weighted(header: str) -> list[tuple[str, float]]:
    """Return the entries of an Accept header, the most wanted first."""
    entries = []
    for part in header.split(","):
        name, *options = (piece.strip() for piece in part.split(";"))
        weight = next((o[2:] for o in options if o.startswith("q=")), "1")
        try:
            entries.append((name, float(weight)))
        except ValueError:
            continue
    return sorted((e for e in entries if e[1] > 0), key=lambda entry: -entry[1])
