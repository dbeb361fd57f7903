"""Which form and which language a request wants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from starlette.requests import Request

from layers.errors import BadRequestError, did_you_mean

LANGUAGES = ("fr", "en")
MEDIA = {
    "json": ("application/geo+json", "application/json", "application/schema+json",
             "application/vnd.oai.openapi+json", "application/openapi+json"),
    "csv": ("text/csv",),
    "csv-fr": (),  # only by its name: text/csv is the plain one
    "jsonfg": ("application/vnd.ogc.fg+json", "application/fg+json"),
    "fgb": ("application/vnd.flatgeobuf", "application/flatgeobuf"),
    "gpkg": ("application/geopackage+sqlite3", "application/vnd.sqlite3"),
    "parquet": ("application/vnd.apache.parquet",),
    "tilejson": ("application/vnd.tilejson+json",),
    "html": ("text/html", "application/xhtml+xml"),
    "geotiff": ("image/tiff",),
    "covjson": ("application/vnd.cov+json", "application/prs.coverage+json", "application/json"),
    "jsonld": ("application/ld+json",),
    "png": ("image/png",),
    "webp": ("image/webp",),
    "jpeg": ("image/jpeg",),
    "svg": ("image/svg+xml",),
}  # fmt: skip


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
    return _best(request.headers.get("accept", "*/*"), offered)


def language_of(request: Request, parameters: Mapping[str, str]) -> str:
    """Return ``fr`` or ``en``: by ``lang``, else by Accept-Language, else French."""
    if "lang" in parameters:
        wanted = parameters["lang"].lower().split("-")[0]
        if wanted not in LANGUAGES:
            raise BadRequestError(f"lang must be fr or en, not {parameters['lang']!r}.")
        return wanted
    return _preferred(request.headers.get("accept-language", ""))


@lru_cache(1024)
def _preferred(header: str) -> str:
    known = (name.split("-")[0] for name, weight in _weighted(header) if weight > 0)
    return next((name for name in known if name in LANGUAGES), LANGUAGES[0])


@lru_cache(1024)
def _best(header: str, offered: tuple[str, ...]) -> str:
    """Return the form that an Accept header wants most, the first offered where it does not say."""
    weights = dict(reversed(_weighted(header)))
    return max(
        offered,
        key=lambda form: max((_weight(weights, media) for media in MEDIA[form]), default=0.0),
    )


def _weight(weights: Mapping[str, float], media: str) -> float:
    """Return the weight of a media type: that of the narrowest range that names it."""
    ranges = (media, f"{media.split('/')[0]}/*", "*/*")
    return next((weights[name] for name in ranges if name in weights), 0.0)


def _weighted(header: str) -> list[tuple[str, float]]:
    """Return the entries of an Accept header in lower case, the most wanted first."""
    entries = []
    for part in header.lower().split(","):
        name, *options = (piece.strip() for piece in part.split(";"))
        weight = next((o[2:] for o in options if o.startswith("q=")), "1")
        try:
            entries.append((name, float(weight)))
        except ValueError:
            continue
    return sorted(entries, key=lambda entry: -entry[1])
